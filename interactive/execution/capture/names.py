"""Which global names a piece of source needs, where, and whether already to be defined.

The answer is read from the bytecode that Python itself would run, not guessed from the syntax: it is
right for comprehensions, class bodies, decorators, defaults, annotations, `match`, `:=` and whatever
a later Python adds.
"""

import ast
import dis
import types
from collections.abc import Iterator
from dataclasses import dataclass, field

_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
# Class bodies read these from their own namespace.
_BODY_NAMES = frozenset({"__name__", "__annotations__", "__classdict__"})
_REBINDS = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})
_FUTURE_ANNOTATIONS = 0x1000000  # __future__.annotations.compiler_flag


@dataclass(frozen=True)
class Use:
    """One use of a global name.

    Attributes:
        name: The name as the interpreter looks it up (private names are already mangled).
        scope: The function or class that uses it; empty at the top level.
        line: Line in the source, counting from 1.
        at_definition: True if running the definition itself needs the name.
        optional: True if the name is needed only by whoever evaluates annotations.
    """

    name: str
    scope: str
    line: int
    at_definition: bool
    optional: bool = False


@dataclass(frozen=True)
class Names:
    """The global names of a piece of source.

    Attributes:
        uses: Uses in source order; a name may come several times.
        rebound: Uses that assign or delete a global name (`global x; x = 1`).
        members: For each name that is followed by dots, the dotted paths: `{"os": {"path.join"}}`.
        imports: The import statements anywhere in the source.
    """

    uses: list[Use]
    rebound: list[Use]
    members: dict[str, set[str]] = field(default_factory=dict)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)


def global_names(source: str, *, future_annotations: bool = False) -> Names:
    """Return the global names that `source`, one definition or expression, needs.

    Args:
        source: Text of a definition, starting at column 0.
        future_annotations: True if it was compiled under `from __future__ import annotations`.

    Raises:
        SyntaxError: If the source does not compile on its own, as for `nonlocal` of an outer scope.
    """
    tree = ast.parse(source)
    members = _members(tree)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    annotations = list(_annotation_uses(tree)) if future_annotations else []
    reduced = ast.fix_missing_locations(_SkipTypeChecking().visit(tree))
    flags = _FUTURE_ANNOTATIONS if future_annotations else 0
    code = compile(reduced, "<captured>", "exec", flags=flags, dont_inherit=True, optimize=0)
    uses: list[Use] = []
    rebound: list[Use] = []
    _read(code, uses, rebound, at_definition=True, top=True)
    known = {use.name for use in uses}
    uses += [use for use in annotations if use.name not in known]
    uses.sort(key=lambda use: (use.line, use.name, not use.at_definition))
    return Names(uses, rebound, members, imports)


def _read(
    code: types.CodeType, uses: list[Use], rebound: list[Use], *, at_definition: bool, top: bool
) -> None:
    is_body = not code.co_flags & _flag("OPTIMIZED")
    lazy = code.co_name == "__annotate__"
    scope = "" if top else _scope(code.co_qualname)
    stored: set[str] = set()
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        if step.positions is not None and step.positions.lineno is not None:
            line = step.positions.lineno
        if step.opname == "STORE_NAME":
            stored.add(step.argval)
        elif step.opname in _REBINDS:
            rebound.append(Use(step.argval, scope, line, at_definition))
        elif is_body and (step.argval in stored or step.argval in _BODY_NAMES):
            continue
        elif step.opname in _LOADS:
            uses.append(Use(step.argval, scope, line, at_definition and not lazy, lazy))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            runs_now = at_definition and (
                not constant.co_flags & _flag("OPTIMIZED")
                or constant.co_name in {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
                or constant.co_name.startswith("<generic parameters")
            )
            _read(constant, uses, rebound, at_definition=runs_now, top=False)


def _flag(name: str) -> int:
    """Return the code flag of that name, as `dis` lists it."""
    return next(flag for flag, label in dis.COMPILER_FLAG_NAMES.items() if label == name)


def _scope(qualname: str) -> str:
    """Return the innermost scope that has a name of its own, without comprehensions."""
    parts = [part for part in qualname.split(".") if not part.startswith("<")]
    return parts[-1] if parts else ""


def _members(tree: ast.AST) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        path: list[str] = []
        base: ast.AST = node
        while isinstance(base, ast.Attribute):
            path.append(base.attr)
            base = base.value
        if path and isinstance(base, ast.Name):
            members.setdefault(base.id, set()).add(".".join(reversed(path)))
    return members


def _annotation_uses(tree: ast.AST) -> Iterator[Use]:
    for node in ast.walk(tree):
        expressions: list[ast.expr | None] = []
        if isinstance(node, ast.AnnAssign | ast.arg):
            expressions = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            expressions = [node.returns]
        for expression in expressions:
            for part in ast.walk(expression) if expression is not None else ():
                if isinstance(part, ast.Name):
                    yield Use(part.id, "", part.lineno, at_definition=False, optional=True)


class _SkipTypeChecking(ast.NodeTransformer):
    """Empties `if TYPE_CHECKING:` blocks, which never run."""

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        test = node.test
        name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
        if name == "TYPE_CHECKING":
            node.body = [ast.copy_location(ast.Pass(), node.body[0])]
        return node
