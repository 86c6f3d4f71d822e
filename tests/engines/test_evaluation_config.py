"""``EvalConfig`` without TensorFlow: loading its messages, JSON, and what can be checked early."""

import subprocess
import sys
import textwrap
from importlib.metadata import version

import pytest

from interactive.engines import tfma_config, validation
from interactive.errors import InputError

pb = tfma_config.eval_config_pb2()


def config(*metrics, **fields):
    return pb.EvalConfig(metrics_specs=[pb.MetricsSpec(metrics=list(metrics))], **fields)


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_heavy_import():
    output = run("""
        import sys
        from interactive.engines import tfma_config, validation
        pb = tfma_config.eval_config_pb2()
        metrics = [pb.MetricsSpec(metrics=[pb.MetricConfig(class_name="AUC")])]
        validation.check_eval_config(pb.EvalConfig(metrics_specs=metrics))
        print([m for m in ("tensorflow", "tensorflow_model_analysis", "apache_beam") if m in sys.modules])
    """)
    assert output.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("first", ["ours", "tfma"])
def test_the_classes_are_tfmas_own(first):
    ours = "pb = tfma_config.eval_config_pb2()"
    theirs = "import tensorflow_model_analysis as tfma"
    lines = [ours, theirs] if first == "ours" else [theirs, ours]
    output = run(
        "from interactive.engines import tfma_config\n"
        + "\n".join(lines)
        # TFMA 0.52 lists these names of the package, but does not have them.
        + "\nprint(hasattr(tfma, 'EvalConfig'), getattr(tfma, 'EvalConfig', pb.EvalConfig) is pb.EvalConfig)"
        + "\nfrom tensorflow_model_analysis.proto import config_pb2"
        + "\nprint(config_pb2.SlicingSpec is pb.SlicingSpec)"
        + "\nprint(config_pb2.EvalConfig is tfma_config.eval_config_pb2().EvalConfig)"
    )
    has_name = not version("tensorflow-model-analysis").startswith("0.52.")
    assert output.split() == [str(has_name), "True", "True", "True"]


def test_json_there_and_back():
    made = config(
        pb.MetricConfig(
            class_name="AUC",
            threshold=pb.MetricThreshold(
                value_threshold=pb.GenericValueThreshold(lower_bound={"value": 0.5})
            ),
        ),
        model_specs=[pb.ModelSpec(label_key="species_xf", signature_name="serving_default")],
    )
    text = tfma_config.to_json(made)
    assert tfma_config.from_json(text) == made
    assert '"label_key": "species_xf"' in text
    assert tfma_config.from_json('{"modelSpecs": [{"labelKey": "x"}]}').model_specs[0].label_key == "x"
    for bad in ("{", '{"model_spec": []}'):
        with pytest.raises(InputError, match="Expected an EvalConfig as JSON"):
            tfma_config.from_json(bad)


def test_a_good_config_passes():
    validation.check_eval_config(
        config(
            pb.MetricConfig(class_name="SparseCategoricalAccuracy"),
            pb.MetricConfig(class_name="AUC", module="keras.src.metrics.confusion_metrics"),
            pb.MetricConfig(class_name="MyOwn", module="my.module"),
            pb.MetricConfig(class_name="Precision", config='"thresholds": [0.5]'),
            model_specs=[pb.ModelSpec(name="a"), pb.ModelSpec(name="b", is_baseline=True)],
        )
    )


@pytest.mark.parametrize("other", [None, {}, "text"])
def test_something_else(other):
    with pytest.raises(InputError, match=r"to be an EvalConfig, found.*config_pb2 import EvalConfig"):
        validation.check_eval_config(other)


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ([{}, {}, {}], "at most two"),
        ([{"name": "a"}, {"name": "a"}], "different names"),
        ([{}, {"name": "a", "is_baseline": True}], "different names"),
        ([{"name": "a"}, {"name": "b"}], "to be the baseline"),
        ([{"is_baseline": True}], "found only the baseline"),
        (
            [{"name": "a", "is_baseline": True}, {"name": "b", "is_baseline": True}],
            "one baseline",
        ),
        ([{"label_key": "a", "label_keys": {"x": "b"}}], "either label_key or label_keys"),
    ],
)
def test_model_specs_that_contradict(specs, message):
    with pytest.raises(InputError, match=message):
        validation.check_eval_config(pb.EvalConfig(model_specs=[pb.ModelSpec(**s) for s in specs]))


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(InputError, match=r"'SparseCategoricalAcuracy'.*'SparseCategoricalAccuracy'"):
        validation.check_eval_config(config(pb.MetricConfig(class_name="SparseCategoricalAcuracy")))
    with pytest.raises(InputError, match="fairness-indicators"):
        validation.check_eval_config(config(pb.MetricConfig(class_name="FairnessIndicators")))
    with pytest.raises(InputError, match="class_name in every metric"):
        validation.check_eval_config(config(pb.MetricConfig()))


def test_metric_config_that_is_not_json():
    with pytest.raises(InputError, match=r"to be JSON, found .thresholds=0\.5."):
        validation.check_eval_config(config(pb.MetricConfig(class_name="Precision", config="thresholds=0.5")))


def test_thresholds_that_cannot_hold():
    bounds = pb.GenericValueThreshold(lower_bound={"value": 0.9}, upper_bound={"value": 0.1})
    with pytest.raises(InputError, match=r"AUC can never hold: its lower bound 0\.9"):
        validation.check_eval_config(
            config(pb.MetricConfig(class_name="AUC", threshold=pb.MetricThreshold(value_threshold=bounds)))
        )
    change = pb.MetricThreshold(change_threshold=pb.GenericChangeThreshold(absolute={"value": 0}))
    spec = pb.MetricsSpec(thresholds={"loss": change})
    with pytest.raises(InputError, match="change_threshold of loss to have a direction"):
        validation.check_eval_config(pb.EvalConfig(metrics_specs=[spec]))


def test_change_thresholds_are_found():
    change = pb.MetricThreshold(
        change_threshold=pb.GenericChangeThreshold(absolute={"value": 0}, direction="HIGHER_IS_BETTER")
    )
    per_slice = pb.PerSliceMetricThreshold(slicing_specs=[pb.SlicingSpec()], threshold=change)
    assert not validation.has_change_thresholds(config(pb.MetricConfig(class_name="AUC")))
    assert validation.has_change_thresholds(
        config(pb.MetricConfig(class_name="AUC", per_slice_thresholds=[per_slice]))
    )


def test_the_lists_of_metrics_hold_what_users_name():
    assert {
        "ExampleCount",
        "AUC",
        "BinaryAccuracy",
        "SparseCategoricalAccuracy",
        "MeanSquaredError",
        "ConfusionMatrixPlot",
        "CalibrationPlot",
        "MultiClassConfusionMatrixPlot",
    } <= validation.metric_classes()


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("keras.metrics", True),
        ("keras.src.metrics.accuracy_metrics", True),
        ("tensorflow.keras.metrics", True),
        ("tensorflow.python.keras.metrics", True),
        ("tf_keras.metrics", True),
        ("", False),
        ("mykeras.metrics", False),
        ("tensorflow_model_analysis.metrics", False),
    ],
)
def test_keras_modules(module, expected):
    assert validation.is_keras_module(module) is expected
