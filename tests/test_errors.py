import re

import pytest

from interactive.errors import InputError
from tests.cells import Cells


@pytest.fixture
def cells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = Cells()
    yield notebook
    notebook.close()


def test_a_cell_shows_the_persons_lines_and_the_message_only(cells, capsys):
    cells.run("import interactive as tfx\nfrom interactive import InteractiveContext")
    cells.run("context = InteractiveContext(pipeline_name='p')")
    capsys.readouterr()
    with pytest.raises(InputError):
        cells.run("gen = tfx.components.CsvExampleGen(input_base='nowhere')\ncontext.run(gen)")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).strip().splitlines()
    assert shown == [
        shown[0],
        "----> context.run(gen)",
        "",
        "InputError: input_base 'nowhere' does not exist; expected a folder.",
    ]
    assert shown[0].startswith("cell, line 2")


def test_outside_of_a_notebook_the_traceback_is_whole():
    try:
        raise InputError("expected a, found b")
    except InputError as error:
        lines = error._render_traceback_()
    assert lines[0].startswith(__file__)
    assert lines[-1].endswith("InputError\x1b[0m: expected a, found b")
