import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from tests.widgets.html_check import HOSTILE, read, stripped
from widgets import AnomaliesView

FOUND = """
anomaly_info { key: "b" value { path { step: "b" } severity: WARNING short_description: "Column dropped"
                                description: "Too few." } }
anomaly_info { key: "'z'" value { severity: ERROR
  reason { short_description: "Out of range" description: "Above 3." }
  reason { short_description: "New values" description: "Saw 9." } } }
dataset_anomaly_info { severity: ERROR short_description: "Low num examples" description: "Only 3." }
drift_skew_info { path { step: "b" }
  drift_measurements { type: L_INFTY value: 0.3 threshold: 0.1 }
  skew_measurements { type: JENSEN_SHANNON_DIVERGENCE value: 0.05 threshold: 0.1 } }
"""


def proto(text):
    return text_format.Parse(text, anomalies_pb2.Anomalies())


def test_no_anomalies_is_said_plainly():
    view = AnomaliesView({"train": anomalies_pb2.Anomalies(), "eval": anomalies_pb2.Anomalies()})
    page = read(stripped(view.to_html()))
    assert page.headings == ["Anomalies"]
    assert "No anomalies found in train." in page.text
    assert "No anomalies found in eval." in page.text
    assert page.tables == []
    assert "OK: No anomalies found in eval." in view.text()


def test_anomalies_are_listed_the_worst_first():
    page = read(AnomaliesView({"eval": proto(FOUND)}).to_html())
    assert page.table("Anomalies (3)") == [
        ["Feature", "Splits", "Severity", "Anomaly", "Description"],
        ["(whole data set)", "eval", "ERROR", "Low num examples", "Only 3."],
        ["'z'", "eval", "ERROR", "Out of range; New values", "Above 3. Saw 9."],
        ["b", "eval", "WARNING", "Column dropped", "Too few."],
    ]
    assert "3 anomalies found in eval." in page.text
    assert "No anomalies" not in page.text


def test_what_several_splits_share_is_shown_once():
    eval_ = proto(FOUND.replace("Only 3.", "Only 2.").replace("Too few.", "Far too few."))
    page = read(AnomaliesView({"train": proto(FOUND), "eval": eval_, "test": proto("")}).to_html())
    assert [(r[0], r[1], r[4]) for r in page.table("Anomalies (5)")[1:]] == [
        ("(whole data set)", "train", "Only 3."),
        ("(whole data set)", "eval", "Only 2."),
        ("'z'", "train, eval", "Above 3. Saw 9."),
        ("b", "train", "Too few."),
        ("b", "eval", "Far too few."),
    ]
    assert "3 anomalies found in train." in page.text
    assert "3 anomalies found in eval." in page.text
    assert "No anomalies found in test." in page.text
    assert [r[:2] for r in page.table("Drift and skew")[1:]] == [["b", "train"]] * 2 + [["b", "eval"]] * 2


def test_without_names_of_splits_there_is_no_column_for_them():
    table = read(AnomaliesView(proto(FOUND)).to_html()).table("Anomalies (3)")
    assert table[0] == ["Feature", "Severity", "Anomaly", "Description"]


def test_drift_and_skew_are_measured_against_their_thresholds():
    view = AnomaliesView(proto(FOUND))
    assert read(view.to_html()).table("Drift and skew") == [
        ["Feature", "Comparison", "Measure", "Value", "Threshold"],
        ["b", "drift", "L-infinity distance", "0.3", "0.1"],
        ["b", "skew", "Jensen-Shannon divergence", "0.05", "0.1"],
    ]
    assert 'title="above the threshold of 0.1">0.3</strong>' in view.to_html()
    assert "0.3 !" in view.text()


def test_one_anomaly_is_counted_in_the_singular():
    view = AnomaliesView(proto('anomaly_info { key: "a" value { severity: WARNING } }'))
    assert "1 anomaly found." in view.text()


def test_missing_data_is_not_taken_for_a_clean_result():
    text = read(AnomaliesView(proto("data_missing: true")).to_html()).text
    assert "There was no data to validate" in text
    assert "No anomalies" not in text


def test_nothing_validated_is_not_taken_for_a_clean_result():
    assert "Nothing was validated" in AnomaliesView({}).text()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_descriptions_stay_text(name):
    hostile = anomalies_pb2.Anomalies()
    info = hostile.anomaly_info[name]
    info.path.step.append(name)
    info.description = info.short_description = name
    view = AnomaliesView({name: hostile}, title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()


@pytest.mark.parametrize("wrong", [None, "x", [anomalies_pb2.Anomalies()], {"a": 1}, schema_pb2.Schema()])
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(TypeError, match=r"AnomaliesView expects an? Anomalies.*from_files"):
        AnomaliesView(wrong)


def test_files(tmp_path):
    path = tmp_path / "SchemaDiff.pb"
    path.write_bytes(proto(FOUND).SerializeToString(deterministic=True))
    assert AnomaliesView.from_files({"train": path}).anomalies == {"train": proto(FOUND)}
    assert AnomaliesView.from_files(path).anomalies == {"": proto(FOUND)}


@pytest.mark.slow
def test_anomalies_that_tfdv_finds_are_shown():
    import pandas as pd
    import tensorflow_data_validation as tfdv

    train = tfdv.generate_statistics_from_dataframe(pd.DataFrame({"c": ["a", "b"] * 20}))
    serving = tfdv.generate_statistics_from_dataframe(pd.DataFrame({"c": ["a", "new"] * 20}))
    schema = tfdv.infer_schema(train)
    found = AnomaliesView({"eval": tfdv.validate_statistics(serving, schema)})
    table = read(found.to_html()).table("Anomalies (1)")
    assert table[1][:4] == ["c", "eval", "ERROR", "Unexpected string values"]
    assert "new" in table[1][4]
    assert "No anomalies" in AnomaliesView(tfdv.validate_statistics(train, schema)).text()
