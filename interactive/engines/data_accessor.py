"""How a ``run_fn`` reads examples: as a ``tf.data.Dataset`` or as Arrow record batches.

The readers are tfx_bsl's TFXIO, so that tensors have the shapes which the schema promises and which
TensorFlow Transform was traced with.
"""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from interactive.errors import InputError

_TELEMETRY = ["cellwise", "Trainer"]

DatasetFactory = Callable[..., Any]
RecordBatchFactory = Callable[..., Iterator[Any]]


@dataclass(frozen=True)
class DataAccessor:
    """The readers that ``fn_args.data_accessor`` offers.

    Attributes:
      tf_dataset_factory: ``(file_patterns, options, schema) -> tf.data.Dataset`` with
        ``tfx_bsl.public.tfxio.TensorFlowDatasetOptions``; see ``tf_dataset``.
      record_batch_factory: ``(file_patterns, options, schema) -> iterator of pyarrow.RecordBatch``
        with ``tfx_bsl.public.tfxio.RecordBatchesOptions``; see ``record_batches``.
      data_view_decode_fn: Decodes raw records where the examples have a data view, else None.
    """

    tf_dataset_factory: DatasetFactory
    record_batch_factory: RecordBatchFactory
    data_view_decode_fn: Callable[..., Any] | None = None


def make_data_accessor(
    data_view_decode_fn: Callable[..., Any] | None = None,
) -> DataAccessor:
    """Makes the accessor for gzipped ``tf.Example`` TFRecords.

    Args:
      data_view_decode_fn: Passed on as it is.

    Returns:
      An accessor; nothing is read or imported before one of its factories is called.
    """
    return DataAccessor(tf_dataset, record_batches, data_view_decode_fn)


def tf_dataset(file_patterns: Sequence[str] | str, options: Any, schema: Any = None) -> Any:
    """Makes a dataset of batched, parsed examples.

    Args:
      file_patterns: Files or glob patterns.
      options: A ``tfx_bsl.public.tfxio.TensorFlowDatasetOptions``: ``batch_size``, ``num_epochs``
        (None repeats without end), ``shuffle``, ``label_key`` and more.
      schema: The examples' ``schema_pb2.Schema``; for transformed examples
        ``tft.TFTransformOutput(...).transformed_metadata.schema``.

    Returns:
      A ``tf.data.Dataset`` of ``dict`` of feature name to tensor with a leading batch dimension, or of
      ``(dict, label)`` when ``options.label_key`` is set.

    Raises:
      InputError: No file matches, there is no record, no schema, or no such label.
    """
    patterns = _patterns(file_patterns)
    if schema is None:
        raise InputError(
            "Expected a schema to parse examples with, found None. Pass the schema as the third "
            "argument, for transformed examples "
            "tft.TFTransformOutput(fn_args.transform_output).transformed_metadata.schema."
        )
    _check_label(getattr(options, "label_key", None), schema)
    _check_records(patterns)
    return _tfxio(patterns, schema).TensorFlowDataset(options)


def record_batches(file_patterns: Sequence[str] | str, options: Any, schema: Any = None) -> Iterator[Any]:
    """Reads examples as Arrow.

    Args:
      file_patterns: Files or glob patterns.
      options: A ``tfx_bsl.public.tfxio.RecordBatchesOptions``.
      schema: The examples' ``schema_pb2.Schema``, or None to take the types from the data.

    Returns:
      An iterator of ``pyarrow.RecordBatch``.

    Raises:
      InputError: No file matches or there is no record.
    """
    patterns = _patterns(file_patterns)
    _check_records(patterns)
    batches: Iterator[Any] = _tfxio(patterns, schema).RecordBatches(options)
    return batches


def _tfxio(patterns: list[str], schema: Any) -> Any:
    from tfx_bsl.tfxio import tf_example_record

    return tf_example_record.TFExampleRecord(patterns, schema=schema, telemetry_descriptors=_TELEMETRY)


def _patterns(file_patterns: Sequence[str] | str) -> list[str]:
    patterns = [file_patterns] if isinstance(file_patterns, str) else list(file_patterns)
    if not patterns:
        raise InputError("Expected at least one file pattern to read examples from, found none.")
    return patterns


def _check_records(patterns: Sequence[str]) -> None:
    """Makes sure that there is a record: without one, repeating without end would hang."""
    import tensorflow as tf

    files: list[str] = []
    for pattern in patterns:
        found = sorted(tf.io.gfile.glob(pattern))
        if not found:
            raise InputError(
                f"Expected record files that match {pattern!r}, found none. Run the component that "
                "makes the examples again."
            )
        files.extend(found)
    for file in files:
        compression = "GZIP" if file.endswith(".gz") else ""
        for _ in tf.data.TFRecordDataset(file, compression_type=compression).take(1):
            return
    raise InputError(f"Expected records in {len(files)} files, found none. One is {files[0]!r}.")


def _check_label(label_key: str | None, schema: Any) -> None:
    names = [feature.name for feature in schema.feature]
    if label_key is None or label_key in names:
        return
    close = difflib.get_close_matches(label_key, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise InputError(
        f"label_key is {label_key!r}, which the schema does not have.{hint} "
        f"The schema has: {', '.join(sorted(names))}."
    )
