"""Where a module comes from: Python itself, an installed package, or the user's own folder."""

import functools
import importlib.metadata
import importlib.util
import json
import site
import sys
import sysconfig
import types
from pathlib import Path
from urllib.parse import unquote, urlparse

# This project's own packages are libraries even where they run from a source checkout.
_OWN_ROOT = Path(__file__).resolve().parents[3]
_OWN_PACKAGES = frozenset({"interactive", "widgets"})


def local_source(module_name: str) -> Path | None:
    """Return the source file of a module that is the user's own, else None.

    A module is the user's own if its source is a `.py` file that belongs neither to Python nor to an
    installed distribution: a helper beside the notebook, a project's package on the path.

    Args:
        module_name: Dotted name. The module is not imported, but its parent packages may be.
    """
    module = sys.modules.get(module_name)
    spec = getattr(module, "__spec__", None)
    origin = getattr(module, "__file__", None)
    if spec is None and origin is None:
        try:
            spec = importlib.util.find_spec(module_name)
        except (ImportError, ValueError, AttributeError):
            return None
    if origin is None and spec is not None and spec.has_location:
        origin = spec.origin
    if origin is None or not str(origin).endswith(".py"):
        return None
    top = module_name.partition(".")[0]
    path = Path(origin).resolve()
    if top in sys.builtin_module_names or is_library_path(path, top) or not path.is_file():
        return None
    return path


def is_library_path(path: Path, top: str) -> bool:
    """Return True if the file of the top-level module `top` belongs to Python or to a distribution."""
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    if any(path.is_relative_to(folder) for folder in _library_folders()):
        return True
    if top in _OWN_PACKAGES and path.is_relative_to(_OWN_ROOT / top):
        return True
    return any(path.is_relative_to(folder) for folder in _editable_folders(tuple(sys.path)))


def root_of(path: Path, module_name: str) -> Path:
    """Return the folder from which `import module_name` finds the source `path`."""
    depth = module_name.count(".") + (1 if path.name == "__init__.py" else 0)
    return path.parents[depth]


def is_importable(module_name: object) -> bool:
    """Return True if a name stands for a module that a fresh Python could import."""
    if not isinstance(module_name, str) or module_name in {"__main__", "__mp_main__"}:
        return False
    module = sys.modules.get(module_name)
    if not isinstance(module, types.ModuleType):
        return False
    if module_name in sys.builtin_module_names:
        return True
    spec = getattr(module, "__spec__", None)
    return spec is not None or getattr(module, "__file__", None) is not None


def distribution_version(module_name: str) -> str:
    """Return `name==version` of the distributions that a module belongs to, or Python's version."""
    top = module_name.partition(".")[0]
    names = sorted(set(importlib.metadata.packages_distributions().get(top, [])))
    if names:
        return " ".join(f"{name}=={importlib.metadata.version(name)}" for name in names)
    if top in sys.stdlib_module_names:
        return f"python=={sys.version_info.major}.{sys.version_info.minor}"
    return str(getattr(sys.modules.get(top), "__version__", ""))


@functools.cache
def _library_folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    folders = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += site.getsitepackages()
    user = site.getusersitepackages()
    folders.append(user)
    return tuple({Path(folder).resolve() for folder in folders})


@functools.cache
def _editable_folders(_path: tuple[str, ...]) -> tuple[Path, ...]:
    folders = set()
    for distribution in importlib.metadata.distributions():
        text = distribution.read_text("direct_url.json")
        if text is None:
            continue
        origin = json.loads(text)
        if origin.get("dir_info", {}).get("editable") and origin["url"].startswith("file:"):
            folders.add(Path(unquote(urlparse(origin["url"]).path)).resolve())
    return tuple(sorted(folders))
