"""Exact counts of the values of string and categorical features, batch by batch.

TFDV's in-memory generator estimates these with sketches. Beam counts exactly; so does this, and turns the
counts into the same messages with the same functions of TFDV.
"""

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class ValueCounter:
    """Counts how often each value occurs, for each feature.

    Args:
      options: The ``tfdv.StatsOptions`` to count by.
    """

    def __init__(self, options: Any) -> None:
        from tensorflow_data_validation.utils import schema_util

        schema = options.schema
        self._options = options
        self._bytes_features = set(schema_util.get_bytes_features(schema)) if schema else set()
        self._categorical = schema_util.get_categorical_numeric_feature_types(schema) if schema else {}
        self._counts: dict[Any, Counter[Any]] = defaultdict(Counter)
        self._weights: dict[Any, defaultdict[Any, float]] = {}

    def add(self, batch: "pa.RecordBatch") -> None:
        """Counts the values of a batch."""
        from tensorflow_data_validation.arrow import arrow_util
        from tfx_bsl.arrow import array_util

        for path, values, weights in arrow_util.enumerate_arrays(
            batch, example_weight_map=self._options.example_weight_map, enumerate_leaves_only=True
        ):
            if not self._is_counted(path, values.type):
                continue
            flat, rows = array_util.flatten_nested(values, weights is not None)
            counted = flat.value_counts()
            distinct = counted.field("values").to_pylist()
            counter = self._counts[path]
            for value, count in zip(distinct, counted.field("counts").to_pylist(), strict=True):
                counter[value] += count
            if weights is not None and len(flat):
                totals = self._weights.setdefault(path, defaultdict(float))
                for value, weight in _weight_by_value(flat, weights[rows]):
                    totals[value] += weight

    def statistics(self) -> list[Any]:
        """Returns the counts as ``DatasetFeatureStatistics``, each with a part of one feature's numbers."""
        from tensorflow_data_validation.utils import top_k_uniques_stats_util as messages

        options = self._options
        found = []
        for path, counter in self._counts.items():
            if not counter:
                continue
            steps = path.steps()
            found.append(messages.make_dataset_feature_stats_proto_unique_single(steps, len(counter)))
            found.append(self._top(steps, counter, options.frequency_threshold, weighted=False))
            if path in self._weights:
                threshold = options.weighted_frequency_threshold
                found.append(self._top(steps, self._weights[path], threshold, weighted=True))
        return found

    def _top(self, steps: Any, totals: dict[Any, Any], threshold: float, *, weighted: bool) -> Any:
        from tensorflow_data_validation.utils import top_k_uniques_stats_util as messages

        options = self._options
        kept = max(options.num_top_values, options.num_rank_histogram_buckets)
        # Of two values that are equally frequent, the larger one comes first: as in TFDV.
        ranked = sorted(totals.items(), key=lambda item: (item[1], item[0]), reverse=True)[:kept]
        return messages.make_dataset_feature_stats_proto_topk_single(
            feature_path_tuple=steps,
            value_count_list=[messages.FeatureValueCount(value, count) for value, count in ranked],
            is_weighted_stats=weighted,
            num_top_values=options.num_top_values,
            frequency_threshold=threshold,
            num_rank_histogram_buckets=options.num_rank_histogram_buckets,
        )

    def _is_counted(self, path: Any, arrow_type: Any) -> bool:
        from tensorflow_data_validation.utils import stats_util
        from tensorflow_metadata.proto.v0 import statistics_pb2

        if path in self._bytes_features:
            return False
        kind = stats_util.get_feature_type_from_arrow_type(path, arrow_type)
        if kind == statistics_pb2.FeatureNameStatistics.STRING:
            return True
        from tensorflow_data_validation.utils import top_k_uniques_stats_util as messages

        return kind == statistics_pb2.FeatureNameStatistics.INT and bool(
            messages.output_categorical_numeric(self._categorical, path, kind)
        )


def _weight_by_value(flat: "pa.Array", weights: Any) -> Any:
    """Pairs each distinct value with the sum of its weights."""
    import numpy as np

    encoded = flat.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    sums = np.bincount(codes, weights=weights, minlength=len(encoded.dictionary))
    return zip(encoded.dictionary.to_pylist(), sums.tolist(), strict=True)
