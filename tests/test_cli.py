import subprocess
import sys

import nbformat
import pytest
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd
from nbformat.v4 import new_code_cell, new_notebook

from interactive.cli import executions, format_table, main
from interactive.errors import StoreError
from interactive.version import __version__


def open_store(root):
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(root / "metadata.sqlite")
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return MetadataStore(config)


@pytest.fixture
def root(tmp_path):
    """A root in which StatisticsGen failed once, then ran, then was found in the cache."""
    store = open_store(tmp_path)
    pipeline = mlmd.Context(
        type_id=store.put_context_type(mlmd.ContextType(name="pipeline")), name="my.penguins"
    )
    node = mlmd.Context(
        type_id=store.put_context_type(mlmd.ContextType(name="node")), name="my.penguins.StatisticsGen.a"
    )
    kind = store.put_execution_type(mlmd.ExecutionType(name="cellwise.StatisticsGen"))
    artifact_kind = store.put_artifact_type(mlmd.ArtifactType(name="ExampleStatistics"))
    states = mlmd.Execution
    for state, has_output in ((states.FAILED, False), (states.COMPLETE, True), (states.CACHED, True)):
        execution = mlmd.Execution(type_id=kind, last_known_state=state)
        produced = []
        if has_output:
            event = mlmd.Event(type=mlmd.Event.OUTPUT)
            event.path.steps.add().key = "statistics"
            event.path.steps.add().index = 0
            produced = [(mlmd.Artifact(type_id=artifact_kind, uri="/x"), event)]
        store.put_execution(execution, produced, [pipeline, node], reuse_context_if_already_exist=True)
    alone = mlmd.Execution(type_id=kind, last_known_state=states.RUNNING)
    store.put_executions([alone])
    return tmp_path


def test_executions_tell_what_the_store_holds(root):
    rows = executions(root)
    assert [(row["id"], row["node"], row["state"], row["outputs"]) for row in rows] == [
        (1, "StatisticsGen.a", "FAILED", ""),
        (2, "StatisticsGen.a", "COMPLETE", "statistics:1"),
        (3, "StatisticsGen.a", "CACHED", "statistics:2"),
        (4, "cellwise.StatisticsGen", "RUNNING", ""),
    ]
    assert all(0 <= float(row["seconds"]) < 60 for row in rows)


def test_runs_prints_all_or_the_newest_of_each_node(root, capsys):
    assert main(["runs", str(root)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[5:]] == list("1234")
    assert main(["runs", str(root), "--last"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[5:]] == list("34")


def test_runs_does_not_write_to_the_store(root):
    before = (root / "metadata.sqlite").read_bytes()
    executions(root)
    assert (root / "metadata.sqlite").read_bytes() == before


def test_a_store_without_executions_is_an_empty_table(tmp_path, capsys):
    open_store(tmp_path).get_executions()
    assert executions(tmp_path) == []
    assert main(["runs", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[3].split() == ["id", "node", "state", "seconds", "outputs"]


def test_a_missing_or_foreign_store_is_named(tmp_path, capsys):
    with pytest.raises(StoreError, match="no metadata store at"):
        executions(tmp_path)
    (tmp_path / "metadata.sqlite").write_bytes(b"something else entirely")
    assert main(["runs", str(tmp_path)]) == 2
    assert "is not a SQLite database" in capsys.readouterr().err


def test_a_sqlite_file_of_something_else_is_named(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "metadata.sqlite") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="cannot be read as an ML Metadata store"):
        executions(tmp_path)


def test_table_wraps_its_last_column_and_aligns_numbers():
    rows = [{"id": 7, "outputs": " ".join(["word"] * 20)}, {"id": 12, "outputs": ""}]
    table = format_table(("id", "outputs"), rows, width=60).splitlines()
    assert table[2].startswith(" 7  word")
    assert table[3].startswith("    word")
    assert table[4] == "12"
    assert max(map(len, table)) <= 60
    assert sum(line.count("word") for line in table) == 20


def test_version_and_help_load_nothing_heavy():
    code = (
        "import sys; from interactive.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'nbclient', 'nbconvert', 'nbformat', 'ml_metadata', 'tensorflow', 'IPython'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"cellwise {__version__}\n"


def test_run_of_a_missing_notebook_is_the_users_to_mend(tmp_path, capsys):
    assert main(["run", str(tmp_path / "none.ipynb")]) == 2
    assert "There is no notebook at" in capsys.readouterr().err


@pytest.mark.notebook
@pytest.mark.parametrize(("code", "exit_code"), [("print(6 * 7)", 0), ("1 / 0", 1)])
def test_run_exits_by_the_notebooks_outcome(tmp_path, capsys, code, exit_code):
    path = tmp_path / "lesson.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), path)
    assert main(["run", str(path), "--output-dir", str(tmp_path / "out")]) == exit_code
    shown = capsys.readouterr()
    assert str(tmp_path / "out" / "lesson.ipynb") in shown.out
    assert str(tmp_path / "out" / "lesson.html") in shown.out
    (command,) = [line for line in shown.out.splitlines() if "open it live" in line]
    jupyter, *rest = command.removeprefix("  open it live").split()
    assert subprocess.run([jupyter, "lab", "--version"], check=True, capture_output=True).stdout
    assert (rest[0], rest[-1]) == ("lab", str(path))
    assert ("ZeroDivisionError" in shown.err) == (exit_code == 1)
