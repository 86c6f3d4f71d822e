"""`module_file=`: a Python file and the files beside it that it imports."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from interactive.errors import CaptureError

from .code import CapturedCode
from .fingerprint import digest, digest_source
from .local_files import LocalFiles, parse_file


def capture_module_file(path: str | os.PathLike[str], entry: str | None = None) -> CapturedCode:
    """Capture a Python file with the local modules and packages that it imports, and theirs.

    Nothing is imported or run. Modules in the file's own folder come first, as they do when it runs.

    Args:
        path: The file.
        entry: Name of the function or class that is meant; it must be defined in the file. None takes
            the module as a whole, and leaves `CapturedCode.entry` empty.

    Raises:
        CaptureError: If the file is missing or does not parse, its name is not a module name, or it
            does not define `entry`.
    """
    file = Path(path).expanduser().resolve()
    if file.suffix != ".py" or not file.stem.isidentifier():
        raise CaptureError(
            f"Expected a Python file whose name is a module name, such as penguin_utils.py, found "
            f"{str(path)!r}. Rename it with letters, digits and underscores."
        )
    local = LocalFiles(file.parent)
    try:
        text = local.add_main(file)
    except CaptureError as error:
        raise CaptureError(f"module_file {str(path)!r}: {error}") from error
    if entry is not None:
        _check_entry(entry, text, file)
    parts = ["module file 1", entry or "", digest_source(text)]
    others = {name: local.texts[name] for name in sorted(local.texts) if name != file.name}
    for name, source in others.items():
        parts += [name, digest_source(source)]
    return CapturedCode(
        entry=entry or "",
        module_name=file.stem,
        files={file.name: text, **others},
        fingerprint=digest(parts),
    )


def _check_entry(entry: str, text: str, file: Path) -> None:
    tree = parse_file(text, file)
    defined = dict.fromkeys(_defined(tree.body))
    if entry not in defined and "*" not in defined:
        names = [name for name in defined if not name.startswith("_")]
        raise CaptureError(
            f"Expected {file} to define `{entry}`, but it defines "
            f"{', '.join(f'`{name}`' for name in names) or 'nothing'}. Define `{entry}` there, or name "
            "one of these."
        )


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind at the top level, `*` for a star import."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                yield alias.asname or alias.name.partition(".")[0]
        else:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
            for part in ("body", "orelse", "finalbody"):
                yield from _defined(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from _defined(handler.body)
