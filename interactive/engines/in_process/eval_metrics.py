"""Metrics and plots of every slice, from TFMA's own computations, with its order of steps.

Computations are combined per slice (``eval_combiners`` for all examples of a slice at once; else TFMA's
preprocessors and combiners, example by example), then derived from one another, compared across slices, and
compared with the baseline.
"""

import contextlib
import gc
import numbers
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from interactive.engines.in_process import eval_combiners, eval_slices
from interactive.engines.in_process.eval_columns import Columns
from interactive.engines.in_process.eval_extracts import Extracts
from interactive.engines.in_process.eval_local import LocalCollection, NotCoveredError
from interactive.engines.in_process.eval_slices import Array, SliceKey

# Metric or plot key to value.
Values = dict[Any, Any]


def compute(config: Any, shared: Any, extracts: Extracts) -> dict[SliceKey, Values]:
    """Computes everything that a configuration asks for.

    Args:
      config: The completed ``tfma.EvalConfig``.
      shared: One ``EvalSharedModel``, or a list of two.
      extracts: What the extractors found.

    Returns:
      Slice key, or pair of slice keys that are compared, to metrics, plots and attributions.

    Raises:
      NotCoveredError: The configuration has options that need Beam.
    """
    options = config.options
    if options.compute_confidence_intervals.value:
        raise NotCoveredError("confidence intervals")
    if options.min_slice_size.value > 1:
        raise NotCoveredError("min_slice_size")
    models = shared if isinstance(shared, list) else [shared]
    # As in TFMA: metrics that go by a query are combined on their own.
    groups: dict[str, list[Any]] = defaultdict(list)
    for spec in config.metrics_specs:
        groups[spec.query_key].append(spec)
    data = _Examples(config, extracts)
    results: dict[SliceKey, Values] = defaultdict(dict)
    for query_key, specs in (groups or {"": []}).items():
        own = options.include_default_metrics.value or not options.HasField("include_default_metrics")
        work = _Computations(config, specs, [] if query_key or not own else models)
        with _without_collection():
            for key, values in work.finished(work.by_slice(data, query_key)).items():
                results[key].update(values)
    return dict(results)


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Keeps Python from searching hundreds of thousands of histogram buckets for garbage, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Examples:
    """The extracts in the two shapes that combiners take them in."""

    def __init__(self, config: Any, extracts: Extracts) -> None:
        self._config = config
        self._extracts = extracts
        self.slices: dict[SliceKey, Array] = {}
        self.columns: Columns | None = None
        if extracts.rows is None:
            self.slices = eval_slices.slice_rows(config, extracts.batches)
            self.columns = Columns(extracts.batches, config)

    def rows(self, wanted: set[str] | None) -> list[dict[str, Any]]:
        """Extracts of each example, with its slice keys.

        Args:
          wanted: The extracts that are needed; None for all.
        """
        from tensorflow_model_analysis import constants
        from tensorflow_model_analysis.extractors import unbatch_extractor
        from tensorflow_model_analysis.slicer import slicer_lib

        if self._extracts.rows is not None:
            return [dict(row) for row in self._extracts.rows]
        parts = LocalCollection(
            {key: value for key, value in batch.items() if wanted is None or key in wanted}
            for batch in self._extracts.batches
        )
        rows: list[dict[str, Any]] = (parts | unbatch_extractor.UnbatchExtractor().ptransform).elements
        assert self.columns is not None
        if len(rows) != self.columns.size:
            raise NotCoveredError("examples without any of the features that metrics use")
        keys = eval_slices.keys_by_row(self.slices, len(rows))
        for row, mine in zip(rows, keys, strict=True):
            row[constants.SLICE_KEY_TYPES_KEY] = slicer_lib.slice_keys_to_numpy_array(mine)
        return rows


