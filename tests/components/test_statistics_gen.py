import json
from pathlib import Path

import pytest

from interactive.components import StatisticsGen
from interactive.errors import InputError, SpecError
from interactive.types import Channel, standard_artifacts

EXAMPLES = Channel(type=standard_artifacts.Examples)


def load(artifact, split):
    import tensorflow_data_validation as tfdv

    folder = Path(artifact.path(split=split))
    assert [file.name for file in folder.iterdir()] == ["FeatureStats.pb"]
    (data,) = tfdv.load_stats_binary(str(folder / "FeatureStats.pb")).datasets
    return data


@pytest.mark.slow
def test_it_writes_statistics_of_each_split(described):
    (statistics,) = described.statistics.get()
    assert statistics.splits == ["train", "eval"]
    assert statistics.span == 0
    counts = {split: load(statistics, split).num_examples for split in statistics.splits}
    assert sum(counts.values()) == 333
    names = {feature.path.step[0] for feature in load(statistics, "train").features}
    assert names >= {"species", "body_mass_g", "year"}
    assert json.loads(statistics.get_json_value_custom_property("sample_rate_by_split")) == {
        "train": 1.0,
        "eval": 1.0,
    }


@pytest.mark.slow
def test_the_same_examples_are_cached_and_touching_them_changes_nothing(described):
    (examples,) = described.examples.get()
    for file in Path(examples.uri).rglob("*.gz"):
        file.touch()
    assert described.context.run(StatisticsGen(examples=described.examples)).state == "cached"
    # An upstream rerun with equal bytes, too.
    described.context.run(described.example_gen, enable_cache=False)
    assert described.context.run(StatisticsGen(examples=described.examples)).state == "cached"


@pytest.mark.slow
def test_excluded_splits_are_left_out(described):
    component = StatisticsGen(examples=described.examples, exclude_splits=["eval"])
    result, statistics = described.run(component, "statistics")
    assert statistics.splits == ["train"]
    assert [folder.name for folder in Path(statistics.uri).iterdir()] == ["Split-train"]
    assert result.exec_properties["exclude_splits"] == '["eval"]'
    for excluded, message in (
        (["test"], "exclude_splits names 'test', but the input has the splits train, eval"),
        (["train", "eval"], "no split is left: the input has train, eval, excluded are train, eval"),
    ):
        with pytest.raises(InputError, match=message):
            described.context.run(StatisticsGen(examples=described.examples, exclude_splits=excluded))


@pytest.mark.slow
def test_stats_options_count_and_are_part_of_the_key(described):
    import tensorflow_data_validation as tfdv

    def make(**options):
        return StatisticsGen(examples=described.examples, stats_options=tfdv.StatsOptions(**options))

    result, statistics = described.run(make(num_top_values=1, sample_rate=0.5), "statistics")
    assert json.loads(result.exec_properties["stats_options_json"])["num_top_values"] == 1
    data = load(statistics, "train")
    assert data.num_examples < 200
    species = next(feature for feature in data.features if feature.path.step[0] == "species")
    assert len(species.string_stats.top_values) == 1
    assert json.loads(statistics.get_json_value_custom_property("sample_rate_by_split"))["eval"] == 0.5
    assert described.context.run(make(num_top_values=1, sample_rate=0.5)).state == "cached"
    assert described.context.run(make(num_top_values=3)).state == "complete"


@pytest.mark.slow
def test_a_schema_comes_as_a_channel_or_in_the_options_but_not_both(described):
    import tensorflow_data_validation as tfdv
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    text = (Path(described.schema.get()[0].uri) / "schema.pbtxt").read_text()
    schema = text_format.Parse(text, schema_pb2.Schema())
    for feature in schema.feature:
        if feature.name == "year":
            feature.int_domain.is_categorical = True
    options = tfdv.StatsOptions(schema=schema)
    _, statistics = described.run(
        StatisticsGen(examples=described.examples, stats_options=options), "statistics"
    )
    (year,) = [f for f in load(statistics, "train").features if f.path.step[0] == "year"]
    assert year.HasField("string_stats")  # categorical: only the schema says so
    assert described.context.run(
        StatisticsGen(examples=described.examples, schema=described.schema)
    ).inputs.keys() == {"examples", "schema"}
    with pytest.raises(SpecError, match=r"both as a channel and in stats_options\.schema\. Give it once"):
        StatisticsGen(examples=described.examples, schema=described.schema, stats_options=options)


@pytest.mark.slow
def test_options_with_functions_are_refused():
    import tensorflow_data_validation as tfdv
    from tensorflow_data_validation.statistics.generators import basic_stats_generator

    options = tfdv.StatsOptions(generators=[basic_stats_generator.BasicStatsGenerator()])
    with pytest.raises(SpecError, match=r"stats_options cannot be recorded: .*use slicing_config for slices"):
        StatisticsGen(examples=EXAMPLES, stats_options=options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "StatisticsGen: argument 'examples' is missing: expected a channel of Examples"),
        ({"examples": 3}, "'examples' expects a channel of Examples, got 3 of type int"),
        (
            {"examples": Channel(type=standard_artifacts.Model)},
            "'examples' expects a channel of Examples, got one of Model",
        ),
        ({"examples": EXAMPLES, "stats_options": {}}, r"expects a tfdv.StatsOptions, got \{\} of type dict"),
        (
            {"examples": EXAMPLES, "exclude_splits": "eval"},
            r"list of split names such as \['eval'\], got 'eval'",
        ),
        ({"examples": EXAMPLES, "exclude_splits": [1]}, r"list of split names such as \['eval'\], got \[1\]"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(arguments, message):
    with pytest.raises(SpecError, match=message):
        StatisticsGen(**arguments)
