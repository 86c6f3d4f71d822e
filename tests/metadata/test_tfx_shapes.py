"""A store of ours beside one of TFX 1.16: who reads the one reads the other.

The golden file describes a store that TFX 1.16.0 wrote, running the pipeline below twice on the penguins;
``store_shape.py`` says how it was made.
"""

import json
from pathlib import Path

import pytest

from interactive import InteractiveContext, dsl, proto
from interactive import components as c
from interactive.types import standard_artifacts
from tests.components.data import write_penguins
from tests.metadata.store_shape import connect, shape

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "tfx_1_16.json").read_text())
MODULE = str(HERE / "penguin_module.py")

NODES = tuple(name.removeprefix("penguins.") for name in GOLDEN["nodes"])

# Execution properties of TFX's that ours have under another name, and why.
RENAMED = {"module_path": "module_file"}  # user code is a saved module, not an installed wheel
# Artifact properties of TFX's that ours do not have.
RENAMED_ON_ARTIFACTS = {"tfx_version": "cellwise_version"}
NOT_ON_ARTIFACTS = {"stats_dashboard_link"}  # always empty outside Google

# What ours record beyond TFX's.
MORE_PROPERTIES = {
    "CsvExampleGen": {"engine", "engine_reason", "input_fingerprint", "span"},
    "Evaluator": {"engine", "engine_reason"},
    "ImportSchemaGen": {"schema_fingerprint"},
    "StatisticsGen": {"engine", "engine_reason"},
    "Trainer": {"module_file", "run_fn"},
    "Transform": {"engine", "engine_notes", "engine_reason", "module_file", "preprocessing_fn"},
}
MORE_ON_ARTIFACTS = {"cellwise_version", "content_fingerprint", "span"}


