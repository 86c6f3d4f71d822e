"""TFMA on Beam with models of Keras 3, on the palmer penguins."""

import dataclasses
import types

import numpy as np
import pytest

from interactive.engines.api import EvaluationRequest
from interactive.engines.beam.evaluation import evaluate
from interactive.errors import InputError
from tests.engines import penguin_models, penguin_records


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Examples, a schema and a species model with every signature that the tests name."""
    import keras
    import tensorflow as tf

    root = tmp_path_factory.mktemp("evaluation")
    rows = penguin_models.labelled(penguin_records.rows())
    model = penguin_models.train(keras, rows, epochs=1)
    serve = penguin_models.signature(model)
    names = tf.lookup.KeyValueTensorInitializer(
        tf.constant(penguin_models.SPECIES), tf.constant([0, 1, 2], tf.int64)
    )
    model.table = tf.lookup.StaticHashTable(names, -1)
    examples = tf.TensorSpec([None], tf.string, name="examples")
    numbers = {n: tf.TensorSpec([None, 1], tf.float32, name=n) for n in penguin_records.NUMBERS}

    @tf.function(input_signature=[examples])
    def transform_features(serialized):
        spec = {"species": tf.io.FixedLenFeature([1], tf.string)}
        return {"species_xf": model.table.lookup(tf.io.parse_example(serialized, spec)["species"])}

    @tf.function(input_signature=[examples])
    def with_classes(serialized):
        scores = serve(serialized)["outputs"]
        classes = tf.tile(tf.constant([penguin_models.SPECIES]), [tf.shape(scores)[0], 1])
        return {"probabilities": scores, "all_classes": classes}

    @tf.function(input_signature=[numbers])
    def by_name(features):
        values = tf.concat([features[n] for n in penguin_records.NUMBERS], axis=1)
        return {"outputs": model(penguin_models.standardised(values))}

    @tf.function(input_signature=[examples])
    def broken(serialized):
        spec = {"nowhere": tf.io.FixedLenFeature([1], tf.float32)}
        return {"outputs": tf.io.parse_example(serialized, spec)["nowhere"]}

    path = str(root / "model")
    tf.saved_model.save(
        model,
        path,
        signatures={
            "serving_default": serve,
            "transform_features": transform_features,
            "with_classes": with_classes,
            "by_name": by_name,
            "broken": broken,
        },
    )
    better = penguin_models.train(keras, rows, epochs=40)
    tf.saved_model.save(
        better, str(root / "better"), signatures={"serving_default": penguin_models.signature(better)}
    )
    held_out = rows[::2]
    scores = model(penguin_models.matrix(held_out)).numpy()
    return types.SimpleNamespace(
        rows=held_out,
        scores=scores,
        model=path,
        better=str(root / "better"),
        examples=penguin_records.write(root / "Split-eval", held_out),
        schema=penguin_records.write_schema(root / "schema.pbtxt", held_out, True),
    )


def make_config(*metrics, label="species_id", signature="serving_default", slices=(), **fields):
    from tensorflow_model_analysis.proto import config_pb2

    spec = {"label_key": label, "signature_name": signature, **fields.pop("spec", {})}
    return config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(**spec)],
        slicing_specs=[config_pb2.SlicingSpec(), *slices],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[config_pb2.MetricConfig(class_name=m) if isinstance(m, str) else m for m in metrics],
                **fields,
            )
        ],
    )


def bound(lower=None, upper=None):
    from tensorflow_model_analysis.proto import config_pb2

    limits = {"lower_bound": lower, "upper_bound": upper}
    given = {name: {"value": value} for name, value in limits.items() if value is not None}
    return config_pb2.MetricThreshold(value_threshold=config_pb2.GenericValueThreshold(**given))


def change(at_least):
    from tensorflow_model_analysis.proto import config_pb2

    return config_pb2.MetricThreshold(
        change_threshold=config_pb2.GenericChangeThreshold(
            absolute={"value": at_least}, direction="HIGHER_IS_BETTER"
        )
    )


@pytest.fixture
def make_request(world, tmp_path):
    def make(config, **changes):
        base = EvaluationRequest(
            eval_config=config,
            model_path=world.model,
            baseline_path=None,
            examples=(world.examples,),
            schema_path=None,
            output_dir=str(tmp_path / "evaluation"),
        )
        return dataclasses.replace(base, **changes)

    return make


def metrics_of(output_dir, model=None):
    """Slice to metric to number."""
    import tensorflow_model_analysis as tfma

    loaded = tfma.load_eval_result(output_dir, model_name=model)
    return {
        key: {name: value.get("doubleValue") for name, value in metrics[""][""].items()}
        for key, metrics in loaded.slicing_metrics
    }


@pytest.mark.slow
def test_metrics_are_what_numpy_says(world, make_request):
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.proto import config_pb2

    request = make_request(
        make_config(
            "ExampleCount",
            "SparseCategoricalAccuracy",
            "SparseCategoricalCrossentropy",
            "MultiClassConfusionMatrixPlot",
            slices=[config_pb2.SlicingSpec(feature_keys=["island"])],
        )
    )
    outcome = evaluate(request)
    assert outcome.blessed is None
    assert outcome.failures == ()
    assert outcome.report.engine == "beam"
    found = metrics_of(request.output_dir)
    labels = np.array([row["species_id"] for row in world.rows])
    islands = np.array([row["island"] for row in world.rows])
    for key, mine in [((), islands != ""), ((("island", "Dream"),), islands == "Dream")]:
        right = world.scores.argmax(1) == labels
        loss = -np.log(world.scores[np.arange(len(labels)), labels])
        assert found[key]["example_count"] == mine.sum()
        assert found[key]["sparse_categorical_accuracy"] == pytest.approx(right[mine].mean())
        assert found[key]["sparse_categorical_crossentropy"] == pytest.approx(loss[mine].mean(), rel=1e-4)
    assert 0.3 < found[()]["sparse_categorical_accuracy"] < 1
    assert len(found) == 4
    plots = tfma.load_plots(request.output_dir)
    assert plots is not None
    assert tfma.load_eval_result(request.output_dir).plots


@pytest.mark.slow
@pytest.mark.parametrize("place", ["metric", "map"])
def test_thresholds_decide(world, make_request, place):
    from tensorflow_model_analysis.proto import config_pb2

    def config(lower):
        name = "SparseCategoricalAccuracy"
        if place == "metric":
            return make_config(config_pb2.MetricConfig(class_name=name, threshold=bound(lower)))
        return make_config(name, thresholds={"sparse_categorical_accuracy": bound(lower)})

    assert evaluate(make_request(config(0.1))).blessed is True
    outcome = evaluate(make_request(config(1.01), output_dir=f"{world.model}-{place}"))
    assert outcome.blessed is False
    accuracy = (world.scores.argmax(1) == [row["species_id"] for row in world.rows]).mean()
    assert outcome.failures == (
        (f"sparse_categorical_accuracy {accuracy:.4g} is below the lower bound 1.01 (slice: Overall)"),
    )


@pytest.mark.slow
def test_a_slice_without_examples_is_a_failure(make_request):
    from tensorflow_model_analysis.proto import config_pb2

    nowhere = config_pb2.SlicingSpec(feature_values={"island": "Atlantis"})
    metric = config_pb2.MetricConfig(
        class_name="ExampleCount",
        per_slice_thresholds=[
            config_pb2.PerSliceMetricThreshold(slicing_specs=[nowhere], threshold=bound(1))
        ],
    )
    outcome = evaluate(make_request(make_config(metric, slices=[nowhere])))
    assert outcome.blessed is False
    assert outcome.failures == (
        "no example belongs to the slice island=Atlantis, so its thresholds could not be checked",
    )


@pytest.mark.slow
def test_a_baseline_is_compared_with(world, make_request, tmp_path):
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.proto import config_pb2

    metric = config_pb2.MetricConfig(class_name="SparseCategoricalAccuracy", threshold=change(0.0))
    config = make_config(metric, spec={"name": "mine"})
    up = make_request(config, model_path=world.better, baseline_path=world.model)
    outcome = evaluate(up)
    assert outcome.blessed is True
    assert outcome.report.notes == ()
    candidate, baseline = (
        metrics_of(up.output_dir, name)[()] for name in (tfma.CANDIDATE_KEY, tfma.BASELINE_KEY)
    )
    assert candidate["sparse_categorical_accuracy"] > baseline["sparse_categorical_accuracy"]
    down = make_request(config, baseline_path=world.better, output_dir=str(tmp_path / "down"))
    outcome = evaluate(down)
    assert outcome.blessed is False
    assert "from the baseline; at least +0 is asked" in outcome.failures[0]


@pytest.mark.slow
def test_without_a_baseline_its_spec_and_change_thresholds_are_dropped(make_request):
    from tensorflow_model_analysis.proto import config_pb2

    config = make_config(
        config_pb2.MetricConfig(class_name="SparseCategoricalAccuracy", threshold=change(0.5)),
        spec={"name": "candidate"},
    )
    config.model_specs.add(
        name="baseline", is_baseline=True, label_key="species_id", signature_name="serving_default"
    )
    before = config.SerializeToString()
    outcome = evaluate(make_request(config))
    assert outcome.blessed is None
    assert len(outcome.report.notes) == 2
    assert all("no baseline model yet" in note for note in outcome.report.notes)
    assert config.SerializeToString() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "use_schema"),
    [
        ({"signature": "by_name"}, True),
        ({"signature": "by_name"}, False),
        ({"signature": "with_classes", "label": "species"}, False),
        (
            {
                "label": "species_xf",
                "spec": {"preprocessing_function_names": ["transform_features"]},
            },
            True,
        ),
    ],
)
def test_ways_to_feed_a_model_agree(world, make_request, changes, use_schema):
    request = make_request(
        make_config("SparseCategoricalAccuracy", **changes),
        schema_path=world.schema if use_schema else None,
    )
    evaluate(request)
    accuracy = (world.scores.argmax(1) == [row["species_id"] for row in world.rows]).mean()
    found = metrics_of(request.output_dir)[()]
    assert found["sparse_categorical_accuracy"] == pytest.approx(accuracy)


@pytest.mark.slow
def test_user_functions_are_used(world, make_request):
    import tensorflow_model_analysis as tfma

    seen = {}

    def custom_eval_shared_model(eval_saved_model_path, model_name, eval_config, **kwargs):
        seen["model"] = (eval_saved_model_path, model_name, sorted(kwargs))
        return tfma.default_eval_shared_model(
            eval_saved_model_path=eval_saved_model_path,
            model_name=model_name,
            eval_config=eval_config,
        )

    def custom_extractors(eval_shared_model, eval_config, tensor_adapter_config):
        seen["extractors"] = tensor_adapter_config is not None
        return tfma.default_extractors(
            eval_shared_model=eval_shared_model,
            eval_config=eval_config,
            tensor_adapter_config=tensor_adapter_config,
        )

    module = types.SimpleNamespace(
        custom_eval_shared_model=custom_eval_shared_model, custom_extractors=custom_extractors
    )
    request = make_request(make_config("ExampleCount"), user_module=module, schema_path=world.schema)
    evaluate(request)
    assert seen == {"model": (world.model, "", ["add_metrics_callbacks"]), "extractors": True}
    assert metrics_of(request.output_dir)[()]["example_count"] == len(world.rows)


@pytest.mark.slow
def test_a_signature_that_fails_on_the_examples(make_request):
    with pytest.raises(InputError, match=r"'broken' cannot be called.*examples: Name: .*nowhere"):
        evaluate(make_request(make_config("SparseCategoricalAccuracy", signature="broken")))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"label": "specis_id"}, r"uses 'specis_id' in label_key.*Did you mean 'species_id'\?.*year"),
        ({"label": ""}, "Expected a label_key in model_specs, because SparseCategoricalAccuracy"),
        ({"label": "species"}, "label 'species' holds strings"),
        ({"signature": "score"}, "signature 'score'.*by_name, serving_default, transform_features"),
        (
            {"spec": {"preprocessing_function_names": ["tft_layer"]}},
            "'tft_layer' in preprocessing_function_names.*transform_features",
        ),
        ({"spec": {"example_weight_key": "weight"}}, "uses 'weight' in example_weight_key"),
    ],
)
def test_a_config_that_does_not_fit(make_request, config, message):
    import re

    config = make_config("SparseCategoricalAccuracy", **config)
    with pytest.raises(InputError, match=re.compile(message, re.DOTALL)):
        evaluate(make_request(config))


def test_a_slice_by_a_feature_that_is_not_there(make_request):
    from tensorflow_model_analysis.proto import config_pb2

    config = make_config("ExampleCount", slices=[config_pb2.SlicingSpec(feature_keys=["isle"])])
    with pytest.raises(InputError, match="uses 'isle' in slicing_specs"):
        evaluate(make_request(config))


def test_thresholds_on_what_is_not_computed(make_request):
    config = make_config("SparseCategoricalAccuracy", thresholds={"accuracy": bound(0.5)})
    with pytest.raises(InputError, match=r"'accuracy', which is not computed.*Computed are: sparse"):
        evaluate(make_request(config))


def test_no_metric_at_all(make_request):
    with pytest.raises(InputError, match="at least one metric"):
        evaluate(make_request(make_config()))


def test_a_metric_that_tfma_cannot_make(make_request):
    from tensorflow_model_analysis.proto import config_pb2

    metric = config_pb2.MetricConfig(class_name="SparseCategoricalAccuracy", config='"no_such_argument": 1')
    with pytest.raises(
        InputError, match=r"cannot make the metric 'SparseCategoricalAccuracy'.*no_such_argument"
    ):
        evaluate(make_request(make_config(metric)))


def test_no_examples(make_request, tmp_path):
    empty = penguin_records.write(tmp_path / "Split-none", [])
    with pytest.raises(InputError, match="Expected examples to evaluate on"):
        evaluate(make_request(make_config("ExampleCount"), examples=(empty,)))


def test_no_saved_model(make_request, tmp_path):
    with pytest.raises(InputError, match=r"found no saved_model\.pb"):
        evaluate(make_request(make_config("ExampleCount"), model_path=str(tmp_path)))
    (tmp_path / "model.keras").write_bytes(b"")
    with pytest.raises(InputError, match=r"'model\.keras': save the model with"):
        evaluate(make_request(make_config("ExampleCount"), model_path=str(tmp_path)))
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(InputError, match="Expected a SavedModel in"):
        evaluate(make_request(make_config("ExampleCount"), model_path=str(tmp_path)))
