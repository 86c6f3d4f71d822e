"""Capture from a real IPython shell: cells, magics, edits and reruns."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from interactive.errors import CaptureError
from interactive.execution.capture import CapturedCode, capture
from tests.execution.capture_support import main_text, reload, run_alone


class Shell:
    """An IPython shell of its own."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def cell(self, source: str) -> None:
        result = self.shell.run_cell(source, store_history=True)
        result.raise_error()

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def capture(self, name: str = "run") -> CapturedCode:
        return capture(self[name])


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    main, hook, display = sys.modules["__main__"], sys.excepthook, sys.displayhook
    InteractiveShell.clear_instance()
    instance = InteractiveShell.instance(config=config)
    yield Shell(instance)
    instance.history_manager.end_session()
    instance.reset(new_session=False)
    InteractiveShell.clear_instance()
    sys.modules["__main__"], sys.excepthook, sys.displayhook = main, hook, display


def test_functions_classes_and_constants_of_cells(shell: Shell, tmp_path: Path) -> None:
    shell.cell("import math\nimport enum\nfrom dataclasses import dataclass\nRATE = 0.5\n")
    shell.cell("class Kind(enum.Enum):\n    A = 1\n    B = 2\n")
    shell.cell("@dataclass\nclass Options:\n    kind: Kind = Kind.B\n    rate: float = RATE\n")
    shell.cell("OPTIONS = Options(rate=2.0)\n")
    shell.cell("def helper(x):\n    return math.floor(x * OPTIONS.rate), OPTIONS.kind.name\n")
    shell.cell("def run(x):\n    return helper(x)\n")
    code = shell.capture()
    assert reload(code, tmp_path)(3) == (6, "B")
    assert run_alone(code, tmp_path, "m.run(3)") == "(6, 'B')"


def test_reruns_and_other_cells_keep_the_fingerprint_edits_change_it(shell: Shell) -> None:
    shell.cell("K = 2\n")
    shell.cell("def helper(x):\n    return x * K\n")
    shell.cell("def run(x):\n    return helper(x)\n")
    first = shell.capture()
    shell.cell("run(3)\n")
    shell.cell("print('hello')\nother = [1]\nrun(4)\n")
    shell.cell("def helper(x):\n    return x * K  # the same\n")
    shell.cell("def run(x):\n    return helper(x)\n")
    assert shell.capture().fingerprint == first.fingerprint
    shell.cell("def helper(x):\n    return x * K + 1\n")
    edited = shell.capture().fingerprint
    assert edited != first.fingerprint
    shell.cell("def helper(x):\n    return x * K\n")
    assert shell.capture().files == first.files
    shell.cell("K = 3\n")
    assert shell.capture().fingerprint not in {first.fingerprint, edited}


def test_a_class_without_methods_is_the_one_that_ran_last(shell: Shell, tmp_path: Path) -> None:
    shell.cell("class Config:\n    rate = 1\n    name = 'a'\n")
    shell.cell("def run():\n    return Config.rate\n")
    first = shell.capture()
    shell.cell("class Config:\n    rate = 2\n    name = 'a'\n")
    assert reload(shell.capture(), tmp_path / "a")() == 2
    shell.cell("class Config:\n    rate = 1\n    name = 'a'\n")
    assert shell.capture().fingerprint == first.fingerprint
    shell.cell("Config.rate = 7\n")
    assert reload(shell.capture(), tmp_path / "b")() == 7


def test_an_edited_cell_that_did_not_run_to_its_class_does_not_count(shell: Shell, tmp_path: Path) -> None:
    shell.cell("class Config:\n    rate = 1\n")
    shell.cell("def run():\n    return Config.rate\n")
    broken = shell.shell.run_cell("1 / 0\nclass Config:\n    rate = 99\n", store_history=True)
    assert isinstance(broken.error_in_exec, ZeroDivisionError)
    assert reload(shell.capture(), tmp_path)() == 1


