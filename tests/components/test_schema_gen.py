from pathlib import Path

import pytest

from interactive.components import SchemaGen
from interactive.dsl.experimental import RuntimeParameter
from interactive.errors import InputError, SpecError
from interactive.types import Channel, standard_artifacts

STATISTICS = Channel(type=standard_artifacts.ExampleStatistics)


def load(artifact):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    assert [file.name for file in Path(artifact.uri).iterdir()] == ["schema.pbtxt"]
    text = (Path(artifact.uri) / "schema.pbtxt").read_text()
    return text_format.Parse(text, schema_pb2.Schema())


@pytest.mark.slow
def test_it_infers_types_domains_and_shapes(described):
    schema = load(described.schema.get()[0])
    features = {feature.name: feature for feature in schema.feature}
    assert len(features) == 8
    assert features["year"].type == 2
    assert features["body_mass_g"].type == 3
    assert features["species"].domain == "species"
    assert list(schema.string_domain[0].value) == ["Biscoe", "Dream", "Torgersen"]
    assert all(feature.shape.dim[0].size == 1 for feature in features.values())
    assert described.schema_gen.exec_properties == {"infer_feature_shape": 1, "exclude_splits": "[]"}


@pytest.mark.slow
@pytest.mark.parametrize("given", [False, RuntimeParameter("shape", int, default=0)])
def test_without_shapes_it_gives_value_counts(described, given):
    component = SchemaGen(statistics=described.statistics, infer_feature_shape=given)
    _, schema = described.run(component, "schema")
    for feature in load(schema).feature:
        assert not feature.HasField("shape")
        assert (feature.value_count.min, feature.value_count.max) == (1, 1)


@pytest.mark.slow
def test_excluded_splits_do_not_count(described):
    import pandas as pd
    import tensorflow_data_validation as tfdv

    statistics = standard_artifacts.ExampleStatistics(str(described.folder / "by_hand"))
    statistics.splits = ["train", "rare"]
    for split, values in (("train", ["a", "b"]), ("rare", ["c"])):
        folder = Path(statistics.uri, f"Split-{split}")
        folder.mkdir(parents=True)
        found = tfdv.generate_statistics_from_dataframe(pd.DataFrame({"letter": values * 50}))
        tfdv.write_stats_text(found, str(folder / "text"))
        (folder / "text").unlink()
        (folder / "FeatureStats.pb").write_bytes(found.SerializeToString())
    channel = Channel(type=standard_artifacts.ExampleStatistics, artifacts=[statistics])
    _, all_splits = described.run(SchemaGen(statistics=channel), "schema")
    assert list(load(all_splits).string_domain[0].value) == ["a", "b", "c"]
    _, one = described.run(SchemaGen(statistics=channel, exclude_splits=["rare"]), "schema")
    assert list(load(one).string_domain[0].value) == ["a", "b"]
    with pytest.raises(InputError, match=r"SchemaGen: exclude_splits names 'eval'.*splits train, rare"):
        described.context.run(SchemaGen(statistics=channel, exclude_splits=["eval"]))


@pytest.mark.slow
def test_the_second_time_is_cached(described):
    assert described.context.run(SchemaGen(statistics=described.statistics)).state == "cached"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "SchemaGen: argument 'statistics' is missing: expected a channel of ExampleStatistics"),
        ({"statistics": Channel(type=standard_artifacts.Examples)}, "got one of Examples"),
        ({"statistics": STATISTICS, "infer_feature_shape": "yes"}, "expects int, got 'yes' of type str"),
        ({"statistics": STATISTICS, "exclude_splits": "eval"}, "exclude_splits expects a list"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(arguments, message):
    with pytest.raises(SpecError, match=message):
        SchemaGen(**arguments)
