"""Give the vertices of a layered graph their places across the layers.

After Brandes and Koepf, "Fast and Simple Horizontal Coordinate Assignment" (2001): vertices are aligned with
the median of their neighbours, once for each of the four corners, and the four results are averaged. Links
that cross many layers come out straight. The compaction by a graph of blocks allows for vertices of any size.
Where that takes much room, long links give way: see `_squeeze`.
"""

import itertools
from collections.abc import Callable, Sequence

from widgets._layout_order import Layers, places

Separation = Callable[[int, int], float]


def positions(graph: Layers, extents: Sequence[float], separation: Separation, room: float) -> list[float]:
    """Return the centre of each vertex across its layer; the leftmost edge is at 0.

    Args:
        graph: The layers; their order is kept.
        extents: The size of each vertex across.
        separation: The least distance of the centres of two neighbours in a layer.
        room: Long links are straight as long as the whole is not wider than this, or than its widest layer.
    """
    if not graph.rows:
        return []
    x = _aligned(graph, separation)
    low = min(each - extents[vertex] / 2 for vertex, each in enumerate(x))
    x = [each - low for each in x]
    offsets = [_offsets(row, extents, separation) for row in graph.rows]
    needed = [each[-1] + extents[row[-1]] / 2 for each, row in zip(offsets, graph.rows, strict=True)]
    limit = max(room, *needed)
    if max(each + extents[vertex] / 2 for vertex, each in enumerate(x)) > limit:
        _squeeze(graph, x, offsets, [limit - each for each in needed])
    return x


def _offsets(row: Sequence[int], extents: Sequence[float], separation: Separation) -> list[float]:
    """Return the centres of a layer that is pushed to the left as far as it goes."""
    steps = [extents[row[0]] / 2, *(separation(one, other) for one, other in itertools.pairwise(row))]
    return list(itertools.accumulate(steps))


def _squeeze(
    graph: Layers, x: list[float], offsets: Sequence[Sequence[float]], slack: Sequence[float]
) -> None:
    """Move each vertex towards its neighbours, layer by layer, so that all stay within the room there is.

    Relative to its offset a vertex may be anywhere from 0 to the layer's slack, but not before the one to its
    left: the nearest such places are an isotonic regression, found by pooling adjacent violators.
    """
    bend = graph.node_count
    for sweep in range(12):
        levels = range(len(graph.rows))
        for level in levels if sweep % 2 == 0 else reversed(levels):
            row = graph.rows[level]
            pools: list[tuple[float, float, int]] = []  # mean wish, weight, how many vertices
            for vertex, offset in zip(row, offsets[level], strict=True):
                pull, weight = x[vertex] * 0.1, 0.1
                for neighbours in (graph.above[vertex], graph.below[vertex]):
                    for other in neighbours:
                        strength = 4.0 if vertex >= bend and other >= bend else 1.0
                        pull += x[other] * strength
                        weight += strength
                mean, count = pull / weight - offset, 1
                while pools and pools[-1][0] > mean:
                    their_mean, their_weight, their_count = pools.pop()
                    mean = (mean * weight + their_mean * their_weight) / (weight + their_weight)
                    weight, count = weight + their_weight, count + their_count
                pools.append((mean, weight, count))
            spread = itertools.chain.from_iterable([mean] * count for mean, _, count in pools)
            for vertex, offset, place in zip(row, offsets[level], spread, strict=True):
                x[vertex] = offset + min(max(place, 0.0), slack[level])


def _aligned(graph: Layers, separation: Separation) -> list[float]:
    conflicts = _conflicts(graph)
    found: list[tuple[list[float], float, float, bool]] = []
    for upward in (False, True):
        rows = graph.rows[::-1] if upward else graph.rows
        neighbours = graph.below if upward else graph.above
        for mirrored in (False, True):
            turned = [row[::-1] for row in rows] if mirrored else rows
            place = places(turned, len(graph.above))
            root = _align(turned, neighbours, place, conflicts, mirrored=mirrored)
            x = _compact(turned, root, separation)
            if mirrored:
                x = [-each for each in x]
            found.append((x, min(x), max(x), mirrored))
    return _balance(found)


def _conflicts(graph: Layers) -> set[tuple[int, int]]:
    """Return the pieces that cross a piece between two bends: long links go straight first."""
    bend = graph.node_count
    place = places(graph.rows, len(graph.above))
    found: set[tuple[int, int]] = set()
    for row in graph.rows[1:]:
        # Between two inner pieces, whatever leaves the range of their upper ends conflicts.
        low, start = -1, 0
        for index, vertex in enumerate(row):
            inner = [v for v in graph.above[vertex] if vertex >= bend and v >= bend]
            last = index == len(row) - 1
            if not inner and not last:
                continue
            high = place[inner[0]] if inner else len(place)
            for each in row[start : index + 1]:
                for upper in graph.above[each]:
                    if not (each >= bend and upper >= bend) and not low <= place[upper] <= high:
                        found.add((upper, each))
            low, start = high, index + 1
    return found


def _align(
    rows: Sequence[Sequence[int]],
    neighbours: Sequence[Sequence[int]],
    place: Sequence[int],
    conflicts: set[tuple[int, int]],
    *,
    mirrored: bool,
) -> list[int]:
    """Chain vertices into blocks that share one position; return the first vertex of each one's block."""
    root = list(range(len(neighbours)))
    for row in rows:
        reached = -1
        for vertex in row:
            near = neighbours[vertex][::-1] if mirrored else neighbours[vertex]
            for middle in sorted({(len(near) - 1) // 2, len(near) // 2}) if near else ():
                other = near[middle]
                crosses = (other, vertex) in conflicts or (vertex, other) in conflicts
                if place[other] > reached and not crosses:
                    root[vertex] = root[other]
                    reached = place[other]
                    break
    return root


def _compact(rows: Sequence[Sequence[int]], root: Sequence[int], separation: Separation) -> list[float]:
    """Place the blocks as far to the left as they go, then pull each one towards its right neighbour."""
    after: dict[int, dict[int, float]] = {each: {} for each in root}
    waits = dict.fromkeys(after, 0)
    for row in rows:
        for one, other in itertools.pairwise(row):
            left, right = root[one], root[other]
            needed = separation(one, other)
            known = after[left].get(right)
            if known is None:
                waits[right] += 1
            if known is None or needed > known:
                after[left][right] = needed
    x = dict.fromkeys(after, 0.0)
    order = [each for each in after if not waits[each]]
    for block in order:  # grows while it is read: a topological order of the blocks
        for right, needed in after[block].items():
            x[right] = max(x[right], x[block] + needed)
            waits[right] -= 1
            if not waits[right]:
                order.append(right)
    for block in reversed(order):
        if after[block]:
            x[block] = max(x[block], min(x[right] - needed for right, needed in after[block].items()))
    return [x[each] for each in root]


def _balance(found: Sequence[tuple[list[float], float, float, bool]]) -> list[float]:
    """Move the four results over the narrowest one; take the mean of each vertex's two middle values."""
    narrowest = min(found, key=lambda each: each[2] - each[1])
    moved = []
    for x, low, high, mirrored in found:
        shift = narrowest[2] - high if mirrored else narrowest[1] - low
        moved.append([each + shift for each in x])
    balanced = []
    for four in zip(*moved, strict=True):
        _, one, other, _ = sorted(four)
        balanced.append((one + other) / 2)
    return balanced
