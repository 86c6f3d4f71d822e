"""The way of a run, through the context, with small components made in cells."""

import gc
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from interactive import InteractiveContext
from interactive.dsl.experimental import LatestArtifactStrategy, LatestBlessedModelStrategy
from interactive.errors import InputError, SpecError, StoreError
from interactive.orchestration.metadata import sqlite_metadata_connection_config
from interactive.types import Channel, standard_artifacts
from tests.cells import Cells

ROOT = Path(__file__).parents[1]

IMPORTS = """
import os
from interactive import InteractiveContext
from interactive.dsl.components import component, InputArtifact, OutputArtifact, OutputDict, Parameter
from interactive.types.standard_artifacts import Examples, Model, Integer, Schema, ModelBlessing
"""

STEPS = """
FACTOR = 2

def scaled(value):
    return value * FACTOR

@component
def make(number: int, model: OutputArtifact[Model]) -> OutputDict(result=int):
    with open(os.path.join(model.uri, "log"), "w") as file:
        file.write("made")
    print("make runs")
    return {"result": scaled(number)}

@component
def use(result: int) -> OutputDict(half=float):
    print("use runs")
    return {"half": result / 2}
"""


@pytest.fixture
def cells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = Cells()
    notebook.run(IMPORTS)
    yield notebook
    notebook.close()


@pytest.fixture
def book(cells):
    cells.run("context = InteractiveContext(pipeline_name='steps')")
    cells.run(STEPS)
    return cells


def run_both(book, number=3):
    """Makes and runs the two steps as cells would; returns their states."""
    book.run(f"a = make(number={number}); b = use(result=a.outputs['result'])")
    return book.run("context.run(a)").state, book.run("context.run(b)").state


def test_a_run_publishes_outputs_below_the_root(book, tmp_path):
    assert run_both(book) == ("complete", "complete")
    made = book["a"].outputs["result"].get()[0]
    assert made.value == 6
    assert made.id > 0
    assert made.uri == str(tmp_path / "steps_pipeline" / "make" / "result" / "1" / "value")
    assert (tmp_path / "steps_pipeline" / "make" / "model" / "1" / "log").read_text() == "made"
    assert book["b"].outputs["half"].get()[0].value == 3.0
    assert not list((tmp_path / "steps_pipeline" / ".cellwise" / "staging").rglob("*/*"))


def test_the_second_run_is_cached_and_does_not_call_the_function(book, capsys):
    run_both(book)
    capsys.readouterr()
    assert run_both(book) == ("cached", "cached")
    assert "runs" not in capsys.readouterr().out
    result = book.run("context.run(a)")
    assert "cached" in repr(result)
    assert "execution 1" in result.notes[0]
    assert "cached" in result._repr_html_()


def test_enable_cache_false_runs_again_and_equal_bytes_leave_the_rest_cached(book):
    run_both(book)
    assert book.run("context.run(a, enable_cache=False)").state == "complete"
    assert book.run("context.run(b)").state == "cached"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("FACTOR = 3", ("complete", "complete")),
        ("def scaled(value):\n    return value * FACTOR + 1", ("complete", "complete")),
        ("def scaled(value):\n    # a comment\n    return (value * FACTOR)", ("cached", "cached")),
        # Another way to the same bytes: what follows stays cached.
        ("def scaled(value):\n    return value + value", ("complete", "cached")),
        ("UNRELATED = 5\ndef other():\n    return UNRELATED", ("cached", "cached")),
        (STEPS, ("cached", "cached")),
        (STEPS.replace("print('use runs')", "").replace("result / 2", "result / 4"), ("cached", "complete")),
    ],
)
def test_the_cache_misses_by_constant_helper_and_code_and_by_nothing_else(book, cell, expected):
    run_both(book)
    book.run(cell)
    assert run_both(book) == expected


def test_the_cache_misses_by_parameter(book):
    run_both(book)
    assert run_both(book, number=4) == ("complete", "complete")
    assert run_both(book, number=3) == ("cached", "cached")