class _Computations:
    """The computations of metrics that are combined together."""

    def __init__(self, config: Any, specs: Sequence[Any], models: Sequence[Any]) -> None:
        from tensorflow_model_analysis import constants
        from tensorflow_model_analysis.evaluators import keras_util
        from tensorflow_model_analysis.metrics import metric_specs, metric_types

        self._config = config
        named = metric_specs.to_computations(list(specs), eval_config=config)
        kinds = (
            metric_types.CIDerivedMetricComputation,
            metric_types.DerivedMetricComputation,
            metric_types.CrossSliceMetricComputation,
            metric_types.MetricComputation,
        )
        # Of equal computations the first counts: another may depend on it.
        by_kind: dict[type, dict[Any, None]] = {kind: {} for kind in kinds}
        for computation in named:
            kind = next((kind for kind in kinds if isinstance(computation, kind)), None)
            if kind is None:
                raise NotCoveredError(f"a computation of type {type(computation).__name__}")
            by_kind[kind].setdefault(computation)
        self._last, self._derived, self._cross, base = map(list, by_kind.values())
        self._base: list[Any] = []
        for model in models:
            if model.include_default_metrics and model.model_type == constants.TF_KERAS:
                self._base += keras_util.metric_computations_using_keras_saved_model(
                    model.model_name, model.model_loader, config
                )
        self._base += base
        for computation in self._base:
            computation.combiner.setup()

    def by_slice(self, data: _Examples, query_key: str) -> dict[SliceKey, Values]:
        """Combines all examples of each slice.

        Args:
          data: The examples.
          query_key: The feature whose values make groups of examples that belong together, or ``""``.
        """
        parts: list[Mapping[SliceKey, Values] | None] = [None] * len(self._base)
        if not query_key and data.columns is not None:
            for number, computation in enumerate(self._base):
                parts[number] = self._at_once(computation, data.slices, data.columns)
        left = [number for number, part in enumerate(parts) if part is None]
        if left:
            found = self._row_by_row([self._base[number] for number in left], data, query_key)
            for number, values_by_slice in zip(left, found, strict=True):
                parts[number] = values_by_slice
        made: dict[SliceKey, Values] = {key: {} for key in data.slices if not query_key}
        for part in parts:
            for key, values in (part or {}).items():
                made.setdefault(key, {}).update(values)
        return made

    def _at_once(
        self, computation: Any, slices: Mapping[SliceKey, Array], columns: Columns
    ) -> dict[SliceKey, Values] | None:
        if not _is_standard(computation):
            return None
        combiner = computation.combiner
        fill = eval_combiners.fill_function(combiner, columns)
        if fill is None:
            return None
        try:
            return {key: combiner.extract_output(fill(examples)) for key, examples in slices.items()}
        # TFMA's own code, example by example, says best what is wrong with labels and predictions.
        except Exception:  # noqa: BLE001
            return None

    def _row_by_row(
        self, computations: Sequence[Any], data: _Examples, query_key: str
    ) -> list[dict[SliceKey, Values]]:
        from tensorflow_model_analysis import constants
        from tensorflow_model_analysis.api import types
        from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator as evaluator

        rows = data.rows(None if query_key else _wanted(computations))
        if query_key:
            rows = _grouped(rows, query_key)
        preprocessor = vars(evaluator)["_PreprocessorDoFn"](computations)
        combine = vars(evaluator)["_ComputationsCombineFn"](computations=computations)
        states: dict[SliceKey, Any] = {}
        preprocessor.setup()
        preprocessor.start_bundle()
        for row in rows:
            keys = row[constants.SLICE_KEY_TYPES_KEY]
            keys = keys.values if isinstance(keys, types.VarLenTensorValue) else keys.reshape(-1)
            for element in preprocessor.process(row):
                for key in set(keys):
                    state = states.get(key)
                    if state is None:
                        state = combine.create_accumulator()
                    states[key] = combine.add_input(state, element)
        preprocessor.finish_bundle()
        preprocessor.teardown()
        found: list[dict[SliceKey, Values]] = [{} for _ in computations]
        for key, state in states.items():
            for number, computation in enumerate(computations):
                combiner = computation.combiner
                merged = combiner.merge_accumulators([combiner.compact(state[number])])
                found[number][key] = combiner.extract_output(merged)
        return found

    def finished(self, found: Mapping[SliceKey, Values]) -> dict[SliceKey, Values]:
        """Adds what is made from combined values, and drops what TFMA keeps to itself."""
        single: dict[SliceKey, Values] = {}
        for key, values in found.items():
            single[key] = dict(values)
            for computation in self._derived:
                single[key].update(computation.result(single[key]))
        across = list(self._across_slices(single))
        if len({key for key, _ in across}) < len(across):
            raise NotCoveredError("cross slices that are asked for twice")
        finished = {}
        for key, values in [*single.items(), *across]:
            values.update(self._differences(values))
            for computation in self._last:
                values.update(computation.result(values))
            finished[key] = {name: value for name, value in values.items() if not _is_private(name)}
        return finished

    def _across_slices(self, single: Mapping[SliceKey, Values]) -> Iterable[tuple[SliceKey, Values]]:
        from tensorflow_model_analysis.slicer import slicer_lib

        for cross in self._config.cross_slicing_specs:
            baseline = slicer_lib.SingleSliceSpec(spec=cross.baseline_spec)
            others = [slicer_lib.SingleSliceSpec(spec=spec) for spec in cross.slicing_specs]
            for key, values in single.items():
                if not baseline.is_slice_applicable(key):
                    continue
                for other_key, other in single.items():
                    compared = (
                        any(spec.is_slice_applicable(other_key) for spec in others)
                        if others
                        else not baseline.is_slice_applicable(other_key)
                    )
                    if compared:
                        yield (key, other_key), self._comparison(values, other)

    def _comparison(self, baseline: Values, other: Values) -> Values:
        from tensorflow_model_analysis.metrics import metric_types

        made = {}
        plain = (metric_types.PlotKey, metric_types.AttributionsKey)
        for name, value in other.items():
            comparable = isinstance(name, metric_types.MetricKey) and not isinstance(name, plain)
            if comparable and name in baseline and not _is_private(name):
                made[name] = baseline[name] - value
        for computation in self._cross:
            made.update(computation.cross_slice_comparison(baseline, other))
        return made

    def _differences(self, values: Values) -> Values:
        baseline = next((spec.name for spec in self._config.model_specs if spec.is_baseline), None)
        made: Values = {}
        if not baseline:
            return made
        for name, value in values.items():
            if _is_private(name) or name.is_diff or name.model_name == baseline:
                continue
            other = name.make_baseline_key(baseline)
            if other in values and _has_difference(value):
                made[name.make_diff_key()] = value - values[other]
        return made


