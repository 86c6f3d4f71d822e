import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from interactive.errors import InputError
from interactive.notebook.execute import cell_labels, execute_notebook
from interactive.notebook.html_page import notebook_to_html


class LoadedResources(HTMLParser):
    """Collects what a browser would fetch for the page itself (links to click are not among it)."""

    def __init__(self):
        super().__init__()
        self.urls = []
        self.style = False
        self.script = False
        self.scripts = []

    def handle_starttag(self, tag, attrs):
        self.style = tag == "style"
        self.script = tag == "script"
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "video", "audio", "source", "embed", "link", "object"}:
            self.urls += [given[name] for name in ("src", "href", "data") if given.get(name)]

    def handle_data(self, data):
        if self.style:
            self.urls += re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s]+)", data)
        if self.script:
            self.scripts.append(data)


def fetched(page):
    parser = LoadedResources()
    parser.feed(page)
    return [url for url in parser.urls if not url.startswith(("data:", "#"))], parser.scripts


def write(folder, *cells, name="lesson.ipynb"):
    path = folder / name
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def texts(path):
    """The text of all outputs of each code cell."""
    notebook = nbformat.read(path, as_version=4)
    return [
        "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_labels_are_headings_or_first_lines_of_code():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Title\n\nProse.\n\n## Read the data"),
            new_code_cell("x = 1"),
            new_code_cell("\n# a comment\ny = 2\nz = 3"),
            new_code_cell("   \n"),
            new_markdown_cell("Only prose, with a #hash."),
            new_code_cell("# nothing but a comment"),
            new_code_cell("q = " + "9" * 200),
        ]
    )
    labels = cell_labels(notebook)
    assert list(labels) == [1, 2, 5, 6]
    assert labels[1] == "Read the data"
    assert labels[2] == "y = 2"
    assert labels[5] == "# nothing but a comment"
    assert len(labels[6]) == 72
    assert labels[6].endswith("...")