def test_a_new_kernel_with_the_same_root_finds_what_ran(book, tmp_path):
    run_both(book)
    script = tmp_path / "again.py"
    # A script's functions are captured as its file; cells run in an IPython there, as here.
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(ROOT)!r})
            from tests.cells import Cells
            book = Cells()
            book.run({IMPORTS!r}); book.run({STEPS!r})
            book.run("context = InteractiveContext(pipeline_name='steps')")
            book.run("a = make(number=3); b = use(result=a.outputs['result'])")
            state = book.run("context.run(b)").state
            print("FOUND", state, book["b"].outputs["half"].get()[0].value)
            print("FOUND", book.run("context.run(a)").state)
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # b is found although a has not run there: what a would give is known.
    found = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
    assert found == ["FOUND cached 3.0", "FOUND cached"]


def test_a_missing_input_says_what_to_run_first(book):
    book.run("a = make(number=3); b = use(result=a.outputs['result'])")
    with pytest.raises(
        InputError, match=r"use takes 'result' from make.outputs\['result'\].*has not run yet"
    ):
        book.run("context.run(b)")
    book.run("@component\ndef more(half: float):\n    print(half)")
    book.run("c = more(half=b.outputs['half'])")
    with pytest.raises(InputError, match=r"Run make first"):
        book.run("context.run(c)")
    with pytest.raises(InputError, match=r"channel of Integer that holds no artifacts"):
        book.run("from interactive.types import Channel\ncontext.run(use(result=Channel(type=Integer)))")


def test_a_payload_that_was_changed_or_deleted_is_made_again(book, tmp_path):
    run_both(book)
    value = Path(book["a"].outputs["result"].get()[0].uri)
    value.write_text("7")
    assert run_both(book) == ("complete", "cached")
    shutil.rmtree(tmp_path / "steps_pipeline" / "make")
    assert run_both(book) == ("complete", "cached")


def test_touching_a_payload_changes_nothing(book):
    run_both(book)
    os.utime(book["a"].outputs["result"].get()[0].uri, ns=(5, 5))
    assert run_both(book) == ("cached", "cached")


def test_a_failure_leaves_a_failed_execution_and_nothing_else(book, tmp_path):
    book.run(
        "def deep(x):\n    return 1 / x\n"
        "@component\ndef broken(x: int, model: OutputArtifact[Model]):\n"
        "    open(os.path.join(model.uri, 'half'), 'w').write('half')\n    deep(x)"
    )
    with pytest.raises(ZeroDivisionError) as caught:
        book.run("context.run(broken(x=0))")
    names = [frame.name for frame in caught.traceback]
    assert names[-2:] == ["broken", "deep"]
    # pytest and IPython both leave out frames that ask to be hidden: none of ours is seen.
    assert not [frame for frame in caught.traceback if str(frame.path).startswith(str(ROOT / "interactive"))]
    assert "broken failed: execution 1" in caught.value.__notes__[0]
    failed = book["context"]._store.executions("steps")[0]
    assert (failed.state, failed.node_id) == ("FAILED", "broken")
    assert failed.message == "ZeroDivisionError: division by zero"
    assert not list((tmp_path / "steps_pipeline").rglob("half"))
    assert run_both(book) == ("complete", "complete")


def test_an_interrupted_cell_leaves_a_canceled_execution(book):
    book.run(
        "import signal\n@component\ndef slow(x: int):\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "    import time; time.sleep(30)"
    )
    with pytest.raises(KeyboardInterrupt):
        book.run("context.run(slow(x=0))")
    assert [e.state for e in book["context"]._store.executions("steps")] == ["CANCELED"]
    assert run_both(book) == ("complete", "complete")


def test_what_cannot_be_captured_is_refused_before_anything_is_recorded(book):
    book.run("log = open('x', 'w')\n@component\ndef writes(x: int):\n    log.write('a')")
    with pytest.raises(ValueError, match="log"):
        book.run("context.run(writes(x=1))")
    assert book["context"]._store.executions("steps") == []
    book["log"].close()


