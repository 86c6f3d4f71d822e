"""Evaluation in process against TFMA on Beam: the same data, models and configurations, the same files."""

import dataclasses
import json
import types
from pathlib import Path

import numpy as np
import pytest

from interactive.engines import tfma_config
from interactive.engines.api import EvaluationRequest
from interactive.engines.beam import BeamEngine
from interactive.engines.in_process import InProcessEngine
from interactive.errors import InputError
from tests.engines import evaluation_compare, penguin_models, penguin_records

pytestmark = pytest.mark.slow

pb = tfma_config.eval_config_pb2()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Penguins with a weight, a feature of several values and some missing ones, and models of them."""
    import keras
    import tensorflow as tf

    root = tmp_path_factory.mktemp("in_process_evaluation")
    rows = penguin_models.labelled(penguin_records.rows())
    random = np.random.default_rng(3)
    for number, row in enumerate(rows):
        row["weight"] = float(np.float32(random.uniform(0.1, 3)))
        row["big"] = float(row["heavy"])
        row["share"] = float(np.float32(random.uniform()))
        row["query"] = f"q{number % 40}"
        if number % 5 == 0:
            row["sex"] = None
    examples = penguin_records.write(root / "Split-eval", rows)

    species = penguin_models.train(keras, rows, epochs=2)
    heavy = penguin_models.train(keras, rows, kind="heavy", epochs=2)
    mass = penguin_models.train(keras, rows, kind="mass", epochs=2)
    serve = penguin_models.signature(species)
    raw = [tf.TensorSpec([None], tf.string, name="examples")]

    @tf.function(input_signature=raw)
    def both(serialized):
        scores = penguin_models.signature(heavy)(serialized)["outputs"]
        return {"species": serve(serialized)["outputs"], "heavy": scores}

    @tf.function(input_signature=raw)
    def with_classes(serialized):
        scores = serve(serialized)["outputs"]
        classes = tf.tile(tf.constant([penguin_models.SPECIES]), [tf.shape(scores)[0], 1])
        return {"probabilities": scores, "all_classes": classes}

    @tf.function(input_signature=raw)
    def transform_features(serialized):
        spec = {
            "species_id": tf.io.FixedLenFeature([1], tf.int64),
            "year": tf.io.FixedLenFeature([1], tf.int64),
        }
        parsed = tf.io.parse_example(serialized, spec)
        return {
            "one_hot": tf.one_hot(parsed["species_id"][:, 0], 3),
            "year": tf.cast(parsed["year"] > 2008, tf.int64),
        }

    @tf.function(
        input_signature=[{n: tf.TensorSpec([None, 1], tf.float32, name=n) for n in penguin_records.NUMBERS}]
    )
    def by_name(features):
        values = tf.concat([features[n] for n in penguin_records.NUMBERS], axis=1)
        return {"outputs": species(penguin_models.standardised(values))}

    @tf.function(input_signature=raw)
    def broken(serialized):
        spec = {"nowhere": tf.io.FixedLenFeature([1], tf.float32)}
        return {"outputs": tf.io.parse_example(serialized, spec)["nowhere"]}

    species.other = heavy
    signatures = {
        "serving_default": serve,
        "both": both,
        "with_classes": with_classes,
        "transform_features": transform_features,
        "by_name": by_name,
        "broken": broken,
    }
    tf.saved_model.save(species, str(root / "species"), signatures=signatures)
    for name, model in (("heavy", heavy), ("mass", mass)):
        tf.saved_model.save(
            model, str(root / name), signatures={"serving_default": penguin_models.signature(model)}
        )
    better = penguin_models.train(keras, rows, epochs=20)
    tf.saved_model.save(
        better, str(root / "better"), signatures={"serving_default": penguin_models.signature(better)}
    )
    return types.SimpleNamespace(
        root=root,
        rows=rows,
        examples=examples,
        schema=penguin_records.write_schema(root / "schema.pbtxt", rows, True),
    )


def config(label, specs, slices=(), cross=(), **fields):
    return pb.EvalConfig(
        model_specs=[pb.ModelSpec(**{"label_key": label, "signature_name": "serving_default", **fields})],
        slicing_specs=[pb.SlicingSpec(), *(pb.SlicingSpec(**spec) for spec in slices)],
        cross_slicing_specs=[pb.CrossSlicingSpec(**spec) for spec in cross],
        metrics_specs=[pb.MetricsSpec(**spec) for spec in specs],
    )


def metrics(*given, **fields):
    """A ``MetricsSpec``'s fields; a metric is its class name, or that and its options."""
    made = []
    for metric in given:
        name, options = (metric, {}) if isinstance(metric, str) else metric
        made.append({"class_name": name, "config": json.dumps(options) if options else ""})
    return {"metrics": made, **fields}


