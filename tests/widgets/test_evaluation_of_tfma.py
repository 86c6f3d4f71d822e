"""The evaluation view on what TensorFlow Model Analysis itself writes."""

import pytest

from tests.widgets.html_check import read
from widgets import EvaluationView

pytestmark = pytest.mark.slow

BINARY = """
model_specs { label_key: "label" prediction_key: "prediction" }
slicing_specs {} slicing_specs { feature_keys: ["island"] }
metrics_specs {
  metrics { class_name: "ExampleCount" }
  metrics { class_name: "AUC" threshold { value_threshold { lower_bound { value: 0.5 } } } }
  metrics { class_name: "BinaryAccuracy" config: '"name": "hits"'
    threshold { value_threshold { lower_bound { value: 0.1 } upper_bound { value: 1.5 } } }
    per_slice_thresholds { slicing_specs { feature_keys: ["island"] }
                           threshold { value_threshold { lower_bound { value: 0.8 } } } }
    per_slice_thresholds { slicing_specs { feature_values { key: "island" value: "Nowhere" } }
                           threshold { value_threshold { lower_bound { value: 0.8 } } } } }
  metrics { class_name: "ConfusionMatrixPlot" }
  metrics { class_name: "CalibrationPlot" }
}"""
CLASSES = """
model_specs { label_key: "label" prediction_key: "prediction" }
metrics_specs { metrics { class_name: "SparseCategoricalAccuracy" }
                metrics { class_name: "MultiClassConfusionMatrixPlot" } }
metrics_specs { binarize { class_ids { values: [0, 1, 2] } } metrics { class_name: "AUC" } }
"""


def analyze(frame, config, path):
    import tensorflow_model_analysis as tfma
    from google.protobuf import text_format
    from tensorflow_model_analysis.proto import config_pb2

    tfma.analyze_raw_data(frame, text_format.Parse(config, config_pb2.EvalConfig()), output_path=str(path))
    return path


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    """Eight predictions, six of them right: three of four on Dream, three of four on Biscoe."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "label": [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
            "prediction": [0.1, 0.9, 0.2, 0.4, 0.3, 0.8, 0.6, 0.7],
            "island": ["Dream"] * 4 + ["Biscoe"] * 4,
        }
    )
    return analyze(frame, BINARY, tmp_path_factory.mktemp("evaluation"))


def test_metrics(binary):
    table = read(EvaluationView.from_path(binary).to_html()).table("Metrics (3 slices)")
    rows = {row[0]: dict(zip(table[0], (c.strip() for c in row), strict=True)) for row in table[1:]}
    assert list(rows) == ["Overall", "island = Biscoe", "island = Dream"]
    assert rows["Overall"]["example_count"] == "8"
    assert rows["Overall"]["hits"] == "0.7500"
    assert rows["island = Dream"]["auc"] == "1.0000"


def test_thresholds_and_failures(binary):
    page = read(EvaluationView.from_path(binary).to_html())
    assert page.table("Thresholds")[1:] == [
        ["auc", "at least 0.5", "all", "passed"],
        ["hits", "at least 0.1 and at most 1.5", "all that have no threshold of their own", "passed"],
        ["hits", "at least 0.8", "each island", "failed in 2 slices"],
        ["hits", "at least 0.8", "island = Nowhere", "slice not found"],
    ]
    assert page.table("Failures (2)")[1:] == [
        ["island = Biscoe", "hits", "0.7500", "below the lower bound 0.8"],
        ["island = Dream", "hits", "0.7500", "below the lower bound 0.8"],
    ]
    assert page.table("Slices not found")[1][0] == "island = Nowhere"
    assert "Not passed: 2 failures and 1 slice was not found." in page.text


def test_plots(binary):
    page = read(EvaluationView.from_path(binary).to_html())
    for plot in ("ROC curve", "Precision and recall", "Calibration"):
        assert any(name.startswith(f"{plot}, Overall") for name in page.pictures)
    assert "area under it: 0.938" in page.text  # 15 of the 16 pairs are in the right order
    half = next(row for row in page.table("At some thresholds, Overall") if row[0] == "0.5")
    assert half[1:5] == ["3", "1", "3", "1"]


def test_a_validation_without_thresholds_and_one_that_passed(binary):
    import tensorflow_model_analysis as tfma

    result = tfma.load_eval_result(str(binary))
    passed = EvaluationView(result, tfma.proto.validation_result_pb2.ValidationResult(validation_ok=True))
    assert "All thresholds passed." in passed.text()
    none = EvaluationView(result, tfma.proto.validation_result_pb2.ValidationResult(missing_thresholds=True))
    assert "No thresholds were set" in none.text()


def test_changes_from_a_baseline_are_explained():
    from types import SimpleNamespace

    from google.protobuf import text_format
    from tensorflow_model_analysis.proto import validation_result_pb2

    validation = text_format.Parse(
        """
        rubber_stamp: true
        metric_validations_per_slice {
          cross_slice_key { baseline_slice_key {}
                            comparison_slice_key { single_slice_keys { column: "a" float_value: 0.5 } } }
          failures {
            metric_key { name: "auc" output_name: "second" is_diff: true sub_key { class_id { value: 2 } } }
            metric_threshold { change_threshold { absolute { value: -0.01 } direction: HIGHER_IS_BETTER } }
            metric_value { bounded_value { value { value: -0.2 } lower_bound { value: -0.3 }
                                           upper_bound { value: -0.1 } } } }
          failures { metric_key { name: "mse" } message: "Metric not found."
            metric_threshold { value_threshold { upper_bound { value: 3 } } } }
          failures { metric_key { name: "mae" } metric_value { double_value { value: nan } }
            metric_threshold { value_threshold { upper_bound { value: 3 } } } }
        }""",
        validation_result_pb2.ValidationResult(),
    )
    empty = SimpleNamespace(slicing_metrics=[], plots=[], config=None, model_location="", data_location="")
    page = read(EvaluationView(empty, validation).to_html())
    assert page.table("Failures")[1:] == [
        [
            "Overall against a = 0.5",
            "auc (difference from the baseline) of second class 2",
            "-0.2000 [-0.3000, -0.1000]",
            "expected change from the baseline of -0.01 (higher is better)",
        ],
        ["Overall against a = 0.5", "mse", "none", "Metric not found. expected at most 3"],
        ["Overall against a = 0.5", "mae", "NaN", "expected at most 3"],
    ]
    assert "There was no baseline model" in page.text


def test_classes(tmp_path):
    import pandas as pd

    scores = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7], [0.1, 0.6, 0.3]]
    frame = pd.DataFrame({"label": [0, 1, 2, 2], "prediction": scores})
    page = read(EvaluationView.from_path(analyze(frame, CLASSES, tmp_path / "out")).to_html())
    assert page.table("Metrics (1 slice)")[1] == ["Overall", "0.7500"]
    assert [row[1] for row in page.table("Metrics by class")[1:]] == ["class 0", "class 1", "class 2"]
    assert page.table("Confusion matrix")[1:] == [
        ["actual 0", "1", "0", "0"],
        ["actual 1", "0", "1", "0"],
        ["actual 2", "0", "1", "1"],
    ]
    assert "No thresholds were set" in page.text