def test_page_fetches_nothing_and_needs_no_script(tmp_path):
    (tmp_path / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    view = "application/vnd.jupyter.widget-view+json"
    state = {"version_major": 2, "version_minor": 0, "state": {}}
    notebook = new_notebook(
        metadata={"widgets": {"application/vnd.jupyter.widget-state+json": state}},
        cells=[
            new_markdown_cell("Euler: $e^{i\\pi}$\n\n![dot](dot.svg)\n\n```mermaid\ngraph TD; A-->B\n```"),
            new_code_cell(
                "show()",
                outputs=[
                    new_output(
                        "display_data",
                        data={
                            view: {"model_id": "m1", "version_major": 2, "version_minor": 0},
                            "text/html": "<table><tr><td>a readable table</td></tr></table>",
                            "text/plain": "View()",
                        },
                    ),
                    new_output(
                        "display_data",
                        data={
                            "application/javascript": "require(['d3'])",
                            "text/plain": "plain instead of a script",
                        },
                    ),
                ],
            ),
        ],
    )
    page = notebook_to_html(notebook, title="A <lesson>", folder=tmp_path)
    urls, scripts = fetched(page)
    assert urls == []
    assert not [text for text in scripts if "http" in text or "require" in text]
    assert "a readable table" in page
    assert "plain instead of a script" in page
    assert "graph TD; A--&gt;B" in page
    assert "data:image/svg+xml" in page
    assert "<title>A &lt;lesson&gt;</title>" in page
    assert "default-src 'none'" in page


def test_the_check_for_fetched_resources_sees_them():
    page = (
        '<script src="https://a/x.js"></script><link href="https://b/x.css"><img src="https://c/x.png">'
        "<style>@import 'https://d/x.css'; p { background: url(https://e/x.png) }</style>"
    )
    urls, _ = fetched(page)
    assert [url[8] for url in urls] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "There is no notebook at"),
        ("not json", "is not a Jupyter notebook"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is not a Jupyter notebook"),
        (b"\xff\xfe\x00", "is not a Jupyter notebook"),
    ],
)
def test_bad_notebooks_are_named(tmp_path, content, expected):
    path = tmp_path / "bad.ipynb"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=expected):
        execute_notebook(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_source_is_never_replaced(tmp_path):
    path = write(tmp_path, new_code_cell("1"))
    before = path.read_bytes()
    with pytest.raises(InputError, match="would replace"):
        execute_notebook(path, tmp_path)
    assert path.read_bytes() == before


def test_unknown_kernel_is_named(tmp_path):
    path = write(tmp_path, new_code_cell("1"))
    with pytest.raises(InputError, match="no kernel named 'cobol'"):
        execute_notebook(path, tmp_path / "out", kernel_name="cobol")


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan")])
def test_a_timeout_has_to_be_above_zero(tmp_path, timeout):
    path = write(tmp_path, new_code_cell("1"))
    with pytest.raises(InputError, match="expected seconds above 0"):
        execute_notebook(path, tmp_path / "out", timeout=timeout)


@pytest.mark.notebook
def test_a_long_cell_shows_that_it_is_alive(tmp_path, monkeypatch):
    monkeypatch.setattr("interactive.notebook.execute._HEARTBEAT_SECONDS", 0.3)
    path = write(tmp_path, new_code_cell("import time; time.sleep(1)"), new_code_cell("1"))
    lines = []
    execute_notebook(path, tmp_path / "out", progress=lines.append)
    assert len([line for line in lines if line.startswith("[1/2] ... ")]) >= 2
    assert lines[-2].startswith("[1/2] ok")
    assert lines[-1].startswith("[2/2] ok")


@pytest.mark.notebook
def test_runs_here_in_this_interpreter_and_reports_each_cell(tmp_path, monkeypatch):
    # A user's own kernel of the default name must not be taken.
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    spec.joinpath("kernel.json").write_text(
        json.dumps({"argv": ["/bin/false"], "display_name": "broken", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    (tmp_path / "lessons").mkdir()
    path = write(
        tmp_path / "lessons",
        new_markdown_cell("# Where am I"),
        new_code_cell("import os, sys\nprint(sys.executable)"),
        new_code_cell("print(os.getcwd())"),
        new_code_cell("print(os.environ['CELLWISE_NOTEBOOK'])"),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        new_code_cell("6 * 7"),
    )
    before = path.read_bytes()
    lines = []
    result = execute_notebook(path, tmp_path / "out", progress=lines.append)

    assert result.ok
    assert (result.cells_run, result.cells) == (5, 5)
    assert result.notebook_path == tmp_path / "out" / "lesson.ipynb"
    assert path.read_bytes() == before
    shown = texts(result.notebook_path)
    assert shown[0].strip() == sys.executable
    assert shown[1].strip() == str(path.parent)
    assert shown[2].strip() == str(path)
    assert shown[4] == "42"
    assert [line.split("]")[0] for line in lines] == [f"[{n}/5" for n in range(1, 6)]
    assert lines[0].endswith("Where am I")
    assert lines[1].endswith("print(os.getcwd())")
    assert "raised ZeroDivisionError, as it was meant to" in lines[3]
    page = result.html_path.read_text(encoding="utf-8")
    assert "42" in page
    assert fetched(page)[0] == []


@pytest.mark.notebook
def test_a_failure_keeps_what_there_was(tmp_path):
    path = write(
        tmp_path,
        new_code_cell("print('first')"),
        new_markdown_cell("## The bad part"),
        new_code_cell("raise ValueError('no such column: bill')"),
        new_code_cell("print('never')"),
    )
    lines = []
    result = execute_notebook(path, tmp_path / "out", progress=lines.append)

    assert not result.ok
    (error,) = result.errors
    assert (error.cell, error.label, error.name) == (2, "The bad part", "ValueError")
    assert error.message == "no such column: bill"
    assert "raise ValueError" in error.traceback
    assert "\x1b" not in error.traceback
    assert result.cells_run == 1
    first, _, never = texts(result.notebook_path)
    assert first == "first\n"
    assert never == ""
    assert "no such column: bill" in result.html_path.read_text(encoding="utf-8")
    assert "[2/3] FAILED" in lines[1]
    assert lines[2] == "ValueError: no such column: bill"
    assert lines[3].endswith(str(result.notebook_path))


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("code", "timeout", "expected"),
    [
        ("import time; time.sleep(60)", 0.5, "TimeoutError"),
        ("import os; os._exit(9)", 60.0, "DeadKernelError"),
    ],
)
def test_a_cell_that_never_ends_or_kills_its_kernel(tmp_path, code, timeout, expected):
    path = write(tmp_path, new_code_cell("print('kept')"), new_code_cell(code))
    started = time.monotonic()
    result = execute_notebook(path, tmp_path / "out", timeout=timeout, progress=lambda _: None)
    assert time.monotonic() - started < 45
    assert [error.name for error in result.errors] == [expected]
    assert result.errors[0].cell == 2
    assert texts(result.notebook_path)[0] == "kept\n"


def start(path, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "interactive.cli", "run", str(path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def wait_for(file, process):
    end = time.monotonic() + 60
    while not file.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "the cell did not start"
        time.sleep(0.05)


@pytest.mark.notebook
@pytest.mark.parametrize("stubborn", [False, True], ids=["cell stops", "cell swallows the interrupt"])
def test_interrupt_ends_the_run_and_saves(tmp_path, stubborn):
    marker = tmp_path / "started"
    body = f"open({str(marker)!r}, 'w').close(); time.sleep(60)"
    if stubborn:
        body = f"try:\n    {body}\nexcept KeyboardInterrupt:\n    print('swallowed')"
    path = write(
        tmp_path,
        new_code_cell("import time\nprint('kept')"),
        new_code_cell(body),
        new_code_cell("print('must not run')"),
    )
    process = start(path)
    wait_for(marker, process)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130, (out, err)
    assert time.monotonic() - sent < 30
    saved = tmp_path / "_out" / "lesson.ipynb"
    first, second, third = texts(saved)
    assert first == "kept\n"
    assert ("swallowed" in second) == stubborn
    assert third == ""
    assert "KeyboardInterrupt" in out


@pytest.mark.notebook
def test_second_interrupt_kills_a_kernel_that_does_not_listen(tmp_path):
    marker, heard = tmp_path / "started", tmp_path / "heard"
    body = (
        "import time\n"
        f"open({str(marker)!r}, 'w').close()\n"
        "while True:\n"
        "    try:\n"
        "        time.sleep(60)\n"
        "    except KeyboardInterrupt:\n"
        f"        open({str(heard)!r}, 'w').close()\n"
    )
    process = start(write(tmp_path, new_code_cell("print('kept')"), new_code_cell(body)))
    wait_for(marker, process)
    process.send_signal(signal.SIGINT)
    wait_for(heard, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "Killing the kernel." in out
    assert texts(tmp_path / "_out" / "lesson.ipynb")[0] == "kept\n"
