"""Every type of artifact is shown by the view that fits it."""

import json
from pathlib import Path

import pytest

from interactive.components import CsvExampleGen, ExampleValidator, SchemaGen, StatisticsGen
from interactive.context import InteractiveContext
from interactive.errors import ArtifactError, InputError
from interactive.notebook.show import view
from interactive.types import standard_artifacts as standard
from interactive.types.artifact import Artifact
from interactive.types.properties import Property, PropertyType
from tests.widgets.html_check import read
from tests.widgets.test_model import write as write_model
from tests.widgets.test_transform import graph as write_transform_graph


@pytest.fixture(scope="module")
def penguins(tmp_path_factory):
    """Examples, statistics, schema and anomalies of the penguins, by output name."""
    from palmerpenguins import load_penguins

    folder = tmp_path_factory.mktemp("penguins")
    (folder / "data").mkdir()
    load_penguins().to_csv(folder / "data" / "penguins.csv", index=False)
    context = InteractiveContext("penguins", folder / "root")
    example_gen = CsvExampleGen(input_base=str(folder / "data"))
    statistics_gen = StatisticsGen(examples=example_gen.outputs["examples"])
    schema_gen = SchemaGen(statistics=statistics_gen.outputs["statistics"], infer_feature_shape=True)
    validator = ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema_gen.outputs["schema"]
    )
    artifacts = {}
    for node in (example_gen, statistics_gen, schema_gen, validator):
        context.run(node)
        artifacts.update({name: channel.get()[0] for name, channel in node.outputs.items()})
    return artifacts


def shown(artifact):
    """The HTML of an artifact's view, read strictly; the text must be there too."""
    made = view(artifact)
    assert made.text()
    return type(made).__name__, read(made.to_html())


def test_examples(penguins):
    kind, page = shown(penguins["examples"])
    assert kind == "ExamplesView"
    assert page.headings == ["Examples", "train", "eval"]
    table = page.table("The first 10 examples of train")
    assert "bill_length_mm" in table[0]
    assert len(table) == 11


def test_examples_without_named_splits_are_read_from_their_folder(penguins):
    artifact = standard.Examples(penguins["examples"].path(split="eval"))
    kind, page = shown(artifact)
    assert kind == "ExamplesView"
    assert len(page.tables[0]) == 11


def test_examples_of_a_format_without_a_view_show_their_files(penguins):
    artifact = standard.Examples(penguins["examples"].uri)
    artifact.copy_properties_from(penguins["examples"])
    artifact.set_string_custom_property("payload_format", "FORMAT_PARQUET")
    kind, page = shown(artifact)
    assert kind == "ArtifactView"
    assert ["payload_format", "FORMAT_PARQUET"] in page.table("Properties")
    assert len(page.table("2 files")) == 3


def test_statistics_count_what_the_csv_leaves_empty(penguins):
    kind, page = shown(penguins["statistics"])
    assert kind == "StatisticsView"
    table = page.table("Categorical features")
    sex = [dict(zip(table[0], row, strict=True)) for row in table[1:] if row[1] in {"train", "eval"}][2:4]
    assert [row["Split"] for row in sex] == ["train", "eval"]
    examples = {row[0]: int(row[1]) for row in page.table("Splits")[1:]}
    assert sum(examples[row["Split"]] - int(row["Count"]) for row in sex) == 11


def test_statistics_without_splits(penguins):
    kind, page = shown(standard.ExampleStatistics(penguins["statistics"].path(split="train")))
    assert kind == "StatisticsView"
    assert "ExampleStatistics" not in page.text
    assert page.table("Numeric features")[0][:2] == ["Feature", "Count"]


def test_schema(penguins):
    kind, page = shown(penguins["schema"])
    assert kind == "SchemaView"
    assert [row[0] for row in page.table("Features (8)")[1:]][:2] == ["bill_depth_mm", "bill_length_mm"]


def test_anomalies(penguins):
    kind, page = shown(penguins["anomalies"])
    assert kind == "AnomaliesView"
    assert "No anomalies found in train." in page.text
    kind, page = shown(standard.ExampleAnomalies(penguins["anomalies"].path(split="eval")))
    assert "No anomalies found." in page.text


def test_transform_graph(tmp_path):
    kind, page = shown(standard.TransformGraph(str(write_transform_graph(tmp_path / "graph"))))
    assert kind == "TransformView"
    assert page.table("Transformed features (1)")


@pytest.mark.parametrize("artifact_type", [standard.Model, standard.PushedModel])
@pytest.mark.parametrize("inner", ["", "Format-Serving"])
def test_models(tmp_path, artifact_type, inner):
    write_model(tmp_path / "model" / inner)
    kind, page = shown(artifact_type(str(tmp_path / "model")))
    assert kind == "ModelView"
    assert page.table("Signatures (1)")


def test_a_model_that_was_not_pushed_has_no_files(tmp_path):
    kind, page = shown(standard.PushedModel(str(tmp_path)))
    assert kind == "ModelView"
    assert "This folder has no files." in page.text


@pytest.mark.slow
def test_evaluation(tmp_path):
    import pandas as pd

    from tests.widgets.test_evaluation_of_tfma import CLASSES, analyze

    frame = pd.DataFrame({"label": [0, 1, 2], "prediction": [[1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0]]})
    kind, page = shown(standard.ModelEvaluation(str(analyze(frame, CLASSES, tmp_path))))
    assert kind == "EvaluationView"
    assert page.table("Metrics")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("BLESSED", "BLESSED: the model may be pushed."),
        ("NOT_BLESSED", "NOT BLESSED: the model must not be pushed."),
        ("", "NOT DECIDED"),
    ],
)
def test_blessings(tmp_path, file, words):
    if file:
        (tmp_path / file).touch()
    kind, page = shown(standard.ModelBlessing(str(tmp_path)))
    assert kind == "BlessingView"
    assert words in page.text
    assert page.tables == []