@pytest.fixture
def make_request(world, tmp_path):
    def make(eval_config, model="species", **changes):
        base = EvaluationRequest(
            eval_config=eval_config,
            model_path=str(world.root / model),
            baseline_path=None,
            examples=(world.examples,),
            schema_path=None,
            output_dir=str(tmp_path / "unused"),
        )
        return dataclasses.replace(base, **changes)

    return make


@pytest.fixture
def compare(make_request, tmp_path):
    """Evaluates with both engines, compares everything, and returns the outcome in process and its folder."""

    def run(eval_config, model="species", notes=0, **changes):
        import tensorflow_model_analysis as tfma

        folders = [str(tmp_path / name) for name in ("here", "beam")]
        here = InProcessEngine().evaluate(make_request(eval_config, model, output_dir=folders[0], **changes))
        beam = BeamEngine().evaluate(make_request(eval_config, model, output_dir=folders[1], **changes))
        assert (here.report.engine, beam.report.engine) == ("in_process", "beam"), here.report
        assert here.report.notes == beam.report.notes
        assert len(here.report.notes) == notes
        assert here.blessed == beam.blessed
        assert sorted(here.failures) == sorted(beam.failures)
        assert evaluation_compare.differences(*folders) == []
        names = [sorted(file.name for file in Path(folder).iterdir()) for folder in folders]
        assert names[0] == names[1]
        texts = [json.loads(Path(folder, "eval_config.json").read_text()) for folder in folders]
        assert texts[0] == texts[1]
        for spec in tfma.load_eval_result(folders[1]).config.model_specs:
            one, other = (tfma.load_eval_result(folder, model_name=spec.name) for folder in folders)
            assert one.config == other.config
            assert sorted(map(str, dict(one.slicing_metrics))) == sorted(
                map(str, dict(other.slicing_metrics))
            )
        return here, folders[0]

    return run


BINARY = metrics(
    "ExampleCount",
    "WeightedExampleCount",
    "AUC",
    "AUCPrecisionRecall",
    ("AUC", {"name": "rough", "num_thresholds": 50}),
    ("Precision", {"name": "precision", "thresholds": 0.4}),
    ("Recall", {"name": "recall", "thresholds": 0.3}),
    ("RecallAtPrecision", {"precision": 0.6}),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}),
    "TruePositives",
    "FPR",
    "FNR",
    "TPR",
    "TNR",
    "BalancedAccuracy",
    "F1Score",
    ("ConfusionMatrixAtThresholds", {"thresholds": [0.25, 0.5, 0.75]}),
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryCrossEntropy",
    "MeanLabel",
    "MeanPrediction",
    "Calibration",
    "CoefficientOfDiscrimination",
    "SquaredPearsonCorrelation",
    "MeanSquaredError",
    "ConfusionMatrixPlot",
    "CalibrationPlot",
    "ScoreDistributionPlot",
)
MANY = metrics(
    "ExampleCount",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    ("SparseTopKCategoricalAccuracy", {"k": 2, "name": "top2"}),
    "MultiClassConfusionMatrixPlot",
    ("MultiClassConfusionMatrixAtThresholds", {"thresholds": [0.3, 0.5, 0.9]}),
)


@pytest.mark.parametrize("weights", ["", "weight"])
@pytest.mark.parametrize("label", ["heavy", "big"])
def test_binary(compare, weights, label):
    _, folder = compare(
        config(
            label,
            [BINARY],
            slices=[{"feature_keys": ["island"]}, {"feature_keys": ["sex", "year"]}],
            example_weight_key=weights,
        ),
        "heavy",
    )
    assert len(evaluation_compare.slices(folder)) == 1 + 3 + 6


