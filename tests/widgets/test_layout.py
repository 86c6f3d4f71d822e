import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bench_graph_layout import random_graph
from widgets import _layout_order
from widgets._layout import PAGE_WIDTH, lay_out

SIZE = (120.0, 42.0)


def points_of(curve, steps=8):
    for index in range(steps + 1):
        t = index / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield tuple(sum(w * p[axis] for w, p in zip(weights, curve, strict=True)) for axis in (0, 1))


def overlap(one, other):
    return (
        one.x < other.x + other.width - 0.01
        and other.x < one.x + one.width - 0.01
        and one.y < other.y + other.height - 0.01
        and other.y < one.y + one.height - 0.01
    )


def inside(point, box):
    return (
        box.x + 0.05 < point[0] < box.x + box.width - 0.05
        and box.y + 0.05 < point[1] < box.y + box.height - 0.05
    )


def check(layout, links):
    """What every layout keeps: nothing overlaps, links go forward, and none passes under a box or a label."""
    solid = [*layout.boxes, *[box for box in layout.labels if box is not None]]
    for box in solid:
        assert box.x > -0.01
        assert box.y > -0.01
        assert box.x + box.width < layout.width + 0.01
        assert box.y + box.height < layout.height + 0.01
    ordered = sorted(solid, key=lambda box: box.x)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.x >= one.x + one.width:
                break
            assert not overlap(one, other)
    axis = 0 if layout.direction == "right" else 1
    for (source, target), strokes in zip(links, layout.routes, strict=True):
        assert layout.ranks[source] < layout.ranks[target]
        line = [point for stroke in strokes for curve in stroke for point in points_of(curve)]
        along = [point[axis] for point in line]
        assert along == pytest.approx(sorted(along), abs=0.01)
        starts, ends = layout.boxes[source], layout.boxes[target]
        assert along[0] == pytest.approx(
            starts.x + starts.width if axis == 0 else starts.y + starts.height, abs=0.01
        )
        assert along[-1] == pytest.approx(ends.x if axis == 0 else ends.y, abs=0.01)
        for stroke in strokes:
            for one, other in itertools.pairwise(stroke):
                assert one[3] == pytest.approx(other[0])
        for point in line:
            assert -0.01 <= point[0] <= layout.width + 0.01
            assert not any(inside(point, box) for box in solid)


def dags(most=14):
    return st.integers(1, most).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=2 * count).map(
                lambda pairs: sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]})
            ),
        )
    )


@settings(max_examples=150, deadline=None)
@given(dags(), st.sampled_from(["down", "right"]), st.randoms(use_true_random=False))
def test_any_graph_is_laid_out_without_overlaps(graph, direction, rng):
    count, links = graph
    names = list(range(count))
    rng.shuffle(names)  # an order of nodes that says nothing about the links
    links = [(names[a], names[b]) for a, b in links]
    sizes = [(rng.uniform(40, 180), rng.uniform(20, 60)) for _ in range(count)]
    labels = [rng.choice([None, (rng.uniform(10, 120), 14.0)]) for _ in links]
    layout = lay_out(sizes, links, labels, direction=direction)
    assert layout.direction == direction
    check(layout, links)
    assert [box is None for box in layout.labels] == [label is None for label in labels]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("reach", [12, 200])
@pytest.mark.parametrize("direction", ["down", "right"])
def test_two_hundred_nodes(seed, reach, direction):
    links = random_graph(200, 300, reach, seed)
    check(lay_out([SIZE] * 200, links, direction=direction), links)


def test_a_layout_is_always_the_same():
    links = random_graph(60, 90, 12, 5)
    assert lay_out([SIZE] * 60, links) == lay_out([SIZE] * 60, links)


def test_no_nodes_need_no_room():
    layout = lay_out([], [])
    assert (layout.width, layout.height, layout.boxes, layout.routes) == (0, 0, [], [])


