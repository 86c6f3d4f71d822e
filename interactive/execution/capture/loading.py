"""Loading saved code: always what the files say now, under a name that is theirs alone.

A module file is run as a part of a package of its own, `_captured_<hash of the files>`, so that two
files of one name never meet in `sys.modules`, nothing stale is used, and pickling, `inspect` and
autograph find the module by name. Imports of modules beside it, at the top or within a function, are
led into the same package; all other imports are Python's own.
"""

import builtins
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from interactive.errors import CaptureError

from .code import encode_source
from .local_files import LocalFiles, find_below, owns, read_source

LOADED_PREFIX = "_captured_"
"""Begins the name of the package that a loaded folder is run in."""


def load_module(path: str | os.PathLike[str]) -> types.ModuleType:
    """Run a Python file afresh and return it as a module.

    The modules beside it that it imports are run afresh too. The module's name holds a hash of all
    these files, so the same content has the same name.

    Raises:
        CaptureError: If the file is missing or does not parse.
        Exception: Whatever the file itself raises.
    """
    file = Path(path).resolve()
    local = LocalFiles(file.parent)
    local.add_main(file)
    hasher = hashlib.sha256()
    for name, text in sorted(local.texts.items()):
        hasher.update(f"{name}\0{len(text)}\0".encode())
        hasher.update(encode_source(text))
    unit = _Unit(f"{LOADED_PREFIX}{hasher.hexdigest()[:16]}", file.parent, dict(local.texts))
    with _lock(unit.name):
        _forget(unit.name)
        _units[unit.name] = unit
        if _finder not in sys.meta_path:
            sys.meta_path.insert(0, _finder)
        name = f"{unit.name}.{file.stem}"
        try:
            return importlib.import_module(name)
        except BaseException:
            _forget(unit.name)
            raise


def load_entry(path: str | os.PathLike[str], entry: str) -> object:
    """Load a file afresh and return what it defines under a name.

    Raises:
        CaptureError: If the file is missing, does not parse, or does not define `entry`.
        Exception: Whatever the file itself raises.
    """
    module = load_module(path)
    if not hasattr(module, entry):
        names = sorted(
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and not isinstance(value, types.ModuleType)
        )
        raise CaptureError(
            f"Expected {os.fspath(path)} to define `{entry}`, but it defines "
            f"{', '.join(f'`{name}`' for name in names) or 'nothing'}. Define `{entry}` there, or name "
            "one of these."
        )
    return getattr(module, entry)


class _Unit:
    """One loaded folder: its package name, its place, and the texts that were hashed."""

    def __init__(self, name: str, folder: Path, texts: dict[str, str]) -> None:
        self.name = name
        self.folder = folder
        self.texts = texts
        self.builtins = {**vars(builtins), "__import__": self._importer()}
        self._owned: dict[str, bool] = {}

    def owns(self, top: str) -> bool:
        """Return True if `import top` means a module in this folder."""
        if top not in self._owned:
            self._owned[top] = owns(self.folder, top)
        return self._owned[top]

    def source(self, path: Path) -> str:
        """Return the text of a file: as it was hashed, or as it is if only now asked for."""
        known = self.texts.get(path.relative_to(self.folder).as_posix())
        return read_source(path) if known is None else known

    def _importer(self) -> Callable[..., object]:
        original = builtins.__import__

        def import_beside(
            name: str,
            globals: Mapping[str, object] | None = None,  # noqa: A002 - the protocol's names
            locals: Mapping[str, object] | None = None,  # noqa: A002
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> object:
            top = name.partition(".")[0]
            if level != 0 or not self.owns(top):
                return original(name, globals, locals, fromlist or (), level)
            full = f"{self.name}.{name}"
            if fromlist:
                return original(full, globals, locals, fromlist, 0)
            importlib.import_module(full)
            return sys.modules[f"{self.name}.{top}"]

        return import_beside


class _Loader(importlib.abc.InspectLoader):
    """Runs a file of a unit from its text, never from a bytecode cache."""

    def __init__(self, unit: _Unit, path: Path | None) -> None:
        self._unit = unit
        self._path = path

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - the protocol's signature
        return "" if self._path is None else self._unit.source(self._path)

    def is_package(self, fullname: str) -> bool:  # noqa: ARG002 - the protocol's signature
        return self._path is None or self._path.name == "__init__.py"

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__builtins__"] = self._unit.builtins
        if self._path is None:
            return
        text = self.get_source(module.__name__)
        # The file may have been replaced by one of the same size within the clock's resolution.
        linecache.cache.pop(str(self._path), None)
        linecache.updatecache(str(self._path))
        exec(compile(text, str(self._path), "exec", dont_inherit=True), vars(module))  # noqa: S102 - running the user's code is the purpose


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of loaded units."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's signature
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        unit = _units.get(root)
        if unit is None:
            return None
        file = find_below(unit.folder, rest) if rest else None
        folder = unit.folder.joinpath(*rest.split(".")) if rest else unit.folder
        if file is None and not folder.is_dir():
            return None
        loader = _Loader(unit, file)
        spec = importlib.machinery.ModuleSpec(
            fullname,
            loader,
            origin=None if file is None else str(file),
            is_package=loader.is_package(fullname),
        )
        spec.has_location = file is not None
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(folder))
        return spec


_units: dict[str, _Unit] = {}
_finder = _Finder()
_locks: dict[str, threading.RLock] = {}
_locks_lock = threading.Lock()


def _lock(name: str) -> threading.RLock:
    with _locks_lock:
        return _locks.setdefault(name, threading.RLock())


def _forget(name: str) -> None:
    for key in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
        del sys.modules[key]
