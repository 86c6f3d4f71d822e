"""Reads splits of gzipped ``tf.Example`` TFRecords as Arrow, without TensorFlow and without Beam."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.engines.tfrecord import read_records
from interactive.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1 << 16
# Decoding a thousand records at a time and merging takes half the time of decoding a whole batch.
_DECODED_ROWS = 1024
_BATCH_BYTES = 64 << 20


def split_files(split_dir: str | os.PathLike[str]) -> list[Path]:
    """Returns the record files of a split, sorted by name; hidden files are left out.

    Args:
      split_dir: A ``Split-<name>`` folder.

    Raises:
      InputError: The folder does not exist or has no files.
    """
    folder = Path(split_dir)
    if not folder.is_dir():
        near = ""
        if folder.parent.is_dir():
            near = ", ".join(sorted(entry.name for entry in folder.parent.iterdir()))
        raise InputError(
            f"expected a split's folder at {folder}; found none."
            + (f" {folder.parent} holds {near or 'nothing'}." if folder.parent.is_dir() else "")
        )
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise InputError(f"expected TFRecord files in {folder}; found none. Run ExampleGen again.")
    return files


def serialized_examples(split_dirs: Sequence[str]) -> Iterator[bytes]:
    """Yields every record of some splits, in the order of folders and file names.

    Args:
      split_dirs: ``Split-<name>`` folders.

    Raises:
      InputError: A folder or a file is missing or damaged.
    """
    for split_dir in split_dirs:
        for file in split_files(split_dir):
            yield from read_records(file)


def record_batches(
    split_dirs: Sequence[str],
    schema: Any = None,
    batch_size: int = BATCH_ROWS,
) -> Iterator["pa.RecordBatch"]:
    """Decodes splits into Arrow, a batch at a time.

    Every feature is a ``large_list`` of ``int64``, ``float32`` or ``large_binary``; null where an example has
    no value for it. Without a schema, a batch's columns are the features found in that batch, sorted by
    name, and a feature without any value has type null; so schemas of batches may differ.

    Args:
      split_dirs: ``Split-<name>`` folders.
      schema: A ``schema_pb2.Schema``: only its features are decoded, in its order and types.
      batch_size: The most rows a batch has. Batches also end at 64 MiB of records.

    Yields:
      Batches of one row or more; none where there are no records.

    Raises:
      InputError: A folder or a file is missing or damaged, a record is no ``tf.Example``, a feature has
        values of different types within a batch, or ``batch_size`` is below 1.
    """
    from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; expected 1 or more.")
    decoder = ExamplesToRecordBatchDecoder(None if schema is None else schema.SerializeToString())
    for records in _batched(serialized_examples(split_dirs), batch_size):
        try:
            yield _decode(decoder, records)
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"records of {', '.join(split_dirs)} cannot be read as tf.Example"
                f"{'' if schema is None else ' with this schema'}: {error}"
            ) from error


def read_table(split_dir: str, limit: int | None = None) -> "pa.Table":
    """Reads a split, or its first rows, as one Arrow table.

    Args:
      split_dir: A ``Split-<name>`` folder.
      limit: The most rows to read; None reads all of them.

    Returns:
      A table with the types that ``record_batches`` describes; a feature that one part of the split lacks
      is null there.

    Raises:
      InputError: As ``record_batches``; or a feature's type differs between parts of the split.
    """
    import pyarrow as pa

    batches = []
    rows = 0
    for batch in record_batches([split_dir], batch_size=min(limit or BATCH_ROWS, BATCH_ROWS)):
        batches.append(batch if limit is None else batch.slice(0, limit - rows))
        rows += batches[-1].num_rows
        if limit is not None and rows >= limit:
            break
    fields: dict[str, pa.DataType] = {}
    for batch in batches:
        for field in batch.schema:
            known = fields.get(field.name)
            if known is None or pa.types.is_null(known):
                fields[field.name] = field.type
            elif field.type != known and not pa.types.is_null(field.type):
                raise InputError(
                    f"feature {field.name!r} of {split_dir} holds {known} in some records and "
                    f"{field.type} in others; expected one type."
                )
    schema = pa.schema(sorted(fields.items()))
    return pa.Table.from_batches([_conform(batch, schema) for batch in batches], schema)


def _decode(decoder: Any, records: list[bytes]) -> "pa.RecordBatch":
    """Decodes records to one batch; columns are in the schema's order, or sorted without one."""
    import pyarrow as pa
    from tfx_bsl.arrow import table_util

    parts = [
        decoder.DecodeBatch(records[start : start + _DECODED_ROWS])
        for start in range(0, len(records), _DECODED_ROWS)
    ]
    if len(parts) == 1:
        return parts[0]
    merged = table_util.MergeRecordBatches(parts)
    if all(part.schema.names == merged.schema.names for part in parts):
        return merged
    # Only without a schema can parts have different columns.
    order = sorted(range(merged.num_columns), key=lambda at: merged.schema.names[at].encode())
    return pa.RecordBatch.from_arrays(
        [merged.column(at) for at in order], [merged.schema.names[at] for at in order]
    )


def _conform(batch: "pa.RecordBatch", schema: "pa.Schema") -> "pa.RecordBatch":
    """Adds the columns that a batch lacks, and gives null columns their type."""
    import pyarrow as pa

    columns = []
    for field in schema:
        position = batch.schema.get_field_index(field.name)
        if position >= 0 and batch.schema.field(position).type == field.type:
            columns.append(batch.column(position))
        else:
            columns.append(pa.nulls(batch.num_rows, field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _batched(records: Iterator[bytes], batch_size: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record)
        if len(batch) >= batch_size or size >= _BATCH_BYTES:
            yield batch
            batch = []
            size = 0
    if batch:
        yield batch
