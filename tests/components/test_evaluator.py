import json
from pathlib import Path

import pytest

from interactive import InteractiveContext
from interactive.components import CsvExampleGen, Evaluator, SchemaGen, StatisticsGen, Trainer
from interactive.dsl import Resolver
from interactive.dsl.experimental import LatestBlessedModelStrategy
from interactive.errors import CaptureError, InputError, SpecError
from interactive.types import Channel, standard_artifacts
from tests.components.data import penguins, write_penguins

EXAMPLES = Channel(type=standard_artifacts.Examples)
MODEL = Channel(type=standard_artifacts.Model)

# A penguin is heavy with a probability that grows with its flippers.
MODULE = """
import tensorflow as tf

def run_fn(fn_args):
    model = tf.Module()
    model.centre = tf.Variable(fn_args.custom_config["centre"])
    spec = {"flipper_length_mm": tf.io.FixedLenFeature([1], tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples):
        flippers = tf.io.parse_example(examples, spec)["flipper_length_mm"]
        return {"outputs": tf.sigmoid((flippers - model.centre) / 5.0)}

    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"serving_default": serve})
"""


class World:
    """Penguins that are heavy or not, and two models: a good one and one that calls each of them heavy."""

    def __init__(self, folder):
        self.folder = folder
        self.context = InteractiveContext("heavy", folder / "root")
        frame = penguins()
        frame = frame.assign(heavy=(frame["body_mass_g"] > 4200).astype(int))
        example_gen = CsvExampleGen(input_base=write_penguins(folder / "data", frame=frame))
        statistics_gen = StatisticsGen(examples=example_gen.outputs["examples"])
        schema_gen = SchemaGen(statistics=statistics_gen.outputs["statistics"])
        for node in (example_gen, statistics_gen, schema_gen):
            self.context.run(node)
        self.examples, self.schema = example_gen.outputs["examples"], schema_gen.outputs["schema"]
        self.good, self.bad = self.model(200.0), self.model(100.0)

    def model(self, centre):
        path = self.folder / "module.py"
        path.write_text(MODULE)
        trainer = Trainer(
            examples=self.examples, module_file=str(path), custom_config={"centre": centre}
        ).with_id(f"Trainer {centre:.0f}")
        self.context.run(trainer)
        return trainer.outputs["model"]

    def evaluate(self, model, **arguments):
        component = Evaluator(examples=self.examples, model=model, **arguments)
        result = self.context.run(component)
        return result, *(component.outputs[name].get()[0] for name in ("evaluation", "blessing"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("heavy"))


def config(lower=None, change=None, slices=(), metrics=(), label="heavy"):
    from tensorflow_model_analysis.proto import config_pb2

    threshold = None
    if lower is not None or change is not None:
        threshold = config_pb2.MetricThreshold(
            value_threshold=None
            if lower is None
            else config_pb2.GenericValueThreshold(lower_bound={"value": lower}),
            change_threshold=None
            if change is None
            else config_pb2.GenericChangeThreshold(
                direction=config_pb2.MetricDirection.HIGHER_IS_BETTER, absolute={"value": change}
            ),
        )
    return config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(label_key=label)],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[key]) for key in slices),
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[
                    config_pb2.MetricConfig(class_name="ExampleCount"),
                    config_pb2.MetricConfig(class_name="BinaryAccuracy", threshold=threshold),
                    *(config_pb2.MetricConfig(class_name=name) for name in metrics),
                ]
            )
        ],
    )


def metrics(evaluation):
    """Slice to metric name to value."""
    import tensorflow_model_analysis as tfma

    loaded = tfma.load_eval_result(evaluation.uri)
    return {
        ", ".join(f"{key}={value}" for key, value in found): {
            name: value.get("doubleValue") for name, value in values[""][""].items()
        }
        for found, values in loaded.slicing_metrics
    }


def names(artifact):
    return sorted(entry.name for entry in Path(artifact.uri).iterdir())