def _is_standard(computation: Any) -> bool:
    """Whether a computation takes labels, predictions and weights as they are."""
    from tensorflow_model_analysis.metrics import metric_types

    return (
        all(type(item) is metric_types.StandardMetricInputsPreprocessor for item in computation.preprocessors)
        and len(computation.preprocessors) < 2
    )


def _wanted(computations: Sequence[Any]) -> set[str] | None:
    """The extracts that computations read; None where only they know."""
    from tensorflow_model_analysis import constants

    wanted: set[str] = set()
    for computation in computations:
        if not _is_standard(computation):
            return None
        for preprocessor in computation.preprocessors:
            wanted.update(preprocessor.include_filter)
        if not computation.preprocessors:
            wanted.update((constants.LABELS_KEY, constants.PREDICTIONS_KEY, constants.EXAMPLE_WEIGHTS_KEY))
    return wanted | {constants.PREDICTIONS_KEY}


def _grouped(rows: Sequence[Mapping[str, Any]], query_key: str) -> list[dict[str, Any]]:
    """Merges the examples of each query, in the order in which queries come first."""
    from tensorflow_model_analysis import constants
    from tensorflow_model_analysis.metrics import metric_util
    from tensorflow_model_analysis.utils import util

    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        value = metric_util.to_scalar(
            util.get_by_keys(row, [constants.FEATURES_KEY, query_key], optional=True), tensor_name=query_key
        )
        groups["" if value is None else f"{value}"].append(row)
    return [util.merge_extracts(group) for group in groups.values()]


def _is_private(key: Any) -> bool:
    return bool(key.name.startswith("_") and not key.name.startswith("__"))


def _has_difference(value: Any) -> bool:
    from tensorflow_model_analysis.api import types

    if isinstance(value, np.ndarray):
        return bool(np.issubdtype(value.dtype, np.number))
    return isinstance(value, numbers.Number | types.StructuredMetricValue)
