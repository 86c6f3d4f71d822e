"""Trainer with run functions that save plain files: what it passes, captures, caches and refuses."""

import json
import os
import sys
from pathlib import Path

import pytest

from interactive.components import CsvExampleGen, FnArgs, ImportSchemaGen, Trainer
from interactive.dsl.components import BaseExecutor, ExecutorClassSpec
from interactive.errors import CaptureError, InputError, SpecError
from interactive.proto import EvalArgs, TrainArgs
from interactive.types import Channel, standard_artifacts
from tests.cells import Cells
from tests.components.data import write_penguins

SAVES_WHAT_IT_GETS = """
import json
import os

def run_fn(fn_args):
    got = {name: value for name, value in vars(fn_args).items() if name != "data_accessor"}
    got["accessor"] = [callable(fn_args.data_accessor.tf_dataset_factory),
                       callable(fn_args.data_accessor.record_batch_factory)]
    got["working_dir_is_there"] = os.path.isdir(fn_args.working_dir)
    with open(os.path.join(fn_args.serving_model_dir, "got.json"), "w") as file:
        json.dump(got, file)
    with open(os.path.join(fn_args.model_run_dir, "log"), "w") as file:
        file.write("trained")
"""


@pytest.fixture
def module_file(tmp_path):
    path = tmp_path / "trainer_module.py"
    path.write_text(SAVES_WHAT_IT_GETS)
    return path


@pytest.fixture
def examples(context, csv):
    example_gen = CsvExampleGen(input_base=csv)
    context.run(example_gen)
    return example_gen.outputs["examples"]


def given(artifact):
    return Channel(type=type(artifact), artifacts=[artifact])


def train(context, **arguments):
    trainer = Trainer(**arguments)
    result = context.run(trainer)
    return result, trainer.outputs["model"].get()[0]


def got(model):
    return json.loads((Path(model.uri) / "Format-Serving" / "got.json").read_text())


def test_what_fn_args_hold_at_least(context, examples, module_file):
    result, model = train(context, examples=examples, module_file=str(module_file))
    uri = examples.get()[0].uri
    fn_args = got(model)
    model_run = result.outputs["model_run"].get()[0]
    assert (Path(model_run.uri) / "log").read_text() == "trained"
    # It ran in a folder of its own, and what it wrote was moved from there.
    places = {
        name: fn_args.pop(f"{name}_dir") for name in ("working", "serving_model", "eval_model", "model_run")
    }
    assert places["serving_model"].endswith("/model/Format-Serving")
    assert places["eval_model"].endswith("/model/Format-TFMA")
    assert places["model_run"].endswith("/model_run")
    assert not [place for place in places.values() if Path(place).exists()]
    assert fn_args == {
        "train_files": [f"{uri}/Split-train/*"],
        "eval_files": [f"{uri}/Split-eval/*"],
        "train_steps": None,
        "eval_steps": None,
        "schema_path": None,
        "schema_file": None,
        "transform_graph_path": None,
        "transform_output": None,
        "base_model": None,
        "hyperparameters": None,
        "custom_config": {},
        "accessor": [True, True],
        "working_dir_is_there": True,
    }


