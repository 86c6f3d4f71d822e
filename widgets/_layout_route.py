"""Draw the links of a placed, layered graph as curves that bend between the layers only."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from widgets._layout_order import Layers

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
Extent = tuple[float, float]

_PORT_STEP = 10.0
_HEAD = 9.0  # the straight run before a target, for the arrow's head
_PORT_SHARE = 0.8  # of a node's side, that ports may use
_CORNER = 9.0  # that they leave free at least


@dataclass(frozen=True)
class Spacing:
    """Distances in pixels.

    Attributes:
        nodes: Between neighbouring nodes in a layer.
        bends: Between neighbours of which one is a link that passes, or a label.
        layers: Between layers.
        label_layers: The same, where every second layer is for labels.
    """

    nodes: float
    bends: float
    layers: float
    label_layers: float


@dataclass
class Routes:
    """The places of layers and the curves of links, in (across, along).

    Attributes:
        graph: The layered graph.
        x: The centre of each vertex across.
        extents: The size of each vertex, across and along.
        spacing: The distances to keep.
        bands: Where each layer starts and ends along.
    """

    graph: Layers
    x: Sequence[float]
    extents: Sequence[Extent]
    spacing: Spacing
    bands: list[tuple[float, float]] = field(init=False)
    _leaving: dict[tuple[int, int], float] = field(init=False, default_factory=dict)
    _arriving: dict[tuple[int, int], float] = field(init=False, default_factory=dict)
    _level: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for level, row in enumerate(self.graph.rows):
            self._level.update(dict.fromkeys(row, level))
        for vertex in range(len(self.x)):
            below, above = self.graph.below[vertex], self.graph.above[vertex]
            for other, port in zip(below, self._ports(vertex, below), strict=True):
                self._leaving[vertex, other] = port
            for other, port in zip(above, self._ports(vertex, above), strict=True):
                self._arriving[other, vertex] = port
        self.bands = self._stack()

    def middle(self, vertex: int) -> Point:
        """Return the centre of a vertex."""
        start, end = self.bands[self._level[vertex]]
        return self.x[vertex], (start + end) / 2

    def strokes(self, path: Sequence[int], label: int | None) -> list[list[Curve]]:
        """Return the connected strokes of a link; they stop before its label and go on after it.

        Args:
            path: The vertices of the link.
            label: The one that carries its label, if any.
        """
        strokes: list[list[Curve]] = [[]]
        for one, other in itertools.pairwise(path):
            begin, finish = self._leaving[one, other], self._arriving[one, other]
            _, end = self.bands[self._level[one]]
            start, _ = self.bands[self._level[other]]
            if one == path[0]:
                strokes[-1] += _straight(begin, self._edge(one, 1), end)
            arrives = start - _HEAD if other == path[-1] else start
            half = (arrives - end) / 2
            strokes[-1].append(
                ((begin, end), (begin, end + half), (finish, arrives - half), (finish, arrives))
            )
            if other == label:
                strokes[-1] += _straight(finish, start, self._edge(other, -1))
                strokes.append(_straight(finish, self._edge(other, 1), self.bands[self._level[other]][1]))
            elif other == path[-1]:
                strokes[-1] += _straight(finish, arrives, self._edge(other, -1))
            else:
                strokes[-1] += _straight(finish, start, self.bands[self._level[other]][1])
        return strokes

    def _edge(self, vertex: int, side: int) -> float:
        """Return where a vertex starts (side -1) or ends (side 1) along."""
        return self.middle(vertex)[1] + side * self.extents[vertex][1] / 2

    def _ports(self, vertex: int, others: Sequence[int]) -> list[float]:
        """Return where the links to the given neighbours, in their order, meet a vertex.

        A port stands opposite to what it leads to, so that the link is straight, as far as the side reaches.
        """
        centre = self.x[vertex]
        if vertex >= self.graph.node_count:
            return [centre] * len(others)
        side = self.extents[vertex][0]
        reach = max(min(side * _PORT_SHARE, side - 2 * _CORNER), 0.0) / 2
        ports = []
        for other in others:
            bend = other >= self.graph.node_count
            wish = self.x[other] if bend else (centre + self.x[other]) / 2
            ports.append(min(max(wish, centre - reach), centre + reach))
        if len(ports) == 1 and ports[0] in {centre - reach, centre + reach}:
            return [centre]  # it cannot be straight anyway
        step = min(_PORT_STEP, 2 * reach / max(len(ports) - 1, 1))
        for index in range(1, len(ports)):
            ports[index] = max(ports[index], ports[index - 1] + step)
        limit = centre + reach
        for index in reversed(range(len(ports))):
            ports[index] = min(ports[index], limit)
            limit = ports[index] - step
        return ports

    def _stack(self) -> list[tuple[float, float]]:
        """Place the layers after each other, with more room where links go far across."""
        base = self.spacing.label_layers if self.graph.labelled else self.spacing.layers
        bands = []
        at = 0.0
        for row in self.graph.rows:
            depth = max(self.extents[vertex][1] for vertex in row)
            bands.append((at, at + depth))
            pieces = [(vertex, other) for vertex in row for other in self.graph.below[vertex]]
            far = max((abs(self._leaving[each] - self._arriving[each]) for each in pieces), default=0.0)
            head = _HEAD if any(other < self.graph.node_count for _, other in pieces) else 0.0
            at += depth + base + head + min(max(far - 12, 0) * 0.2, 40)
        return bands


def _straight(across: float, start: float, end: float) -> list[Curve]:
    if end - start < 0.01:
        return []
    third = (end - start) / 3
    return [((across, start), (across, start + third), (across, end - third), (across, end))]
