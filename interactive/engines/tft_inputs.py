"""Reads the examples and the schema that Transform and Evaluator work on.

Everything comes as gzipped ``tf.Example`` TFRecords in ``Split-<name>`` folders.
"""

import collections
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from interactive.errors import InputError

# Large enough that the cost per batch disappears, small enough for a few hundred columns in memory.
BATCH_ROWS = 8192
# Each thread decodes a batch, and one more for each waits to be used: this bounds the memory.
_MOST_THREADS = 8


def record_files(folders: Sequence[str], split: str) -> list[str]:
    """Lists the record files of one split, in the order they are read.

    Args:
      folders: Folders that hold the split's records.
      split: The split's name, for messages.

    Returns:
      Absolute paths: folder by folder, each folder's files sorted by name.

    Raises:
      InputError: A folder is missing or holds no file.
    """
    files: list[str] = []
    for folder in folders:
        path = Path(folder)
        if not path.is_dir():
            raise InputError(
                f"Split {split!r}: expected a folder of records at {folder!r}, found none. "
                "Run the component that makes the examples again."
            )
        found = sorted(
            str(item) for item in path.iterdir() if item.is_file() and not item.name.startswith(".")
        )
        if not found:
            raise InputError(f"Split {split!r}: expected record files in {folder!r}, found an empty folder.")
        files.extend(found)
    if not files:
        raise InputError(f"Split {split!r}: expected at least one folder of records, found none.")
    return files


def load_schema(path: str) -> Any:
    """Reads a ``schema.pbtxt``.

    Args:
      path: The schema file, or the folder that holds just that file.

    Returns:
      A ``tensorflow_metadata.proto.v0.schema_pb2.Schema``.

    Raises:
      InputError: The file is missing, cannot be parsed or names no feature.
    """
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    file = Path(path)
    if file.is_dir():
        file = file / "schema.pbtxt"
    if not file.is_file():
        raise InputError(f"Expected a schema file at {str(file)!r}, found none.")
    schema = schema_pb2.Schema()
    try:
        text_format.Parse(file.read_text(encoding="utf-8"), schema)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise InputError(f"Expected a Schema message in text format in {str(file)!r}: {error}") from error
    if not schema.feature:
        raise InputError(
            f"Expected at least one feature in the schema {str(file)!r}, found none. "
            "Infer it from statistics of a split that has examples."
        )
    return schema


def serialized_batches(files: Sequence[str], batch_rows: int = BATCH_ROWS) -> Iterator[Any]:
    """Reads records in file order.

    Args:
      files: TFRecord files; names that end in ``.gz`` are gzipped.
      batch_rows: The most records in one batch.

    Yields:
      One-dimensional numpy arrays of ``bytes``, at most ``batch_rows`` long.

    Raises:
      InputError: A file is damaged or is no TFRecord file.
    """
    import tensorflow as tf

    for file in files:
        compression = "GZIP" if file.endswith(".gz") else ""
        dataset = tf.data.TFRecordDataset(file, compression_type=compression).batch(batch_rows).prefetch(2)
        try:
            yield from dataset.as_numpy_iterator()
        except tf.errors.DataLossError as error:
            raise InputError(
                f"Expected TFRecords in {file!r}, found a damaged or different file: "
                f"{error.message}. Run the component that made it again."
            ) from error


def record_batches(files: Sequence[str], schema: Any, batch_rows: int = BATCH_ROWS) -> Iterator[Any]:
    """Decodes ``tf.Example`` records into Arrow.

    Args:
      files: TFRecord files, read in order.
      schema: Which features to decode, and their types; None decodes all.
      batch_rows: The most rows in one batch.

    Yields:
      ``pyarrow.RecordBatch``, one column a feature.

    Raises:
      InputError: A file is damaged, or a value's type is not the schema's.
    """
    from tfx_bsl.coders import example_coder

    written = None if schema is None else schema.SerializeToString()
    of_thread = threading.local()

    def decode(batch: Any) -> Any:
        # A decoder is not safe to share; decoding, the slowest step of all, leaves Python's lock alone.
        if not hasattr(of_thread, "decoder"):
            of_thread.decoder = example_coder.ExamplesToRecordBatchDecoder(written)
        return of_thread.decoder.DecodeBatch(batch)

    workers = min(_MOST_THREADS, os.cpu_count() or 1)
    ahead: collections.deque[Future[Any]] = collections.deque()
    with ThreadPoolExecutor(workers) as pool:
        for batch in serialized_batches(files, batch_rows):
            ahead.append(pool.submit(decode, batch))
            if len(ahead) > workers:
                yield _decoded(ahead.popleft())
        while ahead:
            yield _decoded(ahead.popleft())


def _decoded(future: "Future[Any]") -> Any:
    try:
        return future.result()
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"The examples do not fit the schema: {error}. Infer the schema again, or mend the data."
        ) from error


def split_files(splits: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Lists the record files of several splits; see ``record_files``."""
    return {name: record_files(folders, name) for name, folders in splits.items()}


def project(schema: Any, names: Sequence[str]) -> Any:
    """Copies a schema, keeping only the named features.

    Args:
      schema: A ``schema_pb2.Schema``.
      names: The features to keep.

    Returns:
      The copy; features stay in the schema's order.
    """
    projected = type(schema)()
    projected.CopyFrom(schema)
    kept = [feature for feature in schema.feature if feature.name in set(names)]
    del projected.feature[:]
    projected.feature.extend(kept)
    return projected
