"""What a TFX v1 user writes resolves here: names, argument order, messages, and a whole notebook.

The tables were read from TFX 1.16.0: signatures by ``inspect``, messages by their descriptors.
"""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import interactive as tfx
from interactive import InteractiveContext
from interactive.types import Channel
from tests.cells import Cells
from tests.components.data import penguins, write_penguins

CONSTRUCTORS = {
    "components.CsvExampleGen": "input_base input_config output_config range_config",
    "components.StatisticsGen": "examples schema stats_options exclude_splits",
    "components.SchemaGen": "statistics infer_feature_shape exclude_splits",
    "components.ImportSchemaGen": "schema_file",
    "components.ExampleValidator": "statistics schema exclude_splits custom_validation_config",
    "components.Transform": (
        "examples schema module_file preprocessing_fn splits_config analyzer_cache materialize "
        "disable_analyzer_cache force_tf_compat_v1 custom_config disable_statistics stats_options_updater_fn"
    ),
    "components.Trainer": (
        "examples transformed_examples transform_graph schema base_model hyperparameters module_file run_fn "
        "train_args eval_args custom_config custom_executor_spec"
    ),
    "components.Evaluator": (
        "examples model baseline_model feature_slicing_spec fairness_indicator_thresholds example_splits "
        "eval_config schema module_file module_path"
    ),
    "components.Pusher": (
        "model model_blessing infra_blessing push_destination custom_config custom_executor_spec"
    ),
    "dsl.Importer": "source_uri artifact_type reimport properties custom_properties output_key",
    "dsl.Resolver": "strategy_class config **channels",
    "dsl.Channel": (
        "type additional_properties additional_custom_properties artifacts producer_component_id output_key"
    ),
    "dsl.experimental.RuntimeParameter": "name ptype default description",
    "dsl.experimental.LatestArtifactStrategy": "desired_num_of_artifacts",
    "orchestration.metadata.sqlite_metadata_connection_config": "metadata_db_uri",
}
DEFAULTS = {
    ("components.SchemaGen", "infer_feature_shape"): True,
    ("components.Transform", "materialize"): True,
    ("components.Transform", "disable_analyzer_cache"): False,
    ("components.Transform", "force_tf_compat_v1"): False,
    ("components.Transform", "disable_statistics"): False,
    ("dsl.Importer", "reimport"): False,
    ("dsl.experimental.LatestArtifactStrategy", "desired_num_of_artifacts"): 1,
}
# Arguments that TFX's methods take; ours may have more behind them.
CONTEXT = {
    "__init__": "pipeline_name pipeline_root metadata_connection_config beam_pipeline_args",
    "run": "component enable_cache beam_pipeline_args",
    "show": "item",
    "export_to_pipeline": "notebook_filepath export_filepath runner_type",
}
FN_ARGS = (
    "working_dir train_files eval_files train_steps eval_steps schema_path schema_file transform_graph_path "
    "transform_output data_accessor serving_model_dir eval_model_dir model_run_dir base_model "
    "hyperparameters custom_config"
)
MESSAGES = {
    "Input": {"splits": 1},
    "Input.Split": {"name": 1, "pattern": 2},
    "Output": {"split_config": 3},
    "SplitConfig": {"splits": 1, "partition_feature_name": 2},
    "SplitConfig.Split": {"name": 1, "hash_buckets": 2},
    "CustomConfig": {"custom_config": 1},
    "TrainArgs": {"splits": 1, "num_steps": 2},
    "EvalArgs": {"splits": 1, "num_steps": 2},
    "PushDestination": {"filesystem": 3},
    "PushDestination.Filesystem": {"base_directory": 1, "versioning": 6},
    "RangeConfig": {"static_range": 1, "rolling_range": 2},
    "RollingRange": {"start_span_number": 1, "num_spans": 2},
    "StaticRange": {"start_span_number": 1, "end_span_number": 2},
    "SplitsConfig": {"analyze": 1, "transform": 2},
    "FeatureSlicingSpec": {"specs": 1},
    "SingleSlicingSpec": {"column_for_slicing": 1},
}
ENUMS = {
    "PayloadFormat": {
        "FORMAT_UNSPECIFIED": 0,
        "FORMAT_TF_EXAMPLE": 6,
        "FORMAT_TF_SEQUENCE_EXAMPLE": 7,
        "FORMAT_PROTO": 11,
        "FORMAT_PARQUET": 15,
    },
    "Versioning": {"AUTO": 0, "UNIX_TIMESTAMP": 1},
}
STANDARD_ARTIFACTS = (
    "Boolean Bytes ExampleAnomalies ExampleStatistics Examples Float HyperParameters InferenceResult "
    "InfraBlessing Integer JsonValue Model ModelBlessing ModelEvaluation ModelRun PushedModel Schema String "
    "TransformCache TransformGraph"
)
OTHER_NAMES = (
    "components.DataAccessor components.FnArgs dsl.Artifact dsl.components.InputArtifact "
    "dsl.components.OutputArtifact dsl.components.OutputDict dsl.components.Parameter "
    "dsl.components.component dsl.experimental.LatestBlessedModelStrategy "
    "dsl.experimental.ResolverStrategy types.BaseBeamComponent types.BaseChannel types.BaseComponent "
    "types.BaseFunctionalComponent types.BaseFunctionalComponentFactory types.BaseNode types.Channel "
    "types.standard_artifacts utils.JsonableType utils.parse_pbtxt_file __version__"
)
ARTIFACT_MEMBERS = (
    "PROPERTIES TYPE_ANNOTATION TYPE_NAME get_bool_custom_property get_custom_property "
    "get_float_custom_property get_int_custom_property get_json_value_custom_property "
    "get_string_custom_property has_custom_property has_property id is_external name "
    "set_bool_custom_property set_float_custom_property set_int_custom_property "
    "set_json_value_custom_property set_string_custom_property state type type_name uri"
)


