"""Put the nodes of a directed acyclic graph on layers, in an order with few crossings.

The steps are those of Sugiyama, Tagawa and Toda (1981). Every link is cut into pieces that join neighbouring
layers, so that the later steps see nothing else; where it crosses a layer stands a *bend*.
"""

import bisect
import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

Link = tuple[int, int]

_SMALL = 500  # vertices; up to here every means is used, above it time counts


@dataclass
class Layers:
    """A layered graph: the nodes, and the bends of links that cross layers.

    A vertex is an index; those below `node_count` are nodes, the others bends.

    Attributes:
        node_count: How many vertices are nodes.
        rows: The vertices of each layer, in order.
        above: The neighbours of each vertex in the layer before its own.
        below: The neighbours of each vertex in the layer after its own.
        paths: The vertices of each link, from source to target.
        labelled: The bend that carries the label of a link, for those that have one.
    """

    node_count: int
    rows: list[list[int]]
    above: list[list[int]]
    below: list[list[int]]
    paths: list[list[int]]
    labelled: dict[int, int]


def topological(count: int, links: Sequence[Link]) -> list[int]:
    """Return the nodes in an order that respects the links, and otherwise keeps their own order.

    Nodes on a cycle, and those behind one, are left out.
    """
    waits = [0] * count
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        waits[target] += 1
        below[source].append(target)
    ready = [node for node in range(count) if not waits[node]]
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for target in below[node]:
            waits[target] -= 1
            if not waits[target]:
                heapq.heappush(ready, target)
    return order


def ranks(count: int, links: Sequence[Link]) -> list[int]:
    """Return the layer of each node: each link goes forward, and links are short where they can be."""
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        below[source].append(target)
        above[target].append(source)
    order = topological(count, links)
    rank = [0] * count
    for node in order:
        rank[node] = max((rank[source] + 1 for source in above[node]), default=0)
    # What only feeds one later node stands right before it, not at the very beginning.
    feeds = [False] * count
    for node in order:
        feeds[node] = all(feeds[source] and len(below[source]) == 1 for source in above[node])
    for node in reversed(order):
        if feeds[node] and below[node]:
            rank[node] = min(rank[target] for target in below[node]) - 1
    # A node with more links on one side moves to that side as far as it can: their sum gets shorter.
    for _ in range(8):
        moved = False
        for node in order:
            ins, outs = above[node], below[node]
            best = rank[node]
            if len(ins) > len(outs):
                best = max(rank[source] for source in ins) + 1
            elif len(outs) > len(ins):
                best = min(rank[target] for target in outs) - 1
            moved |= best != rank[node]
            rank[node] = best
        if not moved:
            break
    first = min(rank, default=0)
    return [each - first for each in rank]


def layers(count: int, links: Sequence[Link], labelled: Sequence[bool]) -> Layers:
    """Return the graph on layers, in an order with few crossings.

    Args:
        count: How many nodes there are.
        links: Pairs of nodes, without cycles and without repetition.
        labelled: For each link, whether it needs room for a label. If any does, every second layer is kept
            for labels, and a label stands in the layer right before the link's target.
    """
    step = 2 if any(labelled) else 1
    rank = [step * each for each in ranks(count, links)]
    of_vertex = list(rank)
    paths: list[list[int]] = []
    carries: dict[int, int] = {}
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for index, (source, target) in enumerate(links):
        path = [source]
        for level in range(rank[source] + 1, rank[target]):
            path.append(len(of_vertex))
            of_vertex.append(level)
            above.append([])
            below.append([])
        path.append(target)
        if labelled[index]:
            carries[index] = path[-2]
        for one, other in itertools.pairwise(path):
            below[one].append(other)
            above[other].append(one)
        paths.append(path)
    graph = Layers(count, [], above, below, paths, carries)
    candidates = [_first_order(of_vertex, above, below)]
    if len(of_vertex) <= _SMALL:
        candidates.append(_first_order(of_vertex, below, above))
    graph.rows = min((_uncrossed(graph, rows) for rows in candidates), key=lambda found: found[0])[1]
    place = places(graph.rows, len(of_vertex))
    for neighbours in (above, below):
        for each in neighbours:
            each.sort(key=place.__getitem__)
    return graph


