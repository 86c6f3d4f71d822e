"""Lay out a directed acyclic graph as boxes joined by smooth curves that pass no box.

Deterministic and without any library. The graph is laid out layer by layer, either downwards or to the right;
`across` runs along a layer and `along` from layer to layer. A link bends only between two layers, where there
are no boxes, and goes straight through the layers that it passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from widgets._layout_order import Layers, Link, layers
from widgets._layout_place import positions
from widgets._layout_route import Curve, Routes, Spacing

Direction = Literal["down", "right"]
Size = tuple[float, float]

PAGE_WIDTH = 700.0
"""The width that a layout tries to keep, in pixels: that of a notebook's output."""

_FLAT_RANKS = 5  # a graph with more layers than this goes downwards if it fits
_COMPONENT_GAP = 28.0
_SPACING: dict[Direction, Spacing] = {
    "down": Spacing(nodes=22, bends=14, layers=26, label_layers=11),
    "right": Spacing(nodes=14, bends=12, layers=30, label_layers=12),
}


@dataclass(frozen=True)
class Box:
    """A rectangle, by its upper left corner, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Where everything is.

    Attributes:
        direction: Where the links lead: `"down"` or `"right"`.
        width: In pixels; everything lies between 0 and it.
        height: The same, downwards.
        boxes: One for each node.
        labels: For each link the place of its label, or None.
        routes: For each link, its connected strokes from source to target: one, or two around its label.
            A stroke is a run of cubic curves, each by its start, two control points and its end. The last
            point touches the target's box; the curve arrives there straight in the layout's direction.
        ranks: The layer of each node, in its component.
    """

    direction: Direction
    width: float
    height: float
    boxes: Sequence[Box]
    labels: Sequence[Box | None]
    routes: Sequence[Sequence[Sequence[Curve]]]
    ranks: Sequence[int]


@dataclass(frozen=True)
class _Part:
    """A connected component, laid out by itself from (0, 0)."""

    width: float
    height: float
    boxes: dict[int, Box]
    labels: dict[int, Box]
    routes: dict[int, list[list[Curve]]]
    ranks: dict[int, int]


def lay_out(
    sizes: Sequence[Size],
    links: Sequence[Link],
    labels: Sequence[Size | None] = (),
    *,
    direction: Direction | None = None,
) -> Layout:
    """Lay out a graph.

    Args:
        sizes: The width and height of each node, in pixels.
        links: Pairs of nodes, by index. No cycles, and no pair twice.
        labels: The width and height of each link's label; None for a link without one.
        direction: Where links lead. Without it: to the right for a shallow graph that fits `PAGE_WIDTH`, else
            downwards, unless only the other way fits, or fits better.
    """
    label_sizes = list(labels) or [None] * len(links)
    parts = [
        (nodes, own, _layered(nodes, [links[i] for i in own], [label_sizes[i] is not None for i in own]))
        for nodes, own in _components(len(sizes), links)
    ]

    def arranged(chosen: Direction) -> Layout:
        placed = [_place(graph, nodes, own, sizes, label_sizes, chosen) for nodes, own, graph in parts]
        return _pack(placed, len(sizes), len(links), chosen)

    if direction is not None:
        return arranged(direction)
    flat, tall = arranged("right"), arranged("down")
    if max(flat.ranks, default=0) < _FLAT_RANKS and flat.width <= PAGE_WIDTH:
        return flat
    if tall.width <= PAGE_WIDTH or tall.width <= flat.width:
        return tall
    return flat