def test_labels_that_are_shares(compare):
    compare(config("share", [metrics("AUC", "MeanLabel", "CalibrationPlot", "BinaryCrossentropy")]), "heavy")


@pytest.mark.parametrize("weights", ["", "weight"])
def test_classes(compare, weights):
    compare(
        config("species_id", [MANY], slices=[{"feature_keys": ["year"]}], example_weight_key=weights),
    )


def test_regression(compare):
    errors = (
        "MeanSquaredError",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredLogarithmicError",
        "RootMeanSquaredError",
        "MeanLabel",
        "MeanPrediction",
        "Calibration",
    )
    slices = [{"feature_keys": ["island"]}]
    plot = ("CalibrationPlot", {"left": 20.0, "right": 70.0, "num_buckets": 30})
    specs = [metrics("ExampleCount", *errors, plot)]
    compare(config("bill_length_mm", specs, slices=slices, example_weight_key="weight"), "mass")


def test_classes_one_by_one_and_together(compare):
    ones = ["AUC", "Precision", "Recall", "MeanLabel", "MeanPrediction", "CalibrationPlot", "BinaryAccuracy"]
    confusion = ["AUC", ("Precision", {"name": "precision"}), "ConfusionMatrixPlot"]
    weights = {"class_weights": {0: 1.0, 1: 2.0, 2: 0.5}}
    compare(
        config(
            "species_id",
            [
                metrics(*ones, binarize={"class_ids": {"values": [0, 2]}}),
                metrics("Precision", "Recall", binarize={"top_k_list": {"values": [1, 2]}}),
                metrics("Precision", "AUC", binarize={"k_list": {"values": [1, 2]}}),
                metrics(*confusion, "MeanLabel", aggregate={"micro_average": True, **weights}),
                metrics(
                    "AUC",
                    aggregate={"macro_average": True, **weights},
                    binarize={"class_ids": {"values": [0, 1, 2]}},
                ),
                metrics(
                    ("AUC", {"name": "weighted"}),
                    aggregate={"weighted_macro_average": True, **weights},
                    binarize={"class_ids": {"values": [0, 1, 2]}},
                ),
                metrics(
                    ("Precision", {"name": "first_two"}),
                    aggregate={"micro_average": True, "top_k_list": {"values": [2]}},
                ),
            ],
            slices=[{"feature_keys": ["island"]}],
        )
    )


def test_slices_of_all_kinds(compare):
    _, folder = compare(
        config(
            "heavy",
            [metrics("ExampleCount", "MeanPrediction", "AUC")],
            slices=[
                {"feature_keys": ["island", "species"], "feature_values": {"year": "2007"}},
                {"feature_values": {"island": "Dream"}},
                {"feature_values": {"island": "Dream", "year": "2008"}},
                {"feature_keys": ["island"]},
                {"feature_keys": ["flipper_length_mm"]},
                {"feature_values": {"island": "Atlantis"}},
                {"feature_keys": ["sex"], "feature_values": {"bill_depth_mm": "18.7"}},
            ],
            cross=[
                {"baseline_spec": {}, "slicing_specs": [{"feature_keys": ["sex"]}]},
                {
                    "baseline_spec": {"feature_values": {"island": "Biscoe"}},
                    "slicing_specs": [{"feature_values": {"island": "Dream"}}, {"feature_keys": ["year"]}],
                },
            ],
        ),
        "heavy",
    )
    names = evaluation_compare.slices(folder)
    assert sum(name.startswith("cross") for name in names) == 2 + 4


@pytest.mark.parametrize("use_schema", [True, False])
@pytest.mark.parametrize(
    ("label", "fields", "spec"),
    [
        ("species", {"signature_name": "with_classes"}, metrics("SparseCategoricalAccuracy", "ExampleCount")),
        ("species_id", {"signature_name": "by_name"}, metrics("SparseCategoricalAccuracy")),
        (
            "one_hot",
            {"preprocessing_function_names": ["transform_features"]},
            metrics("CategoricalAccuracy", "CategoricalCrossentropy", "MultiClassConfusionMatrixPlot"),
        ),
    ],
)
def test_ways_to_feed_a_model(compare, world, use_schema, label, fields, spec):
    slices = [{"feature_keys": ["year"]}, {"feature_keys": ["sex"]}]
    compare(config(label, [spec], slices=slices, **fields), schema_path=world.schema if use_schema else None)


