"""The base class of every view."""

from collections.abc import Sequence

from widgets import _html, _text
from widgets._blocks import Block


class View:
    """Something that shows itself: as HTML in a notebook, as plain text in a terminal.

    A subclass sets `title` and implements `_blocks`.

    Attributes:
        title: The heading.
    """

    title: str = ""

    def _blocks(self) -> Sequence[Block]:
        raise NotImplementedError

    def to_html(self, *, page: bool = False) -> str:
        """Return the view as HTML that needs no script and no network.

        Args:
            page: Whether to return a whole page, to be saved as a file, rather than a fragment.
        """
        fragment = _html.render(self.title, self._blocks())
        return _html.page(self.title, fragment) if page else fragment

    def text(self) -> str:
        """Return the view as plain text."""
        return _text.render(self.title, self._blocks())

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.text()
