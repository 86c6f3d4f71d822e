"""CSV files as dictionary-encoded columns: each distinct cell once, and a small number for each row."""

import itertools
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from interactive.engines import csv_input


@dataclass
class Column:
    """One column.

    Attributes:
      name: Its name.
      index: Each distinct cell, in order of appearance, and its code.
      codes: One code a row.
    """

    name: str
    index: defaultdict[str, int] = field(default_factory=lambda: defaultdict(itertools.count().__next__))
    codes: "array[int]" = field(default_factory=lambda: array("I"))


def read_columns(files: Sequence[str], names: Sequence[str]) -> list[Column]:
    """Reads all rows of a split's files.

    Args:
      files: CSV files whose headers agree.
      names: The column names.

    Returns:
      The columns in the files' order.

    Raises:
      InputError: A row cannot be read; the message names the file and the line.
    """
    columns = [Column(name) for name in names]
    for file in files:
        for rows in csv_input.read_rows(file, names):
            for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
                column.codes.extend(map(column.index.__getitem__, cells))
    return columns
