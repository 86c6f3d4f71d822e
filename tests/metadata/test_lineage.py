"""What the store says of importers, resolvers, and an artifact that has two names in one execution."""

import pytest

from tests.cells import Cells
from tests.metadata.store_shape import connect, shape

START = """
import os
import interactive as tfx
from interactive import InteractiveContext
from interactive.dsl.components import InputArtifact, OutputArtifact, component
from interactive.types import Channel
from interactive.types.standard_artifacts import Model, ModelBlessing, Schema

@component
def make(model: OutputArtifact[Model]):
    open(os.path.join(model.uri, "weights"), "w").close()

@component
def evaluate(
    model: InputArtifact[Model], baseline_model: InputArtifact[Model], blessing: OutputArtifact[ModelBlessing]
):
    assert model.uri == baseline_model.uri
    blessing.set_int_custom_property("blessed", 1)

context = InteractiveContext(pipeline_name="p", pipeline_root="root")
maker = make()
context.run(maker)
"""

RESOLVE = """
resolver = tfx.dsl.Resolver(
    strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
    model=Channel(type=Model),
    model_blessing=Channel(type=ModelBlessing),
)
context.run(resolver)
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = Cells()
    cells.run(START)
    yield cells
    cells.close()


def executions():
    (run,) = shape(connect("root/metadata.sqlite"))["runs"]
    return run


def test_a_model_that_is_its_own_baseline(book):
    make = "e = evaluate(model=maker.outputs['model'], baseline_model=maker.outputs['model']); context.run(e)"
    result = book.run(make)
    assert executions()["p.evaluate"]["events"] == {
        "INPUT model/0/baseline_model/0": "p.make:model",
        "OUTPUT blessing/0": "p.evaluate:blessing",
    }
    (model,) = book["maker"].outputs["model"].get()
    inputs = book["context"]._store.inputs_of(result.execution_id)
    assert {name: [artifact.id for artifact in found] for name, found in inputs.items()} == {
        "model": [model.id],
        "baseline_model": [model.id],
    }
    assert book.run(make).state == "cached"
    # Such a blessing speaks of the model too.
    book.run(RESOLVE)
    assert [found.id for found in book["resolver"].outputs["model"].get()] == [model.id]


def test_what_a_resolver_found_it_did_not_make(book):
    book.run("context.run(evaluate(model=maker.outputs['model'], baseline_model=maker.outputs['model']))")
    book.run(RESOLVE)
    assert executions()["p.Resolver"]["events"] == {
        "INTERNAL_OUTPUT model/0": "p.make:model",
        "INTERNAL_OUTPUT model_blessing/0": "p.evaluate:blessing",
    }
    of_the_resolver = book["context"]._store.artifacts_of_type("Model", node="p.Resolver")
    assert of_the_resolver == []


def test_a_resolver_may_give_one_artifact_under_two_names(book):
    book.run(
        "latest = tfx.dsl.Resolver(strategy_class=tfx.dsl.experimental.LatestArtifactStrategy,\n"
        "    first=Channel(type=Model), second=Channel(type=Model))\ncontext.run(latest)"
    )
    assert executions()["p.Resolver"]["events"] == {"INTERNAL_OUTPUT first/0/second/0": "p.make:model"}
    first, second = (book["latest"].outputs[name].get()[0] for name in ("first", "second"))
    assert first.id == second.id > 0


def test_an_import_that_was_made_before_is_cached(book, tmp_path):
    (tmp_path / "given").mkdir()
    make = "i = tfx.dsl.Importer(source_uri='given', artifact_type=Schema); context.run(i)"
    assert book.run(make).state == "complete"
    again = book.run(make)
    assert again.state == "cached"
    assert "Imported before" in again.notes[0]
    states = [e.state for e in book["context"]._store.executions("p") if e.node_id == "Importer"]
    assert states == ["COMPLETE", "CACHED"]
    assert book.run(make.replace("Schema)", "Schema, reimport=True)")).state == "complete"
    (artifact,) = book["i"].outputs["result"].get()
    assert artifact.is_external
    assert artifact.get_string_custom_property("cellwise_version")
