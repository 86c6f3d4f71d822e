"""Which examples belong to which slices, for many examples at once.

TFMA asks each example in turn; here each slicing specification is asked once for all of them. What cannot be
done that way, such as examples with several values in two of the crossed features, is left to TFMA's own
function, example by example.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interactive.engines.in_process.eval_local import NotCoveredError

SliceKey = tuple[Any, ...]
Array = NDArray[Any]


def slice_rows(config: Any, batches: Sequence[Mapping[str, Any]]) -> dict[SliceKey, Array]:
    """Finds the examples of every slice.

    Args:
      config: The completed ``tfma.EvalConfig``.
      batches: Extracts with a batch dimension, of at least one example each.

    Returns:
      TFMA's slice key to the sorted numbers of its examples, counted over all batches.

    Raises:
      NotCoveredError: A slice's value is not a number.
    """
    from tensorflow_model_analysis.utils import util

    found: dict[SliceKey, list[Array]] = defaultdict(list)
    specs = _specs(config)
    start = 0
    for batch in batches:
        size = util.batch_size(dict(batch))
        try:
            parts = list(_Batch(config, batch, size).slices(specs))
        except _RowByRowError:
            parts = list(_row_by_row(config, batch, specs))
        for key, rows in parts:
            if any(value != value for _, value in key):  # noqa: PLR0124  # only NaN differs from itself
                raise NotCoveredError("slices of values that are not a number")
            found[key].append(rows + start)
        start += size
    return {key: np.unique(np.concatenate(parts)) for key, parts in found.items()}


def keys_by_row(slices: Mapping[SliceKey, Array], size: int) -> list[list[SliceKey]]:
    """Turns ``slice_rows``'s result around: the slice keys of each example."""
    keys: list[list[SliceKey]] = [[] for _ in range(size)]
    for key, rows in slices.items():
        for row in rows:
            keys[row].append(key)
    return keys


def _specs(config: Any) -> list[Any]:
    """All slices that are computed: those asked for, and those that cross slices compare."""
    from tensorflow_model_analysis.slicer import slicer_lib

    specs = [slicer_lib.SingleSliceSpec(spec=spec) for spec in config.slicing_specs]
    for cross in config.cross_slicing_specs:
        for spec in (cross.baseline_spec, *cross.slicing_specs):
            one = slicer_lib.SingleSliceSpec(spec=spec)
            if one not in specs:
                specs.append(one)
    return specs or [slicer_lib.SingleSliceSpec()]


class _RowByRowError(Exception):
    """These features are sliced example by example."""


@dataclass(frozen=True)
class _Values:
    """A feature's distinct values, and who has them.

    Attributes:
      values: Distinct values, as TFMA compares them.
      rows: Examples, one entry for each distinct value that one has; sorted.
      codes: The value's position in ``values``, beside ``rows``.
    """

    values: list[Any]
    rows: Array
    codes: Array

    @property
    def single(self) -> bool:
        """Whether no example has two values."""
        return bool((np.diff(self.rows) > 0).all())


