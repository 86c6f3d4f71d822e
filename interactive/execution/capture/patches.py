"""What was changed on a function or class after its definition: attributes set in a later cell."""

import ast
import types

from .definitions import is_notebook_class, is_notebook_function
from .sources import Snippet, functions_of

_MISSING = object()


def function_attributes(function: types.FunctionType) -> dict[str, object]:
    """Return the attributes that were set on an undecorated function."""
    return {
        name: value
        for name, value in sorted(vars(function).items())
        if not name.startswith("__") and name.isidentifier()
    }


def class_changes(cls: type, snippet: Snippet) -> dict[str, object]:
    """Return the attributes of a class that differ from what its source gives.

    Methods count where they were set from a function of the notebook (`Model.score = score`), plain
    values where the source has another literal, or none and nothing but the notebook can have set
    them.
    """
    if not isinstance(snippet.tree, ast.ClassDef):
        return {}
    stated = _stated(snippet.tree)
    plain = type(cls) is type and not snippet.decorated
    plain &= all(
        base is object or (type(base) is type and is_notebook_class(base)) for base in cls.__mro__[1:]
    )
    changes: dict[str, object] = {}
    for name, value in sorted(vars(cls).items()):
        if name.startswith("__") and name.endswith("__") and not isinstance(value, types.FunctionType):
            continue
        functions = list(functions_of(value))
        if functions:
            outside = functions[0].__code__.co_qualname
            foreign = not outside.startswith(f"{cls.__qualname__}.") and "<locals>" not in outside
            if foreign and is_notebook_function(functions[0]) and name not in _aliases(snippet.tree):
                changes[name] = value
        elif name in stated:
            literal = _literal(stated[name])
            if literal is not _MISSING and plain and not _same(literal, value):
                changes[name] = value
        elif plain and not name.startswith("_") and not isinstance(value, types.MemberDescriptorType):
            changes[name] = value
    return changes


def _stated(tree: ast.ClassDef) -> dict[str, ast.expr | None]:
    """Return the names that a class body binds in any way, with their expressions if simple."""
    names: dict[str, ast.expr | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.setdefault(node.name, None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, None)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                names.setdefault(alias.asname or alias.name.partition(".")[0], None)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                names[target.id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names[statement.target.id] = statement.value
    return names


def _aliases(tree: ast.ClassDef) -> set[str]:
    """Return names that the class body itself assigns, as in `score = helper`."""
    return {name for name, value in _stated(tree).items() if value is not None}


def _literal(node: ast.expr | None) -> object:
    if node is None:
        return _MISSING
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return _MISSING


def _same(left: object, right: object) -> bool:
    try:
        return type(left) is type(right) and bool(left == right)
    except (TypeError, ValueError):
        return False
