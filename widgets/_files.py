"""The files below a folder, as a table."""

import os
from dataclasses import dataclass
from pathlib import Path

from widgets._blocks import Cell, Column, Row, Table, simple_table
from widgets._format import count_of, size

MAX_FILES = 200


@dataclass(frozen=True)
class File:
    """A file below a folder: its path from there, and its size in bytes."""

    path: str
    size: int


def below(folder: Path) -> list[File]:
    """Return the files below a folder, sorted; links are not followed."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            found.append(File(path.relative_to(folder).as_posix(), path.lstat().st_size))
    return sorted(found, key=lambda file: file.path)


def total(files: list[File]) -> int:
    """Return the size of all files together, in bytes."""
    return sum(file.size for file in files)


def table(files: list[File]) -> Table:
    """Return a table of files, the largest `MAX_FILES` of them."""
    largest = sorted(files, key=lambda file: -file.size)[:MAX_FILES]
    shown = sorted(largest, key=lambda file: file.path)
    rows: list[Row] = [[Cell(file.path, code=True), size(file.size)] for file in shown]
    caption = f"{count_of(len(files), 'file')}, {size(total(files))}"
    if len(files) > MAX_FILES:
        caption += f"; the {MAX_FILES} largest"
    return simple_table(caption, [Column("File"), Column("Size", "right")], rows, noun="files")