def find(path, start=tfx):
    for name in path.split("."):
        start = getattr(start, name)
    return start


def parameters(function):
    found = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    return [("**" if p.kind is p.VAR_KEYWORD else "") + p.name for p in found]


@pytest.mark.parametrize("path", CONSTRUCTORS)
def test_arguments_have_tfxs_names_and_order(path):
    assert parameters(find(path)) == CONSTRUCTORS[path].split()


def test_defaults_are_tfxs():
    for (path, name), value in DEFAULTS.items():
        assert inspect.signature(find(path)).parameters[name].default is value, (path, name)


@pytest.mark.parametrize("method", CONTEXT)
def test_the_contexts_methods_take_what_tfxs_take(method):
    expected = CONTEXT[method].split()
    assert parameters(getattr(InteractiveContext, method))[: len(expected)] == expected
    if method == "run":
        assert inspect.signature(InteractiveContext.run).parameters["enable_cache"].default is True


def test_fn_args_have_tfxs_fields():
    assert [field.name for field in dataclasses.fields(tfx.components.FnArgs)] == FN_ARGS.split()


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_have_tfxs_fields_and_numbers(name):
    fields = find(name, tfx.proto).DESCRIPTOR.fields
    assert {field.name: field.number for field in fields} == MESSAGES[name]


@pytest.mark.parametrize("name", ENUMS)
def test_enums_have_tfxs_values(name):
    assert dict(find(name, tfx.proto).items()) == ENUMS[name]


def test_other_names_resolve():
    for path in OTHER_NAMES.split():
        assert find(path) is not None, path
    for name in STANDARD_ARTIFACTS.split():
        kind = getattr(tfx.types.standard_artifacts, name)
        assert name == kind.TYPE_NAME
        missing = [member for member in ARTIFACT_MEMBERS.split() if not hasattr(kind(), member)]
        assert not missing, (name, missing)


