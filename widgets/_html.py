"""Draw blocks as HTML. Everything that is not an `Svg` is escaped here."""

import html
import re
from collections.abc import Sequence
from functools import singledispatch

from widgets import _svg
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
    Row,
    Table,
)
from widgets._css import style
from widgets._format import visible

LONG_WORD = 28
LONG_LIST = 40
SENTENCE = 16


def escape(text: str) -> str:
    """Return text that is safe inside an element and inside a quoted attribute."""
    return html.escape(visible(text), quote=True)


def render(title: str, blocks: Sequence[Block]) -> str:
    """Return the fragment for a view."""
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    body = "\n".join(_block(block) for block in blocks)
    return f'<div class="cw-view"><style>{style()}</style>\n{heading}\n{body}\n</div>'


def page(title: str, fragment: str) -> str:
    """Return a whole page around a fragment."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<style>@media(prefers-color-scheme:dark){body{background:#1b1b1b}}body{margin:16px}</style>"
        f"<title>{escape(title)}</title></head>\n<body>\n{fragment}\n</body></html>\n"
    )


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(f"_html expects a block, but was given {type(block).__name__}.")


@_block.register
def _heading(block: Heading) -> str:
    mark = " " + _badge(block.badge, block.tone) if block.badge else ""
    return f"<h{block.level}><bdi>{escape(block.text)}</bdi>{mark}</h{block.level}>"


@_block.register
def _note(block: Note) -> str:
    names = ["cw-n", f"cw-n-{block.tone}"] if block.tone != "plain" else []
    names += ["cw-dim"] if block.dim else []
    attribute = f' class="{" ".join(names)}"' if names else ""
    return f"<p{attribute}>{escape(block.text)}</p>"


@_block.register
def _facts(block: Facts) -> str:
    return "<p>" + "\n".join(_fact(label, value) for label, value in block.pairs) + "</p>"


@_block.register
def _figures(block: Figures) -> str:
    drawn = "\n".join(
        '<figure class="cw-fig">'
        f"<figcaption>{escape(figure.caption)}</figcaption>{figure.svg.markup}</figure>"
        for figure in block.figures
    )
    return f'<div class="cw-x">{drawn}</div>'


@_block.register
def _legend(block: Legend) -> str:
    marks = [_svg.swatch(i, filled=block.filled and i == 0) for i in range(len(block.labels))]
    pairs = "\n".join(
        f'<span class="cw-i">{mark} <bdi>{escape(label)}</bdi></span>'
        for mark, label in zip(marks, block.labels, strict=True)
    )
    return f"<p>{pairs}</p>"


@_block.register
def _pre(block: Pre) -> str:
    return f'<pre class="cw-pre">{_lines(block.text)}</pre>'


@_block.register
def _fold(block: Fold) -> str:
    inner = "\n".join(_block(each) for each in block.blocks)
    return f"<details><summary>{escape(block.summary)}</summary>\n{inner}\n</details>"


def _lines(text: str) -> str:
    return "\n".join(escape(line) for line in text.split("\n"))


def _fact(label: str, value: str | Cell) -> str:
    shown = _content(value if isinstance(value, Cell) else Cell(value))
    return f'<span class="cw-i"><span class="cw-dim">{escape(label)}:</span> {shown}</span>'


def _badge(text: str, tone: str) -> str:
    return f'<strong class="cw-b cw-{tone}">{escape(text)}</strong>'


@_block.register
def _table(table: Table) -> str:
    shown, folded = table.groups[: table.fold], table.groups[table.fold :]
    drawn = _one_table(table.caption, table.columns, shown)
    if not folded:
        return drawn
    rest = _one_table(f"{table.caption} (continued)", table.columns, folded)
    label = f"Show {len(folded):,} more {table.noun}"
    return f"{drawn}\n<details><summary>{escape(label)}</summary>\n{rest}\n</details>"


def _one_table(caption: str, columns: Sequence[Column], groups: Sequence[Sequence[Row]]) -> str:
    head = "".join(_column(column) for column in columns)
    plain = all(len(group) == 1 for group in groups)
    if plain:
        body = "<tbody>" + "\n".join(_row(group[0], columns) for group in groups) + "</tbody>"
    else:
        body = "\n".join(
            '<tbody class="cw-g">' + "\n".join(_row(row, columns) for row in group) + "</tbody>"
            for group in groups
        )
    name = escape(caption)
    return (
        f'<div class="cw-s" role="region" tabindex="0" aria-label="{name}">'
        f'<table class="cw-t{" cw-p" if plain else ""}"><caption>{name}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n{body}\n</table></div>"
    )


def _column(column: Column) -> str:
    names = ' class="cw-r"' if column.align == "right" else ""
    hint = f' title="{escape(column.hint)}"' if column.hint else ""
    return f'<th scope="col"{names}{hint}>{escape(column.name)}</th>'


def _row(row: Row, columns: Sequence[Column]) -> str:
    drawn: list[str] = []
    for index, (each, column) in enumerate(zip(row, columns, strict=True)):
        if each is SPANNED:
            continue
        cell = each if isinstance(each, Cell) else Cell(each)
        tag = "th" if index == 0 else "td"
        attributes = ' scope="row"' if index == 0 else ""
        if cell.rowspan > 1:
            attributes += f' rowspan="{cell.rowspan}"'
        names = ["cw-r"] if column.align == "right" else []
        names += ["cw-h"] if cell.shade else []
        names += ["cw-m"] if sum(map(len, cell.items)) > LONG_LIST else []
        names += ["cw-l"] if _has_long_word(cell) else []
        names += ["cw-u"] if cell.code else []
        names += ["cw-w"] if _is_sentence(cell) else []
        if names:
            attributes += f' class="{" ".join(names)}"'
        if cell.shade:
            attributes += f' style="background-color:rgba(47,127,193,{min(cell.shade, 1) * 0.6:.2f})"'
        drawn.append(f"<{tag}{attributes}>{_content(cell)}</{tag}>")
    return f"<tr>{''.join(drawn)}</tr>"


def _has_long_word(cell: Cell) -> bool:
    """Tell whether a cell must be allowed to break inside words, lest it makes its table too wide."""
    return any(len(word) > LONG_WORD for text in (cell.text, *cell.items) for word in text.split())


def _is_sentence(cell: Cell) -> bool:
    """Tell whether a cell holds several words, which would be hard to read one below the other."""
    words = [*cell.text.split(" "), *cell.items]
    return len(words) > 1 and sum(map(len, words)) > SENTENCE


def _content(cell: Cell) -> str:
    parts: list[str] = []
    if cell.text:
        text = escape(cell.text)
        if cell.tone is not None:
            text = _badge(cell.text, cell.tone)
        elif cell.code:
            text = f'<code class="cw-c">{_breakable(text)}</code>'
        if cell.flag:
            text = f'<strong class="cw-f" title="{escape(cell.flag)}">{text}</strong>'
        elif cell.hint:
            text = f'<span title="{escape(cell.hint)}">{text}</span>'
        parts.append(text)
    if cell.items:
        parts.append(_items(cell.items, cell.separator))
    if cell.svg is not None:
        parts.append(cell.svg.markup)
    if cell.more:
        label = escape(cell.more_label)
        parts.append(f"<details><summary>{label}</summary>{_items(cell.more, cell.separator)}</details>")
    return " ".join(parts)


def _breakable(escaped: str) -> str:
    """Let a path break after its slashes rather than inside a name."""
    return re.sub(r"/(?=[^/])", "/<wbr>", escaped)


def _items(items: Sequence[str], separator: str) -> str:
    ends = [escape(separator)] * (len(items) - 1) + [""]
    return " ".join(
        f'<span class="cw-q"><bdi>{escape(item)}</bdi>{end}</span>'
        for item, end in zip(items, ends, strict=True)
    )