def test_a_dead_kernels_execution_is_marked_failed_and_cleaned(book, tmp_path):
    script = tmp_path / "dies.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(ROOT)!r})
            from tests.cells import Cells
            book = Cells()
            book.run({IMPORTS!r})
            book.run('''
            @component
            def dies(x: int, model: OutputArtifact[Model]):
                open(os.path.join(model.uri, "half"), "w").write("half")
                import time
                print("started", flush=True)
                time.sleep(60)
            ''')
            book.run("context = InteractiveContext(pipeline_name='steps')")
            book.run("context.run(dies(x=1))")
            """
        )
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    # Alive: another context leaves it alone.
    alive = InteractiveContext(pipeline_name="steps")
    assert alive.recovered == []
    assert list((tmp_path / "steps_pipeline").rglob("half"))
    process.kill()
    process.wait()
    after = InteractiveContext(pipeline_name="steps")
    assert [(e.node_id, e.state) for e in after.recovered] == [("dies", "RUNNING")]
    assert not list((tmp_path / "steps_pipeline").rglob("half"))
    (record,) = after._store.executions("steps")
    assert record.state == "FAILED"
    assert "ended before it finished" in record.message


def test_two_processes_share_one_store(tmp_path):
    code = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
os.chdir({str(tmp_path)!r})
from tests.cells import Cells
book = Cells()
book.run({IMPORTS!r}); book.run({STEPS!r})
book.run("context = InteractiveContext(pipeline_name='shared')")
for index in range(5):
    book.run(f"a = make(number={{sys.argv[1]}}{{index}}); context.run(a)")
    book.run("b = use(result=a.outputs['result']); context.run(b)")
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, number], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for number in "12"
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    context = InteractiveContext(pipeline_name="shared", pipeline_root=tmp_path / "shared_pipeline")
    executions = context._store.executions("shared")
    assert len(executions) == 20
    assert {execution.state for execution in executions} == {"COMPLETE"}
    values = [artifact.value for artifact in context._store.artifacts_of_type("Integer")]
    assert sorted(values) == sorted(2 * int(f"{n}{i}") for n in (1, 2) for i in range(5))


def test_the_default_root_is_named_after_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my notes.ipynb").touch()
    monkeypatch.setenv("JPY_SESSION_NAME", "somewhere/my notes.ipynb")
    context = InteractiveContext()
    assert context.pipeline_name == "my notes"
    assert context.pipeline_root == str(tmp_path / "my notes_pipeline")
    assert (tmp_path / "my notes_pipeline" / "metadata.sqlite").is_file()
    monkeypatch.setenv("CELLWISE_NOTEBOOK", str(tmp_path / "my notes.ipynb"))
    assert InteractiveContext().pipeline_root == context.pipeline_root


def test_bad_arguments_of_the_context(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/b", "", "..", 3):
        with pytest.raises(SpecError, match="plain name"):
            InteractiveContext(pipeline_name=name)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        InteractiveContext(pipeline_name="x", pipeline_root="file")
    with pytest.raises(StoreError, match="sqlite_metadata_connection_config"):
        InteractiveContext(pipeline_name="x", metadata_connection_config="store.sqlite")
    (tmp_path / "no.sqlite").write_text("this is no database, whatever its name says")
    with pytest.raises(StoreError, match=r"no.sqlite cannot be opened"):
        InteractiveContext(
            pipeline_name="x", metadata_connection_config=sqlite_metadata_connection_config("no.sqlite")
        )


def test_run_and_show_refuse_other_things(book):
    with pytest.raises(SpecError, match="expects a component, got 3"):
        book.run("context.run(3)")
    with pytest.raises(SpecError, match="expects an artifact, a channel"):
        book.run("context.show('x')")
    book.run("a = make(number=3)")
    with pytest.raises(InputError, match="nothing to show yet"):
        book.run("context.show(a)")


def test_exporting_says_that_it_is_not_there_yet(book):
    with pytest.raises(NotImplementedError, match="not part of this version"):
        book.run("context.export_to_pipeline('a.ipynb', 'b.py', 'beam')")


def test_one_store_refuses_a_type_with_other_properties(book):
    book.run(
        "from interactive.types import Artifact, Property, PropertyType\n"
        "class Soup(Artifact):\n    TYPE_NAME = 'TestSoup'\n"
        "    PROPERTIES = {'salt': Property(PropertyType.INT)}\n"
        "@component\ndef cook(soup: OutputArtifact[Soup]):\n    soup.salt = 3"
    )
    assert book.run("context.run(cook())").outputs["soup"].get()[0].salt == 3
    book.run(
        "class Soup(Artifact):\n    TYPE_NAME = 'TestSoup'\n"
        "    PROPERTIES = {'salt': Property(PropertyType.STRING)}\n"
        "@component\ndef cook(soup: OutputArtifact[Soup]):\n    soup.salt = 'much'"
    )
    with pytest.raises(StoreError, match=r"'TestSoup' is registered.*salt \(INT\).*salt \(STRING\)"):
        book.run("context.run(cook())")


def test_an_importer_registers_once_until_the_content_changes(book, tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "schema.pbtxt").write_text("feature { name: 'a' }")
    book.run("import interactive as tfx")
    make = "tfx.dsl.Importer(source_uri='given', artifact_type=Schema, custom_properties={'by': 'hand'})"
    first = book.run(f"i = {make}; context.run(i); i").outputs["result"].get()[0]
    assert first.id > 0
    assert first.uri == "given"
    assert first.is_external
    again = book.run(f"i = {make}; context.run(i); i").outputs["result"].get()[0]
    assert again.id == first.id
    (tmp_path / "given" / "schema.pbtxt").write_text("feature { name: 'b' }")
    assert book.run(f"i = {make}; context.run(i); i").outputs["result"].get()[0].id != first.id
    forced = make.replace("custom_prop", "reimport=True, custom_prop")
    assert book.run(f"i = {forced}; context.run(i); i").outputs["result"].get()[0].id > first.id
    with pytest.raises(InputError, match="nothing lies at source_uri 'nowhere'"):
        book.run("context.run(tfx.dsl.Importer(source_uri='nowhere', artifact_type=Schema))")
    with pytest.raises(SpecError, match="declares no property 'span'"):
        book.run("tfx.dsl.Importer(source_uri='given', artifact_type=Schema, properties={'span': 1})")


BLESS = """
@component
def evaluate(model: InputArtifact[Model], good: int, blessing: OutputArtifact[ModelBlessing]):
    blessing.set_int_custom_property("blessed", good)
