import json

import pytest

from interactive.dsl.components import (
    BaseComponent,
    BaseExecutor,
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
    ExecutorClassSpec,
)
from interactive.dsl.experimental import RuntimeParameter
from interactive.errors import SpecError
from interactive.proto import PushDestination, TrainArgs
from interactive.types import Channel, standard_artifacts


class MixSpec(ComponentSpec):
    PARAMETERS = {
        "count": ExecutionParameter(type=int),
        "rate": ExecutionParameter(type=float, optional=True),
        "names": ExecutionParameter(type=list, optional=True),
        "flag": ExecutionParameter(type=bool, optional=True),
        "train": ExecutionParameter(type=TrainArgs, optional=True),
    }
    INPUTS = {
        "examples": ChannelParameter(type=standard_artifacts.Examples),
        "schema": ChannelParameter(type=standard_artifacts.Schema, optional=True),
    }
    OUTPUTS = {
        "model": ChannelParameter(type=standard_artifacts.Model),
        "extra": ChannelParameter(type=standard_artifacts.ModelRun, optional=True),
    }


class MixExecutor(BaseExecutor):
    pass


class Mix(BaseComponent):
    SPEC_CLASS = MixSpec
    EXECUTOR_SPEC = ExecutorClassSpec(MixExecutor)

    def __init__(self, **arguments):
        super().__init__(MixSpec(**arguments))


EXAMPLES = Channel(type=standard_artifacts.Examples)


def test_a_component_packs_its_spec():
    mix = Mix(examples=EXAMPLES, count=3, rate=1)
    assert mix.id == "Mix"
    assert mix.with_id("other") is mix
    assert mix.id == "other"
    assert mix.inputs == {"examples": EXAMPLES}
    assert list(mix.outputs) == ["model"]
    assert mix.outputs["model"].producer_component_id == "other"
    assert mix.exec_properties == {"count": 3, "rate": 1}
    assert list(Mix(examples=EXAMPLES, count=1, extra=Channel(type=standard_artifacts.ModelRun)).outputs) == [
        "model",
        "extra",
    ]


def test_messages_become_json_with_the_fields_names():
    mix = Mix(examples=EXAMPLES, count=1, train=TrainArgs(num_steps=7))
    assert json.loads(mix.exec_properties["train"]) == {"num_steps": 7}
    same = Mix(examples=EXAMPLES, count=1, train={"num_steps": 7})
    assert same.exec_properties == mix.exec_properties


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 1}, r"Mix: argument 'examples' is missing: expected a channel of Examples"),
        ({"examples": EXAMPLES}, r"Mix: argument 'count' is missing: expected a int"),
        (
            {"examples": EXAMPLES, "count": 1, "exampels": EXAMPLES},
            r"unknown argument 'exampels'.*'examples'\?",
        ),
        (
            {"examples": EXAMPLES, "count": 1, "other": 2},
            r"unknown argument 'other'.*parameters \(count, rate",
        ),
        ({"examples": EXAMPLES, "count": "3"}, r"parameter 'count' expects int, got '3' of type str"),
        ({"examples": EXAMPLES, "count": 1.5}, r"parameter 'count' expects int"),
        ({"examples": EXAMPLES, "count": 1, "rate": True}, r"parameter 'rate' expects float"),
        ({"examples": EXAMPLES, "count": 1, "names": [object()]}, r"'names' must hold only JSON values"),
        ({"examples": EXAMPLES, "count": 1, "train": 7}, r"'train' expects a cellwise.proto.TrainArgs"),
        ({"examples": EXAMPLES, "count": 1, "train": PushDestination()}, r"got a cellwise.proto.PushDest"),
        ({"examples": EXAMPLES, "count": 1, "train": {"steps": 7}}, r"no valid cellwise.proto.TrainArgs"),
        (
            {"examples": "path", "count": 1},
            r"'examples' expects a channel of Examples, got 'path' of type str",
        ),
        (
            {"examples": Channel(type=standard_artifacts.Schema), "count": 1},
            r"'examples' expects a channel of Examples, got one of Schema",
        ),
    ],
)
def test_a_wrong_argument_is_named_at_construction(arguments, message):
    with pytest.raises(SpecError, match=message):
        Mix(**arguments)


def test_a_component_instead_of_its_output_is_named_with_the_mend():
    mix = Mix(examples=EXAMPLES, count=1)
    with pytest.raises(SpecError, match=r"Pass one of its outputs, such as component.outputs\['model'\]"):
        Mix(examples=mix, count=1)


def test_errors_are_also_type_and_value_errors():
    with pytest.raises(TypeError):
        Mix()
    with pytest.raises(ValueError, match="missing"):
        Mix()


def test_runtime_parameters_stay_open():
    rate = RuntimeParameter("rate", ptype=int, default=3)
    assert Mix(examples=EXAMPLES, count=rate).exec_properties["count"] is rate
    assert rate.resolve() == 3
    with pytest.raises(SpecError, match=r"'count' is a int.*gives a str"):
        Mix(examples=EXAMPLES, count=RuntimeParameter("x", ptype=str))
    with pytest.raises(SpecError, match="no default"):
        RuntimeParameter("x", ptype=int).resolve()
    with pytest.raises(SpecError, match="declared as int, got '3'"):
        RuntimeParameter("x", ptype=int, default="3")
    with pytest.raises(SpecError, match="ptype must be"):
        RuntimeParameter("x", ptype=list)


@pytest.mark.parametrize("node_id", ["", "a/b", "..", ".hidden", 3, "x\n"])
def test_an_id_that_cannot_be_a_folder_is_refused(node_id):
    with pytest.raises(SpecError, match="with_id expects"):
        Mix(examples=EXAMPLES, count=1).with_id(node_id)


def test_a_spec_declares_each_name_once_and_with_the_right_kind():
    with pytest.raises(SpecError, match="declares 'a' in both PARAMETERS and INPUTS"):
        type(
            "BadSpec",
            (ComponentSpec,),
            {
                "PARAMETERS": {"a": ExecutionParameter(type=int)},
                "INPUTS": {"a": ChannelParameter(type=standard_artifacts.Schema)},
            },
        )
    with pytest.raises(SpecError, match="must be a ChannelParameter"):
        type("BadSpec", (ComponentSpec,), {"INPUTS": {"a": ExecutionParameter(type=int)}})


def test_an_executor_spec_needs_an_executor_class():
    with pytest.raises(SpecError, match="class derived from BaseExecutor"):
        ExecutorClassSpec(int)


def test_an_output_channel_given_with_an_artifact_presets_its_properties():
    examples = standard_artifacts.Examples()
    examples.splits = ["a"]

    class CopySpec(ComponentSpec):
        OUTPUTS = {"examples": ChannelParameter(type=standard_artifacts.Examples)}

    class Copy(BaseComponent):
        SPEC_CLASS = CopySpec
        EXECUTOR_SPEC = ExecutorClassSpec(MixExecutor)

    copy = Copy(CopySpec(examples=Channel(type=standard_artifacts.Examples, artifacts=[examples])))
    assert copy.new_output("examples").splits == ["a"]


def test_arguments_that_an_interface_does_not_take_are_named_with_what_it_takes():
    from interactive.components import ImportSchemaGen, StatisticsGen

    with pytest.raises(
        SpecError, match=r"StatisticsGen: .*'example'\. Did you mean 'examples'\? It takes: examples"
    ):
        StatisticsGen(example=EXAMPLES)
    with pytest.raises(
        SpecError, match=r"ImportSchemaGen: too many positional arguments.*It takes: schema_file"
    ):
        ImportSchemaGen("a", "b")
