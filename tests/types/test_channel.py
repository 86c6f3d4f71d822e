import pytest

from interactive.errors import SpecError
from interactive.types import Artifact, Channel, standard_artifacts
from interactive.types.channel import as_channel


def test_a_channel_holds_artifacts_of_its_type():
    schema = standard_artifacts.Schema(uri="/s")
    channel = Channel(type=standard_artifacts.Schema, artifacts=[schema])
    assert channel.get() == [schema]
    assert channel.type_name == "Schema"
    assert as_channel([schema]).type is standard_artifacts.Schema
    with pytest.raises(SpecError, match="type Schema cannot hold Model"):
        channel.set_artifacts([standard_artifacts.Model()])
    assert channel.get() == [schema]


@pytest.mark.parametrize("kind", [int, "Schema", None, standard_artifacts.Schema()])
def test_a_channel_needs_an_artifact_class(kind):
    with pytest.raises(SpecError, match="expects an artifact class"):
        Channel(type=kind)


def test_a_channel_needs_a_class_with_a_type_name():
    with pytest.raises(SpecError, match="no TYPE_NAME"):
        Channel(type=Artifact)


@pytest.mark.parametrize("name", ["additional_properties", "additional_custom_properties"])
def test_a_channel_does_not_set_properties(name):
    assert Channel(type=standard_artifacts.Schema, **{name: {}}).get() == []
    with pytest.raises(SpecError, match=r"are not supported\. Set properties on the artifacts themselves"):
        Channel(type=standard_artifacts.Schema, **{name: {"span": 1}})


@pytest.mark.parametrize("given", [[], [3]])
def test_as_channel_needs_artifacts(given):
    with pytest.raises(SpecError, match="one or more artifacts"):
        as_channel(given)
