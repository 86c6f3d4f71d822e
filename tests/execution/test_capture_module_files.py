"""`module_file=`: files with siblings, loaded afresh each time."""

import inspect
import os
import pickle
import sys
import threading
from pathlib import Path

import pytest

from interactive.errors import CaptureError
from interactive.execution.capture import capture_module_file, load_entry, load_module


def write(folder: Path, **files: str) -> Path:
    """Write modules; `__` in a name stands for a folder. Return the folder."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def package(folder: Path, name: str, **files: str) -> None:
    write(folder / name, **files)
    (folder / name / "__init__.py").write_text(files.get("init", ""))
    (folder / name / "init.py").unlink(missing_ok=True)


def test_siblings_and_packages_are_followed(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "code",
        penguin_utils=(
            "import json\nimport numpy as np\nimport constants\nfrom features import scale\n"
            "import steps.deep.more as more\nfrom . import late\n"
            "def run_fn(x):\n    import lazy\n    return scale(x), constants.K, more.M, lazy.L, late.T\n"
        ),
        constants="K = 1\n",
        features="from constants import K\ndef scale(x):\n    return x + K\n",
        lazy="L = 'lazy'\n",
        late="T = 9\n",
        unused="raise RuntimeError\n",
    )
    package(folder, "steps", init="from .deep import D\n")
    package(folder / "steps", "deep", init="D = 4\n", more="from ..other import O\nM = O\n")
    write(folder / "steps", other="O = 5\n", unused="raise RuntimeError\n")
    code = capture_module_file(folder / "penguin_utils.py", "run_fn")
    assert (code.entry, code.module_name) == ("run_fn", "penguin_utils")
    assert set(code.files) == {
        "penguin_utils.py",
        "constants.py",
        "features.py",
        "lazy.py",
        "late.py",
        "steps/__init__.py",
        "steps/other.py",
        "steps/deep/__init__.py",
        "steps/deep/more.py",
    }
    saved = code.save(tmp_path / "saved")
    assert load_entry(saved, "run_fn")(1) == (2, 1, 5, "lazy", 9)
    assert load_entry(folder / "penguin_utils.py", "run_fn")(1) == (2, 1, 5, "lazy", 9)


def test_fingerprints_of_module_files(tmp_path: Path) -> None:
    folder = write(
        tmp_path, main="import helper\ndef run():\n    return helper.K\n", helper="K = 1\n", other="X = 1\n"
    )
    before = capture_module_file(folder / "main.py", "run").fingerprint
    write(folder, other="X = 2\n", main="# comment\nimport helper\n\ndef run():\n    return (helper.K)\n")
    assert capture_module_file(folder / "main.py", "run").fingerprint == before
    write(folder, helper="K = 2\n")
    assert capture_module_file(folder / "main.py", "run").fingerprint != before
    assert capture_module_file(folder / "main.py").fingerprint != before
    assert capture_module_file(folder / "main.py").entry == ""


def test_the_place_of_a_file_does_not_count(tmp_path: Path) -> None:
    first = write(tmp_path / "a", main="X = 1\n")
    second = write(tmp_path / "b", main="X = 1\n")
    third = write(tmp_path / "c", main="X = 2\n")
    one, two, three = (capture_module_file(f / "main.py").fingerprint for f in (first, second, third))
    assert one == two != three


def test_an_edit_within_the_same_second_and_of_the_same_size_is_seen(tmp_path: Path) -> None:
    folder = write(tmp_path, main="import helper\ndef run():\n    return helper.K, 1\n", helper="K = 1\n")
    stamp = (1_700_000_000, 1_700_000_000)
    for path in folder.glob("*.py"):
        os.utime(path, stamp)
    assert load_entry(folder / "main.py", "run")() == (1, 1)
    first = capture_module_file(folder / "main.py").fingerprint
    write(folder, main="import helper\ndef run():\n    return helper.K, 2\n", helper="K = 2\n")
    for path in folder.glob("*.py"):
        os.utime(path, stamp)
    run = load_entry(folder / "main.py", "run")
    assert run() == (2, 2)
    assert "helper.K, 2" in inspect.getsource(run)
    assert capture_module_file(folder / "main.py").fingerprint != first
    assert not list(folder.rglob("*.pyc"))


def test_two_files_of_one_name_in_two_folders(tmp_path: Path) -> None:
    source = "import helper\ndef run():\n    import lazy\n    return helper.K, lazy.L\n"
    first = write(tmp_path / "a", main=source, helper="K = 'a'\n", lazy="L = 'a'\n")
    second = write(tmp_path / "b", main=source, helper="K = 'b'\n", lazy="L = 'b'\n")
    one = load_entry(first / "main.py", "run")
    two = load_entry(second / "main.py", "run")
    assert one() == ("a", "a")
    assert two() == ("b", "b")
    assert one() == ("a", "a")
    assert "main" not in sys.modules
    assert "helper" not in sys.modules


def test_each_load_is_a_fresh_run_under_one_name(tmp_path: Path) -> None:
    folder = write(tmp_path, main="import helper\nSTATE = helper.STATE\n", helper="STATE = []\n")
    first = load_module(folder / "main.py")
    first.STATE.append(1)
    second = load_module(folder / "main.py")
    assert second.STATE == []
    assert second.__name__ == first.__name__
    assert sys.modules[second.__name__] is second
    write(folder, helper="STATE = [2]\n")
    assert load_module(folder / "main.py").__name__ != first.__name__


def test_a_loaded_module_can_be_pickled_and_inspected(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main="from helper import Point\nclass Local:\n    def go(self):\n        return 1\n"
        "def run(x):\n    return x\n",
        helper="from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: 'int'\n",
    )
    module = load_module(folder / "main.py")
    assert pickle.loads(pickle.dumps(module.run)) is module.run
    assert pickle.loads(pickle.dumps(module.Point(3))) == module.Point(3)
    assert inspect.getsource(module.run) == "def run(x):\n    return x\n"
    assert inspect.getsource(module.Local).startswith("class Local")
    assert inspect.getmodule(module.run) is module
    assert module.__file__ == str(folder / "main.py")


def test_a_local_module_hides_a_library_only_for_its_own_folder(tmp_path: Path) -> None:
    import json

    folder = write(tmp_path, main="import json\ndef run():\n    return json.VALUE\n", json="VALUE = 'mine'\n")
    assert load_entry(folder / "main.py", "run")() == "mine"
    assert sys.modules["json"] is json
    assert set(capture_module_file(folder / "main.py").files) == {"main.py", "json.py"}


def test_circular_imports_and_the_import_forms(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main="import first\nimport first as f\nimport pkg.a\nfrom pkg import b as bee, a\nfrom pkg import *\n"
        "def value():\n    return 1\ndef run():\n    return first.go(), f.go(), pkg.a.A, bee.B, a.A, STAR\n",
        first="import main\ndef go():\n    return main.value()\n",
    )
    package(folder, "pkg", init="STAR = 7\n", a="A = 2\n", b="from pkg.a import A\nB = A + 1\n")
    assert load_entry(folder / "main.py", "run")() == (1, 1, 2, 3, 2, 7)
    assert set(capture_module_file(folder / "main.py").files) == {
        "main.py",
        "first.py",
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/b.py",
    }


def test_a_folder_without_init_is_a_package_too(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main="from loose_folder.deep import K\ndef run():\n    return K\n",
        loose_folder__deep="K = 3\n",
    )
    code = capture_module_file(folder / "main.py", "run")
    assert set(code.files) == {"main.py", "loose_folder/deep.py"}
    assert load_entry(code.save(tmp_path / "out"), "run")() == 3


def test_loading_in_parallel_gives_whole_modules(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main="import helper\nimport time\ntime.sleep(0.01)\ndef run():\n    return helper.K\n",
        helper="K = 1\n",
    )
    results: list[object] = []

    def load() -> None:
        results.append(load_entry(folder / "main.py", "run")())

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 8


def test_a_file_that_fails_shows_its_own_line_and_leaves_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, main="import helper\n", helper="x = 1\nraise RuntimeError('mine')\n")
    before = {name for name in sys.modules if name.startswith("_captured_")}
    with pytest.raises(RuntimeError, match="mine") as caught:
        load_module(folder / "main.py")
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno + 1) == (str(folder / "helper.py"), 2)
    assert {name for name in sys.modules if name.startswith("_captured_")} == before


@pytest.mark.parametrize("function", [capture_module_file, load_module])
def test_files_that_cannot_be_used(function: object, tmp_path: Path) -> None:
    call = function
    with pytest.raises(CaptureError, match="found nothing at"):
        call(tmp_path / "missing.py")  # type: ignore[operator]
    write(tmp_path, broken="def f(:\n", sibling="import broken\n")
    with pytest.raises(CaptureError, match=r"broken\.py has a syntax error on line 1"):
        call(tmp_path / "broken.py")  # type: ignore[operator]
    with pytest.raises(CaptureError, match=r"broken\.py has a syntax error on line 1"):
        call(tmp_path / "sibling.py")  # type: ignore[operator]
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaptureError, match=r"coding line|has .*null"):
        call(tmp_path / "binary.py")  # type: ignore[operator]
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(CaptureError, match="found a folder"):
        call(tmp_path / "folder.py")  # type: ignore[operator]
    write(tmp_path, up="from ..other import x\n")
    with pytest.raises(CaptureError, match="leads out of the module's folder"):
        call(tmp_path / "up.py")  # type: ignore[operator]


def test_names_that_are_no_module_names(tmp_path: Path) -> None:
    for name in ("penguin-utils.py", "notebook.ipynb", "1st.py"):
        (tmp_path / name).write_text("")
        with pytest.raises(CaptureError, match="module name"):
            capture_module_file(tmp_path / name)


def test_a_missing_entry_lists_what_there_is(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main="import json\nfrom os import path as p\ntry:\n    import x_y\nexcept ImportError:\n"
        "    x_y = None\nA = 1\nclass C: ...\ndef train(): ...\nif A:\n    def later(): ...\n_private = 2\n",
        star="from main import *\n",
    )
    with pytest.raises(
        CaptureError, match=r"define `run_fn`, but it defines .*`A`, `C`, `train`, `later`"
    ) as caught:
        capture_module_file(folder / "main.py", "run_fn")
    assert "_private" not in str(caught.value)
    with pytest.raises(CaptureError, match=r"define `run_fn`, but it defines .*`C`, .*`train`"):
        load_entry(folder / "main.py", "run_fn")
    for entry in ("A", "C", "train", "later", "x_y", "p"):
        assert capture_module_file(folder / "main.py", entry).entry == entry
    assert capture_module_file(folder / "star.py", "train").entry == "train"


def test_a_module_of_a_project_on_the_path_comes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    package(project, "acme_project", common="K = 6\n")
    write(
        project / "acme_project" / "steps",
        trainer="from acme_project.common import K\ndef run():\n    return K\n",
    )
    monkeypatch.syspath_prepend(str(project))
    code = capture_module_file(project / "acme_project" / "steps" / "trainer.py", "run")
    assert set(code.files) == {"trainer.py", "acme_project/__init__.py", "acme_project/common.py"}
    assert load_entry(code.save(tmp_path / "out"), "run")() == 6
    for name in [name for name in sys.modules if name.startswith("acme_project")]:
        del sys.modules[name]
