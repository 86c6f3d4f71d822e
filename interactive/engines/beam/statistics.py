"""Statistics on Beam: ``tfdv.GenerateStatistics`` over TFXIO."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.engines import reading
from interactive.engines.api import EngineReport, StatisticsRequest
from interactive.engines.beam.runner import pipeline
from interactive.engines.statistics_request import (
    STATISTICS_FILE,
    check_inputs,
    load_statistics,
    split_options,
    write_statistics,
)
from interactive.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_SEED = 20130101


def generate_statistics(request: StatisticsRequest, beam_pipeline_args: Sequence[str] = ()) -> EngineReport:
    """Computes each split's statistics in one pipeline.

    The numbers that ``in_process.statistics`` lists as approximate may also differ between two runs here,
    because the runner decides how records are grouped.

    Args:
      request: What to read, where to write, and the options.
      beam_pipeline_args: Flags for Beam.

    Raises:
      InputError: The splits, the examples, the schema, the options or the flags cannot be used.
    """
    options = split_options(request)
    for split, split_dirs in request.splits.items():
        check_inputs(split, split_dirs, options[split])
    files = {
        split: [str(file) for split_dir in split_dirs for file in reading.split_files(split_dir)]
        for split, split_dirs in request.splits.items()
    }
    try:
        with pipeline(beam_pipeline_args) as opened:
            for split in request.splits:
                _add_split(opened, split, files[split], options[split], request.output_dir)
    except (ValueError, TypeError) as error:
        reason = str(error).partition(" [while running ")[0]
        raise InputError(f"TFDV cannot compute these statistics: {reason}") from error
    counts = {}
    for split in request.splits:
        path = Path(request.output_dir) / f"Split-{split}" / STATISTICS_FILE
        statistics = load_statistics(path)
        write_statistics(statistics, request.output_dir, split)
        counts[split] = max((dataset.num_examples for dataset in statistics.datasets), default=0)
    return EngineReport(engine="beam", counts=counts)


def _add_split(opened: Any, split: str, files: list[str], options: Any, output_dir: str) -> None:
    import tensorflow_data_validation as tfdv
    from tfx_bsl.public import tfxio

    folder = Path(output_dir) / f"Split-{split}"
    folder.mkdir(parents=True, exist_ok=True)
    source = tfxio.TFExampleRecord(
        file_pattern=files,
        schema=_read_schema(options),
        telemetry_descriptors=["cellwise", "StatisticsGen"],
    )
    batches = opened | f"Read[{split}]" >> source.BeamSource()
    if options.sample_rate is not None:
        import apache_beam as beam

        batches = batches | f"Sample[{split}]" >> beam.FlatMap(_sample, options.sample_rate)
        options.sample_rate = None
    _ = (
        batches
        | f"Statistics[{split}]" >> tfdv.GenerateStatistics(options)
        | f"Write[{split}]" >> tfdv.WriteStatisticsToBinaryFile(str(folder / STATISTICS_FILE))
    )


def _read_schema(options: Any) -> Any:
    """Returns the schema to decode with, which leaves out what nobody asked for; usually None."""
    import tensorflow_data_validation as tfdv

    if not options.experimental_filter_read_paths:
        return None
    if options.feature_allowlist:
        if any(isinstance(path, str) for path in options.feature_allowlist):
            raise InputError(
                "experimental_filter_read_paths needs a feature_allowlist of tfdv.FeaturePath; found names."
            )
        return tfdv.generate_dummy_schema_with_paths(options.feature_allowlist)
    if options.schema is None:
        raise InputError(
            "experimental_filter_read_paths needs a schema or a feature_allowlist; found neither."
        )
    return options.schema


def _sample(batch: "pa.RecordBatch", rate: float) -> Iterator["pa.RecordBatch"]:
    """Draws each example of a batch with probability ``rate``.

    TFDV's own sampling keeps or drops whole batches, which for small data means all or nothing.
    """
    import zlib

    import numpy as np
    import pyarrow as pa
    from tfx_bsl.arrow import table_util

    # Seeded by the batch, so that a batch that comes again is sampled the same way on any worker.
    seed = 0
    for column in batch.columns:
        for buffer in column.buffers():
            seed = zlib.crc32(buffer, seed) if buffer is not None else seed
    random = np.random.default_rng([_SEED, seed])
    rows = np.flatnonzero(random.random(batch.num_rows) < rate)
    if len(rows):
        yield table_util.RecordBatchTake(batch, pa.array(rows))
