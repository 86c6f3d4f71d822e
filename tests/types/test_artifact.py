import json

import pytest

from interactive.errors import ArtifactError, InputError
from interactive.types import Artifact, Property, PropertyType, standard_artifacts
from interactive.types.artifact_utils import get_single_instance, get_split_uri, get_split_uris


class Recipe(Artifact):
    TYPE_NAME = "TestRecipe"
    PROPERTIES = {
        "servings": Property(PropertyType.INT),
        "price": Property(PropertyType.FLOAT),
        "cook": Property(PropertyType.STRING),
        "steps": Property(PropertyType.JSON_VALUE),
    }


def test_declared_properties_read_their_defaults_until_they_are_set():
    recipe = Recipe()
    assert (recipe.servings, recipe.price, recipe.cook, recipe.steps) == (0, 0.0, "", None)
    assert not recipe.has_property("servings")
    recipe.servings, recipe.price, recipe.cook, recipe.steps = 4, 2, "Ada", {"boil": [1, 2]}
    assert recipe.properties == {"servings": 4, "price": 2.0, "cook": "Ada", "steps": {"boil": [1, 2]}}
    assert isinstance(recipe.price, float)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("servings", "four"),
        ("servings", True),
        ("servings", 2**70),
        ("price", "cheap"),
        ("cook", 3),
        ("steps", {1, 2}),
        ("steps", float("nan")),
    ],
)
def test_a_value_of_another_kind_is_refused_and_changes_nothing(name, value):
    recipe = Recipe()
    with pytest.raises(ArtifactError, match=f"{name!r} of TestRecipe"):
        setattr(recipe, name, value)
    assert not recipe.has_property(name)


def test_an_unknown_attribute_names_the_declared_ones():
    with pytest.raises(AttributeError, match=r"no property 'serving'.*cook, price, servings, steps"):
        Recipe().serving = 4
    with pytest.raises(AttributeError, match="Declared properties: cook, price"):
        _ = Recipe().serving


def test_custom_properties_of_every_kind():
    recipe = Recipe()
    recipe.set_int_custom_property("a", 1)
    recipe.set_float_custom_property("b", 1.5)
    recipe.set_string_custom_property("c", "x")
    recipe.set_json_value_custom_property("d", [1, {"e": None}])
    recipe.set_bool_custom_property("f", True)
    recipe.set_custom_property("g", False)
    assert recipe.custom_properties == {"a": 1, "b": 1.5, "c": "x", "d": [1, {"e": None}], "f": 1, "g": 0}
    assert recipe.get_int_custom_property("a") == 1
    assert recipe.get_bool_custom_property("f") is True
    assert recipe.get_string_custom_property("nothing") == ""
    assert recipe.has_custom_property("c")
    with pytest.raises(ArtifactError, match="int, float, string or JSON"):
        recipe.set_custom_property("h", object())
    with pytest.raises(ArtifactError, match="declared property"):
        recipe.set_int_custom_property("servings", 4)


def test_type_names_are_unique_against_the_standard_types():
    with pytest.raises(ArtifactError, match=r"'Examples'.*standard type.*choose another"):
        type("Mine", (Artifact,), {"TYPE_NAME": "Examples"})


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"TYPE_NAME": " "}, "non-empty string"),
        ({"TYPE_NAME": 3}, "non-empty string"),
        ({"TYPE_NAME": "TestBad", "PROPERTIES": {"a": int}}, "must be a Property"),
        ({"TYPE_NAME": "TestBad", "PROPERTIES": {"uri": Property(PropertyType.INT)}}, "uri"),
        ({"TYPE_NAME": "TestBad", "PROPERTIES": {"not a name": Property(PropertyType.INT)}}, "identifier"),
    ],
)
def test_a_wrong_declaration_is_refused_when_the_class_is_made(attributes, message):
    with pytest.raises(ArtifactError, match=message):
        type("Bad", (Artifact,), attributes)


def test_a_property_needs_a_property_type():
    with pytest.raises(ArtifactError, match=r"PropertyType\.INT"):
        Property(type=int)


def test_an_artifact_without_a_type_name_cannot_be_made():
    with pytest.raises(ArtifactError, match="TYPE_NAME"):
        Artifact()


def test_splits():
    examples = standard_artifacts.Examples(uri="/data/1")
    assert examples.splits == []
    examples.splits = ["train", "eval"]
    assert json.loads(examples.split_names) == ["train", "eval"]
    assert examples.path(split="eval") == "/data/1/Split-eval"
    assert get_split_uri([examples], "train") == "/data/1/Split-train"
    assert get_split_uris([examples, examples], "train") == ["/data/1/Split-train"] * 2
    with pytest.raises(InputError, match=r"no split 'test'.*train, eval"):
        examples.path(split="test")
    with pytest.raises(ArtifactError, match="without '/'"):
        examples.splits = ["a/b"]
    with pytest.raises(InputError, match="exactly one artifact, found 2"):
        get_single_instance([examples, examples])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (standard_artifacts.Integer, -(10**30)),
        (standard_artifacts.Float, 0.1),
        (standard_artifacts.Float, float("inf")),
        (standard_artifacts.String, "é\n"),
        (standard_artifacts.Boolean, False),
        (standard_artifacts.Bytes, b"\x00\xff"),
        (standard_artifacts.JsonValue, {"b": [1, None], "a": "x"}),
    ],
)
def test_value_artifacts_read_what_they_wrote(kind, value, tmp_path):
    written = kind(uri=str(tmp_path / "folder" / "value"))
    written.value = value
    read = kind(uri=written.uri)
    assert read.value == value
    assert type(read.value) is type(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (standard_artifacts.Integer, True),
        (standard_artifacts.Integer, "3"),
        (standard_artifacts.Float, "3"),
        (standard_artifacts.String, b"x"),
        (standard_artifacts.Boolean, 1),
        (standard_artifacts.Bytes, "x"),
        (standard_artifacts.JsonValue, {1, 2}),
    ],
)
def test_value_artifacts_refuse_other_kinds_and_write_nothing(kind, value, tmp_path):
    artifact = kind(uri=str(tmp_path / "value"))
    with pytest.raises(ArtifactError, match=kind.__name__):
        artifact.value = value
    assert not (tmp_path / "value").exists()
    with pytest.raises(ArtifactError, match="no value yet"):
        _ = artifact.value


def test_repr_says_type_id_uri_and_properties():
    recipe = Recipe(uri="/r")
    recipe.id = 7
    recipe.servings = 2
    assert repr(recipe) == "Recipe(id=7, uri='/r', servings=2)"


def test_a_json_value_stays_one_whatever_it_holds():
    artifact = standard_artifacts.Model()
    for value in ("text", 3, 2.5, [1], {"a": None}):
        artifact.set_json_value_custom_property("x", value)
        assert artifact.custom_kind("x") is PropertyType.JSON_VALUE
        copy = standard_artifacts.Model()
        copy.copy_properties_from(artifact)
        assert copy.custom_kind("x") is PropertyType.JSON_VALUE
    artifact.set_string_custom_property("x", "text")
    assert artifact.custom_kind("x") is PropertyType.STRING
