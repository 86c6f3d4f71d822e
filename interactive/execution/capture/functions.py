"""`capture`: from a live function or class to a module of its own."""

import sys
import types

from interactive.errors import CaptureError

from .code import CapturedCode
from .definitions import Scope, decorated_in_module, find_definition, function_scope, is_notebook_class
from .emit import write_module
from .expressions import Imported
from .fingerprint import digest, digest_source
from .graph import Graph
from .imports import object_import
from .loading import LOADED_PREFIX
from .local_files import LocalFiles
from .module_files import capture_module_file
from .origins import distribution_version, local_source
from .refusals import Place, RefusalError, capture_error, refuse


def capture(obj: object, *, name: str | None = None) -> CapturedCode:
    """Turn a function or class into a module that runs without the notebook.

    The helpers, constants and imports that it uses come with it, and theirs. A function that lives in
    a `.py` file of the user's is captured as that file and the local files it imports; one that lives
    in an installed package as an import of it, with the package's version in the fingerprint.

    Args:
        obj: A function, a lambda, a class, or one of these with decorators.
        name: Name of the module; by default that of the object with `_module` behind it.

    Returns:
        The code. Its fingerprint changes with the source of what is used (comments and formatting
        aside), with the values of used constants, and with nothing else.

    Raises:
        CaptureError: If something that the object uses cannot be written as source; the message names
            it, where it is used, and what to do.
    """
    if name is not None and not name.isidentifier():
        raise CaptureError(
            f"Expected a module name that is a Python identifier, found {name!r}. Use letters, digits "
            "and underscores."
        )
    _check_kind(obj)
    scope = _scope(obj)
    try:
        imported = None if find_definition(obj, scope.globals) else _captured_import(obj, name)
    except RefusalError as refusal:
        raise capture_error(_name_of(obj), obj, Place("", 0), refusal) from refusal
    if imported is not None:
        return imported
    graph = Graph()
    entry = graph.add_entry(obj, scope)
    module_name = _module_name(name or f"{entry}_module", graph.local)
    text = write_module(
        entry,
        graph.nodes,
        graph.local,
        graph.builtins,
        future_annotations=graph.future_annotations,
    )
    try:
        compile(text, f"{module_name}.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CaptureError(
            f"`{entry}` was captured as source that does not compile ({error}). Put it into a .py "
            "file and give `module_file=`."
        ) from error
    parts = ["capture 1", entry, str(graph.future_annotations)]
    for key in sorted(graph.nodes):
        parts += [key, graph.nodes[key].meaning()]
    return CapturedCode(
        entry=entry,
        module_name=module_name,
        files={f"{module_name}.py": text, **dict(sorted(graph.local.texts.items()))},
        fingerprint=digest(parts + _file_parts(graph.local)),
    )


def _check_kind(obj: object) -> None:
    if isinstance(obj, types.ModuleType | str):
        raise CaptureError(
            f"Expected a function or a class to capture, found {obj!r}. For a file use `module_file=`."
        )
    owner = getattr(obj, "__self__", None)
    if owner is not None and not isinstance(owner, type | types.ModuleType) and not _importable(obj):
        raise CaptureError(
            f"`{getattr(obj, '__qualname__', obj)}` is a method of an object, {type(owner).__name__}, whose "
            "state is not source. Write a plain function that makes the object and calls the method."
        )
    if not callable(obj):
        raise CaptureError(
            f"Expected a function or a class to capture, found a {type(obj).__name__}: {obj!r:.80}. "
            "Pass the function itself, without calling it."
        )


def _scope(obj: object) -> Scope:
    """Return the namespace that the object's names belong to."""
    inner = obj
    for _ in range(20):
        if isinstance(inner, types.FunctionType) and not hasattr(inner, "__wrapped__"):
            return function_scope(inner)
        further = getattr(inner, "__wrapped__", None) or getattr(inner, "func", None)
        if further is None or isinstance(inner, type):
            break
        inner = further
    module = sys.modules.get(str(getattr(obj, "__module__", "")))
    kind = obj if isinstance(obj, type) else type(obj)
    for value in vars(kind).values() if is_notebook_class(kind) else ():
        if isinstance(value, types.FunctionType) and value.__module__ == kind.__module__:
            return Scope({}, value.__globals__)
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    if getattr(obj, "__module__", "") == "__main__" and running is not None:
        return Scope({}, running.user_ns)
    return Scope({}, vars(module) if module is not None else {})


def _name_of(obj: object) -> str:
    return str(getattr(obj, "__name__", "object"))


def _importable(obj: object) -> bool:
    try:
        return object_import(obj) is not None
    except RefusalError:
        return False


def _captured_import(obj: object, name: str | None) -> CapturedCode | None:
    """Capture an object of a module that can be imported; None if there is none."""
    target = object_import(obj)
    if target is None and isinstance(obj, types.FunctionType) and decorated_in_module(obj):
        # What the module's own name means is the decorated object; that is what will be loaded.
        target = Imported(obj.__module__, obj.__name__)
    if target is None:
        if isinstance(obj, types.BuiltinFunctionType | types.FunctionType):
            raise refuse(obj)
        return None
    return _from_module(target, name)


def _from_module(target: Imported, name: str | None) -> CapturedCode:
    top, _, rest = target.path.partition(".")
    entry = target.path.rpartition(".")[2]
    path = local_source(target.module)
    loaded = target.module.startswith(LOADED_PREFIX)
    if path is not None and not rest and (loaded or "." not in target.module):
        return capture_module_file(path, top)
    local = LocalFiles()
    is_local = path is not None and local.add_module(target.module)
    source = "a local module" if is_local else "an installed package"
    module_name = _module_name(name or f"{entry}_module", local)
    assignment = f"\n{entry} = {target.path}\n" if rest else ""
    text = (
        f'"""`{entry}`, captured from {source}.\n\n'
        "Written by cellwise: the code itself stays where it is imported from.\n"
        f'"""\n\nfrom {target.module} import {top}\n{assignment}\n__all__ = ["{entry}"]\n'
    )
    version = "" if is_local else distribution_version(target.module)
    return CapturedCode(
        entry=entry,
        module_name=module_name,
        files={f"{module_name}.py": text, **dict(sorted(local.texts.items()))},
        fingerprint=digest(["import 1", target.module, target.path, version, *_file_parts(local)]),
    )


def _module_name(wanted: str, local: LocalFiles) -> str:
    tops = {file.partition("/")[0].removesuffix(".py") for file in local.texts}
    name, number = wanted, 1
    while name in tops:
        number += 1
        name = f"{wanted}_{number}"
    return name


def _file_parts(local: LocalFiles) -> list[str]:
    return [part for file, text in sorted(local.texts.items()) for part in (file, digest_source(text))]
