from typing import Optional

import pytest

from interactive.dsl.components import InputArtifact, OutputArtifact, OutputDict, Parameter, component
from interactive.errors import InputError, SpecError
from interactive.types import Channel, standard_artifacts
from interactive.types.standard_artifacts import Examples, Integer, Model


@component
def train(
    examples: InputArtifact[Examples],
    model: OutputArtifact[Model],
    steps: Parameter[int],
    scale: float,
    names: list[str] | None = None,
) -> OutputDict(loss=float, note=Optional[str]):  # noqa: UP045 - both spellings are used by people
    """Pretends to train."""
    model.set_int_custom_property("steps", steps)
    return {"loss": scale * steps, "note": ",".join(names or []) or None}


def test_annotations_make_the_spec():
    spec = train.SPEC_CLASS
    assert set(spec.INPUTS) == {"examples", "scale", "names"}
    assert set(spec.PARAMETERS) == {"steps"}
    assert {name: declared.type for name, declared in spec.OUTPUTS.items()} == {
        "model": Model,
        "loss": standard_artifacts.Float,
        "note": standard_artifacts.String,
    }
    assert train.__doc__ == "Pretends to train."
    assert train.__name__ == "train"


def test_plain_arguments_take_a_value_or_a_channel():
    examples = Channel(type=Examples)
    assert train(examples=examples, steps=2, scale=0.5).exec_properties == {"steps": 2, "scale": 0.5}
    scale = Channel(type=standard_artifacts.Float)
    assert train(examples=examples, steps=2, scale=scale).inputs["scale"] is scale


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 1, "scale": 1.0}, "argument 'examples' is missing"),
        ({"examples": Channel(type=Examples), "steps": 1}, "argument 'scale' is missing: expected a value"),
        ({"examples": Channel(type=Examples), "scale": 1.0}, "argument 'steps' is missing"),
        ({"examples": Channel(type=Examples), "scale": "1", "steps": 1}, "'scale' expects float, got '1'"),
        (
            {"examples": Channel(type=Examples), "scale": Channel(type=Integer), "steps": 1},
            "channel of Float",
        ),
        ({"examples": Channel(type=Examples), "scale": 1.0, "steps": 1, "step": 2}, "Did you mean 'steps'"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(SpecError, match=message):
        train(**arguments)


def test_positional_arguments_are_refused():
    with pytest.raises(SpecError, match=r"keyword arguments only.*train\(examples=\.\.\."):
        train(Channel(type=Examples))


def outputs(tmp_path):
    return {
        "model": [Model(uri=str(tmp_path))],
        "loss": [standard_artifacts.Float(uri=str(tmp_path / "loss"))],
        "note": [standard_artifacts.String(uri=str(tmp_path / "note"))],
    }


def test_the_executor_calls_the_function_and_writes_what_it_returns(tmp_path):
    out = outputs(tmp_path)
    train.EXECUTOR_SPEC.executor_class().Do({"examples": [Examples()]}, out, {"steps": 3, "scale": 0.5})
    assert out["loss"][0].value == 1.5
    assert out["model"][0].get_int_custom_property("steps") == 3
    assert out["note"][0].get_int_custom_property("__is_null__") == 1


def test_values_come_from_artifacts(tmp_path):
    scale = standard_artifacts.Float(uri=str(tmp_path / "scale"))
    scale.value = 2.0
    out = outputs(tmp_path)
    train.EXECUTOR_SPEC.executor_class().Do({"examples": [Examples()], "scale": [scale]}, out, {"steps": 3})
    assert out["loss"][0].value == 6.0


@pytest.mark.parametrize("returned", [None, {"a": 1, "b": 2}, 3])
def test_what_is_returned_must_be_what_is_declared(returned, tmp_path):
    @component
    def count() -> OutputDict(a=int):
        return returned

    out = {"a": [Integer(uri=str(tmp_path / "a"))]}
    with pytest.raises(InputError, match=r"count\(\) must return a dict with the keys \['a'\]"):
        count.EXECUTOR_SPEC.executor_class().Do({}, out, {})


def test_a_function_that_declares_nothing_must_return_nothing():
    @component
    def nothing(a: int):
        return a

    with pytest.raises(InputError, match="declares no returned outputs"):
        nothing.EXECUTOR_SPEC.executor_class().Do({}, {}, {"a": 1})


def test_none_for_a_required_value_is_refused(tmp_path):
    @component
    def count() -> OutputDict(a=int):
        return {"a": None}

    with pytest.raises(InputError, match="returned None for 'a', declared as Integer"):
        count.EXECUTOR_SPEC.executor_class().Do({}, {"a": [Integer(uri=str(tmp_path / "a"))]}, {})


def no_annotation(a): ...
def star(*a: int): ...
def bad_type(a: object): ...
def bad_return(a: int) -> int: ...
def output_with_default(a: OutputArtifact[Model] = None): ...
def unknown_name(a: "Nowhere"): ...  # noqa: F821


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_annotation, "'a' needs an annotation.*found none"),
        (star, "Name every argument"),
        (bad_type, "'a' needs an annotation.*object"),
        (bad_return, r"must be None or OutputDict\(name=type\), got <class 'int'>"),
        (output_with_default, "output 'a' cannot have a default"),
        (unknown_name, "'Nowhere' cannot be read"),
        (3, "expects a function"),
    ],
)
def test_a_function_that_cannot_be_a_component_is_refused_at_its_definition(function, message):
    with pytest.raises(SpecError, match=message):
        component(function)


@pytest.mark.parametrize(
    "make", [lambda: InputArtifact[int], lambda: OutputArtifact["x"], lambda: Parameter[set]]
)
def test_markers_need_the_right_types(make):
    with pytest.raises(SpecError, match="expects"):
        make()


def test_output_dict_needs_plain_types():
    with pytest.raises(SpecError, match=r"OutputDict\(model=\.\.\.\) expects one of int"):
        OutputDict(model=Model)


def test_a_tooltip_shows_what_the_component_takes():
    import inspect

    assert list(inspect.signature(train).parameters) == ["examples", "steps", "scale", "names"]
    assert inspect.signature(train).parameters["names"].default is None