def test_several_outputs(compare):
    compare(
        config(
            None,
            [
                metrics("SparseCategoricalAccuracy", output_names=["species"]),
                metrics("AUC", "MeanLabel", "ExampleCount", output_names=["heavy"]),
            ],
            slices=[{"feature_keys": ["island"]}],
            signature_name="both",
            label_keys={"species": "species_id", "heavy": "heavy"},
            example_weight_keys={"species": "weight", "heavy": "weight"},
        )
    )


def test_groups_of_examples(compare):
    ranking = metrics(
        ("NDCG", {"gain_key": "share", "top_k_list": [1, 2]}),
        "MinLabelPosition",
        "QueryStatistics",
        query_key="query",
        binarize={"top_k_list": {"values": [1, 2]}},
    )
    compare(config("heavy", [metrics("ExampleCount"), ranking]), "heavy")


def bound(lower=None, upper=None):
    limits = {"lower_bound": lower, "upper_bound": upper}
    given = {name: {"value": value} for name, value in limits.items() if value is not None}
    return {"value_threshold": given}


def change(at_least, kind="absolute", direction="HIGHER_IS_BETTER"):
    direction = pb.MetricDirection.Value(direction)
    return {"change_threshold": {kind: {"value": at_least}, "direction": direction}}


@pytest.mark.parametrize("lower", [0.0, 1.01])
def test_bounds(compare, lower):
    dream = {"feature_values": {"island": "Dream"}}
    spec = metrics("AUC", "BinaryAccuracy")
    spec["metrics"][0]["threshold"] = bound(lower, 2)
    spec["metrics"][1]["per_slice_thresholds"] = [
        {"slicing_specs": [{}, {"feature_keys": ["island"]}], "threshold": bound(lower)},
        {"slicing_specs": [dream], "threshold": bound(0.1)},
    ]
    outcome, _ = compare(
        config(
            "heavy",
            [spec],
            slices=[{"feature_keys": ["island"]}, dream],
        ),
        "heavy",
    )
    assert outcome.blessed is (lower == 0.0)
    assert bool(outcome.failures) is (lower > 0)


def test_bounds_between_slices(compare):
    spec = metrics("AUC")
    cross = [{"baseline_spec": {}, "slicing_specs": [{"feature_keys": ["island"]}]}]
    spec["metrics"][0]["cross_slice_thresholds"] = [
        {"cross_slicing_specs": cross, "threshold": bound(lower)} for lower in (-2, 2)
    ]
    outcome, _ = compare(config("heavy", [spec], cross=cross), "heavy")
    assert outcome.blessed is False
    assert sum("below the lower bound 2" in line for line in outcome.failures) == 3


def test_a_slice_that_is_not_there(compare):
    spec = metrics("ExampleCount")
    nowhere = {"feature_values": {"island": "Atlantis"}}
    spec["metrics"][0]["per_slice_thresholds"] = [{"slicing_specs": [nowhere], "threshold": bound(1)}]
    outcome, _ = compare(config("heavy", [spec], slices=[nowhere]), "heavy")
    assert outcome.blessed is False
    assert len(outcome.failures) == 1


@pytest.mark.parametrize(
    ("candidate", "baseline", "blessed"), [("better", "species", True), ("species", "better", False)]
)
def test_a_baseline(compare, world, candidate, baseline, blessed):
    spec = metrics("SparseCategoricalAccuracy", "ExampleCount", "MultiClassConfusionMatrixAtThresholds")
    spec["metrics"][0]["threshold"] = {**bound(0.0), **change(0.0)}
    spec["metrics"][0]["per_slice_thresholds"] = [
        {"slicing_specs": [{"feature_keys": ["island"]}], "threshold": change(-0.5, "relative")}
    ]
    outcome, _ = compare(
        config("species_id", [spec], slices=[{"feature_keys": ["island"]}]),
        candidate,
        baseline_path=str(world.root / baseline),
    )
    assert outcome.blessed is blessed


