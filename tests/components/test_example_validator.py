from pathlib import Path

import pytest

from interactive.components import CsvExampleGen, ExampleValidator, ImportSchemaGen, StatisticsGen
from interactive.errors import InputError, SpecError
from interactive.types import Channel, standard_artifacts
from tests.components.data import penguins, write_penguins

STATISTICS = Channel(type=standard_artifacts.ExampleStatistics)
SCHEMA = Channel(type=standard_artifacts.Schema)


def load(artifact, split):
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    folder = Path(artifact.path(split=split))
    assert [file.name for file in folder.iterdir()] == ["SchemaDiff.pb"]
    return anomalies_pb2.Anomalies.FromString((folder / "SchemaDiff.pb").read_bytes())


@pytest.mark.slow
def test_data_that_fits_is_blessed(described):
    validator = ExampleValidator(statistics=described.statistics, schema=described.schema)
    result, anomalies = described.run(validator, "anomalies")
    assert anomalies.splits == ["train", "eval"]
    assert anomalies.span == 0
    assert anomalies.get_json_value_custom_property("blessed") == {"train": 1, "eval": 1}
    assert all(not load(anomalies, split).anomaly_info for split in anomalies.splits)
    assert result.exec_properties["exclude_splits"] == "[]"
    assert described.context.run(validator).state == "cached"


@pytest.fixture(scope="module")
def odd(described):
    """Statistics of penguins whose eval split has another species and lacks a column."""
    frame = penguins()
    write_penguins(described.folder / "odd" / "train", frame=frame)
    other = frame.assign(species=["Emperor", *frame["species"][1:]]).drop(columns="year")
    write_penguins(described.folder / "odd" / "eval", frame=other)
    splits = [{"name": name, "pattern": f"{name}/*"} for name in ("train", "eval")]
    gen = CsvExampleGen(input_base=str(described.folder / "odd"), input_config={"splits": splits})
    statistics_gen = StatisticsGen(examples=gen.outputs["examples"])
    described.context.run(gen)
    described.context.run(statistics_gen)
    return statistics_gen.outputs["statistics"]


@pytest.mark.slow
def test_what_does_not_fit_is_named(described, odd):
    validator = ExampleValidator(statistics=odd, schema=described.schema)
    _, anomalies = described.run(validator, "anomalies")
    assert anomalies.get_json_value_custom_property("blessed") == {"train": 1, "eval": 0}
    found = load(anomalies, "eval").anomaly_info
    assert set(found) == {"species", "year"}
    assert "Emperor" in found["species"].description
    only_train = ExampleValidator(statistics=odd, schema=described.schema, exclude_splits=["eval"])
    _, anomalies = described.run(only_train, "anomalies")
    assert anomalies.splits == ["train"]
    assert anomalies.get_json_value_custom_property("blessed") == {"train": 1}


@pytest.mark.slow
def test_a_schema_that_a_person_changed_decides(described, odd):
    text = (Path(described.schema.get()[0].uri) / "schema.pbtxt").read_text()
    file = described.folder / "kept.pbtxt"
    file.write_text(text.replace('value: "Gentoo"', 'value: "Gentoo"\n  value: "Emperor"'))
    kept = ImportSchemaGen(schema_file=str(file))
    described.context.run(kept)
    validator = ExampleValidator(statistics=odd, schema=kept.outputs["schema"])
    _, anomalies = described.run(validator, "anomalies")
    assert set(load(anomalies, "eval").anomaly_info) == {"year"}


def has_custom_validations():
    import inspect

    import tensorflow_data_validation as tfdv

    return "custom_validation_config" in inspect.signature(tfdv.validate_statistics).parameters


NO_CUSTOM_VALIDATIONS = "custom_validation_config is given, but the installed .* no custom validations .*1.16"


@pytest.mark.slow
def test_custom_validations(described):
    arguments = {"statistics": described.statistics, "schema": described.schema}
    if not has_custom_validations():
        with pytest.raises(SpecError, match=NO_CUSTOM_VALIDATIONS):
            ExampleValidator(**arguments, custom_validation_config="feature.num_stats.min > 2008")
        return
    from google.protobuf import text_format
    from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2 as config_pb2

    config = text_format.Parse(
        """
        feature_validations {
          feature_path { step: "year" }
          validations {
            sql_expression: "feature.num_stats.min > 2008"
            severity: ERROR
            description: "Only years after 2008."
          }
        }
        """,
        config_pb2.CustomValidationConfig(),
    )
    validator = ExampleValidator(**arguments, custom_validation_config=config)
    result, anomalies = described.run(validator, "anomalies")
    assert anomalies.get_json_value_custom_property("blessed") == {"train": 0, "eval": 0}
    assert "feature.num_stats.min > 2008" in load(anomalies, "train").anomaly_info["year"].description
    assert "2008" in result.exec_properties["custom_validation_config"]
    assert described.context.run(ExampleValidator(**arguments, custom_validation_config=config)).cached
    config.feature_validations[0].validations[0].sql_expression = "feature.num_stats.min > 2000"
    changed = ExampleValidator(**arguments, custom_validation_config=config)
    assert described.run(changed, "anomalies")[1].get_json_value_custom_property("blessed")["train"] == 1


@pytest.mark.slow
def test_what_the_input_does_not_have_is_named(described):
    with pytest.raises(InputError, match="ExampleValidator: exclude_splits names 'test'"):
        described.context.run(
            ExampleValidator(
                statistics=described.statistics, schema=described.schema, exclude_splits=["test"]
            )
        )
    (described.folder / "empty").mkdir()
    empty = standard_artifacts.Schema(str(described.folder / "empty"))
    with pytest.raises(InputError, match=r"no schema file at .*schema\.pbtxt.*its folder holds: nothing"):
        described.context.run(
            ExampleValidator(
                statistics=described.statistics,
                schema=Channel(type=standard_artifacts.Schema, artifacts=[empty]),
            )
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "ExampleValidator: argument 'statistics' is missing"),
        ({"statistics": STATISTICS}, "argument 'schema' is missing: expected a channel of Schema"),
        (
            {"statistics": STATISTICS, "schema": STATISTICS},
            "'schema' expects a channel of Schema, got one of Ex",
        ),
        ({"statistics": STATISTICS, "schema": SCHEMA, "exclude_splits": "eval"}, "expects a list"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(arguments, message):
    with pytest.raises(SpecError, match=message):
        ExampleValidator(**arguments)


def test_a_custom_validation_of_another_type():
    message = "custom_validation_config expects a .*CustomValidationConfig message, got 'x > 1'"
    with pytest.raises(SpecError, match=message if has_custom_validations() else NO_CUSTOM_VALIDATIONS):
        ExampleValidator(statistics=STATISTICS, schema=SCHEMA, custom_validation_config="x > 1")
