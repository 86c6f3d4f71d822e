"""Statistics in process: TFDV's own generators, fed with large Arrow batches one after the other.

The result is what TFDV computes on Beam, but for these approximate or order-dependent numbers:

* quantiles (median, quantile histograms, ``num_values_histogram``) come from a sketch whose error is within
  ``StatsOptions.epsilon``; it is exact for small data, and depends on the size of batches for large data;
* means and standard deviations are sums of floats in another order, so their last bits may differ;
* with ``sample_rate``, examples are drawn one by one and always the same ones, while TFDV's own sampling
  keeps or drops whole batches at random.

Numbers of examples, values, missing and distinct values, minima, maxima, top values and ranks are equal.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from interactive.engines import reading
from interactive.engines.api import EngineReport, StatisticsRequest
from interactive.engines.beam import BeamEngine
from interactive.engines.in_process.value_counts import ValueCounter
from interactive.engines.statistics_request import (
    check_inputs,
    slices_by_sql,
    split_options,
    write_statistics,
)
from interactive.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_SEED = 20130101


def generate_statistics(request: StatisticsRequest, beam_pipeline_args: Sequence[str] = ()) -> EngineReport:
    """Computes each split's statistics.

    Options that only Beam can carry out send the whole request there, with a note.

    Args:
      request: What to read, where to write, and the options.
      beam_pipeline_args: Flags for Beam, in case it is needed.

    Raises:
      InputError: The splits, the examples, the schema or the options cannot be used.
    """
    options = split_options(request)
    for split, split_dirs in request.splits.items():
        check_inputs(split, split_dirs, options[split])
    obstacle = next(filter(None, map(_needs_beam, options.values())), None)
    if obstacle:
        report = BeamEngine(beam_pipeline_args).generate_statistics(request)
        note = f"{obstacle} not available in process: ran on Beam"
        return dataclasses.replace(report, notes=(*report.notes, note))
    counts = {}
    for split, split_dirs in request.splits.items():
        statistics, counts[split] = compute(reading.record_batches(split_dirs), options[split])
        write_statistics(statistics, request.output_dir, split)
    return EngineReport(engine="in_process", counts=counts)


def compute(batches: Iterable["pa.RecordBatch"], options: Any) -> tuple[Any, int]:
    """Computes the statistics of some Arrow batches.

    Args:
      batches: As ``reading.record_batches`` yields them.
      options: A ``tfdv.StatsOptions`` that does not need Beam.

    Returns:
      A ``DatasetFeatureStatisticsList``, and the number of examples that it is of.

    Raises:
      InputError: TFDV cannot compute with these data and options.
    """
    from tensorflow_data_validation.utils import slicing_util
    from tensorflow_metadata.proto.v0 import statistics_pb2

    functions = _slice_functions(options)
    slices: dict[str, _SliceStatistics] = {}
    rows = 0
    try:
        for batch in _sampled(batches, options.sample_rate):
            rows += batch.num_rows
            kept = _allowed(batch, options.feature_allowlist)
            pairs = slicing_util.generate_slices(kept, functions) if functions else [("", kept)]
            for name, part in pairs:
                if name not in slices:
                    slices[name] = _SliceStatistics(options)
                slices[name].add(part)
        result = statistics_pb2.DatasetFeatureStatisticsList()
        for name, state in slices.items():
            dataset = state.result()
            if functions:
                dataset.name = name
            result.datasets.append(dataset)
    except (ValueError, TypeError) as error:
        raise InputError(f"TFDV cannot compute these statistics: {error}") from error
    if not result.datasets:
        # As on Beam: a data set without examples, not an empty list.
        result.datasets.add()
    return result, rows


class _SliceStatistics:
    """The state of all generators for one slice."""

    def __init__(self, options: Any) -> None:
        generators = _generators(options)
        self._generators = [one for one in generators if not _is_value_counter(one)]
        for generator in self._generators:
            generator.setup()
        self._states = [generator.create_accumulator() for generator in self._generators]
        counted = len(self._generators) < len(generators)
        self._counter = ValueCounter(options) if counted else None

    def add(self, batch: "pa.RecordBatch") -> None:
        self._states = [
            generator.add_input(state, batch)
            for generator, state in zip(self._generators, self._states, strict=True)
        ]
        if self._counter:
            self._counter.add(batch)

    def result(self) -> Any:
        """Returns one ``DatasetFeatureStatistics``."""
        from tfx_bsl.statistics import merge_util

        parts = [
            generator.extract_output(generator.compact(state))
            for generator, state in zip(self._generators, self._states, strict=True)
        ]
        if self._counter:
            parts += self._counter.statistics()
        return merge_util.merge_dataset_feature_statistics(parts).datasets[0]


def _generators(options: Any) -> list[Any]:
    from tensorflow_data_validation.statistics import stats_impl

    return list(stats_impl.get_generators(options))


def _is_value_counter(generator: Any) -> bool:
    from tensorflow_data_validation.statistics.generators import top_k_uniques_stats_generator

    return isinstance(generator, top_k_uniques_stats_generator.TopKUniquesStatsGenerator)


def _needs_beam(options: Any) -> str | None:
    """Names the first option that cannot be carried out here, or returns None."""
    from tensorflow_data_validation.statistics.generators import stats_generator

    if options.experimental_filter_read_paths:
        return "experimental_filter_read_paths is"
    if slices_by_sql(options):
        return "slicing by SQL is"
    for generator in _generators(options):
        is_combiner = isinstance(generator, stats_generator.CombinerStatsGenerator)
        if not is_combiner and not _is_value_counter(generator):
            return f"the statistics of {generator.name} are"
    return None


def _slice_functions(options: Any) -> list[Any]:
    from tensorflow_data_validation.utils import slicing_util

    found = options.experimental_slice_functions
    if options.slicing_config:
        # TFDV gave this function another name and result when it gave up slicing by SQL.
        if hasattr(slicing_util, "convert_slicing_config_to_slice_functions"):
            found = slicing_util.convert_slicing_config_to_slice_functions(options.slicing_config)
        else:
            found, _ = slicing_util.convert_slicing_config_to_slice_functions_and_sqls(options.slicing_config)
    return [slicing_util.default_slicer, *found] if found else []


def _allowed(batch: "pa.RecordBatch", allowlist: Sequence[Any] | None) -> "pa.RecordBatch":
    """Keeps the columns that are allowed, in the list's order."""
    import pyarrow as pa

    if not allowlist:
        return batch
    names = [name for name in allowlist if batch.schema.get_field_index(name) >= 0]
    columns = [batch.column(batch.schema.get_field_index(name)) for name in names]
    return pa.RecordBatch.from_arrays(columns, names)


def _sampled(batches: Iterable["pa.RecordBatch"], rate: float | None) -> Iterator["pa.RecordBatch"]:
    """Draws each example with probability ``rate``; the same examples every time."""
    import numpy as np
    import pyarrow as pa
    from tfx_bsl.arrow import table_util

    if rate is None or rate >= 1:
        yield from batches
        return
    random = np.random.default_rng(_SEED)
    for batch in batches:
        rows = np.flatnonzero(random.random(batch.num_rows) < rate)
        if len(rows):
            yield table_util.RecordBatchTake(batch, pa.array(rows))
