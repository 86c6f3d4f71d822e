"""The graph of a context's nodes, which follows what runs while it is on the screen."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from interactive.dsl.base_component import BaseNode
from interactive.execution.graph import RUNNING, NodeStatus, RunHistory, in_order, statuses
from interactive.execution.plan import Planner
from interactive.types.channel import OutputChannel

if TYPE_CHECKING:
    from widgets.graph import GraphNode, GraphView


class PipelineGraph:
    """A pipeline's graph, with each node's state.

    As the last line of a cell it stays live: its picture is replaced whenever a node of the context starts or
    ends, also from other cells. What it shows is a static picture at each moment, so it survives a reload, a
    restart and an export.

    Args:
      history: What the context's nodes have done.
      planner: Tells what each node would run with.
      targets: The nodes to show, with all that they depend on; every node known by default.
    """

    def __init__(self, history: RunHistory, planner: Planner, targets: Sequence[BaseNode] = ()) -> None:
        self._history = history
        self._planner = planner
        self._targets = tuple(targets)
        self._display_id = ""
        self._newest: list[NodeStatus] = []

    @property
    def nodes(self) -> list[BaseNode]:
        """The nodes shown, producers first."""
        return in_order(self._targets or self._history.nodes.values())

    def statuses(self) -> list[NodeStatus]:
        """The state of each node, now."""
        self._newest = statuses(self.nodes, self._history, self._planner)
        return list(self._newest)

    def view(self) -> "GraphView":
        """The picture, now."""
        return _view(self.statuses())

    def text(self) -> str:
        """The graph as text."""
        return self.view().text()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        self._display_id = uuid.uuid4().hex
        display(self.view(), display_id=self._display_id)
        self._history.listen(self._update)

    def _update(self) -> None:
        from IPython.display import update_display

        if self._history.running and self._newest:
            # A node begins: what the others would run with has not changed, so it is not worked out again.
            newest = [
                NodeStatus(each.node, RUNNING, each.result) if each.node.id in self._history.running else each
                for each in self._newest
            ]
            update_display(_view(newest), display_id=self._display_id)
        else:
            update_display(self.view(), display_id=self._display_id)

    def __repr__(self) -> str:
        return self.text()


def _view(found: Sequence[NodeStatus]) -> "GraphView":
    from widgets.graph import GraphEdge, GraphView

    edges: dict[tuple[str, str], list[str]] = {}
    shown = {status.node.id for status in found}
    for status in found:
        for channel in status.node.inputs.values():
            if isinstance(channel, OutputChannel) and channel.producer_component_id in shown:
                keys = edges.setdefault((channel.producer_component_id, status.node.id), [])
                if channel.output_key not in keys:
                    keys.append(channel.output_key)
    return GraphView(
        [_node(status) for status in found],
        [GraphEdge(source, target, ", ".join(keys)) for (source, target), keys in edges.items()],
    )


def _node(status: NodeStatus) -> "GraphNode":
    from widgets.graph import GraphNode

    kind = type(status.node).__name__
    return GraphNode(
        id=status.node.id,
        state=status.state,
        kind="" if kind == status.node.id else kind,
        seconds=status.result.seconds if status.result else None,
        execution_id=status.result.execution_id if status.result else None,
        detail=status.reason,
        outputs=tuple(status.node.outputs),
    )