def test_messages_are_used_attribute_by_attribute():
    destination = tfx.proto.PushDestination(
        filesystem=tfx.proto.PushDestination.Filesystem(base_directory="serving")
    )
    assert destination.filesystem.base_directory == "serving"
    destination.filesystem.versioning = tfx.proto.Versioning.UNIX_TIMESTAMP
    assert destination.WhichOneof("destination") == "filesystem"
    assert tfx.proto.TrainArgs(num_steps=5).num_steps == 5
    args = tfx.proto.EvalArgs()
    args.num_steps = 3
    args.splits.extend(["eval"])
    assert list(args.splits) == ["eval"]
    config = tfx.proto.Input(splits=[tfx.proto.Input.Split(name="train", pattern="train/*")])
    assert config.splits[0].pattern == "train/*"
    output = tfx.proto.Output()
    split = output.split_config.splits.add(name="train")
    split.hash_buckets = 3
    assert output.split_config.splits[0].hash_buckets == 3
    with pytest.raises(AttributeError):
        args.steps = 3
    with pytest.raises(ValueError, match="steps"):
        tfx.proto.TrainArgs(steps=5)
    with pytest.raises(TypeError):
        tfx.proto.TrainArgs(num_steps="5")
    range_config = tfx.proto.RangeConfig(
        static_range=tfx.proto.StaticRange(start_span_number=1, end_span_number=1)
    )
    assert range_config.WhichOneof("range") == "static_range"
    assert tfx.proto.TrainArgs.FromString(tfx.proto.TrainArgs(num_steps=5).SerializeToString()).num_steps == 5


def test_channels_are_read_as_in_tfx():
    channel = tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model)
    assert isinstance(channel, Channel | tfx.types.BaseChannel)
    assert (channel.get(), channel.type_name) == ([], "Model")
    generator = tfx.components.CsvExampleGen(input_base="data").with_id("MyGen")
    assert generator.id == "MyGen"
    assert set(generator.outputs) == {"examples"}
    assert generator.outputs["examples"].type is tfx.types.standard_artifacts.Examples


CONSTANTS_MODULE = """
NUMERIC_FEATURE_KEYS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
CATEGORICAL_FEATURE_KEYS = ["island"]
LABEL_KEY = "species_id"

def t_name(key):
    return key + "_xf"
"""

TRANSFORM_MODULE = """
import tensorflow as tf
import tensorflow_transform as tft

import penguin_constants

def preprocessing_fn(inputs):
    outputs = {}
    for key in penguin_constants.NUMERIC_FEATURE_KEYS:
        outputs[penguin_constants.t_name(key)] = tft.scale_to_z_score(inputs[key])
    for key in penguin_constants.CATEGORICAL_FEATURE_KEYS:
        outputs[penguin_constants.t_name(key)] = tft.compute_and_apply_vocabulary(
            inputs[key], vocab_filename=key
        )
    outputs[penguin_constants.t_name(penguin_constants.LABEL_KEY)] = inputs[penguin_constants.LABEL_KEY]
    return outputs
"""

TRAINER_MODULE = """
from typing import List, Text

from absl import logging
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
import tensorflow_transform as tft
from IMPORT.components import DataAccessor, FnArgs
from tfx_bsl.public import tfxio

import penguin_constants

_FEATURES = [penguin_constants.t_name(key) for key in penguin_constants.NUMERIC_FEATURE_KEYS]
_LABEL = penguin_constants.t_name(penguin_constants.LABEL_KEY)

def _input_fn(file_pattern: List[Text], data_accessor: DataAccessor, tf_transform_output, batch_size=20):
    return data_accessor.tf_dataset_factory(
        file_pattern,
        tfxio.TensorFlowDatasetOptions(batch_size=batch_size, label_key=_LABEL),
        tf_transform_output.transformed_metadata.schema,
    ).repeat()

def _apply_preprocessing(raw_features, tft_layer):
    return tft_layer(raw_features)

def _get_serve_tf_examples_fn(model, tf_transform_output):
    model.tft_layer = tf_transform_output.transform_features_layer()

    @tf.function(input_signature=[tf.TensorSpec(shape=[None], dtype=tf.string, name="examples")])
    def serve_tf_examples_fn(serialized_tf_examples):
        feature_spec = tf_transform_output.raw_feature_spec()
        feature_spec.pop(penguin_constants.LABEL_KEY)
        parsed = tf.io.parse_example(serialized_tf_examples, feature_spec)
        transformed = _apply_preprocessing(parsed, model.tft_layer)
        return {"outputs": model({key: transformed[key] for key in _FEATURES})}

    return serve_tf_examples_fn

def _build_keras_model() -> tf.keras.Model:
    inputs = {key: tf.keras.layers.Input(shape=(1,), name=key) for key in _FEATURES}
    d = tf.keras.layers.concatenate(list(inputs.values()))
    for _ in range(2):
        d = tf.keras.layers.Dense(8, activation="relu")(d)
    outputs = tf.keras.layers.Dense(3)(d)
    model = tf.keras.Model(inputs=inputs, outputs=outputs)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(1e-2),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[tf.keras.metrics.SparseCategoricalAccuracy()],
    )
    model.summary(print_fn=logging.info)
    return model

def run_fn(fn_args: FnArgs):
    tf_transform_output = tft.TFTransformOutput(fn_args.transform_output)
    train_dataset = _input_fn(fn_args.train_files, fn_args.data_accessor, tf_transform_output)
    eval_dataset = _input_fn(fn_args.eval_files, fn_args.data_accessor, tf_transform_output)
    model = _build_keras_model()
    model.fit(
        train_dataset,
        steps_per_epoch=fn_args.train_steps,
        validation_data=eval_dataset,
        validation_steps=fn_args.eval_steps,
        verbose=0,
    )
    signatures = {"serving_default": _get_serve_tf_examples_fn(model, tf_transform_output)}
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures=signatures)
"""

