"""The fingerprint changes with what is used, and with nothing else."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.capture_support import ROOT, Notebook, fingerprint, main_text, notebook, reload

CELLS = (
    "import math\nimport numpy as np\n",
    "RATE = 0.5\nNAMES = ['a', 'b']\nMODES = {'x', 'y', 'z'}\n",
    'def helper(x):\n    """Scale."""\n    return x * RATE\n',
    "class Kind:\n    size = 3\n    def make(self):\n        return helper(self.size)\n",
    "def run(x):\n    return helper(x), Kind().make(), NAMES, sorted(MODES), math.pi, np.int8(1)\n",
)


def changed(old: str, new: str) -> str:
    assert any(old in cell for cell in CELLS), old
    return fingerprint(*(cell.replace(old, new) for cell in CELLS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * RATE", "x*RATE  # faster"),
        ("    return x * RATE", "\n    # A comment.\n\n    return (x * RATE)"),
        ("def helper(x):", "# Above.\ndef helper(\n    x,\n):"),
        ("RATE = 0.5", "RATE = 1 / 2"),
        ("{'x', 'y', 'z'}", "{'z', 'x', 'y'}"),
        ("['a', 'b']", "list('ab')"),
        ("import math\nimport numpy as np\n", "import numpy as np\nimport math, os\n"),
        ('"""Scale."""', "'Scale.'"),
        ("    size = 3\n", "    size = 3  # three\n"),
    ],
)
def test_what_does_not_matter(old: str, new: str) -> None:
    assert changed(old, new) == fingerprint(*CELLS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * RATE", "RATE * x"),
        ("RATE = 0.5", "RATE = 0.25"),
        ("RATE = 0.5", "RATE = np.float64(0.5)"),
        ("['a', 'b']", "['b', 'a']"),
        ("['a', 'b']", "('a', 'b')"),
        ("{'x', 'y', 'z'}", "{'x', 'y'}"),
        ('"""Scale."""', '"""Scale it."""'),
        ("size = 3", "size = 4"),
        ("import math", "import cmath as math"),
        ("math.pi", "math.e"),
        ("def make(self):", "def make(self, y=1):"),
        ("class Kind:", "class Kind(object):"),
        ("def helper(x):", "def helper(x, y=2):"),
    ],
)
def test_what_matters(old: str, new: str) -> None:
    assert changed(old, new) != fingerprint(*CELLS)


def test_unrelated_cells_and_the_order_of_cells_do_not_matter() -> None:
    expected = fingerprint(*CELLS)
    others = ("import os\nOTHER = [object()]\n", "def unrelated():\n    return OTHER\n", "2 + 2\n")
    assert fingerprint(*others, *CELLS, *others) == expected
    order = (CELLS[4], CELLS[3], CELLS[2], CELLS[0], CELLS[1])
    assert fingerprint(*order) == expected
    assert fingerprint("".join(CELLS)) == expected
    assert fingerprint(*CELLS, "alias = run\nanother = helper\n_ = run\n") == expected


def test_running_cells_again_and_calling_the_function_do_not_matter() -> None:
    book = notebook(*CELLS)
    expected = book.capture().fingerprint
    for cell in CELLS * 2:
        book.cell(cell)
    book["run"](2)
    assert book.capture().fingerprint == expected
    assert main_text(book.capture()) == main_text(notebook(*CELLS).capture())


def test_a_helper_that_is_edited_later_counts() -> None:
    book = notebook(*CELLS)
    before = book.capture().fingerprint
    book.cell("def helper(x):\n    return x + RATE\n")
    edited = book.capture().fingerprint
    assert edited != before
    book.cell(CELLS[2])
    assert book.capture().fingerprint == before


def test_attributes_set_later_count() -> None:
    book = notebook(*CELLS)
    before = book.capture().fingerprint
    book.cell("Kind.size = 5\n")
    assert book.capture().fingerprint != before
    book.cell("Kind.size = 3\n")
    assert book.capture().fingerprint == before


def test_imports_from_two_routes_are_one_import() -> None:
    body = "\ndef run():\n    return dumps\n"
    assert fingerprint("from json import dumps" + body) == fingerprint(
        "import json\ndumps = json.dumps" + body
    )


def test_new_processes_and_hash_seeds_give_the_same(tmp_path: Path) -> None:
    cells = (
        *CELLS,
        dedent(
            """
            import re
            PATTERN = re.compile("a", re.I)
            TABLE = {"f": helper, "g": lambda v: v, "s": frozenset({"q", "w", "e"})}
            def outer(x):
                return run(x), PATTERN, TABLE
            """
        ),
    )
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.execution.capture_support import notebook, main_text\n"
        f"code = notebook(*{cells!r}).capture('outer')\n"
        "print(code.fingerprint)\nprint(main_text(code))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PATH": "", "HOME": str(tmp_path)},
        ).stdout
        for seed in ("0", "1", "77")
    }
    code = notebook(*cells).capture("outer")
    assert outputs == {f"{code.fingerprint}\n{main_text(code)}\n"}


# Random small programs: a chain of helpers with constants, and a few that nothing uses.
NAME = st.sampled_from(["alpha", "beta", "gamma", "delta", "omega"])
NUMBER = st.integers(-20, 20)


@st.composite
def programs(draw: st.DrawFn) -> tuple[dict[str, str], set[str]]:
    """Draw definitions by name, each on its own, and the names that `run` reaches."""
    names = draw(st.lists(NAME, min_size=2, max_size=5, unique=True))
    cells: dict[str, str] = {}
    uses: dict[str, set[str]] = {}
    for position, name in enumerate(names):
        earlier = names[:position]
        used = draw(st.sets(st.sampled_from(earlier), max_size=2)) if earlier else set()
        constant = f"{name.upper()}_K"
        value = draw(NUMBER)
        kind = draw(st.sampled_from(["def", "lambda", "class", "default", "nested"]))
        calls = " + ".join([f"{other}(x)" for other in sorted(used)] + [constant, "x"])
        cells[constant] = f"{constant} = {value}\n"
        cells[name] = {
            "def": f"def {name}(x):\n    return {calls}\n",
            "lambda": f"{name} = lambda x: {calls}\n",
            "class": f"class {name}:\n    k = {constant}\n"
            f"    def __new__(cls, x):\n        return cls.k + {calls}\n",
            "default": f"def {name}(x, k={constant}):\n    return k + {calls}\n",
            "nested": f"def {name}(x):\n    def inner():\n"
            f"        return sum([{calls} for _ in range(2)])\n    return inner()\n",
        }[kind]
        uses[name] = used | {constant}
        uses[constant] = set()
    roots = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
    cells["run"] = f"def run(x):\n    return [{', '.join(f'{name}(x)' for name in sorted(roots))}]\n"
    reached: set[str] = {"run"}
    queue = list(roots)
    while queue:
        name = queue.pop()
        if name not in reached:
            reached.add(name)
            queue += uses[name]
    return cells, reached


@settings(max_examples=60)
@given(programs(), NUMBER)
def test_random_programs_compute_the_same(
    tmp_path_factory: pytest.TempPathFactory, program: tuple[dict[str, str], set[str]], x: int
) -> None:
    cells, _ = program
    book = notebook(*cells.values())
    folder = tmp_path_factory.mktemp("captured")
    assert reload(book.capture(), folder)(x) == book["run"](x)


@settings(max_examples=60)
@given(programs(), st.data())
def test_random_edits_count_exactly_where_they_are_used(
    program: tuple[dict[str, str], set[str]], data: st.DataObject
) -> None:
    cells, reached = program
    before = fingerprint(*cells.values())
    name = data.draw(st.sampled_from(sorted(cells)))
    edited = dict(cells)
    text = cells[name]
    if name.endswith("_K"):
        edited[name] = f"{name} = 1000\n"
    elif "lambda" in text:
        edited[name] = text.replace("\n", " + 1\n")
    else:
        edited[name] = text.replace("x", "x0")
    assert (fingerprint(*edited.values()) != before) == (name in reached)
    comments = [f"# {n}\n{text.rstrip()}  # end\n\n" for n, text in cells.items()]
    assert fingerprint(*comments) == before


def test_postponed_annotations_count(tmp_path: Path) -> None:
    text = "def run(x: int) -> int:\n    return run.__annotations__['x']\n"
    plain = Notebook().cell(text)
    postponed = Notebook().cell(text, flags=0x1000000)
    assert plain.capture().fingerprint != postponed.capture().fingerprint
    assert reload(plain.capture(), tmp_path / "a")(1) is int
    assert reload(postponed.capture(), tmp_path / "b")(1) == "int"
