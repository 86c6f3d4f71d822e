"""Telling which definition in the notebook made a live function, class or decorated object."""

import ast
import functools
import inspect
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass

from interactive.errors import CaptureError

from .imports import object_import
from .origins import is_importable, local_source
from .sources import (
    Snippet,
    class_snippet,
    function_snippet,
    functions_of,
    without_decorators,
)


@dataclass(frozen=True)
class Scope:
    """Where the free names of a definition are looked up: closure, then globals."""

    closure: dict[str, object]
    globals: dict[str, object]


@dataclass(frozen=True)
class Found:
    """A definition and what it defines.

    Attributes:
        snippet: Its source.
        scope: Where its names are looked up.
        function: The plain function of the definition, None for a class.
        made: The live object that the definition, with the decorators kept, makes.
    """

    snippet: Snippet
    scope: Scope
    function: types.FunctionType | None
    made: object

    @property
    def name(self) -> str:
        """The name that the source gives it; empty for a lambda that is not assigned to one."""
        return str(getattr(self.snippet.tree, "name", self.snippet.assigned))


def find_definition(value: object, namespace: dict[str, object], alias: str = "") -> Found | None:
    """Return the notebook's definition that made `value`, None if it was not made by one there.

    Args:
        value: A live object of any kind.
        namespace: The notebook's globals.
        alias: The name under which the notebook knows it.

    Raises:
        CaptureError: If the definition is in a notebook but has no source.
    """
    of_module = isinstance(value, type | types.FunctionType) and is_importable(value.__module__)
    # Within a module of the user's, only what cannot be imported counts as a notebook's.
    if of_module and object_import(value, alias) is not None:
        return None
    found = None
    if isinstance(value, type):
        if is_notebook_class(value):
            found = _class_definition(value, namespace) or _decorated_definition(value, namespace)
    elif callable(value) or _inside(value):
        found = _decorated_definition(value, namespace)
        if found is None and isinstance(value, types.FunctionType) and is_notebook_function(value):
            found = _function_definition(value, namespace)
    return found


def is_notebook_function(function: types.FunctionType) -> bool:
    """Return True if a function lives in a notebook or another namespace that cannot be imported.

    So does a function that was made within another one in a local file.
    """
    name = function.__globals__.get("__name__")
    if not is_importable(name) or vars(sys.modules[str(name)]) is not function.__globals__:
        return True
    qualname = function.__code__.co_qualname
    within = "<locals>" in qualname or qualname.endswith("<lambda>")
    return within and local_source(str(name)) is not None


def is_notebook_class(cls: type) -> bool:
    """Return True if a class lives in a notebook or another namespace that cannot be imported."""
    module = cls.__module__
    if module == "builtins" and getattr(sys.modules["builtins"], cls.__name__, None) is cls:
        return False
    if not is_importable(module):
        return True
    found: object = sys.modules[module]
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    if found is cls or module == "builtins":
        return found is not cls
    if "<locals>" in cls.__qualname__:
        return local_source(module) is not None
    return any(
        is_notebook_function(function)
        for value in vars(cls).values()
        for function in functions_of(value)
        if function.__code__.co_qualname.startswith(cls.__qualname__)
    )


def decorated_in_module(function: types.FunctionType) -> bool:
    """Return True if a module's variable of the function's name holds what its decorators made of it."""
    bound = function.__globals__.get(function.__name__)
    return "." not in function.__qualname__ and any(part is function for part in _behind(bound))


def function_scope(function: types.FunctionType) -> Scope:
    """Return where a function looks up its free names."""
    closure: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            closure[name] = cell.cell_contents
        except ValueError:
            continue  # not assigned yet: the name counts as undefined
    return Scope(closure, function.__globals__)


def _function_definition(function: types.FunctionType, namespace: dict[str, object]) -> Found:
    snippet = function_snippet(function)
    scope = function_scope(function)
    if snippet.decorated and namespace.get(function.__name__) is not function:
        # The plain function below its decorators: they would wrap it again.
        snippet = without_decorators(snippet, len(_decorators(snippet)))
    return Found(snippet, scope, function, function)


