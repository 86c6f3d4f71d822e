"""Small inline SVG plots. No script, no style sheet needed: colours are attributes, text is escaped.

Series are told apart by colour and by line pattern. The colours (after Okabe and Ito) keep a contrast of at
least 3:1 against white and against a dark page, and stay apart under the common colour-vision deficiencies.
"""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from widgets._blocks import Svg
from widgets._format import number, shorten, visible

SERIES = ("#2f7fc1", "#d55e00", "#008a65", "#b0569b", "#8a6d00", "#6a70c8")
DASHES = ("", "5 2", "1.5 2", "7 2 1.5 2", "3 3", "9 3")
_BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


@dataclass(frozen=True)
class Bin:
    """One bar of a histogram: from `low` to `high`, holding `count` values."""

    low: float
    high: float
    count: float


def _stroke(index: int) -> str:
    dash = DASHES[index % len(DASHES)]
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    return f'fill="none" stroke="{SERIES[index % len(SERIES)]}" stroke-width="1.6"{pattern}'


def _fill() -> str:
    # Pale inside, so that the lines of other series show; the outline carries the contrast.
    return f'fill="{SERIES[0]}" fill-opacity="0.5" stroke="{SERIES[0]}" stroke-width="1"'


def _escape(text: str) -> str:
    return html.escape(visible(text), quote=True)


def _svg(width: float, height: float, label: str, body: str, fallback: str) -> Svg:
    name = _escape(label)
    # Where a sanitizer drops the tags of an SVG it keeps its texts: the title is then what is read.
    markup = (
        f'<svg width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{name}"><title>{_escape(fallback or label)}</title>{body}</svg>'
    )
    return Svg(markup, fallback or label)


def swatch(index: int, *, filled: bool) -> str:
    """Return the mark that stands for a series in a legend."""
    line = f'<path d="M1 6H25" {_stroke(index)}/>'
    if filled:
        line = f'<rect x="1" y="1" width="24" height="10" {_fill()}/>'
    return f'<svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true">{line}</svg>'


def spark(values: Sequence[float]) -> str:
    """Return non-negative values as a line of block characters."""
    top = max((v for v in values if math.isfinite(v)), default=0.0)
    if top <= 0:
        return _BLOCKS[0] * len(values)
    return "".join(
        _BLOCKS[min(int(max(v, 0) / top * len(_BLOCKS)), len(_BLOCKS) - 1)] if math.isfinite(v) else " "
        for v in values
    )


def histogram(
    name: str,
    series: Sequence[tuple[str, Sequence[Bin]]],
    *,
    width: float = 170,
    height: float = 46,
) -> Svg | None:
    """Draw histograms over one another on a common axis, each as a density of area one.

    Args:
        name: What is drawn.
        series: A label and the bins of each series. Bins without finite, positive content are left out.
        width: In pixels.
        height: In pixels.

    Returns:
        The plot, or None where there is nothing to draw.
    """
    kept = [(i, label, _usable(bins)) for i, (label, bins) in enumerate(series)]
    kept = [(i, label, bins) for i, label, bins in kept if bins]
    if not kept:
        return None
    low = min(b.low for _, _, bins in kept for b in bins)
    high = max(b.high for _, _, bins in kept for b in bins)
    if high == low:
        low, high = low - 0.5, high + 0.5
    span = high - low
    if not 0 < span < math.inf:  # the values are too far apart, or too large to tell apart, for floats
        return None
    shapes = [(i, label, [_density(b, low, span) for b in bins]) for i, label, bins in kept]
    peak = max(d for _, _, bars in shapes for _, _, d in bars)
    x_scale, y_scale = width - 2, (height - 4) / peak
    paths = []
    for index, _, bars in shapes:
        path = [f"M{1 + bars[0][0] * x_scale:.1f} {height - 1:g}"]
        for start, end, density in bars:
            y = height - 1 - density * y_scale
            path.append(f"H{1 + start * x_scale:.1f}V{y:.1f}H{1 + end * x_scale:.1f}")
        path.append(f"V{height - 1:g}")
        paint = _fill() if index == 0 else _stroke(index)
        paths.append(f'<path d="{"".join(path)}" {paint}/>')
    axis = f'<path d="M0 {height - 0.5:g}H{width:g}" stroke="currentColor" stroke-opacity="0.45"/>'
    sparks = " ".join(f"{label} {spark([d for _, _, d in bars])}".strip() for _, label, bars in shapes)
    return _svg(
        width,
        height,
        f"Histogram of {name}, from {number(low)} to {number(high)}",
        axis + "".join(paths),
        sparks,
    )


def _usable(bins: Sequence[Bin]) -> list[Bin]:
    """Return the bins that can be drawn; an infinite edge is pulled in to its finite neighbour."""
    kept = []
    for each in bins:
        low, high = each.low, each.high
        if not math.isfinite(low):
            low = high
        if not math.isfinite(high):
            high = low
        if math.isfinite(low) and high >= low and math.isfinite(each.count) and each.count > 0:
            kept.append(Bin(low, high, each.count))
    top = max((each.count for each in kept), default=1.0)
    total = sum(each.count / top for each in kept)
    return [Bin(each.low, each.high, each.count / top / total) for each in kept]


