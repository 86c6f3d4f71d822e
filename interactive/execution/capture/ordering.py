"""The order of a captured module: everything is defined before running the module needs it."""

import ast
import heapq
from dataclasses import dataclass

from .expressions import Items, Pairs
from .nodes import ConstantNode, DefinitionNode, Node

_CHANGING_METHODS = frozenset({"add", "append", "extend", "insert", "setdefault", "update", "__setitem__"})


@dataclass(frozen=True)
class Order:
    """How to write the nodes.

    Attributes:
        names: All names, in order.
        registries: Containers that definitions fill while the module runs, such as the dictionary of
            a registering decorator. They begin empty and get their content at the end.
    """

    names: list[str]
    registries: set[str]


def order_nodes(nodes: dict[str, Node]) -> Order:
    """Return the names in an order in which each can be run.

    A node comes after what it needs to be defined, and after all that this may call. Where that is
    circular, what is only called gives way. Among the free ones constants come first, then names in
    alphabetical order.
    """
    reach = {name: _calls(name, nodes) for name in nodes}
    direct = {name: (nodes[name].needs() & set(nodes)) - {name} for name in nodes}
    before = {
        name: set().union(needs, *(reach[need] for need in needs)) - {name} for name, needs in direct.items()
    }
    registries = _registries(nodes, before)
    for name in registries:
        direct[name], before[name] = set(), set()
    done: list[str] = []
    waiting = set(nodes)
    while waiting:
        ready = [name for name in waiting if not before[name] & waiting]
        if not ready:
            ready = [name for name in waiting if not direct[name] & waiting] or list(waiting)
            ready = [min(ready)]
        heap = [(isinstance(nodes[name], DefinitionNode), name) for name in ready]
        heapq.heapify(heap)
        _, name = heapq.heappop(heap)
        waiting.discard(name)
        done.append(name)
    return Order(done, registries)


def _calls(name: str, nodes: dict[str, Node]) -> set[str]:
    """Return all names that using `name` may lead to."""
    seen: set[str] = set()
    queue = [name]
    while queue:
        node = nodes.get(queue.pop())
        if node is None:
            continue
        new = ((node.needs() | node.later()) & set(nodes)) - seen
        seen |= new
        queue += new
    return seen


def _registries(nodes: dict[str, Node], before: dict[str, set[str]]) -> set[str]:
    containers = {name for name, node in nodes.items() if _is_container(node)}
    changed: set[str] = set()
    for name, node in nodes.items():
        if isinstance(node, DefinitionNode):
            for called in before[name]:
                helper = nodes[called]
                if isinstance(helper, DefinitionNode):
                    changed |= _changes(helper.tree) & containers & before[name]
    return changed


def _is_container(node: Node) -> bool:
    if not isinstance(node, ConstantNode):
        return False
    value = node.expression
    return isinstance(value, Pairs) or (isinstance(value, Items) and value.opening in {"[", "{"})


def _changes(tree: ast.AST) -> set[str]:
    """Return the variables whose content a piece of code changes."""
    changed: set[str] = set()
    for node in ast.walk(tree):
        target: ast.AST | None = None
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CHANGING_METHODS
        ):
            target = node.func.value
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            changed.add(target.id)
    return changed