def test_two_named_models(compare, world):
    made = config(
        "heavy", [metrics("AUC", "CalibrationPlot")], slices=[{"feature_keys": ["island"]}], name="new"
    )
    made.model_specs.append(
        pb.ModelSpec(name="old", is_baseline=True, label_key="heavy", signature_name="serving_default")
    )
    compare(made, "heavy", baseline_path=str(world.root / "heavy"))


def test_without_a_baseline(compare):
    spec = metrics("AUC")
    spec["metrics"][0]["threshold"] = change(0.5)
    outcome, _ = compare(config("heavy", [spec]), "heavy", notes=1)
    assert outcome.blessed is None


def test_functions_of_the_user(compare):
    import tensorflow_model_analysis as tfma

    def custom_eval_shared_model(eval_saved_model_path, model_name, eval_config, **kwargs):
        return tfma.default_eval_shared_model(
            eval_saved_model_path=eval_saved_model_path, model_name=model_name, eval_config=eval_config
        )

    def custom_extractors(eval_shared_model, eval_config, tensor_adapter_config):
        import apache_beam as beam

        def fewer(extracts):
            return [extracts] if extracts["features"]["island"][0] != b"Dream" else []

        made = tfma.default_extractors(
            eval_shared_model=eval_shared_model,
            eval_config=eval_config,
            tensor_adapter_config=tensor_adapter_config,
        )
        step = tfma.extractors.Extractor(stage_name="Fewer", ptransform=beam.FlatMap(fewer))
        return [*made[:-1], step, made[-1]]

    module = types.SimpleNamespace(
        custom_eval_shared_model=custom_eval_shared_model, custom_extractors=custom_extractors
    )
    _, folder = compare(
        config("heavy", [metrics("ExampleCount", "AUC")], slices=[{"feature_keys": ["island"]}]),
        "heavy",
        user_module=module,
    )
    assert len(evaluation_compare.slices(folder)) == 1 + 2


def falls_back(engine_request, note):
    outcome = InProcessEngine().evaluate(engine_request)
    assert outcome.report.engine == "beam"
    assert any(note in line for line in outcome.report.notes), outcome.report.notes
    return outcome


def test_what_needs_beam_says_so(make_request, tmp_path):
    import apache_beam as beam
    import tensorflow_model_analysis as tfma

    sure = config("heavy", [metrics("AUC")])
    sure.options.compute_confidence_intervals.value = True
    sure.options.confidence_intervals.method = pb.ConfidenceIntervalOptions.JACKKNIFE
    falls_back(make_request(sure, "heavy"), "confidence intervals not available in process: ran on Beam")
    small = config("heavy", [metrics("AUC")], slices=[{"feature_keys": ["flipper_length_mm"]}])
    small.options.min_slice_size.value = 5
    falls_back(make_request(small, "heavy", output_dir=str(tmp_path / "small")), "min_slice_size")

    def custom_extractors(eval_shared_model, eval_config, tensor_adapter_config):
        made = tfma.default_extractors(
            eval_shared_model=eval_shared_model,
            eval_config=eval_config,
            tensor_adapter_config=tensor_adapter_config,
        )
        shuffle = tfma.extractors.Extractor(stage_name="Shuffle", ptransform=beam.Reshuffle())
        return [*made[:-1], shuffle, made[-1]]

    shuffled = make_request(
        config("heavy", [metrics("AUC")]),
        "heavy",
        user_module=types.SimpleNamespace(custom_extractors=custom_extractors),
        output_dir=str(tmp_path / "shuffled"),
    )
    falls_back(shuffled, "a step")


@pytest.mark.parametrize(
    ("label", "spec", "fields"),
    [
        ("species_id", metrics("AUC"), {"signature_name": "broken"}),
        ("species_id", metrics(("MeanIoU", {"num_classes": 2})), {}),
        ("specis_id", metrics("AUC"), {}),
        ("species", metrics("AUC"), {}),
    ],
)
def test_the_same_errors(make_request, tmp_path, label, spec, fields):
    texts = []
    for number, engine in enumerate((InProcessEngine(), BeamEngine())):
        request = make_request(config(label, [spec], **fields), output_dir=str(tmp_path / str(number)))
        with pytest.raises(InputError) as caught:
            engine.evaluate(request)
        texts.append(str(caught.value)[:200])
        assert not list(Path(request.output_dir).glob("metrics*"))
    assert texts[0] == texts[1]