def _class_definition(cls: type, namespace: dict[str, object]) -> Found | None:
    snippet = class_snippet(cls, namespace)
    if snippet is None:
        return None
    closure: dict[str, object] = {}
    home = namespace
    for value in vars(cls).values():
        for function in functions_of(value):
            if function.__code__.co_qualname.startswith(f"{cls.__qualname__}."):
                scope = function_scope(function)
                closure |= scope.closure
                home = scope.globals
    closure.pop("__class__", None)
    bound = namespace.get(cls.__name__)
    if snippet.decorated and bound is not cls and any(part is cls for part in _behind(bound)):
        snippet = without_decorators(snippet, len(_decorators(snippet)))
    return Found(snippet, Scope(closure, home), None, cls)


def _decorated_definition(value: object, namespace: dict[str, object]) -> Found | None:
    """Return the definition whose decorators made `value`."""
    for part in _behind(value):
        name = part.__name__
        if isinstance(part, types.FunctionType):
            if not is_notebook_function(part) or part.__code__.co_name != name:
                continue
            bound = namespace.get(name)
            if bound is value or (bound is not part and _is_whole(value, part)):
                snippet = function_snippet(part)
                if bound is not value:
                    snippet = without_decorators(snippet, _own_decorators(snippet, namespace))
                if snippet.decorated:
                    _check_dispatch(value, name)
                    return Found(snippet, function_scope(part), part, value)
        elif namespace.get(name) is value and is_notebook_class(part):
            found = _class_definition_below(part, namespace)
            if found is not None:
                return Found(found.snippet, found.scope, None, value)
    return None


def _class_definition_below(cls: type, namespace: dict[str, object]) -> Found | None:
    snippet = class_snippet(cls, namespace)
    if snippet is None or not snippet.decorated:
        return None
    return Found(snippet, Scope({}, namespace), None, cls)


def _is_whole(value: object, part: object) -> bool:
    """Return True if `value` says that it wraps `part`, and is no local function's decorator."""
    return value is not part and callable(value) and inspect.unwrap(value) is part


def _own_decorators(snippet: Snippet, namespace: dict[str, object]) -> int:
    """Count the outer decorators that are this project's, such as `@component`.

    They are at work while the function below is captured, so the name is not bound to it yet.
    """
    count = 0
    for node in _decorators(snippet):
        target = node.func if isinstance(node, ast.Call) else node
        path: list[str] = []
        while isinstance(target, ast.Attribute):
            path.append(target.attr)
            target = target.value
        found = namespace.get(target.id) if isinstance(target, ast.Name) else None
        for part in reversed(path):
            found = getattr(found, part, None)
        if not str(getattr(found, "__module__", "")).startswith("interactive."):
            break
        count += 1
    return count


def _decorators(snippet: Snippet) -> list[ast.expr]:
    return [] if isinstance(snippet.tree, ast.Lambda) else snippet.tree.decorator_list


def _check_dispatch(value: object, name: str) -> None:
    registry = getattr(value, "registry", None)
    if isinstance(registry, types.MappingProxyType) and len(registry) > 1:
        raise CaptureError(
            f"`{name}` is a functools.singledispatch function with implementations registered in "
            "other definitions, which a capture would lose. Put it into a .py file and import it, or "
            "use isinstance within one function."
        )


def _inside(value: object) -> dict[str, object]:
    try:
        return {name: part for name, part in vars(value).items() if isinstance(name, str)}
    except TypeError:
        return {}


def _behind(value: object) -> Iterator[types.FunctionType | type]:
    """Yield the functions and classes that a decorated object holds, nearest first."""
    queue, seen = [value], {id(value)}
    for _ in range(50):
        if not queue:
            return
        item = queue.pop(0)
        if item is not value and isinstance(item, types.FunctionType | type):
            yield item
        for part in _parts(item, whole=item is value):
            if id(part) not in seen and _is_holder(part):
                seen.add(id(part))
                queue.append(part)


def _parts(item: object, *, whole: bool) -> Iterator[object]:
    attributes = _inside(item)
    for name in ("__wrapped__", "_python_function", "python_function", "func", "__func__"):
        if name in attributes:
            yield attributes[name]
    if isinstance(item, functools.partial):
        yield item.func
    if isinstance(item, types.FunctionType):
        for cell in item.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:
                continue
    elif whole:
        yield from attributes.values()
        for cls in type(item).__mro__:
            for name in getattr(cls, "__slots__", ()):
                yield getattr(item, name, None)


def _is_holder(part: object) -> bool:
    return isinstance(part, types.FunctionType | type | functools.partial | staticmethod)
