"""The steps of evaluation in process: slices, arrays of labels and predictions, local transforms."""

import numpy as np
import pytest

from interactive.engines import tfma_config
from interactive.engines.in_process import eval_columns, eval_combiners, eval_slices
from interactive.engines.in_process.eval_local import LocalCollection, NotCoveredError

pb = tfma_config.eval_config_pb2()
SIZE = 60


def varying(random, values):
    """A feature with no, one or several values in each example."""
    from tensorflow_model_analysis.api import types

    rows = [random.choice(values, random.integers(0, 4)) for _ in range(SIZE)]
    return types.VarLenTensorValue.from_dense_rows([np.array(row, dtype=values.dtype) for row in rows])


def features(seed):
    random = np.random.default_rng(seed)
    return {
        "city": random.choice(np.array([b"a", b"b", b"\xc3\xbc"], object), SIZE),
        "floor": random.integers(0, 3, (SIZE, 1)),
        "height": random.choice(np.array([0.5, 1.25], np.float32), (SIZE, 1)),
        "pair": random.integers(0, 3, (SIZE, 2)),
        "tags": varying(random, np.array([b"x", b"y", b"2"], object)),
        "marks": varying(random, np.array([1, 2, 3])),
        "absent": None,
    }


SPECS = [
    {},
    {"feature_keys": ["city"]},
    {"feature_keys": ["floor", "city", "height"]},
    {"feature_keys": ["tags"]},
    {"feature_keys": ["tags", "city"]},
    {"feature_keys": ["marks", "tags"]},
    {"feature_keys": ["pair"], "feature_values": {"city": "ü"}},
    {"feature_values": {"floor": "1", "tags": "x"}},
    {"feature_values": {"height": "1.25"}},
    {"feature_values": {"tags": "2"}},
    {"feature_keys": ["city"], "feature_values": {"marks": "3"}},
    {"feature_keys": ["absent"]},
    {"feature_keys": ["unknown", "city"]},
    {"feature_values": {"unknown": "1"}},
]


@pytest.mark.parametrize("models", [1, 2])
@pytest.mark.parametrize("spec", SPECS)
def test_slices_are_tfmas(spec, models):
    names = ["new", "old"][:models]
    config = pb.EvalConfig(
        model_specs=[pb.ModelSpec(name=name) for name in names], slicing_specs=[pb.SlicingSpec(**spec)]
    )
    batches = []
    for seed in (1, 2):
        made = {name: {"floor": features(seed + 5)["floor"] + 1, "tags": None} for name in names}
        transformed = made if models > 1 else made["new"]
        batches.append({"features": features(seed), "transformed_features": transformed})
    found = eval_slices.slice_rows(config, batches)
    expected = {}
    for start, batch in zip((0, SIZE), batches, strict=True):
        for key, rows in eval_slices._row_by_row(config, batch, eval_slices._specs(config)):
            expected.setdefault(key, []).extend(rows + start)
    assert {key: rows.tolist() for key, rows in found.items()} == expected
    assert bool(expected) is ("unknown" not in str(spec) and "absent" not in str(spec) and spec != SPECS[9])
    assert sum(map(len, eval_slices.keys_by_row(found, 2 * SIZE))) == sum(map(len, expected.values()))


def test_slices_that_beam_is_left_with():
    config = pb.EvalConfig(
        model_specs=[pb.ModelSpec()], slicing_specs=[pb.SlicingSpec(feature_keys=["value"])]
    )
    for value in (np.array([[1.0], [np.nan]]), np.array([b"\xff", b"a"], object)):
        with pytest.raises(NotCoveredError, match="slices of"):
            eval_slices.slice_rows(config, [{"features": {"value": value}}])