def test_the_reasons_of_a_blessing_are_listed(tmp_path):
    (tmp_path / "NOT_BLESSED").touch()
    artifact = standard.ModelBlessing(str(tmp_path))
    artifact.set_json_value_custom_property("reasons", ["accuracy is 0.5", "loss is 9"])
    assert shown(artifact)[1].table("Reasons")[1:] == [["1", "accuracy is 0.5"], ["2", "loss is 9"]]
    single = standard.ModelBlessing(str(tmp_path))
    single.set_string_custom_property("reasons", "accuracy is 0.5")
    assert shown(single)[1].table("Reasons")[1:] == [["1", "accuracy is 0.5"]]


@pytest.mark.parametrize(
    ("artifact_type", "value", "words"),
    [
        (standard.String, "hello <b>", "hello <b>"),
        (standard.Integer, -3, "-3"),
        (standard.Float, 0.25, "0.25"),
        (standard.Boolean, False, "False"),
        (standard.Bytes, b"\xff\x00", "0x ff 00 (2 B)"),
        (standard.JsonValue, {"a": [1, None]}, "a: (1, None)"),
    ],
)
def test_value_artifacts_show_their_value(tmp_path, artifact_type, value, words):
    written = artifact_type(str(tmp_path / "out" / "value"))
    written.value = value
    artifact = artifact_type(written.uri)
    artifact.set_string_custom_property("value", "not this one")
    artifact.set_int_custom_property("step", 7)
    kind, page = shown(artifact)
    assert kind == "ArtifactView"
    assert page.headings == [artifact_type.TYPE_NAME]
    assert page.table("Properties")[1:] == [["value", words], ["step", "7"]]
    assert "Size: " in page.text


WITHOUT_VIEW = (
    standard.TransformCache,
    standard.ModelRun,
    standard.InfraBlessing,
    standard.InferenceResult,
    standard.HyperParameters,
    standard.DataView,
)


@pytest.mark.parametrize("artifact_type", WITHOUT_VIEW)
def test_other_types_show_properties_and_files(tmp_path, artifact_type):
    (tmp_path / "best.json").write_text(json.dumps({"rate": 0.1}))
    artifact = artifact_type(str(tmp_path))
    artifact.set_float_custom_property("score", 0.5)
    kind, page = shown(artifact)
    assert kind == "ArtifactView"
    assert page.headings == [artifact_type.TYPE_NAME]
    assert page.table("Properties")[1:] == [["score", "0.5"]]
    assert page.table("1 file")[1:] == [["best.json", "13 B"]]


class Recipe(Artifact):
    TYPE_NAME = "TestShowRecipe"
    PROPERTIES = {"servings": Property(PropertyType.INT)}


class BetterModel(standard.Model):
    TYPE_NAME = "TestShowBetterModel"


def test_types_of_ones_own(tmp_path):
    recipe = Recipe(str(write_model(tmp_path)))
    recipe.servings = 4
    kind, page = shown(recipe)
    assert kind == "ArtifactView"
    assert page.table("Properties")[1:] == [["servings", "4"]]
    assert shown(BetterModel(str(tmp_path)))[0] == "ModelView"


def test_every_standard_type_is_tested_here():
    with_view = {
        standard.Examples, standard.ExampleStatistics, standard.ExampleAnomalies, standard.Schema,
        standard.TransformGraph, standard.Model, standard.PushedModel, standard.ModelEvaluation,
        standard.ModelBlessing,
    }  # fmt: skip
    values = {
        standard.String, standard.Integer, standard.Float, standard.Boolean, standard.Bytes,
        standard.JsonValue,
    }  # fmt: skip
    assert {getattr(standard, name) for name in standard.__all__} == with_view | values | {*WITHOUT_VIEW}


@pytest.mark.parametrize("uri", ["", "gone"])
@pytest.mark.parametrize("artifact_type", [standard.Examples, standard.ModelRun, standard.Integer])
def test_a_payload_that_vanished_is_named(tmp_path, uri, artifact_type):
    uri = uri and str(tmp_path / uri)
    with pytest.raises(InputError, match=f"nothing lies at {uri or 'its uri'}. Run the node"):
        view(artifact_type(uri))


def test_a_part_of_a_payload_that_vanished_is_named(penguins, tmp_path):
    empty = standard.ExampleStatistics(str(tmp_path))
    empty.splits = ["train"]
    (tmp_path / "Split-train").mkdir()
    with pytest.raises(FileNotFoundError, match=r"Split-train/FeatureStats.pb"):
        view(empty)
    with pytest.raises(FileNotFoundError, match=r"schema.pbtxt"):
        view(standard.Schema(str(tmp_path)))
    with pytest.raises(ArtifactError, match="expected a file at"):
        view(standard.Integer(str(tmp_path)))


def test_a_damaged_payload_is_named(tmp_path):
    Path(tmp_path, "schema.pbtxt").write_text("feature {")
    with pytest.raises(ValueError, match=r"schema.pbtxt.*cannot be read"):
        view(standard.Schema(str(tmp_path)))
