"""Finding the import statement for a live object."""

import sys
import types
from collections.abc import Iterator

from .expressions import Imported
from .origins import is_importable
from .refusals import RefusalError


def module_import(module: types.ModuleType, alias: str = "") -> Imported:
    """Return how to import a module, by its public name where it has several.

    Args:
        module: The module; it may be one that loads itself at first use.
        alias: The name under which the code knows it.

    Raises:
        RefusalError: If no importable name leads to it.
    """
    name = module.__name__
    if sys.modules.get(name) is module and is_importable(name) and not _is_private(name):
        return Imported(name, "", f"module {name}")
    keys = [key for key, found in list(sys.modules.items()) if found is module]
    public = [key for key in keys if is_importable(key) and not _is_private(key)]
    if public:
        return Imported(min(public, key=_rank), "", f"module {name}")
    for last in dict.fromkeys((name.rpartition(".")[2], alias)):
        routes = list(_routes(module, last)) if last else []
        if routes:
            return Imported(min(routes, key=_rank), last, f"module {name}")
    if sys.modules.get(name) is module and is_importable(name):
        return Imported(name, "", f"module {name}")
    raise RefusalError(
        "the module was made at run time and cannot be imported elsewhere",
        "Put its code into a .py file and import that.",
    )


def object_import(value: object, alias: str = "") -> Imported | None:
    """Return how to import an object, None if no module gives it by name.

    The name must lead to this very object.

    Raises:
        RefusalError: If it comes from a module that has been loaded again since.
    """
    homes = [_attribute(value, "__module__"), type(value).__module__]
    homes.append(type(_attribute(value, "__self__")).__module__)
    names = [_attribute(value, "__qualname__"), _attribute(value, "__name__"), alias]
    for home in homes:
        for name in names:
            if isinstance(name, str) and name and _lookup(home, name) is value:
                return _public(value, str(home), name)
    if alias:
        routes = [route for route in _routes(value, alias) if is_importable(route)]
        if routes:
            return _public(value, min(routes, key=_rank), alias)
    module = sys.modules.get(str(homes[0]))
    if isinstance(value, types.FunctionType) and module is not None:
        current = vars(module).get(value.__name__)
        if value.__globals__ is vars(module) and isinstance(current, types.FunctionType):
            raise RefusalError(
                f"{homes[0]}.{value.__name__} is another function now, because the module was loaded again",
                f"Run the import of {value.__name__} again.",
            )
    return None


def _public(value: object, home: str, name: str) -> Imported:
    meaning = f"{home}:{name}"
    if _is_private(home) and "." not in name:
        root = home.partition(".")[0]
        routes = [
            route
            for route in _routes(value, name)
            if route.partition(".")[0] == root and not _is_private(route)
        ]
        if routes:
            return Imported(min(routes, key=_rank), name, meaning)
    return Imported(home, name, meaning)


def _lookup(module: object, path: str) -> object:
    """Return what a dotted path in an importable module leads to, or a value found nowhere."""
    if not is_importable(module):
        return _NOWHERE
    found: object = sys.modules[str(module)]
    for part in path.split("."):
        found = _attribute(found, part, _NOWHERE)
    return found


_NOWHERE = object()


def _attribute(value: object, name: str, default: object = None) -> object:
    try:
        return getattr(value, name, default)
    except Exception:  # noqa: BLE001 - a user's or a library's __getattr__ may raise anything
        return default


def _routes(value: object, name: str) -> Iterator[str]:
    """Yield the public modules, already loaded, whose attribute `name` is `value`."""
    for key, module in list(sys.modules.items()):
        namespace = getattr(module, "__dict__", None)
        if (
            isinstance(namespace, dict)
            and namespace.get(name) is value
            and not _is_private(key)
            and is_importable(key)
        ):
            yield key


def _is_private(module: str) -> bool:
    parts = module.split(".")
    return any(part.startswith("_") for part in parts[:1] if part != "__future__") or any(
        part.startswith("_") or part in {"src", "python", "internal", "impl"} for part in parts[1:]
    )


def _rank(module: str) -> tuple[int, int, str]:
    return module.count("."), len(module), module
