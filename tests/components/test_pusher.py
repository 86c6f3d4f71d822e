import json
import shutil
import time
from pathlib import Path

import pytest

from interactive.components import Pusher
from interactive.dsl.components import BaseExecutor, ExecutorClassSpec
from interactive.dsl.experimental import RuntimeParameter
from interactive.errors import InputError, SpecError
from interactive.proto import PushDestination
from interactive.types import Channel, standard_artifacts

Filesystem = PushDestination.Filesystem


@pytest.fixture
def model(tmp_path):
    """A Model artifact; what is in its folder does not matter to Pusher."""
    artifact = standard_artifacts.Model(str(tmp_path / "model"))
    (tmp_path / "model" / "Format-Serving" / "variables").mkdir(parents=True)
    (tmp_path / "model" / "Format-Serving" / "saved_model.pb").write_text("model")
    return artifact


def channel(artifact):
    return Channel(type=type(artifact), artifacts=[artifact])


def blessing(tmp_path, file, kind=standard_artifacts.ModelBlessing):
    folder = tmp_path / f"blessing-{file}"
    folder.mkdir()
    if file:
        (folder / file).touch()
    return channel(kind(str(folder)))


@pytest.fixture
def push(context, model, tmp_path):
    def run(**arguments):
        arguments.setdefault("model", channel(model))
        destination = PushDestination(filesystem=Filesystem(base_directory=str(tmp_path / "serving")))
        arguments.setdefault("push_destination", destination)
        component = Pusher(**arguments)
        result = context.run(component)
        (pushed,) = component.outputs["pushed_model"].get()
        return result, pushed

    return run


def versions(tmp_path):
    return sorted(folder.name for folder in (tmp_path / "serving").glob("*"))


def test_a_blessed_model_goes_to_a_version_folder(push, tmp_path):
    before = int(time.time())
    result, pushed = push(model_blessing=blessing(tmp_path, "BLESSED"))
    (version,) = versions(tmp_path)
    assert before <= int(version) <= time.time()
    assert (tmp_path / "serving" / version / "saved_model.pb").read_text() == "model"
    assert (Path(pushed.uri) / "saved_model.pb").read_text() == "model"
    custom = pushed.custom_properties
    assert custom["pushed"] == 1
    assert custom["pushed_destination"] == str(tmp_path / "serving" / version)
    assert custom["pushed_version"] == version
    assert json.loads(result.exec_properties["push_destination"]) == {
        "filesystem": {"base_directory": str(tmp_path / "serving")}
    }
    assert result.exec_properties["custom_config"] == "null"


def test_without_a_blessing_channel_it_pushes(push, tmp_path):
    assert push()[1].get_int_custom_property("pushed") == 1


@pytest.mark.parametrize("file", ["NOT_BLESSED", ""])
def test_what_is_not_blessed_stays(push, tmp_path, file):
    result, pushed = push(model_blessing=blessing(tmp_path, file))
    assert pushed.custom_properties["pushed"] == 0
    assert "pushed_destination" not in pushed.custom_properties
    assert versions(tmp_path) == []
    assert result.notes == ("Not pushed: the Evaluator did not bless the model.",)


def test_an_infra_blessing_counts_too(push, tmp_path):
    infra = standard_artifacts.InfraBlessing
    given = {"model_blessing": blessing(tmp_path, "BLESSED")}
    result, pushed = push(**given, infra_blessing=blessing(tmp_path, "INFRA_NOT_BLESSED", infra))
    assert pushed.custom_properties["pushed"] == 0
    assert "InfraValidator did not bless" in result.notes[0]
    _, pushed = push(**given, infra_blessing=blessing(tmp_path, "INFRA_BLESSED", infra))
    assert pushed.custom_properties["pushed"] == 1


def test_a_version_that_exists_is_left_alone(push, tmp_path):
    now = int(time.time())
    for version in range(now, now + 10):
        (tmp_path / "serving" / str(version)).mkdir(parents=True)
    _, pushed = push()
    assert int(pushed.custom_properties["pushed_version"]) >= now + 10
    assert not any((tmp_path / "serving" / str(now)).iterdir())


def test_it_is_cached_only_while_the_pushed_model_is_there(push, tmp_path):
    first = push()[1]
    result, again = push()
    assert (result.state, again.id) == ("cached", first.id)
    assert len(versions(tmp_path)) == 1
    shutil.rmtree(first.custom_properties["pushed_destination"])
    result, third = push()
    assert result.state == "complete"
    assert Path(third.custom_properties["pushed_destination"]).is_dir()


def test_another_destination_is_pushed_to(push, tmp_path):
    push()
    other = {"filesystem": {"base_directory": str(tmp_path / "other")}}
    assert push(push_destination=other)[0].state == "complete"
    assert len(list((tmp_path / "other").iterdir())) == 1
    parameter = RuntimeParameter("to", str, default=json.dumps(other).replace("/other", "/third"))
    assert push(push_destination=parameter)[0].state == "complete"
    assert len(list((tmp_path / "third").iterdir())) == 1


def test_a_destination_that_cannot_be_written_is_named(push, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"Pusher cannot write to .*file.*Give a base_directory"):
        push(push_destination={"filesystem": {"base_directory": str(tmp_path / "file")}})


def test_a_copy_that_fails_leaves_nothing_at_the_destination(push, tmp_path, monkeypatch):
    def full(source, target, **_):
        Path(target).mkdir()
        (Path(target) / "half").touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(InputError, match=r"cannot write to .*No space left on device"):
        push()
    assert versions(tmp_path) == []


def test_a_model_without_a_serving_folder_is_refused(push, tmp_path):
    shutil.rmtree(tmp_path / "model" / "Format-Serving")
    with pytest.raises(InputError, match=r"no Format-Serving/ in the model .*must save its model"):
        push()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Pusher: argument 'model' is missing: expected a channel of Model"),
        (
            {"model": Channel(type=standard_artifacts.Schema)},
            "expects a channel of Model, got one of Schema",
        ),
        (
            {"model": Channel(type=standard_artifacts.Model)},
            "must name a folder: push_destination=",
        ),
        (
            {"model": Channel(type=standard_artifacts.Model), "push_destination": PushDestination()},
            "push_destination must name a folder",
        ),
        (
            {"model": Channel(type=standard_artifacts.Model), "push_destination": "serving"},
            "'push_destination' expects a .*PushDestination message, got 'serving' of type str",
        ),
        (
            {"model": Channel(type=standard_artifacts.Model), "custom_config": {"a": {1}}},
            "custom_config must hold only JSON values",
        ),
        (
            {"model": Channel(type=standard_artifacts.Model), "custom_executor_spec": BaseExecutor},
            "custom_executor_spec must be an ExecutorClassSpec",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(arguments, message):
    with pytest.raises(SpecError, match=message):
        Pusher(**arguments)


class Announce(BaseExecutor):
    """Deploys by writing down what it was given."""

    def Do(self, input_dict, output_dict, exec_properties):
        import json
        import pathlib

        (pushed,) = output_dict["pushed_model"]
        config = json.loads(exec_properties["custom_config"])
        pathlib.Path(pushed.uri, "to").write_text(config["to"])


def test_a_custom_executor_deploys_elsewhere(context, model):
    pusher = Pusher(
        model=channel(model), custom_config={"to": "moon"}, custom_executor_spec=ExecutorClassSpec(Announce)
    )
    assert context.run(pusher).state == "complete"
    (pushed,) = pusher.outputs["pushed_model"].get()
    assert (Path(pushed.uri) / "to").read_text() == "moon"