def _first_order(level: list[int], above: list[list[int]], below: list[list[int]]) -> list[list[int]]:
    """Order the layers as a walk into the depth meets them, so that trees have no crossings.

    The walk starts where nothing is `above`; the two exchanged, it goes the other way.
    """
    rows: list[list[int]] = [[] for _ in range(max(level, default=-1) + 1)]
    seen = [False] * len(level)
    for start in [vertex for vertex in range(len(level)) if not above[vertex]]:
        pending = [start]
        while pending:
            vertex = pending.pop()
            if not seen[vertex]:
                seen[vertex] = True
                rows[level[vertex]].append(vertex)
                pending += reversed(below[vertex])
    return rows


def _uncrossed(graph: Layers, start: list[list[int]]) -> tuple[int, list[list[int]]]:
    """Sweep over the layers, moving vertices to the middle of their neighbours.

    Returns:
        How many crossings the best order has, and that order.
    """
    rows = [list(row) for row in start]
    place = places(rows, len(graph.above))
    best, fewest = start, crossings(rows, graph.below, place)
    small = len(place) <= _SMALL
    since = 0
    for sweep in range(24 if small else 10):
        if not fewest or since >= (6 if small else 4):
            break
        down = sweep % 2 == 0
        neighbours = graph.above if down else graph.below
        for row in rows[1:] if down else rows[-2::-1]:
            _sort(row, neighbours, place, late=sweep % 4 >= 2)
        if small:
            _swap(graph, rows, place)
        now = crossings(rows, graph.below, place)
        since += 1
        if now < fewest:
            best, fewest, since = [list(row) for row in rows], now, 0
    return fewest, best


def places(rows: Sequence[Sequence[int]], count: int) -> list[int]:
    """Return the place of each vertex in its layer."""
    place = [0] * count
    for row in rows:
        _note(row, place)
    return place


def _note(row: Sequence[int], place: list[int]) -> None:
    for index, vertex in enumerate(row):
        place[vertex] = index


def _sort(row: list[int], neighbours: list[list[int]], place: list[int], *, late: bool) -> None:
    """Sort a layer by the mean place of each vertex's neighbours; those without keep their places.

    `late` lets the last of equals come first, which gets the sweeps out of some dead ends.
    """
    free = [index for index, vertex in enumerate(row) if neighbours[vertex]]
    moving = [row[index] for index in free]
    if late:
        moving.reverse()
    mean = {v: sum([place[w] for w in neighbours[v]]) / len(neighbours[v]) for v in moving}
    moving.sort(key=mean.__getitem__)
    for index, vertex in zip(free, moving, strict=True):
        row[index] = vertex
    _note(row, place)


def _swap(graph: Layers, rows: list[list[int]], place: list[int]) -> None:
    """Exchange neighbours in a layer wherever that saves crossings."""
    for row in rows:
        for index in range(len(row) - 1):
            one, other = row[index], row[index + 1]
            gain = 0
            for neighbours in (graph.above, graph.below):
                mine = [place[v] for v in neighbours[one]]
                theirs = [place[v] for v in neighbours[other]]
                gain += sum((a > b) - (a < b) for a in mine for b in theirs)
            if gain > 0:
                row[index], row[index + 1] = other, one
                place[one], place[other] = index + 1, index


def crossings(rows: Sequence[Sequence[int]], below: Sequence[Sequence[int]], place: Sequence[int]) -> int:
    """Return how many pairs of link pieces cross.

    Args:
        rows: The layers.
        below: The neighbours of each vertex in the next layer.
        place: The place of each vertex in its layer.
    """
    total = 0
    for row in rows[:-1]:
        ends: list[int] = []
        for vertex in row:
            here = sorted([place[v] for v in below[vertex]])
            for end in here:
                total += len(ends) - bisect.bisect_right(ends, end)
            for end in here:
                bisect.insort(ends, end)
    return total
