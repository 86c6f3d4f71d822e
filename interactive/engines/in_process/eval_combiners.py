"""TFMA's most used combiners, filled with all examples of a slice at once instead of one by one.

The accumulators are the combiners' own, so that what comes after, such as ``extract_output``, is TFMA's code.
A combiner's private attributes are read through ``vars``: one that is not there, in another version of TFMA,
raises ``KeyError``, and the combiner is then fed example by example.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from interactive.engines.in_process.eval_columns import Array, Columns, Pairs, RowByRowError, one_hot

# Examples of a slice to the combiner's accumulator.
Fill = Callable[[Array], Any]

# Keras metrics add up float32 weights over chunks; TFMA's own chunks are 1,000 to as many as fit 16 MiB.
_KERAS_ROWS = 16384


def fill_function(combiner: Any, columns: Columns) -> Fill | None:
    """Finds the way to fill a combiner at once.

    Args:
      combiner: A ``beam.CombineFn`` of TFMA's or of a user's, set up.
      columns: All examples.

    Returns:
      A function from sorted numbers of examples, at least one, to an accumulator; None where the combiner is
      to be fed example by example.
    """
    make = _makers().get(type(combiner))
    if make is None:
        return None
    try:
        return make(combiner, vars(combiner), columns)
    except (RowByRowError, KeyError):
        return None


def _makers() -> dict[type, Callable[[Any, dict[str, Any], Columns], Fill]]:
    from tensorflow_model_analysis.metrics import (
        binary_confusion_matrices,
        calibration,
        calibration_histogram,
        cross_entropy_metrics,
        example_count,
        mean_regression_error,
        multi_class_confusion_matrix_metrics,
        squared_pearson_correlation,
        tf_metric_wrapper,
        tjur_discrimination,
    )

    known = (
        (binary_confusion_matrices, "_BinaryConfusionMatrixCombiner", _binary_confusion),
        (calibration, "_WeightedLabelsPredictionsExamplesCombiner", _weighted_sums),
        (calibration_histogram, "_CalibrationHistogramCombiner", _histogram),
        (cross_entropy_metrics, "_BinaryCrossEntropyCombiner", _binary_cross_entropy),
        (example_count, "_ExampleCountCombiner", _example_count),
        (mean_regression_error, "_MeanAbsoluteErrorCombiner", _absolute_error),
        (mean_regression_error, "_MeanAbsolutePercentageErrorCombiner", _percentage_error),
        (mean_regression_error, "_MeanSquaredErrorCombiner", _squared_error),
        (mean_regression_error, "_MeanSquaredLogarithmicErrorCombiner", _logarithmic_error),
        (multi_class_confusion_matrix_metrics, "_MultiClassConfusionMatrixCombiner", _multi_class),
        (squared_pearson_correlation, "_SquaredPearsonCorrelationCombiner", _correlation),
        (tf_metric_wrapper, "_CompilableMetricsCombiner", _keras),
        (tjur_discrimination, "_TjurDiscriminationCombiner", _discrimination),
    )
    return {getattr(module, name): make for module, name, make in known if hasattr(module, name)}


def _of_key(columns: Columns, state: dict[str, Any], key: Any, **options: Any) -> Pairs:
    return columns.pairs(
        key.model_name,
        key.output_name,
        options.pop("sub_key", key.sub_key),
        state.get("_aggregation_type"),
        state.get("_class_weights"),
        state["_example_weighted"],
        **options,
    )


def _example_count(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    from tensorflow_model_analysis import constants

    weights = columns.column(constants.EXAMPLE_WEIGHTS_KEY) if state["_example_weighted"] else None
    for name in (state["_model_name"], state["_output_name"]):
        if isinstance(weights, dict) and name:
            if name not in weights:
                raise RowByRowError
            weights = weights[name]
    if weights is None:
        return lambda examples: np.float64(len(examples))
    if not isinstance(weights, np.ndarray) or weights.dtype.kind not in "biuf":
        raise RowByRowError
    return lambda examples: combiner.create_accumulator() + weights[examples].sum(dtype=np.float64)


def _sums(combiner: Any, pairs: Pairs, terms: Mapping[str, Array]) -> Fill:
    """Fills an accumulator whose attributes are sums over pairs of labels and predictions."""
    finite = {name: term.astype(float) for name, term in terms.items()}

    def fill(examples: Array) -> Any:
        numbers = pairs.of(examples)
        accumulator = combiner.create_accumulator()
        for name, term in finite.items():
            if getattr(accumulator, name) != 0.0:
                raise RowByRowError
            setattr(accumulator, name, float(term[numbers].sum()))
        return accumulator

    return fill


def _flat(pairs: Pairs) -> tuple[Array, Array, Array]:
    """Labels, predictions and weights of pairs of single numbers."""
    labels, predictions, weights = (
        values[:, 0].astype(float) for values in (pairs.labels, pairs.predictions, pairs.weights)
    )
    return labels, predictions, weights


def _weighted_sums(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    key = state["_key"]
    if key.sub_key and key.sub_key.top_k is not None:
        # TFMA counts only one of the top values.
        raise RowByRowError
    pairs = _of_key(columns, state, key)
    labels, predictions, weights = _flat(pairs)
    terms = {
        "total_weighted_labels": labels * weights,
        "total_weighted_predictions": predictions * weights,
        "total_weighted_examples": weights,
    }
    return _sums(combiner, pairs, terms)


def _discrimination(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    pairs = _of_key(columns, state, state["_key"], sub_key=None)
    labels, predictions, weights = _flat(pairs)
    terms = {
        "total_negative_weighted_labels": (1.0 - labels) * weights,
        "total_positive_weighted_labels": labels * weights,
        "total_negative_weighted_predictions": (1.0 - labels) * predictions * weights,
        "total_positive_weighted_predictions": labels * predictions * weights,
    }
    return _sums(combiner, pairs, terms)


def _correlation(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    pairs = _of_key(columns, state, state["_key"], sub_key=None)
    labels, predictions, weights = _flat(pairs)
    terms = {
        "total_weighted_labels": weights * labels,
        "total_weighted_predictions": weights * predictions,
        "total_weighted_squared_labels": weights * labels**2,
        "total_weighted_squared_predictions": weights * predictions**2,
        "total_weighted_labels_times_predictions": weights * labels * predictions,
        "total_weighted_examples": weights,
    }
    return _sums(combiner, pairs, terms)


def _binary_cross_entropy(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    pairs = _of_key(columns, state, state["_metric_key"], flatten=False)
    if pairs.weights.shape[1] != 1 or pairs.labels.shape != pairs.predictions.shape:
        raise RowByRowError
    smoothing, guesses = state["_label_smoothing"], pairs.predictions
    labels = pairs.labels * (1.0 - smoothing) + 0.5 * smoothing
    with np.errstate(all="ignore"):
        if state["_from_logits"]:
            losses = np.maximum(guesses, 0) - guesses * labels + np.log(1 + np.exp(-np.abs(guesses)))
        else:
            losses = -(labels * np.log(guesses)) - (1 - labels) * np.log(1 - guesses)
    weights = pairs.weights[:, 0].astype(float)
    terms = {"total_cross_entropy": losses.mean(axis=1) * weights, "total_example_weights": weights}
    return _sums(combiner, pairs, terms)


def _histogram(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    from tensorflow_model_analysis.metrics.calibration_histogram import Bucket

    del combiner
    pairs = _of_key(columns, state, state["_key"], fractional_labels=state["_fractional_labels"])
    labels, predictions, weights = _flat(pairs)
    bucketed = predictions if state["_prediction_based_bucketing"] else labels
    last = state["_num_buckets"] + 1
    position = (bucketed - state["_left"]) / state["_range"] * state["_num_buckets"] + 1
    if np.isnan(position).any():
        raise RowByRowError
    buckets = np.clip(position, 0, last).astype(np.int64)
    with np.errstate(invalid="ignore"):
        sums = (labels * weights, predictions * weights, weights)

    def fill(examples: Array) -> dict[int, Bucket]:
        numbers = pairs.of(examples)
        used, inverse = np.unique(buckets[numbers], return_inverse=True)
        totals = (np.bincount(inverse, values[numbers], len(used)).tolist() for values in sums)
        return {bucket: Bucket(bucket, *total) for bucket, *total in zip(used.tolist(), *totals, strict=True)}

    return fill


def _binary_confusion(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    from tensorflow_model_analysis.metrics import metric_util

    del combiner
    if state["_example_id_key"] is not None:
        raise RowByRowError
    if state["_extract_label_prediction_and_weight"] is not metric_util.to_label_prediction_example_weight:
        raise RowByRowError
    matrices = state["_binary_confusion_matrices"]
    thresholds = vars(matrices)["_thresholds"]
    fractional = state["_enable_fractional_labels"]
    pairs = _of_key(columns, state, state["_key"], fractional_labels=fractional)
    labels, predictions, weights = _flat(pairs)

    def fill(examples: Array) -> Any:
        numbers = pairs.of(examples)
        actual, scores, shares = labels[numbers], predictions[numbers], weights[numbers]
        # Without examples, TFMA puts an empty matrix at each threshold.
        accumulator = matrices.extract_output(matrices.create_accumulator())
        for threshold, entry in accumulator.items():
            positive = (actual == 1.0) if fractional else (actual > threshold)
            cells = np.bincount(2 * positive + (scores > threshold), shares, 4).tolist()
            tn, fp, fn, tp = cells
            accumulator[threshold] = entry._replace(matrix=entry.matrix._replace(tp=tp, tn=tn, fp=fp, fn=fn))
        return accumulator

    if len(set(thresholds)) != len(thresholds):
        # TFMA counts an example twice at a threshold that is given twice.
        raise RowByRowError
    return fill


def _multi_class(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    from tensorflow_model_analysis.metrics import metric_util
    from tensorflow_model_analysis.metrics.multi_class_confusion_matrix_metrics import MatrixEntryKey

    if state["_extract_label_prediction_and_weight"] is not metric_util.to_label_prediction_example_weight:
        raise RowByRowError
    pairs = _of_key(columns, state, state["_key"], sub_key=None, flatten=False)
    labels, predictions = pairs.labels, pairs.predictions
    if pairs.weights.shape[1] != 1 or predictions.shape[1] < 2:
        raise RowByRowError
    weights = pairs.weights[:, 0].astype(float)
    actual = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0].astype(np.int64)
    predicted = predictions.argmax(axis=1)
    everyone = np.arange(len(predicted))
    tables = []
    for threshold in state["_thresholds"]:
        # As TFMA: where one threshold found no class, the next one looks at the last class.
        predicted = np.where(predictions[everyone, predicted] <= threshold, -1, predicted)
        entries, inverse = np.unique(np.stack([actual, predicted], 1), axis=0, return_inverse=True)
        keys = [MatrixEntryKey(*entry) for entry in entries.tolist()]
        tables.append((threshold, keys, inverse.reshape(-1)))

    def fill(examples: Array) -> Any:
        accumulator = combiner.create_accumulator()
        for threshold, keys, inverse in tables:
            mine = inverse[examples]
            counts = np.bincount(mine, minlength=len(keys))
            totals = np.bincount(mine, weights[examples], len(keys)).tolist()
            matrix = accumulator.setdefault(threshold, {})
            for key, count, total in zip(keys, counts, totals, strict=True):
                if count:
                    matrix[key] = matrix.get(key, 0.0) + total
        return accumulator

    return fill


def _absolute_error(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    return _mean_error(combiner, state, columns, lambda label, guess: np.absolute(label - guess))


def _percentage_error(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    def error(label: Array, guess: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 100 * np.absolute((label - guess) / label)
        return np.where(label == 0, np.nan, share)

    return _mean_error(combiner, state, columns, error)


def _squared_error(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    return _mean_error(
        combiner, state, columns, lambda label, guess: np.absolute(label - guess).astype(float) ** 2
    )


def _logarithmic_error(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    def error(label: Array, guess: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.absolute(np.log(label + 1) - np.log(guess + 1)).astype(float) ** 2)

    return _mean_error(combiner, state, columns, error)


def _mean_error(
    combiner: Any,
    state: dict[str, Any],
    columns: Columns,
    error: Callable[[Array, Array], Array],
) -> Fill:
    pairs = _of_key(columns, state, state["_metric_key"])
    errors = error(pairs.labels[:, 0], pairs.predictions[:, 0]).astype(float)
    counted = ~np.isnan(errors)
    weights = np.where(counted, pairs.weights[:, 0], 0.0)
    terms = {
        "total_regression_error": np.where(counted, errors, 0.0) * weights,
        "total_example_weights": weights,
    }
    return _sums(combiner, pairs, terms)


def _keras(combiner: Any, state: dict[str, Any], columns: Columns) -> Fill:
    from tensorflow_model_analysis.utils import model_util

    spec = model_util.get_model_spec(state["_eval_config"], state["_model_name"])
    if spec is not None and spec.HasField("padding_options"):
        raise RowByRowError
    aggregation = state["_aggregation_type"]
    within = state["_sub_key_in_config"]
    outputs = []
    for name in state["_output_names"]:
        pairs = columns.pairs(
            state["_model_name"],
            name,
            None if within else state["_sub_key"],
            aggregation,
            state["_class_weights"],
            state["_example_weighted"],
            flatten=bool(aggregation and aggregation.micro_average),
        )
        labels = pairs.labels
        if within and labels.shape != pairs.predictions.shape:
            labels = one_hot(labels, pairs.predictions)
        outputs.append((pairs, labels, state["_metrics"][name]))

    def fill(examples: Array) -> Any:
        accumulator = combiner.create_accumulator()
        for output, (pairs, labels, metrics) in enumerate(outputs):
            numbers = pairs.of(examples)
            for start in range(0, len(numbers), _KERAS_ROWS):
                part = numbers[start : start + _KERAS_ROWS]
                values = (labels[part], pairs.predictions[part], pairs.weights[part])
                for number, metric in enumerate(metrics):
                    metric.reset_states()
                    metric.update_state(*values)
                    accumulator.add_weights(output, number, metric.get_weights())
        return accumulator

    return fill
