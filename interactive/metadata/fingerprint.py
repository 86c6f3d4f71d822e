"""Fingerprints of content: equal for equal bytes, whatever the path, the time or the machine."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from interactive.errors import InputError

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Content:
    """What lies at a URI.

    Attributes:
      fingerprint: SHA-256 over the sorted relative file names and their bytes, hex.
      files: How many files.
      size: Bytes in all.
      newest: The newest modification time, nanoseconds since the epoch.
    """

    fingerprint: str
    files: int
    size: int
    newest: int


def file_digest(path: Path) -> str:
    """SHA-256 of one file's bytes, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _files(uri: Path) -> list[tuple[str, Path]]:
    if uri.is_file():
        return [("", uri)]
    found = []
    for folder, folders, names in os.walk(uri):
        folders.sort()
        for name in names:
            path = Path(folder, name)
            found.append((path.relative_to(uri).as_posix(), path))
    return sorted(found)


def content_of(uri: str) -> Content:
    """Reads a file or a folder.

    Args:
      uri: A local path.

    Returns:
      Its content's fingerprint and size.

    Raises:
      InputError: Nothing lies there.
    """
    root = Path(uri)
    if not root.exists():
        raise InputError(
            f"Nothing lies at {uri}: it was moved or deleted. Run the node that produced it again."
        )
    digest = hashlib.sha256()
    size = newest = 0
    files = _files(root)
    for name, path in files:
        status = path.stat()
        size += status.st_size
        newest = max(newest, status.st_mtime_ns)
        digest.update(f"{name}\0{file_digest(path)}\n".encode())
    return Content(digest.hexdigest(), len(files), size, newest)


def unchanged(uri: str, known: Content) -> bool:
    """Whether a payload still is what it was.

    File count, size and times decide when they are as they were; otherwise the bytes are read again, so that
    a copied or touched folder still counts as the same.

    Args:
      uri: A local path.
      known: What lay there.

    Returns:
      True for equal content.
    """
    root = Path(uri)
    if not root.exists():
        return False
    files = _files(root)
    statuses = [path.stat() for _, path in files]
    size = sum(status.st_size for status in statuses)
    if len(files) != known.files or size != known.size:
        return False
    newest = max((status.st_mtime_ns for status in statuses), default=0)
    return newest == known.newest or content_of(uri).fingerprint == known.fingerprint