class _Batch:
    """One batch's features as slices see them."""

    def __init__(self, config: Any, batch: Mapping[str, Any], size: int) -> None:
        from tensorflow_model_analysis import constants

        self._size = size
        self._raw = batch.get(constants.FEATURES_KEY) or {}
        transformed = batch.get(constants.TRANSFORMED_FEATURES_KEY)
        if transformed is None:
            self._transformed: list[Mapping[str, Any]] = []
        elif len(config.model_specs) == 1:
            self._transformed = [transformed]
        else:
            names = (spec.name for spec in config.model_specs)
            self._transformed = [transformed[name] for name in names if name in transformed]
        self._cache: dict[str, _Values | None] = {}

    def slices(self, specs: Sequence[Any]) -> Iterator[tuple[SliceKey, Array]]:
        """Yields slice keys and their examples; a key may come twice."""
        for spec in specs:
            # As TFMA keeps them: what looks like a number is one.
            wanted = dict(vars(spec)["_features"])
            rows = self._matching(wanted)
            if rows.size:
                yield from self._crossed(sorted(vars(spec)["_columns"]), sorted(wanted.items()), rows)

    def _matching(self, wanted: Mapping[str, Any]) -> Array:
        mask = np.ones(self._size, bool)
        for key, value in wanted.items():
            have = self._values(key)
            if have is None:
                return np.empty(0, np.int64)
            same = np.array([_matches(value, other) for other in have.values], bool)
            one = np.zeros(self._size, bool)
            one[have.rows[same[have.codes]]] = True
            mask &= one
        return np.flatnonzero(mask)

    def _crossed(
        self, columns: Sequence[str], fixed: list[tuple[str, Any]], rows: Array
    ) -> Iterator[tuple[SliceKey, Array]]:
        if not columns:
            yield tuple(fixed), rows
            return
        have = [self._values(column) for column in columns]
        if any(values is None for values in have):
            return
        features = [values for values in have if values is not None]
        if len(features) > 1 and not all(values.single for values in features):
            raise _RowByRowError
        keep = np.zeros(self._size, bool)
        keep[rows] = True
        if len(features) == 1:
            selected = keep[features[0].rows]
            owners, codes = features[0].rows[selected], features[0].codes[selected][:, None]
        else:
            table = np.full((self._size, len(features)), -1)
            for position, values in enumerate(features):
                table[values.rows, position] = values.codes
            keep &= (table >= 0).all(axis=1)
            owners = np.flatnonzero(keep)
            codes = table[owners]
        combinations, inverse = np.unique(codes, axis=0, return_inverse=True)
        inverse = inverse.reshape(-1)
        for number, combination in enumerate(combinations):
            parts = [
                (column, _text(values.values[code]))
                for column, values, code in zip(columns, features, combination, strict=True)
            ]
            yield tuple(sorted(fixed + parts)), owners[inverse == number]

    def _values(self, key: str) -> _Values | None:
        """The values of a feature: transformed ones of all models, or else raw ones."""
        if key not in self._cache:
            sources = [part[key] for part in self._transformed if part.get(key) is not None]
            if not sources and self._raw.get(key) is not None:
                sources = [self._raw[key]]
            self._cache[key] = self._read(sources) if sources else None
        return self._cache[key]

    def _read(self, sources: Sequence[Any]) -> _Values:
        from tensorflow_model_analysis.api import types

        values, rows = [], []
        for source in sources:
            if isinstance(source, types.VarLenTensorValue):
                values.append(np.asarray(source.values))
                rows.append(np.asarray(source.indices)[:, 0].astype(np.int64))
            elif isinstance(source, np.ndarray) and source.ndim:
                flat = source.reshape(len(source), -1)
                values.append(flat.reshape(-1))
                rows.append(np.repeat(np.arange(len(flat)), flat.shape[1]))
            else:
                raise _RowByRowError
        if len({value.dtype for value in values}) > 1:
            # Joining them would turn 1 into 1.0, which is another slice.
            raise _RowByRowError
        joined = np.concatenate(values)
        if joined.dtype == object and not all(isinstance(value, bytes) for value in joined):
            raise _RowByRowError
        distinct, codes = np.unique(joined, return_inverse=True)
        pairs = np.unique(np.concatenate(rows) * max(len(distinct), 1) + np.asarray(codes).reshape(-1))
        return _Values(distinct.tolist(), pairs // max(len(distinct), 1), pairs % max(len(distinct), 1))


def _matches(wanted: Any, value: Any) -> bool:
    """Whether a value is the one that a slicing specification names, as TFMA compares them."""
    if wanted == value:
        return True
    if isinstance(wanted, str):
        return bool(wanted.encode() == value)
    return bool(str(wanted) == value)


def _text(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotCoveredError("slices of bytes that are no text") from error


def _row_by_row(
    config: Any, batch: Mapping[str, Any], specs: Sequence[Any]
) -> Iterator[tuple[SliceKey, Array]]:
    from tensorflow_model_analysis import constants
    from tensorflow_model_analysis.extractors import slice_key_extractor
    from tensorflow_model_analysis.utils import util

    function = slice_key_extractor.ExtractSliceKeysFn(config, materialize=False)
    wanted = {constants.FEATURES_KEY, constants.TRANSFORMED_FEATURES_KEY}
    part = {key: value for key, value in batch.items() if key in wanted}
    rows: dict[SliceKey, list[int]] = defaultdict(list)
    for number, row in enumerate(util.split_extracts(part)):
        (keyed,) = function.process(row, specs)
        for key in keyed[constants.SLICE_KEY_TYPES_KEY]:
            rows[key].append(number)
    for key, numbers in rows.items():
        yield key, np.array(numbers)
