"""Writing the graph as a module: imports, then constants and definitions in a workable order."""

import builtins
import sys

from .expressions import Atom, Call, Expression, Imported, Items, Pairs, render, walk
from .local_files import LocalFiles
from .nodes import ConstantNode, DefinitionNode, ImportNode, Node
from .ordering import order_nodes

_USUAL = {"numpy": "np", "pandas": "pd", "tensorflow": "tf", "apache_beam": "beam"}


def write_module(
    entry: str,
    nodes: dict[str, Node],
    local: LocalFiles,
    taken: set[str],
    *,
    future_annotations: bool,
) -> str:
    """Return the source of the captured module.

    Args:
        entry: Name of the captured object.
        nodes: What the module is made of, by name.
        local: The local files that are saved beside it; their imports come last.
        taken: Further names that must keep their meaning, such as used builtins.
        future_annotations: Whether annotations are to be postponed.
    """
    imports = _Imports(nodes, local, taken)
    order = order_nodes(nodes)
    blocks: list[str] = []
    after_definition = False
    for name in order.names:
        node = nodes[name]
        if isinstance(node, ConstantNode):
            expression = node.expression
            text = _assignment(
                name, _emptied(expression) if name in order.registries else expression, imports
            )
            gap = "\n\n" if after_definition else ""
            blocks.append(f"{gap}{text}\n")
            after_definition = False
        elif isinstance(node, DefinitionNode):
            blocks.append(f"\n\n{node.text}\n")
            after_definition = True
    changes = [
        _assignment(f"{name}.{attribute}", value, imports)
        for name in order.names
        if isinstance(node := nodes[name], DefinitionNode)
        for attribute, value in node.attributes.items()
    ]
    for name in sorted(order.registries):
        node = nodes[name]
        if isinstance(node, ConstantNode):
            changes += _filled(name, node.expression, imports)
    if changes:
        blocks.append("\n\n" + "\n".join(changes) + "\n")
    head = (
        f'"""`{entry}` and what it uses, captured from a notebook.\n\n'
        'Written by cellwise: edit the notebook, not this file.\n"""\n'
    )
    parts = [head]
    if future_annotations:
        parts.append("\nfrom __future__ import annotations\n")
    statements = imports.statements()
    if statements:
        parts.append("\n" + statements)
    if blocks and not blocks[0].startswith("\n"):
        parts.append("\n")
    return "".join([*parts, *blocks])


def _assignment(target: str, expression: Expression, imports: "_Imports") -> str:
    return f"{target} = {render(expression, imports.name, used=len(target) + 3)}"


def _emptied(expression: Expression) -> Expression:
    if isinstance(expression, Pairs):
        return Pairs(())
    is_set = isinstance(expression, Items) and expression.opening == "{"
    return Call(Atom("set")) if is_set else Items("[", (), "]")


def _filled(name: str, expression: Expression, imports: "_Imports") -> list[str]:
    """Return the statements that give a container exactly its content."""
    if isinstance(expression, Items) and expression.opening == "[":
        return [_assignment(f"{name}[:]", expression, imports)]
    content = render(expression, imports.name, used=len(name) + 9)
    return [f"{name}.clear()", f"{name}.update({content})"]


class _Imports:
    """Chooses names for imported modules and writes the import statements."""

    def __init__(self, nodes: dict[str, Node], local: LocalFiles, taken: set[str]) -> None:
        self._local = {name.partition("/")[0].removesuffix(".py") for name in local.texts}
        self._nodes = nodes
        self._taken = set(nodes) | taken | set(dir(builtins))
        self._aliases: dict[str, str] = {}
        self._modules: dict[str, set[str]] = {}
        self._plain: set[str] = set()
        self._members: dict[str, set[tuple[str, str]]] = {}
        for name in sorted(nodes):
            node = nodes[name]
            if isinstance(node, ImportNode):
                self._add(name, node)
        expressions = [expression for name in sorted(nodes) for expression in _expressions(nodes[name])]
        for module in sorted(
            {
                part.module
                for expression in expressions
                for part in walk(expression)
                if isinstance(part, Imported)
            }
        ):
            self._choose(module)

    def name(self, target: Imported) -> str:
        """Return the source for an imported object."""
        alias = self._aliases[target.module]
        return f"{alias}.{target.path}" if target.path else alias

    def statements(self) -> str:
        """Return the import statements: Python's own, installed, local, each sorted."""
        groups: dict[int, list[str]] = {0: [], 1: [], 2: []}
        # `import a.b.c` imports and binds what `import a` and `import a.b` would.
        plain = self._plain | {module for module, names in self._modules.items() if module in names}
        deepest = {p for p in plain if not any(other.startswith(f"{p}.") for other in plain)}
        lines: list[tuple[int, int, str, str]] = [
            (self._group(module), 0, module, f"import {module}") for module in deepest
        ]
        for module, aliases in self._modules.items():
            for alias in aliases:
                parent, _, last = module.rpartition(".")
                if alias == module:
                    continue
                if parent and last == alias:
                    self._members.setdefault(parent, set()).add((last, alias))
                else:
                    text = f"import {module} as {alias}"
                    lines.append((self._group(module), 0, module, text))
        for module, members in self._members.items():
            names = [name if name == alias else f"{name} as {alias}" for name, alias in sorted(members)]
            text = f"from {module} import {', '.join(names)}"
            if len(text) > 88:
                text = f"from {module} import (\n" + "".join(f"    {n},\n" for n in names) + ")"
            lines.append((self._group(module), 1, module, text))
        for group, _, _, text in sorted(set(lines)):
            groups[group].append(text)
        return "\n\n".join("\n".join(part) for part in groups.values() if part) + ("\n" if lines else "")

    def _add(self, name: str, node: ImportNode) -> None:
        target = node.target
        if target.path:
            self._members.setdefault(target.module, set()).add((target.path, name))
            return
        self._modules.setdefault(target.module, set()).add(name)
        self._aliases.setdefault(target.module, name)
        self._plain |= node.submodules
        for submodule in node.submodules:
            # `import a.b` also binds `a`, which must not hide another meaning of that name.
            top = submodule.partition(".")[0]
            other = self._nodes.get(top)
            if top in self._taken and not (isinstance(other, ImportNode) and not other.target.path):
                self._plain.discard(submodule)
                self._modules.setdefault(submodule, set()).add(self._free(submodule.split(".")[-1]))

    def _choose(self, module: str) -> None:
        if module in self._aliases:
            return
        alias = self._free(_USUAL.get(module, module.rpartition(".")[2]))
        self._aliases[module] = alias
        self._modules.setdefault(module, set()).add(alias)

    def _free(self, name: str) -> str:
        while name in self._taken:
            name = f"_{name}"
        self._taken.add(name)
        return name

    def _group(self, module: str) -> int:
        top = module.partition(".")[0]
        if top in self._local:
            return 2
        return 0 if top in sys.stdlib_module_names else 1


def _expressions(node: Node) -> list[Expression]:
    if isinstance(node, ConstantNode):
        return [node.expression]
    return list(node.attributes.values()) if isinstance(node, DefinitionNode) else []
