"""The first notebooks: they run end to end, and leave a store and a page that can be read."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from interactive.notebook.execute import execute_notebook
from interactive.orchestration.metadata import sqlite_metadata_connection_config

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

pytestmark = pytest.mark.notebook


class _Text(HTMLParser):
    """What a browser shows with scripts off: text outside of scripts and styles, and how many tables."""

    def __init__(self):
        super().__init__()
        self.hidden = 0
        self.tables = 0
        self.words = []

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in {"script", "style"}
        self.tables += tag == "table"

    def handle_endtag(self, tag):
        self.hidden -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def shown(page):
    reader = _Text()
    reader.feed(page.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", " ".join(reader.words)), reader.tables


def run(folder, name):
    result = execute_notebook(folder / name, folder / "out", progress=lambda line: None)
    assert result.ok, result.errors
    return result


def store_of(root):
    return metadata_store.MetadataStore(sqlite_metadata_connection_config(str(root / "metadata.sqlite")))


def states(store):
    return [
        (execution.type.rpartition(".")[2], mlmd.Execution.State.Name(execution.last_known_state))
        for execution in sorted(store.get_executions(), key=lambda execution: execution.id)
    ]


@pytest.fixture(scope="module")
def penguins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("penguins")
    shutil.copy(NOTEBOOKS / "penguins.ipynb", folder)
    return folder, run(folder, "penguins.ipynb")


def test_penguins_records_connected_complete_executions(penguins):
    folder, _ = penguins
    store = store_of(folder / "penguins_pipeline")
    assert states(store) == [
        (name, "COMPLETE")
        for name in (
            "CsvExampleGen",
            "StatisticsGen",
            "SchemaGen",
            "require_measurements",
            "ExampleValidator",
            "Transform",
            "Trainer",
            "Evaluator",
            "Pusher",
        )
    ]
    executions = store.get_executions()
    events = store.get_events_by_execution_ids([execution.id for execution in executions])
    produced = {event.artifact_id: event.execution_id for event in events if event.type == mlmd.Event.OUTPUT}
    consumed = [(event.artifact_id, event.execution_id) for event in events if event.type == mlmd.Event.INPUT]
    assert all(artifact in produced for artifact, _ in consumed)
    # Every execution but the first takes what another gave, so all of them hang together.
    assert {execution for _, execution in consumed} == {e.id for e in executions} - {1}
    assert {artifact.state for artifact in store.get_artifacts()} == {mlmd.Artifact.LIVE}


def test_the_penguins_page_reads_with_scripts_off(penguins):
    _, result = penguins
    text, tables = shown(result.html_path)
    assert tables > 20
    for words in (
        # statistics
        "Numeric features (5)",
        "flipper_length_mm",
        "Gentoo (",
        # schema
        "3 values: Biscoe , Dream , Torgersen",
        # anomalies
        "4 anomalies found in train",
        "bill_length_mm train , eval ERROR Missing values Some examples have fewer values than expected.",
        # evaluation
        "sparse_categorical_accuracy",
        "Torgersen",
        "All thresholds passed",
        "BLESSED",
    ):
        assert words in text, words
    assert "Error displaying" not in text
    assert "Traceback" not in text


def test_the_anomalies_of_penguins_name_the_missing_measurements(penguins):
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    from interactive.types.standard_artifacts import ExampleAnomalies

    folder, _ = penguins
    store = store_of(folder / "penguins_pipeline")
    (artifact,) = [
        artifact
        for artifact in store.get_artifacts_by_type(ExampleAnomalies.TYPE_NAME)
        if "ExampleValidator" in artifact.uri
    ]
    found = {
        split: set(
            anomalies_pb2.Anomalies.FromString(
                Path(artifact.uri, f"Split-{split}", "SchemaDiff.pb").read_bytes()
            ).anomaly_info
        )
        for split in ("train", "eval")
    }
    measurements = {"bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"}
    assert found["train"] | found["eval"] == measurements


def test_penguins_again_is_cached_in_every_step(penguins):
    folder, _ = penguins
    before = len(store_of(folder / "penguins_pipeline").get_executions())
    run(folder, "penguins.ipynb")
    again = states(store_of(folder / "penguins_pipeline"))[before:]
    assert len(again) == 9
    assert {state for _, state in again} == {"CACHED"}


def test_flights_runs_end_to_end(tmp_path):
    shutil.copy(NOTEBOOKS / "flights.ipynb", tmp_path)
    result = run(tmp_path, "flights.ipynb")
    recorded = states(store_of(tmp_path / "flights_pipeline"))
    assert len(recorded) == 9
    assert {state for _, state in recorded} == {"COMPLETE"}
    text, _ = shown(result.html_path)
    counts = re.search(r"train ([\d,]+) 9 eval ([\d,]+) 9 ", text)
    assert counts is not None
    assert sum(int(count.replace(",", "")) for count in counts.groups()) == 336_776
    assert "auc" in text
    assert list((tmp_path / "serving" / "flights").iterdir())
