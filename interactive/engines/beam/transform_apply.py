"""Transforms splits and computes their statistics as one Beam pipeline."""

import shutil
import tempfile
from pathlib import Path

from interactive.engines import tft_inputs, tft_statistics
from interactive.engines.beam import runner
from interactive.engines.tft_apply import in_fixed_order
from interactive.engines.tft_job import TransformJob


def apply_on_beam(job: TransformJob) -> dict[str, int]:
    """Does what ``_apply_in_process`` does, as one pipeline."""
    import apache_beam as beam
    import tensorflow_data_validation as tfdv
    import tensorflow_transform as tft
    import tensorflow_transform.beam as tft_beam
    from tfx_bsl.coders import example_coder

    folders = job.request.statistics_dirs
    graph_dir = Path(job.request.graph_dir)
    schema = tft.TFTransformOutput(str(graph_dir)).transformed_metadata.schema
    options = job.post_options()
    temp_dir = tempfile.mkdtemp(prefix=".transform-", dir=graph_dir.parent)
    try:
        with (
            runner.pipeline(job.pipeline_args) as pipeline,
            tft_beam.Context(temp_dir=temp_dir),
        ):
            transform_fn = pipeline | "ReadTransformFn" >> tft_beam.ReadTransformFn(str(graph_dir))
            transformed = {}
            for split, files in job.transform_files.items():
                tfxio = job.tfxio(files)
                raw = pipeline | f"Read[{split}]" >> tfxio.BeamSource()
                rows, _ = (
                    (raw, tfxio.TensorAdapterConfig()),
                    transform_fn,
                ) | f"Transform[{split}]" >> tft_beam.TransformDataset(output_record_batches=True)
                transformed[split] = rows | f"RecordBatches[{split}]" >> beam.Keys()
            for split, batches in transformed.items():
                if job.request.transformed_dir is not None:
                    encode = example_coder.RecordBatchToExamplesEncoder(schema).encode
                    _ = (
                        batches
                        | f"Encode[{split}]" >> beam.FlatMap(encode)
                        | f"Order[{split}]" >> beam.Map(in_fixed_order)
                        | f"Write[{split}]"
                        >> beam.io.WriteToTFRecord(
                            job.transformed_prefix(split),
                            file_name_suffix=".gz",
                            num_shards=1 if runner.is_local(job.pipeline_args) else 0,
                        )
                    )
            if folders:
                _ = (
                    pipeline
                    | "ReadAnalyzeSplits" >> job.tfxio(job.all_analyze_files).BeamSource()
                    | "PreTransformStatistics" >> tfdv.GenerateStatistics(job.pre_options())
                    | "WritePreTransformStatistics"
                    >> tfdv.WriteStatisticsToBinaryFile(_stats_file(folders["pre_transform_stats"]))
                )
                _ = (
                    tuple(transformed.values())
                    | "FlattenTransformed" >> beam.Flatten()
                    | "PostTransformStatistics" >> tfdv.GenerateStatistics(options)
                    | "WritePostTransformStatistics"
                    >> tfdv.WriteStatisticsToBinaryFile(_stats_file(folders["post_transform_stats"]))
                )
    finally:
        shutil.rmtree(temp_dir, ignore_errors=True)
    if folders:
        tft_statistics.write_schema(job.pre_options().schema, folders["pre_transform_schema"])
        tft_statistics.write_schema(options.schema, folders["post_transform_schema"])
        tft_statistics.write_anomalies(
            tfdv.load_stats_binary(_stats_file(folders["post_transform_stats"])),
            options.schema,
            folders["post_transform_anomalies"],
        )
    return _written(job)


def _written(job: TransformJob) -> dict[str, int]:
    """Counts the records of every transformed split."""
    if job.request.transformed_dir is None:
        return {}
    counts = {}
    for split in job.transform_files:
        files = tft_inputs.record_files([str(Path(job.transformed_prefix(split)).parent)], split)
        counts[split] = sum(len(batch) for batch in tft_inputs.serialized_batches(files))
    return counts


def _stats_file(folder: str) -> str:
    Path(folder).mkdir(parents=True, exist_ok=True)
    return str(Path(folder) / tft_statistics.STATS_FILE)
