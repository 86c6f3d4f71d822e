"""CSV to ``tf.Example`` in process: each distinct cell is encoded once, then rows are joined from the pieces.

The records of a split come in the order of the files, and the same files give the same bytes.
"""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

from interactive.engines import csv_input, examples
from interactive.engines.api import EngineReport, ExamplesRequest, InputSplit
from interactive.engines.example_request import check_partition_column, check_request, no_rows
from interactive.engines.in_process.csv_columns import Column, read_columns
from interactive.engines.partition import Partitioner
from interactive.engines.tfrecord import RecordWriter

OUTPUT_FILE = "data_tfrecord-00000-of-00001.gz"


def generate_examples(request: ExamplesRequest) -> EngineReport:
    """Reads CSV files and writes one gzipped TFRecord file for each split.

    Args:
      request: What to read and where to write.

    Raises:
      InputError: The splits, a file, its header or a row cannot be used.
    """
    check_request(request)
    counts: dict[str, int] = {}
    notes: list[str] = []
    for split in request.inputs:
        header = csv_input.read_header(split.files)
        notes += header.notes
        table = _EncodedSplit(split, header.names)
        if request.outputs:
            names = [output.name for output in request.outputs]
            pairs = table.partitioned(Partitioner(request.outputs), request.partition_feature_name)
        else:
            names = [split.name]
            pairs = zip(table.records(), itertools.repeat(0))
        counts |= _write(request.output_dir, names, pairs)
    notes += [f"split {name!r} got no records" for name, count in counts.items() if not count]
    return EngineReport(engine="in_process", notes=tuple(notes), counts=counts)


class _EncodedSplit:
    """An input split with each distinct cell encoded, ready to be joined to records."""

    def __init__(self, split: InputSplit, names: tuple[str, ...]) -> None:
        columns = read_columns(split.files, names)
        if not columns[0].codes:
            raise no_rows(split)
        cells = {column.name: [cell.encode() for cell in column.index] for column in columns}
        self._kinds = {name: examples.column_kind(found) for name, found in cells.items()}
        self._columns = sorted(columns, key=lambda column: examples.feature_order(column.name))
        self._entries = [
            _encode(column.name, cells[column.name], self._kinds[column.name]) for column in self._columns
        ]

    def records(self) -> Iterator[bytes]:
        """Yields the serialised examples in the order of the rows."""
        pieces = [
            map(entries.__getitem__, column.codes)
            for column, entries in zip(self._columns, self._entries, strict=True)
        ]
        return map(examples.encode_example, map(b"".join, zip(*pieces, strict=True)))

    def partitioned(self, partitioner: Partitioner, feature: str | None) -> Iterator[tuple[bytes, int]]:
        """Yields each serialised example and the position of its output split."""
        if not feature:
            return ((record, partitioner.index(record)) for record in self.records())
        check_partition_column(feature, self._kinds)
        column = next(column for column in self._columns if column.name == feature)
        targets = self._targets_by_value(column, partitioner)
        return zip(self.records(), map(targets.__getitem__, column.codes), strict=True)

    def _targets_by_value(self, column: Column, partitioner: Partitioner) -> list[int]:
        kind = self._kinds[column.name]
        return [partitioner.index(examples.encode_feature(cell.encode(), kind)) for cell in column.index]


def _encode(name: str, cells: list[bytes], kind: examples.Kind) -> list[bytes]:
    """Encodes each distinct cell of a column as an entry of an example."""
    key = name.encode()
    return [examples.encode_entry(key, examples.encode_feature(cell, kind)) for cell in cells]


def _write(output_dir: str, names: list[str], pairs: Iterator[tuple[bytes, int]]) -> dict[str, int]:
    """Writes records to the splits that they belong to, and returns how many each got."""
    with contextlib.ExitStack() as stack:
        writers = []
        for name in names:
            folder = Path(output_dir) / f"Split-{name}"
            folder.mkdir(parents=True, exist_ok=True)
            writers.append(stack.enter_context(RecordWriter(folder / OUTPUT_FILE)))
        write = [writer.write for writer in writers]
        for record, target in pairs:
            write[target](record)
    return {name: writer.count for name, writer in zip(names, writers, strict=True)}
