"""The graph of nodes: its order, what state each node is in, and what has to run again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from interactive.dsl.base_component import BaseComponent, BaseNode
from interactive.errors import CellwiseError
from interactive.execution.plan import Planner
from interactive.execution.result import ExecutionResult

NOT_RUN = "not run"
RUNNING = "running"
COMPLETE = "complete"
CACHED = "cached"
FAILED = "failed"
CANCELED = "canceled"
STALE = "stale"


@dataclass(frozen=True)
class NodeStatus:
    """A node's state.

    Attributes:
      node: The node.
      state: ``not run``, ``running``, ``complete``, ``cached``, ``failed``, ``canceled`` or ``stale``.
      result: Its newest result in this process, or None.
      reason: Why it is stale or failed, '' otherwise.
    """

    node: BaseNode
    state: str
    result: ExecutionResult | None = None
    reason: str = ""

    @property
    def is_current(self) -> bool:
        """Whether its outputs are what a run would give now."""
        return self.state in {COMPLETE, CACHED}


class RunHistory:
    """What the nodes of a context have done in this process, for whoever wants to watch.

    Attributes:
      nodes: Node id to the newest node with that id: a cell that is run again makes a new one.
      results: Node id to the newest result.
      running: The ids of the nodes that run now.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, BaseNode] = {}
        self.results: dict[str, ExecutionResult] = {}
        self.running: set[str] = set()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls a function after each change."""
        self._listeners.append(listener)

    def started(self, node: BaseNode) -> None:
        """Records that a node's executor begins."""
        self.running.add(node.id)
        self._tell()

    def know(self, nodes: Iterable[BaseNode]) -> None:
        """Records nodes that exist, run or not."""
        for node in nodes:
            self.nodes[node.id] = node

    def ended(self, result: ExecutionResult) -> None:
        """Records a result."""
        self.running.discard(result.component_id)
        self.nodes[result.component_id] = result.component
        self.results[result.component_id] = result
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def in_order(targets: Iterable[BaseNode]) -> list[BaseNode]:
    """The targets and everything that they depend on, each id once, producers first.

    Args:
      targets: Nodes; of two with one id, the first found counts.

    Returns:
      A topological order, stable for equal input.
    """
    ordered: list[BaseNode] = []
    pending: list[tuple[BaseNode, bool]] = [(node, False) for node in reversed(list(targets))]
    seen: set[str] = set()
    while pending:
        node, expanded = pending.pop()
        if expanded:
            ordered.append(node)
        elif node.id not in seen:
            seen.add(node.id)
            pending.append((node, True))
            pending += [(upstream, False) for upstream in reversed(node.upstream_nodes)]
    return ordered


def statuses(nodes: Iterable[BaseNode], history: RunHistory, planner: Planner) -> list[NodeStatus]:
    """The state of each node, now.

    A node is stale if its code, a parameter or the content of an input is not what it was at its newest run,
    or if a node that it depends on is stale or failed.

    Args:
      nodes: Nodes in order, producers first.
      history: What ran.
      planner: Tells what each would run with.

    Returns:
      One status a node, in the same order.
    """
    found: list[NodeStatus] = []
    by_id: dict[str, NodeStatus] = {}
    for node in nodes:
        upstream = [by_id[each.id] for each in node.upstream_nodes if each.id in by_id]
        by_id[node.id] = _status(node, upstream, history, planner)
        found.append(by_id[node.id])
    return found


def _status(node: BaseNode, upstream: list[NodeStatus], history: RunHistory, planner: Planner) -> NodeStatus:
    result = history.results.get(node.id)
    if node.id in history.running:
        return NodeStatus(node, RUNNING, result)
    if result is not None and result.state in {FAILED, CANCELED}:
        return NodeStatus(node, result.state, result, result.error)
    behind = [each.node.id for each in upstream if not each.is_current]
    reason = f"{', '.join(behind)} must run first" if behind else ""
    if not reason and isinstance(node, BaseComponent):
        reason = _changed(node, result, planner)
    elif not reason and (result is None or result.component is not node):
        # An importer or a resolver looks at the world each time it runs; nothing tells what it would find.
        reason = "it has not run"
    if reason:
        return NodeStatus(node, STALE, result, reason) if result else NodeStatus(node, NOT_RUN)
    return NodeStatus(node, result.state if result else CACHED, result)


def _changed(component: BaseComponent, result: ExecutionResult | None, planner: Planner) -> str:
    """Why the component's outputs are not what a run would give now; '' if they are."""
    try:
        plan = planner.plan(component)
    except CellwiseError as error:
        return str(error)
    if result is not None and result.cache_key != plan.key:
        return "its code, a parameter or the content of an input has changed"
    return "" if planner.cached(plan) is not None else "its outputs are not there"
