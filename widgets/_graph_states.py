"""The states a node of a pipeline can be in, and what tells them apart: word, shape, line and colour.

The colours (after Okabe and Ito) have a contrast of at least 3:1 against a white and against a dark page, and
so has the white of a mark against them; text is never coloured.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from widgets._blocks import Tone

_GREY = "#7d858e"
_CIRCLE = "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0Z"
_SQUARE = "M-5 -8H5a3 3 0 0 1 3 3V5a3 3 0 0 1 -3 3H-5a3 3 0 0 1 -3 -3V-5a3 3 0 0 1 3 -3Z"
_OCTAGON = "M-3.5 -8.5H3.5L8.5 -3.5V3.5L3.5 8.5H-3.5L-8.5 3.5V-3.5Z"
_TRIANGLE = "M0 -8.5L9.2 7.5H-9.2Z"


@dataclass(frozen=True)
class StateStyle:
    """How a state is shown.

    Attributes:
        tone: The colour of its badge in a table.
        colour: The colour of the box's border and of the mark.
        shape: The outline of the mark, as an SVG path around (0, 0).
        glyph: The strokes in the mark, as an SVG path.
        solid: Whether the mark is filled, with a white glyph, or only drawn in outline.
        dashed: Whether border and outline are dashed: nothing has run here.
        border: The width of the box's border, in pixels.
    """

    tone: Tone
    colour: str
    shape: str
    glyph: str
    solid: bool = True
    dashed: bool = False
    border: float = 1.4

    def mark(self, x: float, y: float, scale: float = 1) -> str:
        """Return the mark as SVG, with its centre at the given place."""
        size = f" scale({scale:g})" if scale != 1 else ""
        place = f'transform="translate({x:g} {y:g}){size}"'
        dash = ' stroke-dasharray="3 2.6"' if self.dashed and not self.glyph else ""
        fill = self.colour if self.solid else "none"
        ink = "#fff" if self.solid else self.colour
        drawn = (
            f'<path {place} d="{self.shape}" fill="{fill}" stroke="{self.colour}" stroke-width="1.6"{dash}/>'
        )
        if self.glyph:
            drawn += f'<path {place} d="{self.glyph}" fill="none" stroke="{ink}" stroke-width="1.9"/>'
        return drawn


STATES: Mapping[str, StateStyle] = {
    "complete": StateStyle("ok", "#008a65", _CIRCLE, "M-3.9 0.2L-1.2 3L3.9 -3"),
    "cached": StateStyle("info", "#2f7fc1", _SQUARE, "M1.2 -5.2L-2.6 0.6H2.6L-1.2 5.2"),
    "running": StateStyle("info", "#6a70c8", _CIRCLE, "M-2 -3.6L3.6 0L-2 3.6Z", border=2.2),
    "queued": StateStyle("plain", _GREY, _CIRCLE, "M0 -4.8V0.4L3.4 2.4", solid=False, dashed=True),
    "stale": StateStyle("warn", "#c85a00", _TRIANGLE, "M0 -3.4V2M0 3.6V5.6"),
    "failed": StateStyle("error", "#d6392b", _OCTAGON, "M-3.3 -3.3L3.3 3.3M-3.3 3.3L3.3 -3.3", border=2.2),
    "canceled": StateStyle("warn", "#8a6d00", _CIRCLE, "M-5.6 5.6L5.6 -5.6", solid=False),
    "skipped": StateStyle(
        "plain", _GREY, _SQUARE, "M-4.4 -3.4L-1 0L-4.4 3.4M0.6 -3.4L4 0L0.6 3.4", solid=False, dashed=True
    ),
    "not run": StateStyle("plain", _GREY, _CIRCLE, "", solid=False, dashed=True),
}
"""The states by name, in the order of legends."""