# The component tutorial, cell by cell. Where TFX's notebook says `from tfx import v1 as tfx` and
# `from tfx.orchestration.experimental.interactive.interactive_context import InteractiveContext`, the first
# cell has the two lines below; nothing else differs.
TUTORIAL = (
    """
import os
import pprint
import interactive as tfx
from interactive import InteractiveContext
import tensorflow as tf
import tensorflow_model_analysis as tfma
""",
    """
_data_root = os.path.abspath("data")
_serving_model_dir = os.path.abspath("serving_model/penguin")
context = InteractiveContext(pipeline_name="penguin-tutorial", pipeline_root=os.path.abspath("root"))
""",
    """
example_gen = tfx.components.CsvExampleGen(input_base=_data_root)
context.run(example_gen, enable_cache=True)
""",
    """
artifact = example_gen.outputs['examples'].get()[0]
print(artifact.split_names, artifact.uri)
train_uri = os.path.join(example_gen.outputs['examples'].get()[0].uri, 'Split-train')
tfrecord_filenames = [os.path.join(train_uri, name) for name in os.listdir(train_uri)]
dataset = tf.data.TFRecordDataset(tfrecord_filenames, compression_type="GZIP")
for tfrecord in dataset.take(3):
    example = tf.train.Example()
    example.ParseFromString(tfrecord.numpy())
""",
    """
statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs['examples'])
context.run(statistics_gen, enable_cache=True)
context.show(statistics_gen.outputs['statistics'])
""",
    """
schema_gen = tfx.components.SchemaGen(
    statistics=statistics_gen.outputs['statistics'], infer_feature_shape=True)
context.run(schema_gen, enable_cache=True)
context.show(schema_gen.outputs['schema'])
""",
    """
example_validator = tfx.components.ExampleValidator(
    statistics=statistics_gen.outputs['statistics'], schema=schema_gen.outputs['schema'])
context.run(example_validator, enable_cache=True)
context.show(example_validator.outputs['anomalies'])
""",
    """
transform = tfx.components.Transform(
    examples=example_gen.outputs['examples'],
    schema=schema_gen.outputs['schema'],
    module_file=os.path.abspath("penguin_transform.py"))
context.run(transform, enable_cache=True)
train_uri = os.path.join(transform.outputs['transform_graph'].get()[0].uri)
assert set(os.listdir(train_uri)) == {'metadata', 'transform_fn', 'transformed_metadata'}
""",
    """
trainer = tfx.components.Trainer(
    module_file=os.path.abspath("penguin_trainer.py"),
    examples=transform.outputs['transformed_examples'],
    transform_graph=transform.outputs['transform_graph'],
    schema=schema_gen.outputs['schema'],
    train_args=tfx.proto.TrainArgs(num_steps=60),
    eval_args=tfx.proto.EvalArgs(num_steps=5))
context.run(trainer, enable_cache=True)
model_artifact_dir = trainer.outputs['model'].get()[0].uri
pprint.pprint(os.listdir(model_artifact_dir))
model_dir = os.path.join(model_artifact_dir, 'Format-Serving')
""",
    """
eval_config = tfma.EvalConfig(
    model_specs=[tfma.ModelSpec(signature_name='serving_default', label_key='species_id')],
    metrics_specs=[
        tfma.MetricsSpec(
            metrics=[
                tfma.MetricConfig(class_name='ExampleCount'),
                tfma.MetricConfig(class_name='SparseCategoricalAccuracy',
                  threshold=tfma.MetricThreshold(
                      value_threshold=tfma.GenericValueThreshold(lower_bound={'value': 0.6}),
                      change_threshold=tfma.GenericChangeThreshold(
                          direction=tfma.MetricDirection.HIGHER_IS_BETTER,
                          absolute={'value': -1e-10})))
            ]
        )
    ],
    slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=['island'])])
model_resolver = tfx.dsl.Resolver(
    strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
    model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
    model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing)).with_id(
        'latest_blessed_model_resolver')
context.run(model_resolver, enable_cache=True)
evaluator = tfx.components.Evaluator(
    examples=example_gen.outputs['examples'],
    model=trainer.outputs['model'],
    baseline_model=model_resolver.outputs['model'],
    eval_config=eval_config)
context.run(evaluator, enable_cache=True)
context.show(evaluator.outputs['evaluation'])
PATH_TO_RESULT = evaluator.outputs['evaluation'].get()[0].uri
tfma_result = tfma.load_eval_result(PATH_TO_RESULT)
blessing_uri = evaluator.outputs['blessing'].get()[0].uri
""",
    """
pusher = tfx.components.Pusher(
    model=trainer.outputs['model'],
    model_blessing=evaluator.outputs['blessing'],
    push_destination=tfx.proto.PushDestination(
        filesystem=tfx.proto.PushDestination.Filesystem(base_directory=_serving_model_dir)))
context.run(pusher, enable_cache=True)
push_uri = pusher.outputs['pushed_model'].get()[0].uri
model = tf.saved_model.load(push_uri)
for item in model.signatures.items():
    pprint.pprint(item)
""",
)


