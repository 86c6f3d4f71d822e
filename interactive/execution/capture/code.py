"""The result of a capture: a module's text, ready to be saved, and its fingerprint."""

import os
import tempfile
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from interactive.errors import CaptureError


@dataclass(frozen=True)
class CapturedCode:
    """User code as files that run on their own.

    Attributes:
        entry: Name of the function or class in the main module; empty for a module taken as a whole.
        module_name: Name of the main module, an importable identifier.
        files: Source text by file name relative to the folder they are saved in, with forward
            slashes. The main module is `f"{module_name}.py"`; the others are what it imports from
            local files.
        fingerprint: SHA-256 in hexadecimal over what matters: code without comments and formatting
            (docstrings count), the values of constants, and what is imported from where.
    """

    entry: str
    module_name: str
    files: Mapping[str, str]
    fingerprint: str

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Write all files below `directory` and return the path of the main one.

        Each file appears whole or not at all, and a file that already has the right content is left
        alone, so saving twice changes nothing.

        Raises:
            CaptureError: If a file name would leave `directory`.
            OSError: If the folder cannot be written.
        """
        root = Path(directory)
        for name, text in self.files.items():
            parts = PurePosixPath(name)
            if parts.is_absolute() or ".." in parts.parts or not parts.parts:
                raise CaptureError(
                    f"Expected a file name inside the folder, found {name!r}. Use a relative name "
                    "without '..'."
                )
            _write(root.joinpath(*parts.parts), encode_source(text))
        return root / f"{self.module_name}.py"


def encode_source(text: str) -> bytes:
    """Return the bytes of a Python source, in the encoding that its coding line asks for."""
    lines = (line.encode("utf-8", "surrogatepass") for line in text.splitlines(keepends=True)[:2])
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
    except SyntaxError:
        encoding = "utf-8"
    return text.encode("utf-8" if encoding == "utf-8-sig" else encoding)


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner can read; a module is as readable as its folder.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