def _density(each: Bin, low: float, span: float) -> tuple[float, float, float]:
    """Return where a bar starts and ends in the plot, from 0 to 1, and its density."""
    start, end = (each.low - low) / span, (each.high - low) / span
    thinnest = 1 / 40
    if end - start < thinnest:  # a spike: keep its area, at a width that can be seen
        middle = (start + end) / 2
        return middle - thinnest / 2, middle + thinnest / 2, each.count / thinnest
    return start, end, each.count / (end - start)


def bars(
    name: str,
    series: Sequence[tuple[str, Sequence[float]]],
    *,
    width: float = 170,
    height: float = 46,
) -> Svg | None:
    """Draw the shares of ranked values: the first series as bars, the others as marks over them.

    Args:
        name: What is drawn.
        series: A label and one share (0 to 1) for each value, the values in the same order in every series.
        width: In pixels.
        height: In pixels.

    Returns:
        The plot, or None where there is nothing to draw.
    """
    count = max((len(values) for _, values in series), default=0)
    finite = [[max(v, 0.0) if math.isfinite(v) else 0.0 for v in values] for _, values in series]
    peak = max((v for values in finite for v in values), default=0.0)
    if not count or peak <= 0:
        return None
    room = min((width - 2) / count, 24.0)
    width = 2 + room * count
    drawn = []
    for index, values in enumerate(finite):
        marks = []
        for position, value in enumerate(values):
            y = height - 1 - value / peak * (height - 4)
            x = 1 + position * room
            if index == 0:
                marks.append(f"M{x + room * 0.1:.1f} {height - 1:g}V{y:.1f}h{room * 0.8:.1f}V{height - 1:g}z")
            elif value > 0:
                marks.append(f"M{x:.1f} {y:.1f}h{room:.1f}")
        paint = _fill() if index == 0 else _stroke(index)
        if marks:
            drawn.append(f'<path d="{"".join(marks)}" {paint}/>')
    axis = f'<path d="M0 {height - 0.5:g}H{width:g}" stroke="currentColor" stroke-opacity="0.45"/>'
    sparks = " ".join(
        f"{label} {spark(values)}".strip() for (label, _), values in zip(series, finite, strict=True)
    )
    return _svg(width, height, f"Shares of the values of {name}", axis + "".join(drawn), sparks)


def gauge(fraction: float, label: str, *, width: float = 64, height: float = 9) -> Svg:
    """Draw a share from 0 to 1 as a horizontal bar."""
    share = min(max(fraction, 0.0), 1.0) if math.isfinite(fraction) else 0.0
    body = (
        f'<rect width="{width:g}" height="{height:g}" rx="2" fill="currentColor" fill-opacity="0.12"/>'
        f'<rect width="{share * width:.1f}" height="{height:g}" rx="2" fill="{SERIES[0]}"/>'
    )
    name = _escape(label)
    # The number stands beside the bar, so nothing is said in its place where pictures are dropped.
    markup = (
        f'<svg width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{name}">{body}</svg>'
    )
    return Svg(markup, "")


def lines(
    name: str,
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    *,
    x_label: str,
    y_label: str,
    diagonal: bool = False,
    dots: bool = False,
    summary: str = "",
) -> Svg | None:
    """Draw curves on axes from 0 to 1.

    Args:
        name: What is drawn.
        series: A label and the points of each curve; points that are not finite are left out.
        x_label: What runs along.
        y_label: What runs up.
        diagonal: Whether to draw the line of equal values, for comparison.
        dots: Whether to mark each point.
        summary: What the plot says, in words, for where pictures cannot be shown.

    Returns:
        The plot, or None where there is nothing to draw.
    """
    left, top, side = 42.0, 8.0, 190.0
    width, height = left + side + 14, top + side + 36
    drawn = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = left + tick * side, top + (1 - tick) * side
        drawn.append(
            f'<path d="M{x:g} {top:g}v{side:g}M{left:g} {y:g}h{side:g}" stroke="currentColor" '
            'stroke-opacity="0.13" fill="none"/>'
        )
        if tick in (0.0, 0.5, 1.0):
            drawn.append(_label(x, top + side + 14, f"{tick:g}", "middle"))
            drawn.append(_label(left - 5, y + 4, f"{tick:g}", "end"))
    drawn.append(_label(left + side / 2, height - 5, x_label, "middle"))
    middle = top + side / 2
    drawn.append(_label(12, middle, y_label, "middle", f' transform="rotate(-90 12 {middle:g})"'))
    if diagonal:
        drawn.append(
            f'<path d="M{left:g} {top + side:g}L{left + side:g} {top:g}" stroke="currentColor" '
            'stroke-opacity="0.5" stroke-dasharray="2 3"/>'
        )
    any_points = False
    for index, (_, points) in enumerate(series):
        kept = [
            (left + min(max(x, 0.0), 1.0) * side, top + (1 - min(max(y, 0.0), 1.0)) * side)
            for x, y in points
            if math.isfinite(x) and math.isfinite(y)
        ]
        if not kept:
            continue
        any_points = True
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)
        drawn.append(f'<path d="M{path}" {_stroke(index)}/>')
        if dots or len(kept) == 1:
            paint = SERIES[index % len(SERIES)]
            drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{paint}"/>' for x, y in kept]
    if not any_points:
        return None
    label = f"{name}: {y_label} against {x_label}"
    return _svg(width, height, label, "\n".join(drawn), summary or label)


def _label(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    shown = _escape(shorten(text, 40))
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="currentColor" font-size="11" '
        f'font-family="sans-serif"{more}>{shown}</text>'
    )
