"""The evaluation view, on results in the shape that TFMA loads. test_evaluation_of_tfma.py uses real ones."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.html_check import HOSTILE, read, stripped
from widgets import EvaluationView
from widgets._metrics import metric_name, slice_name


def result(metrics, plots=(), **more):
    given = {"config": None, "model_location": "", "data_location": "", **more}
    return SimpleNamespace(slicing_metrics=list(metrics), plots=list(plots), **given)


def value(number):
    return {"doubleValue": number}


DREAM, BOTH = (("island", "Dream"),), (("island", "Dream"), ("year", 2008))
SLICES = result(
    [
        (BOTH, {"": {"": {"example_count": value(4.0), "auc": value(0.25)}}}),
        (DREAM, {"": {"": {"example_count": value(10.0), "auc": value("NaN")}}}),
        ((), {"": {"": {"example_count": value(40.0), "auc": value(0.75)}}}),
    ]
)


def test_metrics_by_slice_the_overall_one_first():
    assert read(EvaluationView(SLICES).to_html()).table("Metrics (3 slices)") == [
        ["Slice", "example_count", "auc"],
        ["Overall", "40 ", "0.7500 "],
        ["island = Dream", "10 ", "NaN"],
        ["island = Dream, year = 2008", "4 ", "0.2500 "],
    ]


def test_bars_compare_slices_on_one_scale():
    html = EvaluationView(SLICES).to_html()
    bars = html.split("auc 0.7500")[1].split("</svg>")[0]
    assert '<rect width="48.0"' in bars  # three quarters of 64 pixels: a share is drawn from 0 to 1
    bars = html.split("example_count 10")[1].split("</svg>")[0]
    assert '<rect width="16.0"' in bars  # a quarter: a count is drawn from 0 to the largest


def test_one_slice_needs_no_bars():
    single = result([((), {"": {"": {"auc": value(0.75)}}})])
    assert read(EvaluationView(single).to_html()).pictures == []


def test_classes_and_outputs_have_tables_of_their_own():
    metrics = {
        "": {
            "": {"accuracy": value(0.5), "macro_average: true\n_auc": value(0.9)},
            "classId:0": {"auc": value(0.25)},
            "topK:3": {"auc": value(0.5)},
        },
        "second": {"": {"loss": value(12.5)}},
    }
    page = read(EvaluationView(result([((), metrics)])).to_html())
    assert page.tables == [
        [["Slice", "accuracy", "macro_average auc"], ["Overall", "0.5000", "0.9000"]],
        [["Slice", "Class", "auc"], ["Overall", "class 0", "0.2500 "], ["", "top 3", "0.5000 "]],
        [["Slice", "loss"], ["Overall", "12.5000"]],
    ]
    assert "Output second" in page.headings


def test_a_metric_that_a_slice_lacks_is_a_dash():
    metrics = [((), {"": {"": {"a": value(0.5)}}}), (DREAM, {"": {"": {"b": value(0.5)}}})]
    table = read(EvaluationView(result(metrics)).to_html()).table("Metrics")
    assert [r[1:] for r in table[1:]] == [["0.5000 ", "\u2014"], ["\u2014", "0.5000 "]]


def test_confidence_intervals_are_shown():
    bounded = {"boundedValue": {"value": 0.5, "lowerBound": 0.4, "upperBound": 0.6}}
    page = read(EvaluationView(result([((), {"": {"": {"auc": bounded}}})])).to_html())
    assert page.tables[0][1] == ["Overall", "0.5000 [0.4000, 0.6000]"]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"debugMessage": "too few examples"}, "m, Overall: too few examples"),
        ({"bytesValue": "AQ=="}, "AQ=="),
        ({}, "m, Overall: no value."),
        ({"valueAtCutoffs": {"values": [{"cutoff": 1, "value": 0.5}]}}, "0.5000"),
    ],
)
def test_metrics_that_are_not_one_number(metric, said):
    assert said in read(EvaluationView(result([((), {"": {"": {"m": metric}}})])).to_html()).text


def matrices(*rows):
    keys = ("threshold", "truePositives", "falsePositives", "trueNegatives", "falseNegatives")
    # A zero is left out, as a proto that became JSON leaves it out.
    return {"matrices": [{k: v for k, v in zip(keys, row, strict=True) if v} for row in rows]}


CURVES = {
    "confusionMatrixAtThresholds": matrices((0.0, 4, 4, 0, 0), (0.5, 4, 0, 4, 0), (1.0, 0, 0, 4, 4)),
    "calibrationHistogramBuckets": {
        "buckets": [
            {"lowerThresholdInclusive": "-Infinity", "numWeightedExamples": 0.0},
            {"numWeightedExamples": 4.0, "totalWeightedLabel": 1.0, "totalWeightedRefinedPrediction": 0.8},
            {"numWeightedExamples": 4.0, "totalWeightedLabel": 4.0, "totalWeightedRefinedPrediction": 3.6},
        ]
    },
}


def test_plots_are_drawn_and_told():
    view = EvaluationView(result(SLICES.slicing_metrics, [((), {"": {"": CURVES}})]))
    page = read(view.to_html())
    assert [name.split(",")[0] for name in page.pictures if "against" in name] == [
        "ROC curve",
        "Precision and recall",
        "Calibration",
    ]
    assert "area under it: 1.000" in page.text
    assert "Mean prediction to mean label: 0.20 to 0.25, 0.90 to 1.00" in page.text
    assert "area under it: 1.000" in view.text()


def test_a_guessing_model_has_half_the_area():
    guess = {"confusionMatrixAtThresholds": matrices((0.0, 4, 4, 0, 0), (0.5, 2, 2, 2, 2), (1.0, 0, 0, 4, 4))}
    assert "area under it: 0.500" in EvaluationView(result([], [((), {"": {"": guess}})])).text()


def test_counts_behind_the_curves_are_in_a_table():
    page = read(EvaluationView(result([], [((), {"": {"": CURVES}})])).to_html())
    assert page.table("At some thresholds")[2][:5] == ["0.5", "4", "0", "4", "0"]


def test_classes_share_a_plot_and_the_other_slices_are_folded():
    by_class = {"": {f"classId:{i}": CURVES for i in range(8)}}
    page = read(EvaluationView(result([], [(DREAM, by_class), ((), by_class)])).to_html())
    assert page.captions[0].startswith("At some thresholds, class 0, Overall")
    assert "Plots of the first 6 of 8 classes." in page.text
    assert "Plots of 1 more slice" in page.summaries
    assert "island = Dream" in page.summaries


def test_a_confusion_matrix_is_a_table_of_actual_and_predicted_classes():
    entries = [
        {"numWeightedExamples": 5.0},
        {"predictedClassId": 1, "numWeightedExamples": 1.0},
        {"actualClassId": 1, "predictedClassId": -1, "numWeightedExamples": 2.0},
    ]
    data = {"multiClassConfusionMatrixAtThresholds": {"matrices": [{"entries": entries, "threshold": 0.5}]}}
    page = read(EvaluationView(result([], [((), {"": {"": data}})])).to_html())
    assert page.table("Confusion matrix: Overall, threshold 0.5") == [
        ["Class", "predicted none", "predicted 0", "predicted 1"],
        ["actual 0", "0", "5", "1"],
        ["actual 1", "2", "0", "0"],
    ]


def test_multi_label_matrices_and_messages():
    entry = {"truePositives": 3.0, "falsePositives": 1.0}
    data = {
        "multiLabelConfusionMatrixAtThresholds": {"matrices": [{"threshold": 0.5, "entries": [entry]}]},
        "debugMessage": "sampled",
    }
    page = read(EvaluationView(result([], [((), {"": {"": data}})])).to_html())
    assert page.table("Class 0")[1] == ["0.5", "3", "1", "0", "0", "0.7500", "1.0000"]
    assert "Overall: sampled" in page.text


def test_plots_without_points_say_so():
    empty = {"confusionMatrixAtThresholds": {"matrices": []}, "calibrationHistogramBuckets": {"buckets": []}}
    assert "hold no points" in EvaluationView(result([], [((), {"": {"": empty}})])).text()


def test_without_styles_and_pictures_the_numbers_are_still_read():
    page = read(
        stripped(EvaluationView(result(SLICES.slicing_metrics, [((), {"": {"": CURVES}})])).to_html())
    )
    assert page.table("Metrics")[1] == ["Overall", "40 ", "0.7500 "]
    assert "area under it" in page.text


def test_several_results_are_named():
    page = read(EvaluationView({"new": SLICES, "old": SLICES}).to_html())
    assert page.headings == ["Evaluation", "new", "old"]


def test_places_are_shown_unless_tfma_does_not_know_them():
    text = EvaluationView(result([], model_location="/models/1", data_location="<unknown>")).text()
    assert "Model: /models/1" in text
    assert "unknown" not in text


@pytest.mark.parametrize(("given", "said"), [({}, "No evaluation"), (result([]), "no metrics")])
def test_nothing_to_show_is_said(given, said):
    assert said in read(EvaluationView(given).to_html()).text


@pytest.mark.parametrize("wrong", [None, "path", [], {"a": 1}])
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(TypeError, match=r"EvaluationView expects a TFMA EvalResult.*from_path"):
        EvaluationView(wrong)


def test_a_wrong_validation_is_refused():
    with pytest.raises(TypeError, match="ValidationResult or None"):
        EvaluationView(SLICES, validation=True)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"found notes\.txt"):
        EvaluationView.from_path(tmp_path)
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        EvaluationView.from_path(tmp_path / "missing")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_stay_text(name):
    key = ((name, name), ("b", name.encode()))
    metrics = {name: {name: {name: value(0.5), "m": {"debugMessage": name}, "x": {"bytesValue": name}}}}
    hostile = result([(key, metrics), ((), metrics)], [(key, {name: {name: CURVES}})], model_location=name)
    view = EvaluationView({name: hostile}, title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ((), "Overall"),
        (BOTH, "island = Dream, year = 2008"),
        ((("a", b"x"),), "a = x"),
        ((("a", ""),), "a = ''"),
        (((), DREAM), "Overall against island = Dream"),
        ((DREAM, BOTH), "island = Dream against island = Dream, year = 2008"),
    ],
)
def test_slice_names(key, shown):
    assert slice_name(key) == shown


def test_the_prefix_of_an_aggregated_metric_becomes_a_word():
    assert metric_name("weighted_macro_average: true\n_auc") == "weighted_macro_average auc"
    assert metric_name("auc") == "auc"


numbers = st.floats() | st.sampled_from(["NaN", "Infinity", "-Infinity"])


@given(
    st.lists(st.tuples(st.text(), numbers), max_size=6), st.lists(st.tuples(*[st.floats()] * 5), max_size=6)
)
def test_any_numbers_make_well_formed_html(named, counts):
    metrics = {"": {"": {name: value(number) for name, number in named}}}
    plots = [((), {"": {"": {"confusionMatrixAtThresholds": matrices(*counts)}}})]
    read(EvaluationView(result([((), metrics), (DREAM, metrics)], plots)).to_html())


def test_slices_without_plots_are_left_out():
    from widgets._evaluation_plots import plot_blocks

    assert plot_blocks([((), None), ((("island", "Dream"),), None)]) == []
