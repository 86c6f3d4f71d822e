"""Applies a written transform graph in process, in large batches.

Beam's bundles cost more than the transformation itself while the data fits one machine. What is
here runs the same SavedModel and the same encoders, in the order of the records.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from interactive.engines import tft_statistics
from interactive.engines.tft_job import TransformJob


class Transformer:
    """A transform graph, loaded once and applied to any number of splits.

    Attributes:
      schema: The transformed features' schema.
    """

    def __init__(self, job: TransformJob) -> None:
        """Loads the graph that the job has written.

        Args:
          job: The request; the features that its outputs do not need are not fed.
        """
        import tensorflow_transform as tft
        from tensorflow_transform import impl_helper
        from tensorflow_transform.saved import saved_transform_io_v2
        from tfx_bsl.coders import example_coder

        output = tft.TFTransformOutput(job.request.graph_dir)
        self.schema = output.transformed_metadata.schema
        self._raw = job.raw
        self._selection = job.raw.select(job.columns.transform)
        loader = saved_transform_io_v2.SavedModelLoader(output.transform_savedmodel_dir)
        loader.finalize(self._selection.tensor_names, loader.structured_outputs.keys())
        self._apply = loader.apply_transform_model
        self._converter = impl_helper.make_tensor_to_arrow_converter(self.schema)
        self._encoder = example_coder.RecordBatchToExamplesEncoder(self.schema)

    def batches(self, files: Sequence[str]) -> Iterator[Any]:
        """Transforms record files.

        Args:
          files: TFRecord files of raw examples, read in order.

        Yields:
          ``pyarrow.RecordBatch`` of transformed features, row for row.

        Raises:
          InputError: A file is damaged or does not fit the raw schema.
        """
        for batch in self._raw.batches(files):
            tensors = self._selection.tensors(batch)
            yield self._converter.convert(self._apply(tensors))

    def encode(self, batch: Any) -> list[bytes]:
        """Serialises transformed rows as ``tf.Example`` messages, in row order."""
        return [in_fixed_order(example) for example in self._encoder.encode(batch)]


def in_fixed_order(example: bytes) -> bytes:
    """Writes a serialised ``tf.Example`` anew, features sorted by name.

    The encoder's order differs from run to run, and equal rows have to be equal bytes for a cache that
    looks at content.
    """
    import tensorflow as tf

    ordered: bytes = tf.train.Example.FromString(example).SerializeToString(deterministic=True)
    return ordered


def write_examples(batches: Iterator[Any], transformer: Transformer, path: str) -> Iterator[Any]:
    """Writes transformed rows while they pass by.

    Args:
      batches: Transformed record batches.
      transformer: Encodes them.
      path: The gzipped TFRecord file to write; its folder is made.

    Yields:
      Every batch after it was written.
    """
    import tensorflow as tf

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(path, tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
        for batch in batches:
            for example in transformer.encode(batch):
                writer.write(example)
            yield batch


def apply_in_process(job: TransformJob) -> dict[str, int]:
    """Transforms every split and computes both statistics; returns the records written."""
    folders = job.request.statistics_dirs
    if folders:
        options = job.pre_options()
        before = tft_statistics.Collector(options)
        for batch in job.raw.batches(job.all_analyze_files):
            before.add(batch)
        tft_statistics.write_statistics(before.result(), folders["pre_transform_stats"])
        tft_statistics.write_schema(options.schema, folders["pre_transform_schema"])
    if not folders and job.request.transformed_dir is None:
        return {}

    transformer = Transformer(job)
    collector = None
    if folders:
        options = job.post_options()
        collector = tft_statistics.Collector(options)
    counts: dict[str, int] = {}
    for split, files in job.transform_files.items():
        batches = transformer.batches(files)
        if collector is not None:
            batches = collector.watch(batches)
        if job.request.transformed_dir is None:
            _drain(batches)
            continue
        path = job.transformed_prefix(split) + "-00000-of-00001.gz"
        counts[split] = _drain(write_examples(batches, transformer, path))
    if collector is not None:
        statistics = collector.result()
        tft_statistics.write_statistics(statistics, folders["post_transform_stats"])
        tft_statistics.write_schema(options.schema, folders["post_transform_schema"])
        tft_statistics.write_anomalies(statistics, options.schema, folders["post_transform_anomalies"])
    return counts


def _drain(batches: Iterator[Any]) -> int:
    return sum(batch.num_rows for batch in batches)
