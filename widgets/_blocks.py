"""What a view is made of: a short list of blocks that know nothing of HTML or of terminals.

A view describes itself once, as blocks; `_html` and `_text` draw them. Every string in a block is data, and
is escaped when drawn; the only markup that passes through is an `Svg`, which `_svg` alone makes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["ok", "warn", "error", "info", "plain"]


@dataclass(frozen=True)
class Svg:
    """A small picture.

    Attributes:
        markup: Trusted SVG markup, whose texts are already escaped.
        text: What stands for it where pictures cannot be shown.
    """

    markup: str
    text: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: The text shown.
        items: Values shown one after the other, each isolated from its neighbours' writing direction.
        separator: What stands between the items.
        more: Further values, folded away until asked for.
        more_label: What the fold says, for example `"12 more"`.
        flag: Why this value deserves attention; empty if it does not.
        hint: What the text means, shown on hovering; for what a reader can do without.
        tone: Shows the text as a coloured badge.
        svg: A picture after the text.
        shade: Strength of a background colour, from 0 to 1.
        rowspan: Number of rows that this cell covers; the rows below hold `SPANNED` in its place.
        code: Whether to use a fixed-width font, for paths and identifiers.
    """

    text: str = ""
    items: Sequence[str] = ()
    separator: str = ","
    more: Sequence[str] = ()
    more_label: str = "more"
    flag: str = ""
    hint: str = ""
    tone: Tone | None = None
    svg: Svg | None = None
    shade: float = 0.0
    rowspan: int = 1
    code: bool = False


SPANNED = Cell()
"""Stands in a row for a cell that a cell above already covers."""

Row = Sequence[Cell | str]


@dataclass(frozen=True)
class Column:
    """A column's heading, and whether it holds numbers (`"right"`) or words (`"left"`)."""

    name: str
    align: Literal["left", "right"] = "left"
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A captioned table. Rows come in groups: a line is drawn between groups only.

    Attributes:
        caption: What the table shows; also its name for assistive technology.
        columns: The columns; the first one names the row.
        groups: Groups of rows. A cell of each row for each column.
        fold: Groups after this many are folded away.
        noun: What a group is, in the plural, for the fold's label.
    """

    caption: str
    columns: Sequence[Column]
    groups: Sequence[Sequence[Row]]
    fold: int = 100
    noun: str = "rows"


@dataclass(frozen=True)
class Heading:
    """A heading inside a view. `tone` and `badge` put a coloured word beside it."""

    text: str
    level: Literal[3, 4] = 4
    badge: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Note:
    """A sentence. A `tone` other than `"plain"` makes it a banner."""

    text: str
    tone: Tone = "plain"
    dim: bool = False


@dataclass(frozen=True)
class Facts:
    """Short label and value pairs, in one wrapping line."""

    pairs: Sequence[tuple[str, str | Cell]]


@dataclass(frozen=True)
class Figure:
    """A plot with its caption."""

    caption: str
    svg: Svg


@dataclass(frozen=True)
class Figures:
    """Plots side by side, wrapping where there is no room."""

    figures: Sequence[Figure]


@dataclass(frozen=True)
class Legend:
    """Which colour and line belongs to which series. `filled` says that the first one is drawn as an area."""

    labels: Sequence[str]
    filled: bool = True


@dataclass(frozen=True)
class Pre:
    """Preformatted text."""

    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks behind a line that opens them. Plain text leaves them out unless `in_text` is set."""

    summary: str
    blocks: Sequence["Block"]
    in_text: bool = False


Block = Table | Heading | Note | Facts | Figures | Legend | Pre | Fold


def simple_table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    fold: int = 100,
    noun: str = "rows",
) -> Table:
    """Make a table whose every row is a group of its own."""
    return Table(caption, columns, [[row] for row in rows], fold, noun)
