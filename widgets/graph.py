"""A pipeline's graph: its nodes, their states, and what flows from one to the next."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from widgets import _check, _graph_dot, _text
from widgets._blocks import Block, Cell, Column, Figure, Figures, Fold, Note, Pre, Row, simple_table
from widgets._format import DASH, count_of, duration, percent, quoted, shorten
from widgets._graph_states import STATES
from widgets._graph_svg import Drawn, picture
from widgets._layout_order import topological
from widgets._view import View

_SHOWN_FAILURES = 5


@dataclass(frozen=True)
class GraphNode:
    """A node of a pipeline.

    Attributes:
        id: Its id, once in a graph.
        state: One of: not run, queued, running, complete, cached, failed, canceled, skipped, stale.
        kind: The type of the component; shown where it is not the id itself.
        seconds: How long it took, or has been running.
        execution_id: The id of its newest execution in the metadata store.
        detail: A sentence: why it is stale or has failed, what a running one is doing.
        progress: The done share of a running node, from 0 to 1.
        outputs: The keys of its outputs.

    Raises:
        TypeError: `id` is not a str.
        ValueError: `state` or `progress` is not one of the above.
    """

    id: str
    state: str
    kind: str = ""
    seconds: float | None = None
    execution_id: int | None = None
    detail: str = ""
    progress: float | None = None
    outputs: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.id, str):
            raise _check.type_error("GraphNode", "a str as its id", self.id, "Give the component's id.")
        if self.state not in STATES:
            known = ", ".join(STATES)
            raise ValueError(
                f"GraphNode expects a state of {known}, but {self.id!r} was given {self.state!r}. "
                "Use one of these."
            )
        if self.progress is not None and not 0 <= self.progress <= 1:
            raise ValueError(
                f"GraphNode expects a progress from 0 to 1, but {self.id!r} was given {self.progress!r}. "
                "Divide what is done by what there is to do, or leave it out where that is not known."
            )


@dataclass(frozen=True)
class GraphEdge:
    """A dependency: `target` takes what `source` makes.

    Attributes:
        source: The id of the node that comes first.
        target: The id of the node that comes after it.
        label: What flows: the source's output key, or several with commas between.
    """

    source: str
    target: str
    label: str = ""


class GraphView(View):
    """The graph of a pipeline, with the state of each node.

    It is drawn to the right if it is shallow, else downwards, so that it fits a notebook's output.

    Args:
        nodes: The nodes, in any order.
        edges: What they take from each other. Edges between the same two nodes are drawn as one.
        title: The heading.

    Raises:
        TypeError: An element of `nodes` is not a `GraphNode`, or one of `edges` not a `GraphEdge`.
        ValueError: An id comes twice, an edge names an unknown node, or the edges form a cycle.
    """

    def __init__(
        self, nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], *, title: str = "Pipeline"
    ) -> None:
        self.title = title
        self.nodes = tuple(nodes)
        for node in self.nodes:
            if not isinstance(node, GraphNode):
                raise _check.type_error("GraphView", "GraphNode objects as nodes", node, "Make one of each.")
        for edge in edges:
            if not isinstance(edge, GraphEdge):
                raise _check.type_error("GraphView", "GraphEdge objects as edges", edge, "Make one of each.")
        self._index = _indices(self.nodes)
        self.edges = _merged(edges, self._index)
        self._links = [(self._index[edge.source], self._index[edge.target]) for edge in self.edges]
        self._order = topological(len(self.nodes), self._links)
        if len(self._order) < len(self.nodes):
            cycle = " -> ".join(repr(self.nodes[i].id) for i in _cycle(self._order, self._links))
            raise ValueError(
                f"GraphView expects edges without a cycle, but was given {cycle}. "
                "Remove one of these edges, or point it the other way."
            )

    def text(self) -> str:
        """Return the nodes in the order in which they run, each with its state and what it takes."""
        blocks: list[Block] = [Note(self._summary())]
        lines = []
        for i in self._order:
            node = self.nodes[i]
            kind = f" ({node.kind})" if _kind(node) else ""
            lines.append(f"{_name(node)}{kind}: {', '.join(_facts(node))}")
            if node.detail:
                lines.append(f"    {shorten(node.detail, 300)}")
            lines += [f"    takes {taken}" for taken in self._taken()[i]]
        if lines:
            blocks.append(Pre("\n".join(lines)))
        return _text.render(self.title, blocks)

    def dot(self) -> str:
        """Return the graph in Graphviz's language, to be drawn with `graphviz.Source(view.dot())`."""
        names = [(node.id, node.kind if _kind(node) else "", node.state, _facts(node)) for node in self.nodes]
        labels = [edge.label for edge in self.edges]
        return _graph_dot.dot(self.title, names, self._links, labels)

    def _blocks(self) -> list[Block]:
        if not self.nodes:
            return [Note("This pipeline has no nodes.", dim=True)]
        drawn = [
            Drawn(
                title=node.id,
                kind=node.kind if _kind(node) else "",
                state=node.state,
                status=" \N{MIDDLE DOT} ".join(_facts(node)),
                hint=_hint(node),
                progress=node.progress if node.state == "running" else None,
            )
            for node in self.nodes
        ]
        labels = [_keys(edge.label) for edge in self.edges]
        caption = self._counts()
        svg = picture(self.title, self._summary(), drawn, self._links, labels)
        failed = [node for node in self.nodes if node.state == "failed" and node.detail]
        return [
            Figures([Figure(caption, svg)]),
            *[
                Note(f"{node.id} failed: {shorten(node.detail, 300)}", "error")
                for node in failed[:_SHOWN_FAILURES]
            ],
            Fold(f"Table of {count_of(len(self.nodes), 'node')}", [self._table()]),
        ]

    def _counts(self) -> str:
        return f"{count_of(len(self.nodes), 'node')}, {count_of(len(self.edges), 'connection')}"

    def _summary(self) -> str:
        counts = {state: sum(node.state == state for node in self.nodes) for state in STATES}
        states = ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)
        return f"{self._counts()}: {states}" if states else "This pipeline has no nodes."

    def _taken(self) -> list[list[str]]:
        """Return for each node what it takes, and from whom."""
        taken: list[list[str]] = [[] for _ in self.nodes]
        for edge, (source, target) in zip(self.edges, self._links, strict=True):
            name = _name(self.nodes[source])
            taken[target].append(f"{edge.label} from {name}" if edge.label else f"from {name}")
        return taken

    def _table(self) -> Block:
        nodes = [self.nodes[i] for i in self._order]
        taken = self._taken()
        optional: list[tuple[Column, list[Cell | str]]] = [
            (Column("Takes"), [Cell(items=taken[i]) if taken[i] else "" for i in self._order]),
            (Column("Time", "right"), [", ".join(_facts(node)[1:]) for node in nodes]),
            (Column("Detail"), [node.detail for node in nodes]),
            (Column("Outputs"), [Cell(items=node.outputs) if node.outputs else "" for node in nodes]),
            (
                Column("Execution", "right", "The execution's id in the metadata store"),
                ["" if node.execution_id is None else str(node.execution_id) for node in nodes],
            ),
            (Column("Type"), [node.kind for node in nodes]),
        ]
        kept = [(column, cells) for column, cells in optional if any(cells)]
        rows: list[Row] = [
            [
                _name(node),
                Cell(node.state, tone=STATES[node.state].tone),
                *[cells[place] or DASH for _, cells in kept],
            ]
            for place, node in enumerate(nodes)
        ]
        columns = [Column("Node"), Column("State"), *[column for column, _ in kept]]
        return simple_table("Nodes, in the order in which they run", columns, rows, noun="nodes")