@pytest.mark.parametrize(
    "line", ["!ls", "files = !ls", "%time x = 1", "%matplotlib inline"], ids=lambda line: line[:6]
)
def test_magics_in_a_function_are_refused(shell: Shell, line: str) -> None:
    shell.cell(f"def run(x):\n    y = x\n    {line}\n    return y\n")
    with pytest.raises(CaptureError, match=r"`get_ipython`, used by `run` on line 3.*magic"):
        shell.capture()


def test_magics_outside_the_function_do_no_harm(shell: Shell, tmp_path: Path) -> None:
    shell.cell("x = !echo 1\ndef run():\n    return 1\n%time y = 2\n")
    assert reload(shell.capture(), tmp_path)() == 1


def test_a_function_in_a_timed_cell(shell: Shell, tmp_path: Path) -> None:
    shell.cell("%%time\ndef run():\n    return 1\n")
    try:
        code = shell.capture()
    except CaptureError as error:
        assert "%%time" in str(error)  # noqa: PT017 - newer IPython keeps the source, older does not
    else:
        assert reload(code, tmp_path)() == 1


def test_display_comes_from_ipython(shell: Shell) -> None:
    shell.cell("def run(x):\n    display(x)\n    return x\n")
    assert "import display" in main_text(shell.capture())


def test_the_last_output_is_a_plain_constant(shell: Shell, tmp_path: Path) -> None:
    shell.cell("[1, 2]\n")
    shell.cell("def run():\n    return _\n")
    shell.cell("code = None\n")
    assert reload(shell.capture(), tmp_path)() == [1, 2]


def test_postponed_annotations_of_the_whole_session(shell: Shell, tmp_path: Path) -> None:
    shell.cell("from __future__ import annotations\n")
    shell.cell("def run(x: Nowhere) -> Never:\n    return run.__annotations__['x']\n")
    code = shell.capture()
    assert "from __future__ import annotations" in main_text(code)
    assert reload(code, tmp_path)(1) == "Nowhere"


def test_top_level_await_in_the_cell(shell: Shell, tmp_path: Path) -> None:
    shell.cell("import asyncio\nawait asyncio.sleep(0)\ndef run():\n    return 5\n")
    assert reload(shell.capture(), tmp_path)() == 5


def test_a_helper_file_beside_the_notebook(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    (tmp_path / "beside_the_notebook.py").write_text("FACTOR = 3\n")
    shell.cell("import beside_the_notebook as b\ndef run(x):\n    return x * b.FACTOR\n")
    code = shell.capture()
    assert set(code.files) == {"run_module.py", "beside_the_notebook.py"}
    (tmp_path / "beside_the_notebook.py").write_text("FACTOR = 4\n")
    os.utime(tmp_path / "beside_the_notebook.py", (1, 1))
    edited = shell.capture()
    assert edited.fingerprint != code.fingerprint
    assert reload(code, tmp_path / "old")(2) == 6
    assert reload(edited, tmp_path / "new")(2) == 8
    del sys.modules["beside_the_notebook"]


def test_open_is_pythons_own_whatever_the_shell_calls_open(shell: Shell, tmp_path: Path) -> None:
    shell.cell("other_open = open\n")
    shell.cell(
        "def run(path, opener=open, openers={'text': open}):\n"
        "    assert open is opener is other_open is openers['text']\n"
        "    with open(path) as file:\n"
        "        return open.__module__, file.read()\n"
    )
    (tmp_path / "words").write_text("words")
    path = str(tmp_path / "words")
    code = shell.capture()
    assert "IPython" not in main_text(code)
    assert reload(code, tmp_path)(path) == (open.__module__, "words")
    assert run_alone(code, tmp_path, f"m.run({path!r})") == repr((open.__module__, "words"))
    shell.cell("del open\n" if "open" in shell.shell.user_ns else "pass\n")
    shell.cell("def run(path):\n    with open(path) as file:\n        return file.read()\n")
    bare = shell.capture().fingerprint
    shell.cell("from builtins import open\n")
    assert shell.capture().fingerprint == bare


def test_a_users_own_open_is_captured(shell: Shell, tmp_path: Path) -> None:
    shell.cell("def open(path):\n    return [path]\n")
    shell.cell("def run(path):\n    return open(path)\n")
    assert reload(shell.capture(), tmp_path)("x") == ["x"]