def pipeline(folder):
    """The nodes in the order in which TFX ran them."""
    from tensorflow_model_analysis.proto import config_pb2

    example_gen = c.CsvExampleGen(input_base=str(folder / "data"))
    statistics_gen = c.StatisticsGen(examples=example_gen.outputs["examples"])
    schema_gen = c.SchemaGen(statistics=statistics_gen.outputs["statistics"], infer_feature_shape=True)
    validator = c.ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema_gen.outputs["schema"]
    )
    transform = c.Transform(
        examples=example_gen.outputs["examples"], schema=schema_gen.outputs["schema"], module_file=MODULE
    )
    importer = dsl.Importer(
        source_uri=str(folder / "given"), artifact_type=standard_artifacts.Schema
    ).with_id("schema_importer")
    import_schema_gen = c.ImportSchemaGen(schema_file=str(folder / "given" / "schema.pbtxt"))
    trainer = c.Trainer(
        module_file=MODULE,
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema_gen.outputs["schema"],
        train_args=proto.TrainArgs(num_steps=100),
        eval_args=proto.EvalArgs(num_steps=5),
        custom_config={"rate": 0.5},
    )
    resolver = dsl.Resolver(
        strategy_class=dsl.experimental.LatestBlessedModelStrategy,
        model=dsl.Channel(type=standard_artifacts.Model),
        model_blessing=dsl.Channel(type=standard_artifacts.ModelBlessing),
    ).with_id("latest_blessed_model_resolver")
    bound = config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(upper_bound={"value": 1e7})
    )
    evaluator = c.Evaluator(
        examples=example_gen.outputs["examples"],
        model=trainer.outputs["model"],
        baseline_model=resolver.outputs["model"],
        schema=schema_gen.outputs["schema"],
        eval_config=config_pb2.EvalConfig(
            model_specs=[config_pb2.ModelSpec(signature_name="serving_default", label_key="body_mass_g")],
            slicing_specs=[config_pb2.SlicingSpec(), config_pb2.SlicingSpec(feature_keys=["island"])],
            metrics_specs=[
                config_pb2.MetricsSpec(
                    metrics=[
                        config_pb2.MetricConfig(class_name="ExampleCount"),
                        config_pb2.MetricConfig(class_name="MeanSquaredError", threshold=bound),
                    ]
                )
            ],
        ),
    )
    filesystem = proto.PushDestination.Filesystem(base_directory=str(folder / "push"))
    pusher = c.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=proto.PushDestination(filesystem=filesystem),
    )
    return [
        example_gen, statistics_gen, schema_gen, validator, transform, importer, import_schema_gen, trainer,
        resolver, evaluator, pusher,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The pipeline, run twice; the store as plain ml_metadata opens it."""
    folder = tmp_path_factory.mktemp("shapes")
    write_penguins(folder / "data")
    (folder / "given").mkdir()
    (folder / "given" / "schema.pbtxt").write_text('feature { name: "year" type: INT }')
    for _ in range(2):
        context = InteractiveContext("penguins", folder / "root")
        for node in pipeline(folder):
            context.run(node)
    return connect(folder / "root" / "metadata.sqlite")


@pytest.fixture(scope="module")
def ours(store):
    return shape(store)


def test_types_and_contexts_are_tfxs(ours):
    for section in GOLDEN.keys() - {"artifacts", "runs"}:
        assert ours[section] == GOLDEN[section], section


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("run", [0, 1], ids=["first", "second"])
def test_executions_are_tfxs(ours, node, run):
    here, there = (description["runs"][run][f"penguins.{node}"] for description in (ours, GOLDEN))
    for section in ("type", "contexts", "properties"):
        assert here[section] == there[section], section
    if (node, run) != ("Pusher", 1):
        assert here["state"] == there["state"]
        assert here["events"] == there["events"]
    expected = {RENAMED.get(name, name): value for name, value in there["custom_properties"].items()}
    values = here["custom_properties"]
    assert set(expected) - set(values) == set()
    assert set(values) - set(expected) <= MORE_PROPERTIES.get(node, set())
    for name, value in expected.items():
        found = values[name].partition(" ")[0] if name == "module_file" else values[name]
        assert found == value, name


def test_a_new_blessing_of_equal_content_leaves_the_pusher_cached(ours):
    """TFX pushes the same model again, as its new blessing has another id; here the content decides."""
    assert GOLDEN["runs"][1]["penguins.Pusher"]["state"] == "COMPLETE"
    pusher = ours["runs"][1]["penguins.Pusher"]
    assert pusher["state"] == "CACHED"
    assert pusher["events"] == {
        "INPUT model/0": "penguins.Trainer:model",
        "INPUT model_blessing/0": "penguins.Evaluator:blessing#2",
        "OUTPUT pushed_model/0": "penguins.Pusher:pushed_model",
    }


@pytest.mark.parametrize("name", sorted(GOLDEN["artifacts"].keys() - {"penguins.Pusher:pushed_model#2"}))
def test_artifacts_are_tfxs(ours, name):
    here, there = ours["artifacts"][name], GOLDEN["artifacts"][name]
    for section in ("type", "state", "contexts"):
        assert here[section] == there[section], section
    properties = dict(there["properties"])
    if name == "penguins.Transform:transformed_examples":
        # TFX takes the splits from a set, in any order; ours have the order of their input.
        properties["split_names"] = 'string_value "[\\"train\\", \\"eval\\"]"'
    custom = {
        RENAMED_ON_ARTIFACTS.get(key, key): value
        for key, value in there["custom_properties"].items()
        if key not in NOT_ON_ARTIFACTS
    }
    # Where TFX has the span as a custom property only, or not at all, ours have it as declared.
    assert {key: here["properties"].get(key) for key in properties} == properties
    assert set(here["properties"]) - set(properties) <= MORE_ON_ARTIFACTS
    for key, value in custom.items():
        found = here["custom_properties"][key]
        assert (found.partition(" ")[0] if key == "cellwise_version" else found) == value, key
    assert set(here["custom_properties"]) - set(custom) <= MORE_ON_ARTIFACTS


def test_a_plain_reader_finds_the_latest_model_and_its_lineage(store):
    """What scripts and dashboards do with a TFX store, written with nothing but ml_metadata."""
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    context = store.get_context_by_type_and_name("pipeline", "penguins")
    models = [artifact for artifact in store.get_artifacts_by_context(context.id) if artifact.type == "Model"]
    latest = max(models, key=lambda artifact: artifact.last_update_time_since_epoch)
    assert store.get_artifacts_by_type("Model") == models
    assert (Path(latest.uri) / "Format-Serving" / "saved_model.pb").is_file()

    node = store.get_context_by_type_and_name("node", "penguins.Trainer")
    (trained,) = [
        execution
        for execution in store.get_executions_by_context(node.id)
        if execution.last_known_state == mlmd.Execution.COMPLETE
    ]
    assert json.loads(trained.custom_properties["train_args"].string_value) == {"num_steps": 100}
    taken = {
        event.path.steps[0].key: event.artifact_id
        for event in store.get_events_by_execution_ids([trained.id])
        if event.type == mlmd.Event.INPUT
    }
    (examples,) = store.get_artifacts_by_id([taken["examples"]])
    assert json.loads(examples.properties["split_names"].string_value) == ["train", "eval"]

    blessings = store.get_artifacts_by_type("ModelBlessing")
    assert [b.custom_properties["blessed"].int_value for b in blessings] == [1, 1]
    assert {b.custom_properties["current_model_id"].int_value for b in blessings} == {latest.id}
    (pushed,) = store.get_artifacts_by_type("PushedModel")
    destination = Path(pushed.custom_properties["pushed_destination"].string_value)
    assert (destination / "saved_model.pb").is_file()
    assert destination.name == pushed.custom_properties["pushed_version"].string_value
