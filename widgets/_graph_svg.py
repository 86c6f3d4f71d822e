"""Draw a pipeline's graph as one inline SVG: no script, no style sheet, nothing told by colour alone."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from widgets._blocks import Svg
from widgets._format import ELLIPSIS, visible
from widgets._graph_states import STATES
from widgets._layout import PAGE_WIDTH, Box, Layout, Size, lay_out
from widgets._layout_route import Curve

_NARROWEST, _WIDEST = 112.0, 196.0
_TEXT_START, _TEXT_END = 31.0, 11.0
_LABEL_WIDTH, _LABEL_LINE, _LABEL_LINES = 130.0, 12.0, 3
_LABELLED_NODES, _LABELLED_LINKS = 40, 60  # beyond these, labels would crowd the picture out
_MARGIN = 4.0
_LEGEND_ROW = 24.0
_FONTS = "Helvetica, Arial, sans-serif"  # widths are reckoned for these
_SMALLEST_SCALE = 0.75

_NARROW = frozenset("iljtfrI.,:;'|!()[]{}/\\ `\u00b7")
_BROAD = frozenset("mwMW@%")


@dataclass(frozen=True)
class Drawn:
    """A node as it is drawn.

    Attributes:
        title: Its first line.
        kind: Its second line, or ''.
        state: One of the `STATES`.
        status: Its last line.
        hint: The lines that are shown on hovering.
        progress: A share to show as a bar, or None.
    """

    title: str
    kind: str
    state: str
    status: str
    hint: Sequence[str]
    progress: float | None = None


def picture(
    name: str,
    summary: str,
    nodes: Sequence[Drawn],
    links: Sequence[tuple[int, int]],
    labels: Sequence[Sequence[str]],
) -> Svg:
    """Draw a graph.

    Args:
        name: What is drawn.
        summary: The same in a sentence, for where pictures cannot be seen.
        nodes: The nodes.
        links: Pairs of nodes, by index; no cycles, no pair twice.
        labels: What flows along each link.
    """
    crowded = len(nodes) > _LABELLED_NODES or len(links) > _LABELLED_LINKS
    lines = [[] if crowded else _label_lines(each) for each in labels]
    layout = lay_out(_sizes(nodes), links, [_label_size(each) for each in lines])
    width, top, legend = _legend(nodes, layout.width)
    parts = [*legend, f'<g transform="translate({_MARGIN:g} {top:g})">']
    parts += [_link(strokes, layout) for strokes in layout.routes]
    for box, shown, full in zip(layout.labels, lines, labels, strict=True):
        if box is not None:
            parts.append(_label(box, shown, ", ".join(full)))
    parts += [_node(box, node) for box, node in zip(layout.boxes, nodes, strict=True)]
    parts.append("</g>")
    return _whole(name, summary, width + 2 * _MARGIN, top + layout.height + _MARGIN, "\n".join(parts))


def _whole(name: str, summary: str, width: float, height: float, body: str) -> Svg:
    label = _escape(f"{name}: {summary}")
    # Where there is little room the picture shrinks, but not so far that it cannot be read: then it scrolls.
    style = f"max-width:100%;height:auto;min-width:{width * _SMALLEST_SCALE:.0f}px"
    markup = (
        f'<div class="cw-s" role="region" tabindex="0" aria-label="{_escape(name)}">'
        f'<svg class="cw-dag" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{label}" '
        f'font-family="{_FONTS}" style="{style}">\n'
        f"<title>{label}</title>\n{body}\n</svg></div>"
    )
    return Svg(markup, summary)


def _sizes(nodes: Sequence[Drawn]) -> list[Size]:
    """Return the size of each node: all are as wide as the widest needs."""
    widest = max(
        (max(_width(n.title, 12, bold=True), _width(n.kind, 11), _width(n.status, 11)) for n in nodes),
        default=0.0,
    )
    width = math.ceil(min(max(widest + _TEXT_START + _TEXT_END, _NARROWEST), _WIDEST))
    return [
        (width, (56.0 if node.kind else 42.0) + (5.0 if node.progress is not None else 0.0)) for node in nodes
    ]


def _node(box: Box, node: Drawn) -> str:
    style = STATES[node.state]
    room = box.width - _TEXT_START - _TEXT_END
    dash = ' stroke-dasharray="4 3"' if style.dashed else ""
    frame = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:g}" height="{box.height:g}" rx="7"'
    x, y = box.x + _TEXT_START, box.y + 17.5
    border = f'stroke="{style.colour}" stroke-width="{style.border:g}"{dash}'
    parts = [
        f"<g><title>{_lines(node.hint)}</title>",
        f'<rect {frame} fill="currentColor" fill-opacity="0.045" {border}/>',
        style.mark(round(box.x + 17, 1), round(box.y + box.height / 2, 1)),
        _text(x, y, node.title, 12, room, bold=True),
    ]
    if node.kind:
        y += 14.5
        parts.append(_text(x, y, node.kind, 11, room))
    parts.append(_text(x, y + 15.5, node.status, 11, room))
    if node.progress is not None:
        across = box.width - 16
        bar = f'x="{box.x + 8:.1f}" y="{box.y + box.height - 5:.1f}" height="3" rx="1.5"'
        parts.append(f'<rect {bar} width="{across:g}" fill="currentColor" fill-opacity="0.18"/>')
        parts.append(f'<rect {bar} width="{across * node.progress:.1f}" fill="{style.colour}"/>')
    return "\n".join([*parts, "</g>"])


def _link(strokes: Sequence[Sequence[Curve]], layout: Layout) -> str:
    down = layout.direction == "down"
    path = "".join(_stroke(stroke) for stroke in strokes if stroke)
    x, y = strokes[-1][-1][3]
    head = f"M{x:.1f} {y:.1f}l-4 -7.5h8Z" if down else f"M{x:.1f} {y:.1f}l-7.5 -4v8Z"
    return (
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-width="1.3"/>'
        f'<path d="{head}" fill="currentColor" fill-opacity="0.75"/>'
    )


def _stroke(curves: Sequence[Curve]) -> str:
    x, y = curves[0][0]
    parts = [f"M{x:.1f} {y:.1f}"]
    for start, *rest in curves:
        step = "C" + " ".join(f"{a:.1f} {b:.1f}" for a, b in rest)
        if all(abs(a - start[0]) < 0.05 for a, _ in rest):
            step = f"V{rest[-1][1]:.1f}"
        elif all(abs(b - start[1]) < 0.05 for _, b in rest):
            step = f"H{rest[-1][0]:.1f}"
        if step[0] in "VH" and parts[-1][0] == step[0]:
            parts.pop()  # a straight line that only goes on
        parts.append(step)
    return "".join(parts)


def _label_lines(keys: Sequence[str]) -> list[str]:
    shown = [_middle(visible(key), _LABEL_WIDTH, 10) for key in keys[:_LABEL_LINES]]
    if len(keys) > _LABEL_LINES:
        shown[-1] = f"and {len(keys) - _LABEL_LINES + 1} more"
    return shown


def _label_size(lines: Sequence[str]) -> Size | None:
    if not lines:
        return None
    return max(_width(line, 10) for line in lines) + 6, _LABEL_LINE * len(lines) + 3


def _label(box: Box, lines: Sequence[str], full: str) -> str:
    x = box.x + box.width / 2
    drawn = "\n".join(
        f'<text x="{x:.1f}" y="{box.y + 10.5 + _LABEL_LINE * index:.1f}" text-anchor="middle" '
        f'fill="currentColor" fill-opacity="0.85" font-size="10">{_escape(line)}</text>'
        for index, line in enumerate(lines)
    )
    hint = f"<title>{_escape(full)}</title>" if ", ".join(lines) != full else ""
    return f"<g>{hint}{drawn}</g>"


def _legend(nodes: Sequence[Drawn], width: float) -> tuple[float, float, list[str]]:
    """Return the width of the picture, the height of its legend, and the legend."""
    counts = {state: sum(node.state == state for node in nodes) for state in STATES}
    entries = [(state, f"{state} ({count:,})") for state, count in counts.items() if count]
    steps = [_width(text, 11) + 32 for _, text in entries]
    width = max(width, min(sum(steps), PAGE_WIDTH - 2 * _MARGIN), *steps)
    x, y, parts = 0.0, 12.0, []
    for (state, text), step in zip(entries, steps, strict=True):
        if x and x + step > width:
            x, y = 0.0, y + _LEGEND_ROW
        parts.append(STATES[state].mark(round(x + _MARGIN + 8, 1), y, 0.8))
        parts.append(_text(x + _MARGIN + 20, y + 4, text, 11, step))
        x += step
    return width, y + _LEGEND_ROW + 2, parts


def _text(x: float, y: float, text: str, size: int, room: float, *, bold: bool = False) -> str:
    shown = _escape(_middle(visible(text), room, size, bold=bold))
    weight = ' style="font-weight:600"' if bold else ' fill-opacity="0.85"'
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="currentColor" font-size="{size}"{weight}>{shown}</text>'


def _middle(text: str, room: float, size: int, *, bold: bool = False) -> str:
    """Return text that fits, its middle left out where it does not: both ends of an id tell nodes apart."""
    if _width(text, size, bold=bold) <= room:
        return text
    kept = min(len(text) - 1, int(room / (size * 0.3)))
    while kept > 2:
        head = (kept + 1) // 2
        shown = text[:head] + ELLIPSIS + text[len(text) - (kept - head) :]
        if _width(shown, size, bold=bold) <= room:
            return shown
        kept -= 1
    return text[:1] + ELLIPSIS


def _width(text: str, size: int, *, bold: bool = False) -> float:
    """Return about how wide text is, in pixels: a little more than in the usual sans-serif fonts."""
    ems = 0.0
    for char in text:
        if char in _NARROW:
            ems += 0.34
        elif char in _BROAD:
            ems += 0.92
        elif char.isascii():
            ems += 0.72 if char.isupper() else 0.575
        else:
            ems += 1.1
    return ems * size * (1.07 if bold else 1.0)


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(_escape(line) for line in lines)


def _escape(text: str) -> str:
    return html.escape(visible(text), quote=True)