def names(folder):
    return [entry.name for entry in Path(folder).iterdir()]


def with_messages_by_module(cell):
    """The cell for TFMA 0.52, whose package lists its messages in ``__all__`` but does not have them."""
    imports = "import tensorflow_model_analysis as tfma\n"
    cell = cell.replace(imports, f"{imports}from tensorflow_model_analysis.proto import config_pb2\n")
    return re.sub(r"\btfma\.(?=[A-Z])", "config_pb2.", cell)


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["once", "restarted"])
def test_the_component_tutorial_runs_with_its_imports_changed(tmp_path, monkeypatch, again):
    import tensorflow_model_analysis as tfma

    monkeypatch.chdir(tmp_path)
    frame = penguins()
    species = sorted(set(frame["species"]))
    frame = frame.assign(species_id=[species.index(name) for name in frame["species"]])
    write_penguins("data", frame=frame)
    Path("penguin_constants.py").write_text(CONSTANTS_MODULE)
    Path("penguin_transform.py").write_text(TRANSFORM_MODULE)
    Path("penguin_trainer.py").write_text(TRAINER_MODULE.replace("IMPORT", "interactive"))
    for _ in range(1 + again):
        book = Cells()
        try:
            for cell in TUTORIAL:
                book.run(cell if hasattr(tfma, "EvalConfig") else with_messages_by_module(cell))
            assert book["artifact"].split_names == '["train", "eval"]'
            assert set(book["example"].features.feature) == set(frame.columns)
            assert names(book["blessing_uri"]) == ["BLESSED"]
            assert len(book["tfma_result"].slicing_metrics) == 4
            assert names(book["model_artifact_dir"]) == ["Format-Serving"]
            assert "serving_default" in book["model"].signatures
            versions = names(book["_serving_model_dir"])
        finally:
            book.close()
    # From the restarted notebook's view: the blessed model is its own baseline, and is not pushed twice.
    assert len(versions) == 1
