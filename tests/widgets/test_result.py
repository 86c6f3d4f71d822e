import dataclasses

import pytest

from tests.widgets.html_check import HOSTILE, read, stripped
from widgets import ArtifactSummary, ResultView, RunSummary

RUN = RunSummary(
    component_id="Trainer.big",
    state="complete",
    seconds=83.2,
    execution_id=7,
    outputs={
        "model": [ArtifactSummary("Model", "/root/model/7", 12, {"step": 100})],
        "model_run": [ArtifactSummary("ModelRun", "/root/model_run/7")],
    },
    inputs={
        "examples": [ArtifactSummary("Examples", "/a", 1), ArtifactSummary("Examples", "/b", 2)],
        "schema": [],
    },
    parameters={"module_file": "trainer.py", "train_args": {"num_steps": 100}},
    notes=["The evaluation data was empty."],
)


def test_the_card_tells_what_ran_and_what_came_out():
    page = read(ResultView(RUN).to_html())
    assert page.headings == ["Trainer.big"]
    assert "State: complete" in page.text
    assert "Time: 1 min 23 s" in page.text
    assert "Execution: 7" in page.text
    assert "The evaluation data was empty." in page.text
    assert page.table("Outputs") == [
        ["Output", "Type", "Id", "Properties", "URI"],
        ["model", "Model", "12", "step: 100", "/root/model/7"],
        ["model_run", "ModelRun", "\u2014", "\u2014", "/root/model_run/7"],
    ]


def test_properties_are_said_plainly_and_the_long_ones_folded():
    properties = {
        "span": 0,
        "split_names": '["train", "eval"]',
        "input_fingerprint": "num_files:1",
        "current_model": "/a/long/path/" + "x" * 60,
        "blessed": {"eval": 0.0, "train": 1.0},
        "reasons": ["accuracy is 0.5, below 0.85", "loss is 9"],
    }
    artifact = ArtifactSummary("Examples", "/a", 1, properties)
    html = ResultView(RunSummary("c", "complete", outputs={"examples": [artifact]})).to_html()
    page = read(html)
    shown, folded = page.table("Outputs")[1][3].split("3 more")
    assert shown == "span: 0; split_names: train, eval; blessed: eval: 0, train: 1 "
    assert folded.startswith("input_fingerprint: num_files:1; current_model: /a/long/path/xxx")
    assert folded.endswith("reasons: 'accuracy is 0.5, below 0.85', loss is 9")
    assert page.summaries == ["3 more"]


def test_only_long_properties_are_named_on_their_fold():
    artifact = ArtifactSummary("PushedModel", "/a", 1, {"pushed_destination": "/serving/" + "x" * 60})
    page = read(ResultView(RunSummary("c", "complete", outputs={"m": [artifact]})).to_html())
    assert page.summaries == ["pushed_destination"]


def test_without_properties_there_is_no_column_for_them():
    outputs = {"model": [ArtifactSummary("Model", "/model/1", 1)], "model_run": []}
    page = read(ResultView(RunSummary("c", "complete", outputs=outputs)).to_html())
    assert page.table("Outputs") == [
        ["Output", "Type", "Id", "URI"],
        ["model", "Model", "1", "/model/1"],
        ["model_run", "none", "\u2014", "\u2014"],
    ]


def test_paths_may_break_after_their_slashes():
    outputs = {"model": [ArtifactSummary("Model", "/a/b")]}
    html = ResultView(RunSummary("c", "complete", outputs=outputs)).to_html()
    assert '<code class="cw-c">/<wbr>a/<wbr>b</code>' in html


def test_inputs_and_parameters_are_folded_but_there():
    page = read(ResultView(RUN).to_html())
    assert page.summaries == ["2 inputs: examples, schema", "2 parameters"]
    assert page.table("Inputs")[1:] == [
        ["examples", "Examples", "1", "/a"],
        ["", "Examples", "2", "/b"],
        ["schema", "none", "\u2014", "\u2014"],
    ]
    assert page.table("Parameters")[1:] == [
        ["module_file", "trainer.py"],
        ["train_args", "{'num_steps': 100}"],
    ]
    assert "train_args" in ResultView(RUN).text()


@pytest.mark.parametrize("state", ["complete", "cached", "failed", "canceled"])
def test_each_state_is_a_word_and_a_colour_of_its_own(state):
    html = ResultView(RunSummary("c", state)).to_html()
    assert f"State: {state}" in read(stripped(html)).text
    others = {ResultView(RunSummary("c", s)).to_html() for s in ("complete", "cached", "failed", "canceled")}
    tones = {part.split('"')[0] for each in others for part in each.split('class="cw-b cw-')[1:]}
    assert len(tones) == 4


def test_a_failed_run_shows_its_error_line_by_line():
    view = ResultView(RunSummary("c", "failed", error="ValueError: <b>\n  at line 3"))
    assert "ValueError: &lt;b&gt;\n  at line 3</pre>" in view.to_html()
    assert "  ValueError: <b>\n    at line 3" in view.text()
    assert "no outputs" not in view.text()


def test_a_run_without_outputs_says_so():
    assert "This component has no outputs." in ResultView(RunSummary("c", "cached")).text()


@pytest.mark.parametrize("seconds", [None, float("nan"), float("inf")])
def test_an_unknown_time_is_left_out(seconds):
    assert "Time" not in ResultView(RunSummary("c", "complete", seconds)).text()


def test_long_parameters_are_cut():
    text = read(ResultView(RunSummary("c", "complete", parameters={"p": "x" * 5000})).to_html()).text
    assert "x" * 299 + "\u2026" in text
    assert "x" * 300 not in text


def test_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match=r"complete, cached, failed, canceled, but was given 'done'"):
        RunSummary("c", "done")


def test_a_summary_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RUN.state = "failed"


@pytest.mark.parametrize("wrong", [None, {}, "Trainer"])
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(TypeError, match="ResultView expects a RunSummary"):
        ResultView(wrong)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_stay_text(name):
    artifact = ArtifactSummary(name, name, 1, {name: name})
    view = ResultView(
        RunSummary(name, "failed", 1, 1, {name: [artifact]}, {name: [artifact]}, {name: name}, [name], name)
    )
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()