def columns_of(labels, predictions, weights=None):
    batches = []
    for part in (slice(0, SIZE // 2), slice(SIZE // 2, SIZE)):
        batch = {"labels": labels[part], "predictions": predictions[part]}
        batches.append(batch if weights is None else {**batch, "example_weights": weights[part]})
    return eval_columns.Columns(batches, pb.EvalConfig(model_specs=[pb.ModelSpec()]))


def rows_of(columns):
    from tensorflow_model_analysis.metrics import metric_types
    from tensorflow_model_analysis.utils import util

    return [metric_types.StandardMetricInputs(row) for row in util.split_extracts(columns.inputs())]


def make_columns(kind, seed=0):
    random = np.random.default_rng(seed)
    scores = random.dirichlet(np.ones(4), SIZE).astype(np.float32)
    weights = random.uniform(0.1, 2, (SIZE, 1)).astype(np.float32)
    classes = random.integers(0, 4, (SIZE, 1))
    made = {
        "binary": (classes % 2, scores[:, :1]),
        "shares": (random.uniform(size=(SIZE, 1)).astype(np.float32), scores[:, :1]),
        "sparse": (classes, scores),
        "dense": (np.eye(4, dtype=np.float32)[classes[:, 0]], scores),
        "outside": (classes, 10 * scores[:, :1] - 3),
    }
    return columns_of(*made[kind], weights)


@pytest.mark.parametrize("kind", ["binary", "shares", "sparse", "dense"])
@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize("sub", [None, {"class_id": 2}, {"k": 2}, {"top_k": 2}])
@pytest.mark.parametrize("class_weights", [None, {0: 2.0, 2: 0.5}])
def test_pairs_are_tfmas(kind, flatten, fractional, sub, class_weights):
    from tensorflow_model_analysis.metrics import metric_types, metric_util

    columns = make_columns(kind)
    sub_key = metric_types.SubKey(**sub) if sub else None
    options = {
        "model_name": "",
        "output_name": "",
        "sub_key": sub_key,
        "aggregation_type": None,
        "class_weights": class_weights,
        "example_weighted": True,
        "fractional_labels": fractional,
        "flatten": flatten,
    }
    try:
        pairs = columns.pairs(**options)
    except eval_columns.RowByRowError:
        # Only what makes no sense, or what TFMA refuses itself.
        narrow = kind in {"binary", "shares"}
        assert (class_weights and not flatten) or (fractional and not flatten) or (narrow and sub)
        return
    for number, row in enumerate(rows_of(columns)):
        expected = list(metric_util.to_label_prediction_example_weight(row, **options))
        mine = pairs.of(np.array([number]))
        assert len(expected) == len(mine)
        for position, (label, prediction, weight) in zip(mine, expected, strict=True):
            np.testing.assert_array_equal(pairs.labels[position], label)
            np.testing.assert_array_equal(pairs.predictions[position], prediction)
            np.testing.assert_array_equal(pairs.weights[position], weight)


def computations(name, **options):
    import json

    from tensorflow_model_analysis.metrics import metric_specs

    metric = pb.MetricConfig(class_name=name, config=json.dumps(options) if options else "")
    spec = pb.MetricsSpec(metrics=[metric], model_names=[""])
    spec.example_weights.weighted = True
    config = pb.EvalConfig(model_specs=[pb.ModelSpec()], metrics_specs=[spec])
    made = metric_specs.to_computations([spec], eval_config=config)
    return [item.combiner for item in made if hasattr(item, "combiner")]


@pytest.mark.parametrize(
    ("kind", "name", "options"),
    [
        ("binary", "AUC", {}),
        ("shares", "CalibrationPlot", {}),
        ("outside", "CalibrationPlot", {"left": 0.0, "right": 2.0, "num_buckets": 7}),
        ("binary", "ConfusionMatrixAtThresholds", {"thresholds": [0.0, 0.25, 1.0]}),
        ("binary", "Precision", {"thresholds": [0.1, 0.3]}),
        ("binary", "BinaryAccuracy", {}),
        ("shares", "CoefficientOfDiscrimination", {}),
        ("outside", "SquaredPearsonCorrelation", {}),
        ("binary", "BinaryCrossEntropy", {}),
        ("outside", "BinaryCrossEntropy", {"from_logits": True, "label_smoothing": 0.1}),
        ("binary", "BinaryCrossentropy", {}),
        ("sparse", "SparseCategoricalCrossentropy", {}),
        ("sparse", "MultiClassConfusionMatrixAtThresholds", {"thresholds": [0.2, 0.6]}),
        ("dense", "MultiClassConfusionMatrixPlot", {}),
        ("dense", "CategoricalAccuracy", {}),
        ("binary", "MeanLabel", {}),
        ("outside", "MeanSquaredError", {}),
        ("outside", "MeanAbsoluteError", {}),
        ("outside", "MeanAbsolutePercentageError", {}),
        ("shares", "MeanSquaredLogarithmicError", {}),
        ("sparse", "ExampleCount", {}),
        ("sparse", "WeightedExampleCount", {}),
    ],
)
def test_whole_slices_give_what_single_examples_give(kind, name, options):
    columns = make_columns(kind)
    rows = rows_of(columns)
    some = np.array([0, 3, 4, 17, 40, SIZE - 1])
    found = computations(name, **options)
    assert found
    for combiner in found:
        combiner.setup()
        fill = eval_combiners.fill_function(combiner, columns)
        assert fill is not None, "this metric would be fed example by example"
        for examples in (some, np.arange(SIZE), some[:1]):
            state = combiner.create_accumulator()
            for number in examples:
                state = combiner.add_input(state, rows[number])
            expected = plain(combiner.extract_output(state))
            same(plain(combiner.extract_output(fill(examples))), expected)


def plain(value):
    """A combiner's output as dictionaries, lists and numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    names = getattr(value, "__slots__", None) or getattr(value, "__dict__", None)
    if names and not isinstance(value, np.generic | np.ndarray):
        return {name: plain(getattr(value, name)) for name in names}
    return value


def same(one, other):
    assert type(one) is type(other) or not isinstance(one, dict | list)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            same(left, right)
    else:
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_what_is_left_to_single_examples():
    columns = make_columns("binary")
    (combiner,) = computations("CategoricalCrossEntropy")
    assert eval_combiners.fill_function(combiner, columns) is None
    missing = np.array([None, 1] * (SIZE // 2), object)
    for labels in (missing, np.full((SIZE, 1), b"text", object)):
        strange = columns_of(labels, np.zeros((SIZE, 1), np.float32))
        (histogram,) = computations("AUC")
        assert eval_combiners.fill_function(histogram, strange) is None


def test_local_transforms():
    import apache_beam as beam

    class Doubled(beam.DoFn):
        def process(self, element, times):
            yield from [element] * times

    @beam.ptransform_fn
    def steps(collection):
        return collection | "add" >> beam.Map(lambda x, y: x + y, 1) | beam.ParDo(Doubled(), times=2)

    numbers = LocalCollection([1, 2])
    assert (numbers | steps() | beam.FlatMap(range)).elements == [0, 1, 0, 1, 0, 1, 2, 0, 1, 2]
    for step in (beam.GroupByKey(), beam.Reshuffle(), beam.BatchElements(), beam.combiners.Count.Globally()):
        with pytest.raises(NotCoveredError, match="step"):
            _ = numbers | step

    class Stamped(beam.DoFn):
        def process(self, element, stamp=beam.DoFn.TimestampParam):
            yield stamp

    with pytest.raises(NotCoveredError, match="times"):
        _ = numbers | beam.ParDo(Stamped())