def _components(count: int, links: Sequence[Link]) -> list[tuple[list[int], list[int]]]:
    """Return the nodes and the links of each connected component, in the order of their first nodes."""
    parent = list(range(count))

    def top(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for source, target in links:
        one, other = sorted((top(source), top(target)))
        parent[other] = one
    found: dict[int, tuple[list[int], list[int]]] = {}
    for node in range(count):
        found.setdefault(top(node), ([], []))[0].append(node)
    for index, (source, _) in enumerate(links):
        found[top(source)][1].append(index)
    return list(found.values())


def _layered(nodes: Sequence[int], links: Sequence[Link], labelled: Sequence[bool]) -> Layers:
    local = {node: index for index, node in enumerate(nodes)}
    return layers(len(nodes), [(local[source], local[target]) for source, target in links], labelled)


def _place(
    graph: Layers,
    nodes: Sequence[int],
    own: Sequence[int],
    sizes: Sequence[Size],
    labels: Sequence[Size | None],
    direction: Direction,
) -> _Part:
    """Give a component's nodes, labels and links their places."""
    spacing = _SPACING[direction]
    turned = direction == "right"
    extents: list[Size] = [(0.0, 0.0)] * len(graph.above)  # across and along
    for index, node in enumerate(nodes):
        extents[index] = sizes[node][::-1] if turned else sizes[node]
    for link, bend in graph.labelled.items():
        label = labels[own[link]]
        assert label is not None
        extents[bend] = label[::-1] if turned else label

    def separation(one: int, other: int) -> float:
        solid = one < graph.node_count and other < graph.node_count
        return (extents[one][0] + extents[other][0]) / 2 + (spacing.nodes if solid else spacing.bends)

    x = positions(graph, [across for across, _ in extents], separation, PAGE_WIDTH)
    across = max(each + extents[vertex][0] / 2 for vertex, each in enumerate(x))
    drawn = Routes(graph, x, extents, spacing)
    along = drawn.bands[-1][1]

    def box(vertex: int) -> Box:
        (a, b), (wide, deep) = drawn.middle(vertex), extents[vertex]
        place = (a - wide / 2, b - deep / 2, wide, deep)
        return Box(place[1], place[0], deep, wide) if turned else Box(*place)

    def curves(strokes: list[list[Curve]]) -> list[list[Curve]]:
        return [[_swapped(curve) for curve in each] for each in strokes] if turned else strokes

    step = 2 if graph.labelled else 1
    level = {vertex: index // step for index, row in enumerate(graph.rows) for vertex in row}
    return _Part(
        along if turned else across,
        across if turned else along,
        {node: box(index) for index, node in enumerate(nodes)},
        {own[link]: box(bend) for link, bend in graph.labelled.items()},
        {
            own[link]: curves(drawn.strokes(path, graph.labelled.get(link)))
            for link, path in enumerate(graph.paths)
        },
        {node: level[index] for index, node in enumerate(nodes)},
    )


def _swapped(curve: Curve) -> Curve:
    (a, b), (c, d), (e, f), (g, h) = curve
    return (b, a), (d, c), (f, e), (h, g)


def _pack(parts: Sequence[_Part], nodes: int, links: int, direction: Direction) -> Layout:
    """Set the components side by side, in as many rows as keep the page's width."""
    boxes: list[Box] = [Box(0, 0, 0, 0)] * nodes
    labels: list[Box | None] = [None] * links
    routes: list[list[list[Curve]]] = [[] for _ in range(links)]
    ranks = [0] * nodes
    x = y = width = tallest = 0.0
    for part in parts:
        if x and x + part.width > PAGE_WIDTH:
            x, y, tallest = 0.0, y + tallest + _COMPONENT_GAP, 0.0
        for node, box in part.boxes.items():
            boxes[node] = Box(box.x + x, box.y + y, box.width, box.height)
            ranks[node] = part.ranks[node]
        for link, box in part.labels.items():
            labels[link] = Box(box.x + x, box.y + y, box.width, box.height)
        for link, strokes in part.routes.items():
            routes[link] = [[_moved(curve, x, y) for curve in stroke] for stroke in strokes]
        width, tallest = max(width, x + part.width), max(tallest, part.height)
        x += part.width + _COMPONENT_GAP
    return Layout(direction, width, y + tallest, boxes, labels, routes, ranks)


def _moved(curve: Curve, x: float, y: float) -> Curve:
    one, two, three, four = ((a + x, b + y) for a, b in curve)
    return one, two, three, four