"""


def test_resolvers_find_the_latest_artifact_and_the_latest_blessed_model(book):
    book["Latest"], book["Blessed"], book["Channel"] = (
        LatestArtifactStrategy,
        LatestBlessedModelStrategy,
        Channel,
    )
    book.run("import interactive as tfx")
    book.run(BLESS)
    blessed = (
        "r = tfx.dsl.Resolver(strategy_class=Blessed, model=Channel(type=Model), "
        "model_blessing=Channel(type=ModelBlessing)); context.run(r); r"
    )
    assert book.run(blessed).outputs["model"].get() == []
    ids = []
    for number, good in ((1, 1), (2, 0)):
        book.run(f"a = make(number={number}); context.run(a)")
        ids.append(book["a"].outputs["model"].get()[0].id)
        book.run(f"e = evaluate(model=a.outputs['model'], good={good}); context.run(e)")
    assert [a.id for a in book.run(blessed).outputs["model"].get()] == [ids[0]]
    latest = book.run(
        "r = tfx.dsl.Resolver(strategy_class=Latest, model=Channel(type=Model)); context.run(r); r"
    )
    assert [a.id for a in latest.outputs["model"].get()] == [ids[1]]
    required = blessed.replace("Blessed,", "Blessed, config={'required': True},")
    assert [a.id for a in book.run(required).outputs["model"].get()] == [ids[0]]


def test_a_required_blessed_model_that_is_not_there_is_an_error(book):
    book["Blessed"], book["Channel"] = LatestBlessedModelStrategy, Channel
    book.run("import interactive as tfx")
    with pytest.raises(InputError, match="found nothing that fits among 0 of 'model'"):
        book.run(
            "context.run(tfx.dsl.Resolver(strategy_class=Blessed, config={'required': True}, "
            "model=Channel(type=Model), model_blessing=Channel(type=ModelBlessing)))"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy_class": int}, "derived from ResolverStrategy"),
        ({"strategy_class": LatestArtifactStrategy}, "at least one channel"),
        ({"strategy_class": LatestArtifactStrategy, "model": 3}, "'model' expects a channel"),
        (
            {
                "strategy_class": LatestArtifactStrategy,
                "config": {"number": 1},
                "model": Channel(type=standard_artifacts.Model),
            },
            "config does not fit LatestArtifactStrategy",
        ),
    ],
)
def test_bad_resolvers(arguments, message):
    from interactive.dsl import Resolver

    with pytest.raises(SpecError, match=message):
        Resolver(**arguments)


def test_an_executor_class_from_a_cell_runs_from_its_capture(book, tmp_path):
    book.run(
        "from interactive.dsl.components import *\n"
        "UNIT = 'kg'\n"
        "class WeighSpec(ComponentSpec):\n"
        "    PARAMETERS = {'weight': ExecutionParameter(type=int)}\n"
        "    OUTPUTS = {'model': ChannelParameter(type=Model)}\n"
        "class WeighExecutor(BaseExecutor):\n"
        "    def Do(self, input_dict, output_dict, exec_properties):\n"
        "        with open(os.path.join(output_dict['model'][0].uri, 'weight'), 'w') as file:\n"
        "            file.write(f\"{exec_properties['weight']} {UNIT}\")\n"
        "class Weigh(BaseComponent):\n"
        "    SPEC_CLASS = WeighSpec\n"
        "    EXECUTOR_SPEC = ExecutorClassSpec(WeighExecutor)\n"
        "    def __init__(self, weight):\n"
        "        super().__init__(WeighSpec(weight=weight))\n"
    )
    result = book.run("w = Weigh(3); context.run(w)")
    assert (Path(result.outputs["model"].get()[0].uri) / "weight").read_text() == "3 kg"
    assert book.run("context.run(Weigh(3))").state == "cached"
    book.run("UNIT = 'g'")
    assert book.run("context.run(Weigh(3))").state == "complete"
    saved = list((tmp_path / "steps_pipeline" / "_code").glob("WeighExecutor_module-*/*.py"))
    assert {"UNIT = 'kg'", "UNIT = 'g'"} == {
        line for file in saved for line in file.read_text().replace('"', "'").splitlines() if "UNIT =" in line
    }


def test_a_script_prints_text(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from interactive import InteractiveContext\n"
        "from interactive.components import ImportSchemaGen\n"
        "open('s.pbtxt', 'w').write('feature { name: \"weight\" type: FLOAT }')\n"
        "context = InteractiveContext()\n"
        "schema = ImportSchemaGen(schema_file='s.pbtxt')\n"
        "print(context.run(schema))\n"
        "context.show(schema.outputs['schema'])\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "State: complete" in done.stdout
    assert "weight" in done.stdout
    assert (tmp_path / "script_pipeline" / "ImportSchemaGen" / "schema" / "1" / "schema.pbtxt").is_file()


def test_a_closed_contexts_lock_goes(tmp_path):
    context = InteractiveContext(pipeline_name="x", pipeline_root=tmp_path)
    assert len(list((tmp_path / ".cellwise" / "runs").iterdir())) == 1
    del context
    gc.collect()
    assert list((tmp_path / ".cellwise" / "runs").iterdir()) == []
