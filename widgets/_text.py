"""Draw blocks as plain text for terminals, logs and `repr`."""

import unicodedata
from collections.abc import Sequence
from functools import singledispatch

from widgets._blocks import (
    SPANNED,
    Block,
    Cell,
    Column,
    Facts,
    Figures,
    Fold,
    Heading,
    Legend,
    Note,
    Pre,
    Table,
)
from widgets._format import ELLIPSIS, visible

MAX_CELL = 48
MAX_ROWS = 60
_SIGNS = {"ok": "OK: ", "warn": "Warning: ", "error": "Error: ", "info": "", "plain": ""}


def render(title: str, blocks: Sequence[Block]) -> str:
    """Return the text for a view."""
    parts = [f"{visible(title)}\n{'=' * _width(visible(title))}"] if title else []
    parts += [text for text in (_block(block) for block in blocks) if text]
    return "\n\n".join(parts)


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(f"_text expects a block, but was given {type(block).__name__}.")


@_block.register
def _heading(block: Heading) -> str:
    badge = f" [{visible(block.badge)}]" if block.badge else ""
    return visible(block.text) + badge


@_block.register
def _note(block: Note) -> str:
    return _SIGNS[block.tone] + visible(block.text)


@_block.register
def _facts(block: Facts) -> str:
    return "\n".join(
        f"{visible(label)}: {_content(value if isinstance(value, Cell) else Cell(value))}"
        for label, value in block.pairs
    )


@_block.register
def _figures(block: Figures) -> str:
    return "\n".join(f"{visible(f.caption)}: {visible(f.svg.text)}" for f in block.figures)


@_block.register
def _legend(_: Legend) -> str:
    return ""  # text has no colours to explain


@_block.register
def _pre(block: Pre) -> str:
    return "\n".join("  " + visible(line) for line in block.text.split("\n"))


@_block.register
def _fold(block: Fold) -> str:
    if not block.in_text:
        return f"[{visible(block.summary)}]"
    inner = "\n\n".join(text for text in (_block(each) for each in block.blocks) if text)
    return f"{visible(block.summary)}\n{inner}"


@_block.register
def _table(table: Table) -> str:
    rows = [row for group in table.groups for row in group]
    shown = rows[:MAX_ROWS]
    lines = [[_short(visible(column.name)) for column in table.columns]]
    lines += [[_short(_cell(each)) for each in row] for row in shown]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(table.columns))]
    drawn = [_line(line, widths, table.columns) for line in lines]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    if len(rows) > len(shown):
        drawn.append(f"{ELLIPSIS} and {len(rows) - len(shown):,} more rows")
    return "\n".join([visible(table.caption), *drawn])


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    padded = []
    for text, width, column in zip(cells, widths, columns, strict=True):
        space = " " * (width - _width(text))
        padded.append(space + text if column.align == "right" else text + space)
    return "  ".join(padded).rstrip()


def _cell(each: Cell | str) -> str:
    if each is SPANNED:
        return ""
    return _content(each if isinstance(each, Cell) else Cell(each))


def _content(cell: Cell) -> str:
    parts = [visible(cell.text) + (" !" if cell.flag else "")] if cell.text else []
    if cell.items:
        parts.append(f"{cell.separator} ".join(visible(item) for item in cell.items))
    if cell.more:
        parts.append(f"({visible(cell.more_label)})")
    if cell.svg is not None and cell.svg.text:
        parts.append(visible(cell.svg.text))
    return " ".join(parts)


def _short(text: str) -> str:
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + ELLIPSIS


def _width(text: str) -> int:
    """Return the number of terminal columns that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
