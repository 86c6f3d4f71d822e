"""How long the layout and the drawing of a pipeline's graph take.

    python benchmarks/bench_graph_layout.py

Random graphs of 200 nodes and 300 connections, best of five, Python 3.11 on two shared cores: laid out in
0.03 to 0.09 s, the whole view in 0.05 to 0.11 s. The aim is 0.2 s for the layout.
"""

import argparse
import random
import time
from collections.abc import Callable

from widgets import GraphEdge, GraphNode, GraphView
from widgets._layout import lay_out


def random_graph(nodes: int, links: int, reach: int, seed: int) -> list[tuple[int, int]]:
    """Returns links of a random directed acyclic graph; none spans more than `reach` nodes."""
    rng = random.Random(seed)  # noqa: S311 - the same graph each time is the purpose
    found: set[tuple[int, int]] = set()
    while len(found) < links:
        source = rng.randrange(nodes - 1)
        found.add((source, rng.randrange(source + 1, min(nodes, source + reach + 1))))
    return sorted(found)


def best(work: Callable[[], object], times: int = 5) -> float:
    """Returns the shortest of several runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> None:
    """Prints a line for each kind of graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nodes", type=int, default=200)
    count = parser.parse_args().nodes
    for reach in (5, 12, 30, count):
        links = random_graph(count, count * 3 // 2, reach, seed=1)
        nodes = [GraphNode(f"node_{i}", "complete", seconds=i) for i in range(count)]
        edges = [GraphEdge(f"node_{a}", f"node_{b}", "model") for a, b in links]
        laid = best(lambda links=links: lay_out([(130.0, 42.0)] * count, links))
        shown = best(lambda nodes=nodes, edges=edges: GraphView(nodes, edges).to_html())
        print(f"{count} nodes, reach {reach:>3}: layout {laid:.3f} s, whole view {shown:.3f} s")


if __name__ == "__main__":
    main()
