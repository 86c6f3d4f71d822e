"""Whether a model may be pushed, and why."""

from collections.abc import Sequence

from widgets import _check
from widgets._blocks import Block, Cell, Column, Note, Row, simple_table
from widgets._view import View


class BlessingView(View):
    """BLESSED, NOT BLESSED or not known, with the reasons.

    Args:
        blessed: Whether the model passed; None where that was not decided.
        reasons: Why, a sentence each.
        title: The heading.

    Raises:
        TypeError: `blessed` is not a bool or None, or `reasons` is not a sequence of str.
    """

    def __init__(
        self, blessed: bool | None, reasons: Sequence[str] = (), *, title: str = "Model blessing"
    ) -> None:
        if blessed is not None and not isinstance(blessed, bool):
            raise _check.type_error(
                "BlessingView",
                "True, False or None",
                blessed,
                "An artifact's integer property 1 is True: use bool(...).",
            )
        if isinstance(reasons, str) or not isinstance(reasons, Sequence):
            raise _check.type_error("BlessingView", "a sequence of reasons", reasons, "Put it in a list.")
        for reason in reasons:
            if not isinstance(reason, str):
                raise _check.type_error("BlessingView", "reasons that are str", reason, "Use str(...).")
        self.title = title
        self.blessed = blessed
        self.reasons = tuple(reasons)

    def _blocks(self) -> list[Block]:
        if self.blessed is None:
            blocks: list[Block] = [
                Note("NOT DECIDED: the model was not compared with any threshold.", "info")
            ]
        elif self.blessed:
            blocks = [Note("BLESSED: the model may be pushed.", "ok")]
        else:
            blocks = [Note("NOT BLESSED: the model must not be pushed.", "error")]
        if self.reasons:
            rows: list[Row] = [[str(i), Cell(reason)] for i, reason in enumerate(self.reasons, 1)]
            columns = [Column("No."), Column("Reason")]
            blocks.append(simple_table("Reasons", columns, rows, noun="reasons"))
        return blocks
