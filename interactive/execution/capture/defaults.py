"""Defaults of a function's arguments whose expressions would give another value today.

`def f(n=N)` keeps the value that `N` had when the cell ran; a captured module would take the later one.
"""

import ast
import builtins
import types

from .definitions import Scope
from .sources import Snippet

_MISSING = object()


def changed_defaults(
    snippet: Snippet, function: types.FunctionType, scope: Scope
) -> list[tuple[ast.expr, object]]:
    """Return the default expressions that no longer give what the function has, with its values."""
    tree = snippet.tree
    if isinstance(tree, ast.ClassDef):
        return []
    positional = tree.args.defaults
    values = (function.__defaults__ or ())[-len(positional) :] if positional else ()
    pairs: list[tuple[ast.expr, object]] = list(zip(positional, values, strict=False))
    named = function.__kwdefaults__ or {}
    pairs += [
        (node, named[argument.arg])
        for argument, node in zip(tree.args.kwonlyargs, tree.args.kw_defaults, strict=True)
        if node is not None and argument.arg in named
    ]
    return [(node, value) for node, value in pairs if not _still_means(node, value, scope)]


def _still_means(node: ast.expr, value: object, scope: Scope) -> bool:
    """Return True if a default's expression still gives the value that the function has."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    bound: set[str] = {
        part.target.id
        for part in ast.walk(node)
        if isinstance(part, ast.comprehension) and isinstance(part.target, ast.Name)
    }
    for name in names:
        known = name in scope.closure or name in scope.globals or hasattr(builtins, name)
        if not known and name not in bound and not isinstance(node, ast.Lambda):
            return False
    if isinstance(node, ast.Name):
        missing = scope.globals.get(node.id, getattr(builtins, node.id, _MISSING))
        return scope.closure.get(node.id, missing) is value
    return True