def test_one_node_is_its_box():
    layout = lay_out([SIZE], [])
    assert (layout.width, layout.height) == SIZE


def test_a_chain_is_a_straight_line():
    links = [(i, i + 1) for i in range(59)]
    layout = lay_out([SIZE] * 60, links)
    assert layout.direction == "down"
    assert layout.width == SIZE[0]
    assert layout.ranks == list(range(60))
    for strokes in layout.routes:
        assert {point[0] for stroke in strokes for curve in stroke for point in curve} == {SIZE[0] / 2}


def test_a_short_chain_goes_to_the_right():
    assert lay_out([SIZE] * 4, [(0, 1), (1, 2), (2, 3)]).direction == "right"


def test_a_wide_fan_is_turned_so_that_it_fits():
    links = [(0, i) for i in range(1, 51)] + [(i, 51) for i in range(1, 51)]
    layout = lay_out([SIZE] * 52, links)
    assert layout.direction == "right"
    assert layout.width <= PAGE_WIDTH
    check(layout, links)
    middle = [layout.boxes[i].y for i in range(1, 51)]
    assert len({layout.boxes[i].x for i in range(1, 51)}) == 1
    assert middle == sorted(middle)  # and keeps the order in which they were given


def test_components_stand_side_by_side_or_below():
    links = [(0, 1), (2, 3)]
    layout = lay_out([SIZE] * 4, links, direction="down")
    check(layout, links)
    assert layout.boxes[0].y == layout.boxes[2].y
    many = lay_out([SIZE] * 30, [])
    check(many, [])
    assert many.width <= PAGE_WIDTH
    assert len({box.y for box in many.boxes}) == 8


def test_a_long_link_is_straight_past_the_nodes_beside_it():
    links = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (0, 6)]
    layout = lay_out([SIZE] * 7, links, direction="down")
    check(layout, links)
    inner = layout.routes[6][0][2:-2]
    assert len({round(point[0], 6) for curve in inner for point in curve}) == 1


def test_ranks_are_the_longest_paths_and_feeders_stand_beside_what_they_feed():
    # 0 -> 1 -> 2 -> 3, and 4 -> 5 -> 3: the second chain waits until it is needed.
    assert _layout_order.ranks(6, [(0, 1), (1, 2), (2, 3), (4, 5), (5, 3)]) == [0, 1, 2, 3, 1, 2]


def crossings_of(graph):
    place = _layout_order.places(graph.rows, len(graph.above))
    return _layout_order.crossings(graph.rows, graph.below, place)


def test_crossings_that_need_not_be_are_gone():
    # A ladder given in the worst order.
    links = [(0, 7), (1, 6), (2, 5), (3, 4), (4, 11), (5, 10), (6, 9), (7, 8)]
    links += [(0, 6), (1, 5), (2, 4)]
    graph = _layout_order.layers(12, links, [False] * len(links))
    assert crossings_of(graph) == 0


def brute_force(graph):
    total = 0
    place = {vertex: index for row in graph.rows for index, vertex in enumerate(row)}
    for row in graph.rows:
        pieces = [(place[v], place[w]) for v in row for w in graph.below[v]]
        for (a, b), (c, d) in itertools.combinations(pieces, 2):
            total += (a - c) * (b - d) < 0
    return total


@settings(max_examples=60, deadline=None)
@given(dags(10), st.randoms(use_true_random=False))
def test_crossings_are_counted_right(graph, rng):
    count, links = graph
    layered = _layout_order.layers(count, links, [False] * len(links))
    for row in layered.rows:
        rng.shuffle(row)
    assert crossings_of(layered) == brute_force(layered)


def test_sorting_keeps_the_given_order_and_leaves_cycles_out():
    assert _layout_order.topological(4, [(3, 0)]) == [1, 2, 3, 0]
    assert _layout_order.topological(4, [(1, 2), (2, 1), (2, 3)]) == [0]