def _facts(node: GraphNode) -> list[str]:
    """Return the state, the progress and the time, where they are known, as short texts."""
    found = [node.state]
    if node.progress is not None and node.state == "running":
        found.append(percent(round(node.progress, 2)))
    if node.seconds is not None and math.isfinite(node.seconds):
        found.append(duration(node.seconds))
    return found


def _name(node: GraphNode) -> str:
    return quoted(node.id, limit=1000)


def _kind(node: GraphNode) -> bool:
    """Tell whether a node's kind says more than its id does."""
    return bool(node.kind) and node.kind != node.id


def _hint(node: GraphNode) -> list[str]:
    lines = [_name(node), ", ".join([*([node.kind] if _kind(node) else []), *_facts(node)])]
    if node.execution_id is not None:
        lines.append(f"Execution {node.execution_id}")
    if node.outputs:
        lines.append(f"Outputs: {', '.join(node.outputs)}")
    return [*lines, node.detail] if node.detail else lines


def _keys(label: str) -> list[str]:
    return [key.strip() for key in label.split(",") if key.strip()]


def _indices(nodes: Sequence[GraphNode]) -> dict[str, int]:
    index: dict[str, int] = {}
    for place, node in enumerate(nodes):
        if node.id in index:
            raise ValueError(
                f"GraphView expects each node id once, but was given {node.id!r} more than once. "
                "Give each node an id of its own."
            )
        index[node.id] = place
    return index


def _merged(edges: Sequence[GraphEdge], index: Mapping[str, int]) -> tuple[GraphEdge, ...]:
    """Return the edges with those between the same two nodes made one, their labels joined."""
    labels: dict[tuple[str, str], dict[str, None]] = {}
    for edge in edges:
        for end in (edge.source, edge.target):
            if end not in index:
                known = shorten(", ".join(index), 200) or "none"
                raise ValueError(
                    f"GraphView expects edges between its nodes ({known}), but was given an edge "
                    f"{edge.source!r} -> {edge.target!r}, and there is no node {end!r}. "
                    "Add that node, or leave the edge out."
                )
        labels.setdefault((edge.source, edge.target), {}).update(dict.fromkeys(_keys(edge.label)))
    return tuple(GraphEdge(source, target, ", ".join(keys)) for (source, target), keys in labels.items())


def _cycle(sorted_nodes: Sequence[int], links: Sequence[tuple[int, int]]) -> list[int]:
    """Return a cycle among the nodes that could not be sorted; its first node is also its last."""
    done = set(sorted_nodes)
    # Each node that is left waits for another one that is left: walking back must come round.
    before = {target: source for source, target in links if source not in done}
    walk = [next(iter(before))]
    while before[walk[-1]] not in walk:
        walk.append(before[walk[-1]])
    start = before[walk[-1]]
    ring = walk[walk.index(start) :]
    return [start, *reversed(ring)]
