"""Labels, predictions and weights of all examples as arrays, as TFMA hands them to a metric one by one."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_PROBES = 8


class RowByRowError(Exception):
    """These values, or this use of them, are left to TFMA's own code, example by example."""


@dataclass(frozen=True)
class Pairs:
    """What a metric is computed from.

    Attributes:
      labels: One row a pair, shape ``(pairs, values)``.
      predictions: Likewise.
      weights: Likewise.
      rows: The example that each pair comes from, in order.
    """

    labels: Array
    predictions: Array
    weights: Array
    rows: Array

    def of(self, examples: Array) -> Array:
        """The numbers of the pairs of some examples, which are sorted."""
        if self._one_each:
            return examples
        first = np.searchsorted(self.rows, examples, "left")
        last = np.searchsorted(self.rows, examples, "right")
        counts = last - first
        offsets = np.repeat(first - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        return np.asarray(offsets + np.arange(counts.sum()))

    @functools.cached_property
    def _one_each(self) -> bool:
        return np.array_equal(self.rows, np.arange(len(self.rows)))


class Columns:
    """The arrays of all examples.

    Args:
      batches: Extracts with a batch dimension.
      config: The completed ``tfma.EvalConfig``.

    Attributes:
      size: How many examples there are.
    """

    def __init__(self, batches: Sequence[Mapping[str, Any]], config: Any) -> None:
        from tensorflow_model_analysis.utils import util

        self._batches = batches
        self._config = config
        self._inputs: dict[str, Any] = {}
        self._pairs: dict[Any, Pairs] = {}
        self.size = sum(util.batch_size(dict(batch)) for batch in batches)

    def column(self, key: str) -> Any:
        """One extract of all examples: an array, a dictionary of them, or None.

        Raises:
          RowByRowError: Examples differ in their number of values, or have none.
        """
        if key not in self._inputs:
            self._inputs[key] = _joined([batch.get(key) for batch in self._batches])
        return self._inputs[key]

    def inputs(self) -> dict[str, Any]:
        """All extracts that metrics use by default; see ``column``."""
        from tensorflow_model_analysis import constants

        keys = (constants.LABELS_KEY, constants.PREDICTIONS_KEY, constants.EXAMPLE_WEIGHTS_KEY)
        made = {key: self.column(key) for key in keys}
        return {key: value for key, value in made.items() if value is not None}

    def pairs(
        self,
        model_name: str,
        output_name: str,
        sub_key: Any,
        aggregation_type: Any,
        class_weights: Mapping[int, float] | None,
        example_weighted: bool,
        fractional_labels: bool = False,
        flatten: bool = True,
    ) -> Pairs:
        """Does for all examples what ``to_label_prediction_example_weight`` does for one.

        A few examples are handed to TFMA's function too; the results must be equal.

        Args:
          model_name: As TFMA's function takes it, and so are the others.
          output_name: Likewise.
          sub_key: Likewise.
          aggregation_type: Likewise.
          class_weights: Likewise.
          example_weighted: Likewise.
          fractional_labels: Likewise.
          flatten: Likewise.

        Raises:
          RowByRowError: It cannot be done for all at once.
        """
        weights = tuple(sorted(class_weights.items())) if class_weights else None
        where = (model_name, output_name, sub_key, aggregation_type, bool(example_weighted))
        key = (*where, weights, fractional_labels, bool(flatten))
        if key not in self._pairs:
            options = {
                "model_name": model_name,
                "output_name": output_name,
                "sub_key": sub_key,
                "aggregation_type": aggregation_type,
                "example_weighted": example_weighted,
            }
            labels, predictions, example_weights = self._whole(options)
            made = Pairs(labels, predictions, example_weights, np.arange(self.size))
            if flatten:
                made = _flattened(made, class_weights)
            elif class_weights:
                raise RowByRowError
            if fractional_labels:
                made = _fractional(made)
            extra = {"class_weights": class_weights, "fractional_labels": fractional_labels}
            self._check(made, {**options, **extra, "flatten": flatten})
            self._pairs[key] = made
        return self._pairs[key]

    def _whole(self, options: Mapping[str, Any]) -> tuple[Array, Array, Array]:
        """Picks the label, prediction and weight, with a batch dimension."""
        from tensorflow_model_analysis.metrics import metric_types, metric_util

        inputs = metric_types.StandardMetricInputs(self.inputs())
        convert: Callable[..., Any] = metric_util.to_label_prediction_example_weight
        try:
            ((labels, predictions, weights),) = convert(
                inputs, eval_config=self._config, flatten=False, squeeze=False, **options
            )
        # TFMA says better what is wrong when it is asked example by example.
        except Exception as error:
            raise RowByRowError from error
        if weights.shape == (1,) and self.size != 1:
            weights = np.repeat(weights, self.size)
        weights = _two_dimensional(weights)
        labels, predictions = _two_dimensional(labels), _two_dimensional(predictions)
        if not len(labels) == len(predictions) == len(weights) == self.size:
            raise RowByRowError
        numbers = "biuf"
        if labels.dtype.kind not in numbers or predictions.dtype.kind not in numbers:
            raise RowByRowError
        if self._looked_up() and (labels < 0).any():
            # TFMA makes zeros of an unknown class.
            raise RowByRowError
        return labels, predictions, weights

    def _looked_up(self) -> bool:
        """Whether labels are strings, whose class numbers come from the predictions.

        Raises:
          RowByRowError: Examples have vocabularies of their own.
        """
        from tensorflow_model_analysis import constants

        labels = [values for _, values in _leaves(self.column(constants.LABELS_KEY))]
        if all(values.dtype.kind in "biuf" for values in labels):
            return False
        for name, values in _leaves(self.column(constants.PREDICTIONS_KEY)):
            if name in {"all_classes", "classes"} and not (values == values[:1]).all():
                raise RowByRowError
        return True

    def _check(self, made: Pairs, options: Mapping[str, Any]) -> None:
        from tensorflow_model_analysis.metrics import metric_types, metric_util
        from tensorflow_model_analysis.utils import util

        examples = np.unique(np.linspace(0, self.size - 1, _PROBES).astype(int))
        few = util.split_extracts(_take(self.inputs(), examples))
        for example, row in zip(examples, few, strict=True):
            inputs = metric_types.StandardMetricInputs(row)
            expected = list(
                metric_util.to_label_prediction_example_weight(inputs, eval_config=self._config, **options)
            )
            numbers = made.of(np.array([example]))
            if len(expected) != len(numbers):
                raise RowByRowError
            for number, values in zip(numbers, expected, strict=True):
                mine = (made.labels[number], made.predictions[number], made.weights[number])
                if not all(_same(one, other) for one, other in zip(mine, values, strict=True)):
                    raise RowByRowError


def one_hot(labels: Array, predictions: Array) -> Array:
    """Turns class numbers into rows as long as those of the predictions.

    Raises:
      RowByRowError: A label is no class number.
    """
    from tensorflow_model_analysis.metrics import metric_util

    if labels.shape[1] != 1:
        raise RowByRowError
    try:
        return np.asarray(metric_util.one_hot(labels, predictions))
    except ValueError as error:
        raise RowByRowError from error


def _same(mine: Array, other: Any) -> bool:
    other = np.asarray(other)
    return (
        mine.shape == other.shape
        and mine.dtype == other.dtype
        and np.array_equal(mine, other, equal_nan=mine.dtype.kind == "f")
    )


def _leaves(values: Any, name: str = "") -> Iterator[tuple[str, Array]]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _leaves(value, key)
    elif values is not None:
        yield name, values


def _take(values: Any, examples: Array) -> Any:
    if isinstance(values, dict):
        return {key: _take(value, examples) for key, value in values.items()}
    return None if values is None else values[examples]


def _two_dimensional(values: Array) -> Array:
    if values.ndim == 1:
        return values[:, None]
    if values.ndim != 2 or not values.shape[1]:
        raise RowByRowError
    return values


def _joined(parts: Sequence[Any]) -> Any:
    from tensorflow_model_analysis.api import types

    if all(part is None for part in parts):
        return None
    if all(isinstance(part, dict) for part in parts):
        names = list(parts[0])
        if any(list(part) != names for part in parts):
            raise RowByRowError
        return {name: _joined([part[name] for part in parts]) for name in names}
    dense = [_dense(part) if isinstance(part, types.VarLenTensorValue) else part for part in parts]
    if not all(isinstance(part, np.ndarray) and part.ndim for part in dense):
        raise RowByRowError
    dense = [_two_dimensional(part) for part in dense]
    if len({(part.shape[1], part.dtype) for part in dense}) > 1:
        raise RowByRowError
    joined = np.concatenate(dense)
    if joined.dtype == object and not all(isinstance(value, bytes | str) for value in joined.flat):
        raise RowByRowError
    return joined


def _dense(values: Any) -> Array:
    """Values of varying number as an array, where in fact each example has one."""
    rows = np.asarray(values.indices)[:, 0]
    if len(rows) != values.dense_shape[0] or (rows != np.arange(len(rows))).any():
        raise RowByRowError
    return np.asarray(values.values)[:, None]


def _flattened(pairs: Pairs, class_weights: Mapping[int, float] | None) -> Pairs:
    labels, predictions, weights = pairs.labels, pairs.predictions, pairs.weights
    width = predictions.shape[1]
    if weights.shape[1] == 1:
        weights = np.repeat(weights.astype(float), width, axis=1)
    elif weights.shape[1] != width:
        raise RowByRowError
    if class_weights:
        weights = weights * np.array([class_weights.get(number, 0.0) for number in range(width)])
    if labels.shape[1] != width:
        labels = one_hot(labels, predictions)
    return Pairs(
        labels.reshape(-1, 1),
        predictions.reshape(-1, 1),
        weights.reshape(-1, 1),
        np.repeat(pairs.rows, width),
    )


def _fractional(pairs: Pairs) -> Pairs:
    """Splits each pair into a negative and a positive share, without empty ones."""
    labels = pairs.labels
    if labels.shape[1] != 1 or not ((labels >= 0) & (labels <= 1)).all():
        raise RowByRowError
    both = np.concatenate([pairs.weights * (1 - labels), pairs.weights * labels], axis=1)
    ends = np.broadcast_to(np.array([0, 1], labels.dtype), both.shape)
    keep = both.reshape(-1) != 0.0
    return Pairs(
        ends.reshape(-1, 1)[keep],
        np.repeat(pairs.predictions, 2, axis=0)[keep],
        both.reshape(-1, 1)[keep],
        np.repeat(pairs.rows, 2)[keep],
    )