def test_every_field_of_fn_args(context, examples, module_file, tmp_path):
    (tmp_path / "s.pbtxt").write_text('feature { name: "year" type: INT }')
    schema_gen = ImportSchemaGen(schema_file=str(tmp_path / "s.pbtxt"))
    context.run(schema_gen)
    for name in ("graph", "base/Format-Serving", "tuned"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tuned" / "best_hyperparameters.txt").write_text('{"values": {"units": 8}}')
    _, model = train(
        context,
        transformed_examples=examples,
        transform_graph=given(standard_artifacts.TransformGraph(str(tmp_path / "graph"))),
        schema=schema_gen.outputs["schema"],
        base_model=given(standard_artifacts.Model(str(tmp_path / "base"))),
        hyperparameters=given(standard_artifacts.HyperParameters(str(tmp_path / "tuned"))),
        module_file=str(module_file),
        train_args=TrainArgs(splits=["train", "eval"], num_steps=7),
        eval_args={"splits": ["train"], "num_steps": 2},
        custom_config={"epochs": 3, "names": ["a"]},
    )
    fn_args, uri = got(model), examples.get()[0].uri
    schema = schema_gen.outputs["schema"].get()[0].uri
    expected = {
        "train_files": [f"{uri}/Split-train/*", f"{uri}/Split-eval/*"],
        "eval_files": [f"{uri}/Split-train/*"],
        "train_steps": 7,
        "eval_steps": 2,
        "schema_path": f"{schema}/schema.pbtxt",
        "schema_file": f"{schema}/schema.pbtxt",
        "transform_graph_path": str(tmp_path / "graph"),
        "transform_output": str(tmp_path / "graph"),
        "base_model": str(tmp_path / "base" / "Format-Serving"),
        "hyperparameters": {"values": {"units": 8}},
        "custom_config": {"epochs": 3, "names": ["a"]},
    }
    assert {name: fn_args[name] for name in expected} == expected
    assert set(vars(FnArgs())) <= {*fn_args, "data_accessor"}


def test_a_base_model_for_evaluation_is_preferred(context, examples, module_file, tmp_path):
    (tmp_path / "base" / "Format-Serving").mkdir(parents=True)
    (tmp_path / "base" / "Format-TFMA").mkdir()
    base = given(standard_artifacts.Model(str(tmp_path / "base")))
    arguments = {"examples": examples, "base_model": base, "module_file": str(module_file)}
    assert got(train(context, **arguments)[1])["base_model"].endswith("Format-Serving")
    (tmp_path / "base" / "Format-TFMA" / "saved_model.pb").touch()
    result, model = train(context, **arguments)
    assert result.state == "complete"
    assert got(model)["base_model"].endswith("Format-TFMA")


def test_a_function_from_a_cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_penguins("data")
    book = Cells()
    try:
        book.run(
            "import os\nimport interactive as tfx\nfrom interactive import InteractiveContext\n"
            "from interactive.components import FnArgs\n"
            "context = InteractiveContext('p')\n"
            "gen = tfx.components.CsvExampleGen(input_base='data')\ncontext.run(gen)"
        )
        book.run(
            "TEXT = 'first'\ndef write(folder):\n    with open(os.path.join(folder, 'm'), 'w') as file:\n"
            "        file.write(TEXT)\n"
            "def run_fn(fn_args: FnArgs):\n    write(fn_args.serving_model_dir)"
        )
        make = "t = tfx.components.Trainer(run_fn=run_fn, examples=gen.outputs['examples']); context.run(t)"
        result = book.run(make)
        assert result.exec_properties["run_fn"] == "run_fn"
        saved = Path(result.exec_properties["module_file"])
        assert saved.is_relative_to(tmp_path / "p_pipeline" / "_code")
        assert "TEXT" in saved.read_text()
        assert book.run(make).state == "cached"
        # The same component, too, sees what cells define now.
        book.run("TEXT = 'second'")
        assert book.run("context.run(t)").state == "complete"
        (model,) = book["t"].outputs["model"].get()
        assert (Path(model.uri) / "Format-Serving" / "m").read_text() == "second"
    finally:
        book.close()


def test_a_dotted_name(context, examples, tmp_path, monkeypatch):
    (tmp_path / "lib" / "penguin_lib").mkdir(parents=True)
    (tmp_path / "lib" / "penguin_lib" / "__init__.py").touch()
    (tmp_path / "lib" / "penguin_lib" / "training.py").write_text(SAVES_WHAT_IT_GETS.replace("run_fn", "fit"))
    monkeypatch.syspath_prepend(tmp_path / "lib")
    _, model = train(context, examples=examples, run_fn="penguin_lib.training.fit")
    assert got(model)["accessor"] == [True, True]
    assert "penguin_lib.training" not in sys.modules
    with pytest.raises(CaptureError, match=r"no importable module 'penguin_lib\.nowhere'"):
        Trainer(examples=examples, run_fn="penguin_lib.nowhere.fit")
    with pytest.raises(CaptureError, match="fitt"):
        Trainer(examples=examples, run_fn="penguin_lib.training.fitt")


def rewrite(path, text):
    """Writes a file again with the same times."""
    before = path.stat()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


WRITES = """
import os
import penguin_helper

def run_fn(fn_args):
    with open(os.path.join(fn_args.serving_model_dir, "m"), "w") as file:
        file.write("one " + penguin_helper.name())
"""


def text(model):
    return (Path(model.uri) / "Format-Serving" / "m").read_text()


def test_an_edited_module_file_or_helper_is_reloaded_and_invalidates(context, examples, tmp_path):
    module, helper = tmp_path / "module.py", tmp_path / "penguin_helper.py"
    module.write_text(WRITES)
    helper.write_text("def name():\n    return 'a'\n")
    arguments = {"examples": examples, "module_file": str(module)}
    trainer = Trainer(**arguments)
    assert context.run(trainer).state == "complete"
    first = trainer.outputs["model"].get()[0]
    assert text(first) == "one a"
    assert context.run(trainer).state == "cached"
    rewrite(module, WRITES.replace("one", "two"))
    assert context.run(trainer).state == "complete"
    assert text(trainer.outputs["model"].get()[0]) == "two a"
    rewrite(helper, "def name():\n    return 'b'\n")
    result, model = train(context, **arguments)
    assert (result.state, text(model)) == ("complete", "two b")
    rewrite(module, WRITES)
    rewrite(helper, "def name():\n    # a comment changes nothing\n    return 'a'\n")
    result, model = train(context, **arguments)
    assert (result.state, model.id) == ("cached", first.id)


def test_the_cache_follows_arguments_and_content(context, examples, module_file, csv):
    arguments = {"examples": examples, "module_file": str(module_file)}
    first = train(context, **arguments)[1]
    for change in (
        {"custom_config": {"epochs": 1}},
        {"custom_config": {"epochs": 2}},
        {"train_args": TrainArgs(num_steps=1)},
        {"eval_args": EvalArgs(num_steps=1)},
    ):
        assert train(context, **{**arguments, **change})[0].state == "complete"
        assert train(context, **{**arguments, **change})[0].state == "cached"
    # ExampleGen again, with equal bytes: what comes after stays as it was.
    assert context.run(examples.producer, enable_cache=False).state == "complete"
    result, model = train(context, **arguments)
    assert (result.state, model.id) == ("cached", first.id)
    assert train(context, **{**arguments, "custom_config": {"epochs": 1}})[0].state == "cached"
    (Path(csv) / "penguins.csv").write_text("species,year\nGentoo,2007\nAdelie,2008\nAdelie,2009\n" * 9)
    context.run(examples.producer)
    assert train(context, **arguments)[0].state == "complete"


def test_a_run_fn_that_saves_nothing_is_an_error(context, examples, module_file, tmp_path):
    module_file.write_text("def run_fn(fn_args):\n    pass\n")
    with pytest.raises(
        InputError, match=r"without saving a model: .*model\.export\(fn_args\.serving_model_dir"
    ):
        context.run(Trainer(examples=examples, module_file=str(module_file)))
    assert not list((tmp_path / "root" / "Trainer").rglob("*/*"))


def test_a_run_fn_that_fails_shows_its_own_lines(context, examples, module_file):
    module_file.write_text("def run_fn(fn_args):\n    return fn_args.no_such_field\n")
    with pytest.raises(AttributeError, match="no_such_field") as caught:
        context.run(Trainer(examples=examples, module_file=str(module_file)))
    assert caught.traceback[-1].name == "run_fn"
    assert "Trainer failed" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"argument 'examples' is missing: expected a channel of Examples"),
        ({"examples": 1}, "takes either run_fn=, a function, or module_file=.*neither was given"),
        ({"run_fn": print, "module_file": "x"}, "both was given"),
        ({"run_fn": 3}, "run_fn expects a function, or its dotted name, got 3 of type int"),
        ({"module_file": 3}, "module_file expects a path, got 3"),
        ({"module_file": "{module}", "transformed_examples": 1}, "two names of one input"),
        ({"module_file": "{module}", "train_args": 5}, "'train_args' expects a .*TrainArgs message, got 5"),
        ({"module_file": "{module}", "train_args": EvalArgs()}, "TrainArgs message, got a .*EvalArgs"),
        ({"module_file": "{module}", "train_args": {"steps": 5}}, "'train_args' is no valid .*TrainArgs"),
        ({"module_file": "{module}", "custom_config": [1]}, r"custom_config expects a dict, got \[1\]"),
        ({"module_file": "{module}", "custom_config": {"f": print}}, "must hold only JSON values"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(module_file, arguments, message):
    arguments = {
        name: value.format(module=module_file) if isinstance(value, str) else value
        for name, value in arguments.items()
    }
    if arguments:
        arguments["examples"] = Channel(type=standard_artifacts.Examples)
    else:
        arguments["module_file"] = str(module_file)
    with pytest.raises(SpecError, match=message):
        Trainer(**arguments)


def test_transformed_examples_need_their_graph(module_file):
    with pytest.raises(SpecError, match="transformed_examples needs transform_graph="):
        Trainer(transformed_examples=Channel(type=standard_artifacts.Examples), module_file=str(module_file))


def test_bad_module_files(tmp_path, module_file):
    channel = Channel(type=standard_artifacts.Examples)
    with pytest.raises(InputError, match=r"no module file '.*missing\.py'.*beside it: trainer_module\.py"):
        Trainer(examples=channel, module_file=str(tmp_path / "missing.py"))
    module_file.write_text("def run_fun(fn_args):\n    pass\n")
    with pytest.raises(CaptureError, match="run_fn"):
        Trainer(examples=channel, module_file=str(module_file))
    module_file.write_text("def run_fn(:\n")
    with pytest.raises(CaptureError, match=r"trainer_module\.py"):
        Trainer(examples=channel, module_file=str(module_file))


def test_a_split_that_is_not_there_is_named(context, examples, module_file):
    with pytest.raises(InputError, match=r"no split 'test' in .*It has: train, eval"):
        context.run(
            Trainer(examples=examples, module_file=str(module_file), eval_args=EvalArgs(splits=["test"]))
        )


def test_hyperparameters_without_a_file_are_named(context, examples, module_file, tmp_path):
    (tmp_path / "tuned").mkdir()
    with pytest.raises(InputError, match=r"no best_hyperparameters\.txt in the HyperParameters artifact"):
        context.run(
            Trainer(
                examples=examples,
                module_file=str(module_file),
                hyperparameters=given(standard_artifacts.HyperParameters(str(tmp_path / "tuned"))),
            )
        )


class Elsewhere(BaseExecutor):
    """Trains in another place: needs no run_fn."""

    def Do(self, input_dict, output_dict, exec_properties):
        import pathlib

        pathlib.Path(output_dict["model"][0].uri, "job").write_text(exec_properties["custom_config"])


def test_a_custom_executor_needs_no_run_fn(context, examples):
    result, model = train(
        context,
        examples=examples,
        custom_executor_spec=ExecutorClassSpec(Elsewhere),
        custom_config={"region": "moon"},
    )
    assert result.state == "complete"
    assert json.loads((Path(model.uri) / "job").read_text()) == {"region": "moon"}
