"""The user's own source files that a piece of code imports, followed from file to file.

Nothing is imported here: imports are read from the syntax tree, so that a file may have side effects
and a sibling may need what is not there yet.
"""

import ast
import importlib.util
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from interactive.errors import CaptureError

from .origins import is_library_path, local_source, root_of


def read_source(path: Path) -> str:
    """Return a Python file as text, decoded as Python would.

    Raises:
        CaptureError: If the file is missing, is not text, or does not parse.
    """
    try:
        with tokenize.open(path) as file:
            text = file.read()
    except FileNotFoundError as error:
        raise CaptureError(
            f"Expected a Python file, found nothing at {path}. Check the path; it is relative to "
            f"the notebook's folder, {Path.cwd()}."
        ) from error
    except IsADirectoryError as error:
        raise CaptureError(f"Expected a Python file, found a folder: {path}.") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise CaptureError(
            f"Expected a Python file in UTF-8 or with a coding line, but {path} is not: {error}."
        ) from error
    parse_file(text, path)
    return text


def parse_file(text: str, path: Path) -> ast.Module:
    """Return the syntax tree of a file's text.

    Raises:
        CaptureError: If it does not parse, with the line.
    """
    try:
        return ast.parse(text, filename=str(path))
    except SyntaxError as error:
        raise CaptureError(
            f"Expected Python source, but {path} has a syntax error on line {error.lineno}: "
            f"{error.msg}. Correct the file and run again."
        ) from error
    except ValueError as error:
        raise CaptureError(f"Expected Python source, but {path} has {error}.") from error


class LocalFiles:
    """Collects local source files by the relative names under which they are saved.

    Attributes:
        texts: Source text by relative name.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Begin a collection.

        Args:
            folder: The folder whose files come first when a name is looked up: that of a module
                file. None for a notebook, where names are looked up as Python would.
        """
        self.texts: dict[str, str] = {}
        self._folder = folder
        self._paths: dict[str, Path] = {}

    def copy(self) -> "LocalFiles":
        """Return a collection of the same files that grows on its own."""
        other = LocalFiles(self._folder)
        other.texts = dict(self.texts)
        other._paths = dict(self._paths)
        return other

    def add_main(self, path: Path) -> str:
        """Add the module file itself, and all that it imports; return its text."""
        text = self._add(path, path.name)
        return text if text is not None else self.texts[path.name]

    def add_module(self, name: str) -> bool:
        """Add a module by dotted name, its parent packages, and all that they import.

        Returns:
            True if it is a local module, False if it comes from Python or an installed package.
        """
        found = self._find(name)
        if found is None:
            return False
        root, path = found
        for count in range(1, name.count(".") + 1):
            parent = ".".join(name.split(".")[:count])
            initial = root.joinpath(*parent.split("."), "__init__.py")
            if initial.is_file():
                self._add(initial, initial.relative_to(root).as_posix())
        if path is not None:
            self._add(path, path.relative_to(root).as_posix())
        return True

    def add_imports(self, nodes: Iterable[ast.AST], package: str | None = None) -> None:
        """Add the local modules that import statements name.

        Args:
            nodes: Syntax nodes; those that are no imports are passed over.
            package: Dotted package that relative imports start from; empty for the main folder, None
                where relative imports cannot work.
        """
        for name in _imported_names(nodes, package):
            self.add_module(name)

    def _add(self, path: Path, relative: str) -> str | None:
        known = self._paths.get(relative)
        if known is not None:
            if known != path:
                raise CaptureError(
                    f"Two local files are imported under one name, {relative}: {known} and {path}. "
                    "Rename one of them."
                )
            return None
        text = read_source(path)
        self._paths[relative] = path
        self.texts[relative] = text
        package = relative.removesuffix(".py").replace("/", ".").rpartition(".")[0]
        self.add_imports(ast.walk(parse_file(text, path)), package)
        return text

    def _find(self, name: str) -> tuple[Path, Path | None] | None:
        top = name.partition(".")[0]
        if self._folder is not None and owns(self._folder, top):
            return self._folder, find_below(self._folder, name)
        origin = local_source(top)
        if origin is not None:
            root = root_of(origin, top)
            return root, find_below(root, name)
        return _find_namespace(name)


def owns(folder: Path, top: str) -> bool:
    """Return True if `import top` from a module in `folder` means a file or package in it."""
    if (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file():
        return True
    directory = folder / top
    # A folder without __init__.py is a package only if nothing installed has that name.
    return (
        directory.is_dir()
        and next(directory.rglob("*.py"), None) is not None
        and _find_spec_origin(top) is None
    )


def find_below(root: Path, name: str) -> Path | None:
    """Return the source file of a dotted module name below `root`, None for a plain folder or none."""
    base = root.joinpath(*name.split("."))
    for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
        if path.is_file():
            return path
    return None


def _find_spec_origin(top: str) -> str | None:
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def _find_namespace(name: str) -> tuple[Path, Path | None] | None:
    """Find a module in a local folder without `__init__.py`."""
    top = name.partition(".")[0]
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is not None:
        return None
    for location in spec.submodule_search_locations or ():
        root = Path(location).resolve().parent
        path = find_below(root, name)
        if path is not None and not is_library_path(path, top):
            return root, path
    return None


def _imported_names(nodes: Iterable[ast.AST], package: str | None) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                if package is None:
                    raise CaptureError(
                        f"Line {node.lineno}: a relative import does not work in a notebook. Import "
                        "by the module's full name."
                    )
                parents = package.split(".") if package else []
                if node.level - 1 > len(parents):
                    raise CaptureError(
                        f"Line {node.lineno}: the relative import {'.' * node.level}{base} leads out "
                        "of the module's folder. Import by the full name, or move the module."
                    )
                parents = parents[: len(parents) - (node.level - 1)]
                base = ".".join([*parents, base] if base else parents)
            if base:
                yield base
            # Each name may be a submodule; names that are not are passed over by the search.
            for alias in node.names:
                if alias.name != "*":
                    yield f"{base}.{alias.name}" if base else alias.name
