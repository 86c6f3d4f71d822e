"""The states of nodes, and refreshing what is stale."""

import pytest

from interactive.errors import InputError, SpecError
from tests.cells import Cells

SETUP = """
from interactive import InteractiveContext
from interactive.dsl.components import component, OutputDict
context = InteractiveContext(pipeline_name='p')
FACTOR = 2

def scaled(number):
    return number * FACTOR

@component
def make(number: int) -> OutputDict(result=int):
    return {"result": scaled(number)}

@component
def half(result: int) -> OutputDict(value=float):
    return {"value": result / 2}

@component
def double(result: int) -> OutputDict(value=int):
    return {"value": result * 2}

@component
def both(a: float, b: int) -> OutputDict(total=float):
    return {"total": a + b}
"""

PIPELINE = """
a = make(number=3)
b = half(result=a.outputs["result"])
c = double(result=a.outputs["result"])
d = both(a=b.outputs["value"], b=c.outputs["value"])
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = Cells()
    notebook.run(SETUP)
    notebook.run(PIPELINE)
    yield notebook
    notebook.close()


def states(book, targets="d"):
    return {status.node.id: status.state for status in book.run(f"context.graph({targets})").statuses()}


def test_nodes_are_ordered_by_what_they_take(book):
    assert [node.id for node in book.run("context.graph(d)").nodes] == ["make", "half", "double", "both"]
    assert states(book) == dict.fromkeys(["make", "half", "double", "both"], "not run")


def test_refresh_runs_everything_once_and_then_nothing(book):
    book.run("results = context.refresh(d)")
    assert [(r.component_id, r.state) for r in book["results"]] == [
        ("make", "complete"),
        ("half", "complete"),
        ("double", "complete"),
        ("both", "complete"),
    ]
    assert states(book) == dict.fromkeys(["make", "half", "double", "both"], "complete")
    book.run("results = context.refresh(d)")
    assert book["results"] == []


def test_an_edit_makes_stale_what_depends_on_it_and_nothing_else(book):
    book.run("context.refresh(d)")
    book.run(
        "@component\ndef double(result: int) -> OutputDict(value=int):\n    return {'value': result * 4 // 2}"
    )
    book.run('c = double(result=a.outputs["result"])')
    book.run('d = both(a=b.outputs["value"], b=c.outputs["value"])')
    assert states(book) == {"make": "complete", "half": "complete", "double": "stale", "both": "stale"}
    book.run("results = context.refresh(d)")
    # The edit gives the same bytes, so what follows is taken from the cache.
    assert [(r.component_id, r.state) for r in book["results"]] == [
        ("double", "complete"),
        ("both", "cached"),
    ]
    assert states(book) == {"make": "complete", "half": "complete", "double": "complete", "both": "cached"}


def test_a_changed_helper_and_a_changed_constant_make_stale(book):
    book.run("context.refresh(d)")
    book.run("FACTOR = 3")
    found = {s.node.id: s for s in book.run("context.graph(d)").statuses()}
    assert {name: status.state for name, status in found.items()} == dict.fromkeys(found, "stale")
    assert "code, a parameter or the content" in found["make"].reason
    assert found["both"].reason == "half, double must run first"
    book.run("FACTOR = 2")
    assert set(states(book).values()) == {"complete"}


def test_deleted_outputs_make_stale(book, tmp_path):
    book.run("context.refresh(d)")
    (tmp_path / "p_pipeline" / "half" / "value" / "2" / "value").unlink()
    assert states(book) == {"make": "complete", "half": "stale", "double": "complete", "both": "stale"}
    book.run("results = context.refresh(d)")
    assert [r.component_id for r in book["results"]] == ["half"]


def test_a_failure_is_shown_until_it_is_mended(book):
    book.run(
        "@component\ndef half(result: int) -> OutputDict(value=float):\n    return {'value': result / 0}"
    )
    book.run('b = half(result=a.outputs["result"]); d = both(a=b.outputs["value"], b=c.outputs["value"])')
    with pytest.raises(ZeroDivisionError):
        book.run("context.refresh(d)")
    found = {s.node.id: s for s in book.run("context.graph(d)").statuses()}
    assert found["half"].state == "failed"
    assert found["half"].reason == "ZeroDivisionError: division by zero"
    assert found["both"].state == "not run"
    assert found["make"].state == "complete"


def test_a_new_context_finds_what_is_there(book):
    book.run("context.refresh(d)")
    book.run("context = InteractiveContext(pipeline_name='p')")
    book.run(PIPELINE)
    assert states(book) == dict.fromkeys(["make", "half", "double", "both"], "cached")
    book.run("results = context.refresh(d)")
    assert [r.state for r in book["results"]] == ["cached"] * 4
    assert book.run("d.outputs['total'].get()[0].value") == 15.0


def test_the_graph_shows_as_text_and_as_a_picture(book):
    book.run("context.refresh(d)")
    graph = book.run("g = context.graph(); g")
    assert "both" in graph.text()
    assert "complete" in repr(graph)
    assert "<svg" in graph.view()._repr_html_()


def test_bad_targets(book):
    with pytest.raises(InputError, match="Nothing has run"):
        book.run("context.graph()")
    with pytest.raises(SpecError, match=r"context\.refresh expects components"):
        book.run("context.refresh('d')")


def test_a_displayed_graph_follows_what_runs(book, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda view, display_id: shown.append(view.text()))
    monkeypatch.setattr(IPython.display, "update_display", lambda view, display_id: shown.append(view.text()))
    book.run("g = context.graph(a)")
    book["g"]._ipython_display_()
    book.run("r = context.run(a)")
    assert len(shown) == 3
    assert "not run" in shown[0]
    assert "running" in shown[1]
    assert "complete" in shown[2]