@pytest.mark.slow
def test_a_model_that_holds_its_threshold_is_blessed(world):
    result, evaluation, blessing = world.evaluate(
        world.good, eval_config=config(lower=0.7, slices=["island"]), schema=world.schema
    )
    assert names(blessing) == ["BLESSED"]
    model = world.good.get()[0]
    custom = blessing.custom_properties
    assert (custom["blessed"], custom["current_model"], custom["current_model_id"]) == (
        1,
        model.uri,
        model.id,
    )
    assert "baseline_model" not in custom
    found = names(evaluation)
    assert "eval_config.json" in found
    assert "validations.tfrecord" in found
    assert any(name.startswith("metrics-") for name in found)
    values = metrics(evaluation)
    assert set(values) == {"", "island=Biscoe", "island=Dream", "island=Torgersen"}
    assert values[""]["example_count"] == sum(
        values[key]["example_count"] for key in values if key.startswith("island")
    )
    assert values[""]["binary_accuracy"] > 0.7
    assert json.loads(result.exec_properties["eval_config"])["model_specs"] == [{"label_key": "heavy"}]
    assert result.exec_properties["example_splits"] == "null"
    assert result.exec_properties["fairness_indicator_thresholds"] == "null"
    again = world.evaluate(world.good, eval_config=config(lower=0.7, slices=["island"]), schema=world.schema)[
        0
    ]
    assert again.state == "cached"


@pytest.mark.slow
def test_a_model_that_misses_it_is_not(world):
    result, _, blessing = world.evaluate(world.bad, eval_config=config(lower=0.7))
    assert names(blessing) == ["NOT_BLESSED"]
    assert blessing.custom_properties["blessed"] == 0
    (reason,) = blessing.get_json_value_custom_property("reasons")
    assert "binary_accuracy" in reason
    assert reason in result.notes
    assert result.exec_properties["not_blessed_because"] == reason


@pytest.mark.slow
def test_without_thresholds_it_is_neither(world):
    result, evaluation, blessing = world.evaluate(world.good, eval_config=config())
    assert names(blessing) == []
    assert "blessed" not in blessing.custom_properties
    assert any("no thresholds" in note for note in result.notes)
    assert metrics(evaluation)[""]["example_count"] > 50


@pytest.mark.slow
def test_a_baseline_from_a_resolver(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("baseline"))

    def latest():
        resolver = Resolver(
            strategy_class=LatestBlessedModelStrategy,
            model=MODEL,
            model_blessing=Channel(type=standard_artifacts.ModelBlessing),
        )
        world.context.run(resolver)
        return resolver.outputs["model"]

    changes = config(lower=0.5, change=-0.01)
    first = world.evaluate(world.good, baseline_model=latest(), eval_config=changes)
    assert names(first[2]) == ["BLESSED"]  # there is nothing to compare with yet
    assert "baseline_model" not in first[0].inputs
    baseline = latest()
    assert [model.id for model in baseline.get()] == [world.good.get()[0].id]
    result, evaluation, blessing = world.evaluate(world.bad, baseline_model=baseline, eval_config=changes)
    assert names(blessing) == ["NOT_BLESSED"]
    assert blessing.custom_properties["baseline_model"] == world.good.get()[0].uri
    assert blessing.custom_properties["baseline_model_id"] == world.good.get()[0].id
    assert "baseline_model" in result.inputs
    assert metrics(evaluation)[""]["binary_accuracy"] < 0.6
    # What was not blessed is no baseline.
    assert [model.id for model in latest().get()] == [world.good.get()[0].id]


@pytest.mark.slow
def test_example_splits(world):
    counts = []
    for splits in (["train"], ["eval"], ["train", "eval"]):
        result, evaluation, _ = world.evaluate(world.good, eval_config=config(), example_splits=splits)
        assert json.loads(result.exec_properties["example_splits"]) == splits
        counts.append(metrics(evaluation)[""]["example_count"])
    assert counts[0] + counts[1] == counts[2] == 333
    with pytest.raises(InputError, match=r"no split 'test' in .*It has: train, eval"):
        world.evaluate(world.good, eval_config=config(), example_splits=["test"])


@pytest.mark.slow
def test_fairness_thresholds_add_rates(world):
    result, evaluation, _ = world.evaluate(
        world.good, eval_config=config(), fairness_indicator_thresholds=[0.25, 0.5]
    )
    assert result.exec_properties["fairness_indicator_thresholds"] == "[0.25, 0.5]"
    assert "fairness" not in result.exec_properties["eval_config"]
    values = metrics(evaluation)[""]
    assert {name for name in values if "false_positive_rate" in name} == {
        "fairness_indicators_metrics/false_positive_rate@0.25",
        "fairness_indicators_metrics/false_positive_rate@0.5",
    }
    for threshold in (0.25, 0.5):
        rate = {
            name: values[f"fairness_indicators_metrics/{name}@{threshold}"]
            for name in ("false_positive_rate", "true_negative_rate", "positive_rate")
        }
        assert rate["false_positive_rate"] + rate["true_negative_rate"] == pytest.approx(1)
        assert 0 < rate["positive_rate"] < 1


EXTRACTORS = """
import apache_beam as beam
import tensorflow_model_analysis as tfma

def _flip(batch):
    changed = dict(batch)
    changed["labels"] = 1 - batch["labels"]
    return changed

def custom_extractors(eval_shared_model, eval_config, tensor_adapter_config):
    extractors = tfma.default_extractors(eval_shared_model=eval_shared_model, eval_config=eval_config)
    flip = tfma.extractors.Extractor("Flip", beam.Map(_flip))
    after = [extractor.stage_name for extractor in extractors].index("ExtractLabels") + 1
    return [*extractors[:after], flip, *extractors[after:]]
"""


@pytest.mark.slow
@pytest.mark.parametrize("by", ["module_file", "module_path"])
def test_custom_extractors(world, by, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"penguin_eval_{by}.py").write_text(EXTRACTORS)
    given = str(tmp_path / f"penguin_eval_{by}.py") if by == "module_file" else f"penguin_eval_{by}"
    plain = metrics(world.evaluate(world.good, eval_config=config())[1])[""]
    _, evaluation, _ = world.evaluate(world.good, eval_config=config(), **{by: given})
    flipped = metrics(evaluation)[""]
    assert flipped["binary_accuracy"] == pytest.approx(1 - plain["binary_accuracy"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: {"eval_config": config(label="heavi")}, "heavi"),
        (lambda: {"eval_config": config(slices=["isle"])}, "isle"),
    ],
)
def test_what_the_data_does_not_have_is_named(world, make, message):
    with pytest.raises(InputError, match=message):
        world.evaluate(world.good, **make())


@pytest.mark.slow
def test_a_model_without_a_serving_folder_is_named(world, tmp_path):
    empty = Channel(type=standard_artifacts.Model, artifacts=[standard_artifacts.Model(str(tmp_path))])
    with pytest.raises(InputError, match="no Format-Serving/ in the model"):
        world.evaluate(empty, eval_config=config())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"examples": None}, SpecError, "Evaluator: argument 'examples' is missing"),
        ({"model": None}, SpecError, "Evaluator: argument 'model' is missing: expected a channel of Model"),
        ({"model": EXAMPLES}, SpecError, "'model' expects a channel of Model, got one of Examples"),
        ({"eval_config": {}}, SpecError, r"expects an EvalConfig, got \{\} of type dict.*config_pb2 import"),
        ({"eval_config": None}, SpecError, "argument 'eval_config' is missing: expected an EvalConfig"),
        ({"feature_slicing_spec": 1}, SpecError, "no longer taken. Write the slices into eval_config"),
        ({"example_splits": "eval"}, SpecError, r"expects a list such as \['eval'\], got 'eval'"),
        ({"example_splits": []}, SpecError, r"expects a list such as \['eval'\], got \[\]"),
        ({"fairness_indicator_thresholds": [1.5]}, SpecError, r"numbers from 0 to 1 .*, got \[1.5\]"),
        ({"fairness_indicator_thresholds": 0.5}, SpecError, "list of numbers from 0 to 1 .*, got 0.5"),
        ({"module_file": "a.py", "module_path": "json"}, SpecError, "module_file or module_path, not both"),
        ({"module_file": "nowhere.py"}, InputError, "no module file 'nowhere.py'"),
        ({"module_path": "no.where"}, CaptureError, "no importable module 'no.where'"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(arguments, error, message):
    with pytest.raises(error, match=message):
        Evaluator(**{"examples": EXAMPLES, "model": MODEL, "eval_config": config(), **arguments})


@pytest.mark.slow
def test_a_metric_that_does_not_exist_is_refused_when_it_is_made():
    with pytest.raises(InputError, match="BinaryAcuracy"):
        Evaluator(examples=EXAMPLES, model=MODEL, eval_config=config(metrics=["BinaryAcuracy"]))
