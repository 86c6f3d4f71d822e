"""Functions and classes as modules: what is captured computes what the original computes."""

import functools
import json
import re
import sys
import types
from pathlib import Path

import pytest

from interactive.errors import CaptureError
from interactive.execution.capture import CapturedCode, capture, load_entry
from tests.execution.capture_support import (
    Notebook,
    main_text,
    notebook,
    reload,
    run_alone,
)

PROGRAMS = {
    "helpers, constants and imports": """
        import math, os.path
        import collections as c
        from functools import reduce
        RATE = 0.5
        NAMES = ["a", "b"]
        def helper(x):
            return x * RATE
        def run(x):
            return helper(x), math.pi, os.path.join(*NAMES), c.Counter(NAMES), reduce(max, [1, 3, 2])
        """,
    "submodules reached through their package": """
        import xml.dom.minidom
        import concurrent.futures
        def run(x):
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                return pool.submit(xml.dom.minidom.parseString, "<a/>").result().documentElement.tagName
        """,
    "a name of a package that means another thing": """
        from datetime import datetime
        import datetime as dt
        WHEN = dt.date(2020, 1, 2)
        def run(x):
            return datetime.min, WHEN
        """,
    "self and mutual recursion": """
        def even(n):
            return n == 0 or odd(n - 1)
        def odd(n):
            return n != 0 and even(n - 1)
        def fact(n):
            return 1 if n < 2 else n * fact(n - 1)
        def run(x):
            return even(x), fact(x)
        """,
    "decorators": """
        import functools
        CALLS = 2
        def repeat(times):
            def decorate(f):
                @functools.wraps(f)
                def inner(*args):
                    return [f(*args) for _ in range(times)]
                return inner
            return decorate
        def bare(f):
            def inner(*args):
                return ("bare", f(*args))
            return inner
        class Memo:
            def __init__(self, f):
                self.func = f
            def __call__(self, *args):
                return ("memo", self.func(*args))
        @repeat(times=CALLS)
        def one(x):
            return x
        @bare
        def two(x):
            return x
        @Memo
        def three(x):
            return x
        @functools.lru_cache(maxsize=None)
        def four(x):
            return x
        @bare
        @repeat(2)
        def five(x):
            return x
        def run(x):
            return one(x), two(x), three(x), four(x), five(x)
        """,
    "a decorator that needs state and helpers when it is applied": """
        REGISTRY = {}
        def key_of(f):
            return f.__name__.upper() + SUFFIX
        SUFFIX = "_1"
        def register(f):
            REGISTRY[key_of(f)] = f
            return f
        REGISTRY.clear()
        def area(x):
            return register(square)(x), sorted(REGISTRY)
        def square(x):
            return x * x
        def run(x):
            return area(x)
        """,
    "a registering decorator": """
        REGISTRY = {}
        NAMES = []
        KINDS = set()
        def register(name):
            def decorate(f):
                if name in REGISTRY:
                    raise KeyError(name)
                REGISTRY[name] = f
                NAMES.append(f.__name__)
                KINDS.add(type(f).__name__)
                return f
            return decorate
        @register("double")
        def double(x):
            return 2 * x
        @register("half")
        def half(x):
            return x / 2
        def run(x):
            return double(x), REGISTRY["half"](x), sorted(REGISTRY), NAMES, sorted(KINDS)
        """,
    "what a decorator reads": """
        OPTIONS = {"times": 2}
        def repeat(f):
            return lambda x: [f(x)] * OPTIONS["times"]
        @repeat
        def twice(x):
            return x
        def run(x):
            return twice(x)
        """,
    "metaclasses, subclass hooks, generics, protocols and typed dictionaries": """
        from typing import Generic, Protocol, TypedDict, TypeVar, ClassVar
        T = TypeVar("T")
        SEEN = []
        class Meta(type):
            def __new__(mcls, name, bases, space, **options):
                return super().__new__(mcls, name, bases, space | {"tag": name.lower()})
        class Plugin:
            def __init_subclass__(cls, **options):
                SEEN.append((cls.__name__, options))
        class One(Plugin, level=1): ...
        class Box(Generic[T]):
            def __init__(self, item: T):
                self.item = item
        class Sized(Protocol):
            def size(self) -> int: ...
        class Row(TypedDict, total=False):
            name: str
        class Tagged(metaclass=Meta):
            count: ClassVar[int] = 0
            f = lambda self: self.tag
        def run(x):
            row: Row = {"name": "a"}
            return One.__name__, Box[int](x).item, Tagged().f(), SEEN, Row.__annotations__ == {"name": str}
        """,
    "caches and properties in classes": """
        import functools
        class Table:
            def __init__(self, n):
                self.n = n
            @functools.cached_property
            def total(self):
                return self.n * WEIGHT
            @functools.lru_cache
            def at(self, i):
                return self.total + i
            @property
            def size(self):
                return self.n
            @size.setter
            def size(self, n):
                self.n = n
            def __len__(self):
                return self.n
        WEIGHT = 4
        def run(x):
            table = Table(x)
            table.size = 3
            return table.total, table.at(1), len(table)
        """,
    "singletons and bound methods of libraries": """
        import random, sys, os
        from random import shuffle
        from os import environ
        from sys import stdout
        import logging
        log = logging.getLogger("trips")
        def run(x):
            values = [x]
            shuffle(values)
            log.debug("here")
            return values, environ is os.environ, stdout is sys.stdout, log.name
        """,
    "classes": """
        import abc, enum
        from dataclasses import dataclass, field
        class Kind(enum.Enum):
            A = 1
        SIZE = 3
        class Base(abc.ABC):
            size = SIZE
            table = {n: n * SIZE for n in range(SIZE)}
            @abc.abstractmethod
            def go(self): ...
        class Mixin:
            @property
            def twice(self):
                return 2 * self.size
            @staticmethod
            def helper(x):
                return x + SIZE
            @classmethod
            def make(cls):
                return cls()
        class Child(Mixin, Base):
            class Inner:
                value = SIZE
            def go(self):
                return super().__init__, self.Inner.value
            def __repr__(self):
                return f"Child({self.size})"
        @dataclass
        class Data:
            kind: Kind = Kind.A
            items: list[int] = field(default_factory=lambda: [SIZE])
        def run(x):
            child = Child.make()
            return repr(child), child.twice, Child.helper(x), child.table, repr(Data()), child.go()[1]
        """,
    "dispatch by a table of functions and lambdas": """
        OFFSET = 10
        def double(x):
            return 2 * x
        TABLE = {"double": double, "add": lambda v: v + OFFSET, "nested": [double, (lambda: OFFSET)]}
        def run(x):
            return TABLE["double"](x), TABLE["add"](x), TABLE["nested"][1]()
        """,
    "aliases": """
        def original(x):
            return x + 1
        alias = original
        number = len
        def run(x):
            return alias(x), alias is original, number("abc")
        """,
    "an older version under another name": """
        def step(x):
            return "old", x
        old = step
        def step(x):
            return "new", old(x)
        def run(x):
            return step(x)
        """,
    "defaults": """
        N = 5
        def f(x, n=N, *, m=N + 1, k=len("abc")):
            return x, n, m, k
        FUNCTIONS = []
        for i in range(3):
            FUNCTIONS.append(lambda i=i: i)
        N = 7
        def run(x):
            return f(x)[1:2], [g() for g in FUNCTIONS], N
        """,
    "closures": """
        def make(k, names=("a",)):
            text = "t"
            def inner(x):
                def deeper():
                    return x * k
                return deeper(), text, [n for n in names]
            return inner
        tripler = make(3)
        def run(x):
            return tripler(x)
        """,
    "modern syntax": '''
        from __future__ import annotations
        import asyncio
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from nowhere import Ghost
        LIMIT = 3
        async def later(n: Ghost) -> "Ghost":
            """Wait."""
            await asyncio.sleep(0)
            return n
        def run(x: Ghost, *rest: int, **more: Ghost) -> Ghost:
            y: Ghost = x
            if (half := x // 2) > LIMIT:
                y = half
            match [x, *rest]:
                case [first]:
                    kind = f"one {first:>{LIMIT}} {first!r}"
                case _:
                    kind = "many"
            state = 0
            def bump():
                nonlocal state
                state += LIMIT
            bump()
            total = sum(i for i in range(LIMIT) if i != y)
            return y, kind, state, total, asyncio.run(later(LIMIT)), run.__annotations__["x"]
        ''',
    "type annotations that are evaluated": """
        from typing import Optional
        import collections
        class Thing: ...
        Alias = Optional[Thing]
        def run(x: Alias, y: "collections.Counter[Thing]" = None) -> dict[str, Thing]:
            return run.__annotations__["return"].__args__[0], len(run.__annotations__)
        """,
    "text that must not be touched": '''
        def outer():
            def inner(x):
                text = """
        first
            second
          third
        """
                return text, x, (
                    "a"
          "b"), f"""{x}
        end"""
            return inner
        run = outer()
        ''',
    "attributes set later": """
        class Config:
            rate = 0.1
            name = "a"
            def total(self):
                return self.rate * self.extra
        def describe(self):
            return self.name + SUFFIX
        SUFFIX = "!"
        Config.rate = 0.5
        Config.extra = 4
        Config.describe = describe
        Config.triple = staticmethod(lambda x: 3 * x)
        Config.shout = property(lambda self: self.name.upper())
        def counter():
            return counter.start
        counter.start = 9
        def run(x):
            return Config().total(), Config().describe(), Config.triple(x), Config().shout, counter()
        """,
    "exceptions and context managers": """
        import contextlib
        class MyError(ValueError):
            code = 3
        @contextlib.contextmanager
        def guard():
            try:
                yield 1
            except MyError as error:
                SEEN.append(error.code)
        SEEN = []
        def run(x):
            with guard() as g:
                raise MyError(x)
            return g, SEEN[-1]
        """,
    "a builtin that the notebook hides": """
        def sum(values):
            return "mine", list(values)
        def run(x):
            return sum([x])
        """,
    "a method taken from a class": """
        class Tools:
            @staticmethod
            def double(x):
                return 2 * x
            @classmethod
            def name(cls):
                return cls.__name__
        double = Tools.double
        name = Tools.name
        UPPER = str.upper
        def run(x):
            return double(x), name(), UPPER("a")
        """,
    "unicode and odd indentation": """
        größe = "µm ü"
        if True:
              def run(x):
                 # comment
                 return größe, x, '\\ud800'
        """,
}


def fresh(code: CapturedCode, folder: Path, argument: object = 6) -> object:
    return reload(code, folder)(argument)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_captured_function_computes_the_same(program: str, tmp_path: Path) -> None:
    flags = 0x1000000 if "__future__" in program else 0
    book = Notebook().cell(program, flags=flags)
    code = book.capture()
    expected = repr(book["run"](6))
    again = repr(fresh(code, tmp_path))
    assert re.sub(r"_captured_\w+\.\w+", "__main__", again) == expected
    assert main_text(code).startswith('"""`')
    assert "ipython-input" not in main_text(code)


def test_all_programs_run_alone_in_a_fresh_process(tmp_path: Path) -> None:
    folders = {}
    for number, (name, program) in enumerate(PROGRAMS.items()):
        flags = 0x1000000 if "__future__" in program else 0
        book = Notebook().cell(program, flags=flags)
        code = book.capture()
        code.save(tmp_path / f"p{number}")
        folders[f"p{number}"] = (code.module_name, code.entry, repr(book["run"](6)), name)
    runner = """
import importlib.util, json, sys
out = {}
for folder, (module, entry, _, _) in json.load(open("programs.json")).items():
    spec = importlib.util.spec_from_file_location(module, f"{folder}/{module}.py")
    found = importlib.util.module_from_spec(spec)
    sys.modules[module] = found
    spec.loader.exec_module(found)
    out[folder] = repr(getattr(found, entry)(6))
print(json.dumps(out))
"""
    (tmp_path / "programs.json").write_text(json.dumps(folders))
    code = notebook("def run(): ...").capture()  # for its runner: a process without this project
    (tmp_path / "runner.py").write_text(runner.replace("print(json.dumps(out))", "RESULT = json.dumps(out)"))
    printed = run_alone(
        CapturedCode(
            "RESULT", "runner", {"runner.py": (tmp_path / "runner.py").read_text()}, code.fingerprint
        ),
        tmp_path,
        "m.RESULT",
    )
    results = json.loads(printed[1:-1].encode().decode("unicode_escape"))
    for folder, (module, _, expected, name) in folders.items():
        assert results[folder].replace(module, "__main__") == expected, name


def test_a_lambda_passed_directly(tmp_path: Path) -> None:
    book = notebook(
        """
        SCALE = 3
        taken = []
        def take(**functions):
            taken.append(functions)
        take(first=lambda x: x * SCALE, second=lambda x: (x,
            SCALE))
        """
    )
    first, second = book["taken"][0]["first"], book["taken"][0]["second"]
    assert reload(capture(first), tmp_path / "a")(2) == 6
    assert reload(capture(second), tmp_path / "b")(2) == (2, 3)
    assert capture(first).entry == "captured_lambda"
    assert capture(first).fingerprint != capture(second).fingerprint


def test_a_lambda_with_a_name_keeps_it() -> None:
    assert notebook("run = lambda x: x").capture().entry == "run"


def test_an_entry_that_is_a_class(tmp_path: Path) -> None:
    book = notebook("FACTOR = 2\n", "class Executor:\n    def Do(self, x):\n        return x * FACTOR\n")
    code = book.capture("Executor")
    assert code.entry == "Executor"
    assert reload(code, tmp_path)().Do(4) == 8


def test_an_entry_that_is_an_instance_made_by_a_decorator(tmp_path: Path) -> None:
    book = notebook(
        """
        class Wrapped:
            def __init__(self, fn):
                self.fn = fn
            def __call__(self, x):
                return self.fn(x)
        @Wrapped
        def run(x):
            return x + 1
        """
    )
    assert reload(book.capture(), tmp_path)(1) == 2


def test_an_entry_that_is_a_partial(tmp_path: Path) -> None:
    book = notebook("def scale(x, by):\n    return x * by\n")
    code = capture(functools.partial(book["scale"], by=3))
    assert reload(code, tmp_path)(2) == 6


def test_the_module_name_can_be_chosen() -> None:
    book = notebook("def run(): ...")
    assert book.capture().module_name == "run_module"
    named = capture(book["run"], name="penguin_utils")
    assert list(named.files) == ["penguin_utils.py"]
    assert named.fingerprint == book.capture().fingerprint
    with pytest.raises(CaptureError, match="identifier"):
        capture(book["run"], name="penguin-utils")


def test_the_undecorated_function_is_captured_without_its_decorator(tmp_path: Path) -> None:
    book = notebook(
        """
        raw = []
        def component(f):
            raw.append(f)
            return {"component": f}
        @component
        def run(x):
            return x + 1
        """
    )
    code = capture(book["raw"][0])
    assert "component" not in main_text(code)
    assert reload(code, tmp_path)(1) == 2


def test_a_decorator_that_returns_its_function_is_kept(tmp_path: Path) -> None:
    book = notebook(
        """
        def mark(f):
            f.marked = True
            return f
        @mark
        def run():
            return run.marked
        """
    )
    assert "@mark" in main_text(book.capture())
    assert reload(book.capture(), tmp_path)() is True


def test_saving_is_atomic_idempotent_and_stays_in_its_folder(tmp_path: Path) -> None:
    code = notebook("def run():\n    return 1\n").capture()
    path = code.save(tmp_path / "a" / "b")
    before = path.stat()
    assert code.save(tmp_path / "a" / "b") == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [p.name for p in path.parent.iterdir()] == ["run_module.py"]
    path.write_text("broken")
    code.save(path.parent)
    assert load_entry(path, "run")() == 1
    for name in ("../x.py", "/x.py", ""):
        with pytest.raises(CaptureError, match="inside the folder"):
            CapturedCode("run", "x", {name: ""}, "").save(tmp_path / "c")


def test_a_coding_line_is_respected_when_saving(tmp_path: Path) -> None:
    source = tmp_path / "latin.py"
    source.write_bytes("# -*- coding: latin-1 -*-\ndef run():\n    return 'ü'\n".encode("latin-1"))
    from interactive.execution.capture import capture_module_file

    code = capture_module_file(source, "run")
    assert reload(code, tmp_path / "out")() == "ü"


def test_the_captured_module_is_readable() -> None:
    text = main_text(
        notebook(
            """
            import numpy as np
            from collections import Counter
            import os
            NAMES = ["culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g", "species"]
            RATE = 0.1
            def helper(x):
                return np.log1p(x) * RATE
            def run(x):
                return helper(x), Counter(NAMES), os.sep
            """
        ).capture()
    )
    assert text == (
        '"""`run` and what it uses, captured from a notebook.\n'
        "\n"
        "Written by cellwise: edit the notebook, not this file.\n"
        '"""\n'
        "\n"
        "import os\n"
        "from collections import Counter\n"
        "\n"
        "import numpy as np\n"
        "\n"
        "NAMES = [\n"
        '    "culmen_length_mm",\n'
        '    "culmen_depth_mm",\n'
        '    "flipper_length_mm",\n'
        '    "body_mass_g",\n'
        '    "species",\n'
        "]\n"
        "RATE = 0.1\n"
        "\n"
        "\n"
        "def helper(x):\n"
        "    return np.log1p(x) * RATE\n"
        "\n"
        "\n"
        "def run(x):\n"
        "    return helper(x), Counter(NAMES), os.sep\n"
    )


def test_a_function_of_an_installed_package_is_imported(tmp_path: Path) -> None:
    import numpy as np

    code = capture(np.log1p)
    assert "from numpy import log1p" in main_text(code)
    assert reload(code, tmp_path)(0.0) == 0.0
    code = capture(json.dumps)
    assert reload(code, tmp_path)([1]) == "[1]"


def test_the_version_of_an_installed_package_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    import numpy as np

    before = capture(np.log1p).fingerprint
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "99.0")
    assert capture(np.log1p).fingerprint != before


def test_a_captured_function_can_be_captured_again(tmp_path: Path) -> None:
    code = notebook("K = 2\ndef run(x):\n    return K * x\n").capture()
    loaded = reload(code, tmp_path / "a")
    again = capture(loaded)
    assert again.files == code.files
    assert reload(again, tmp_path / "b")(4) == 8


@pytest.fixture
def local_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        module = sys.modules[name]
        if isinstance(module, types.ModuleType) and str(folder) in str(getattr(module, "__file__", "")):
            del sys.modules[name]


def test_local_helper_modules_come_along(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "scaling_helpers.py").write_text(
        "from scaling_base import FACTOR\nimport json\nTABLE = {1: 2}\nclass Vocabulary:\n    size = 3\n"
        "vocabulary = Vocabulary()\ndef scale(x):\n    return x * FACTOR\n"
    )
    (local_folder / "scaling_base.py").write_text("FACTOR = 10\n")
    package = local_folder / "scaling_pkg"
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").write_text("from .one import ONE\n")
    (package / "one.py").write_text("ONE = 1\n")
    (package / "unused.py").write_text("raise RuntimeError\n")
    (package / "sub" / "__init__.py").write_text("")
    (package / "sub" / "two.py").write_text(
        "from ..one import ONE\nTWO = ONE + 1\ndef two():\n    return TWO\n"
    )
    (local_folder / "lazy_helper.py").write_text("LAZY = 'lazy'\n")
    book = notebook(
        """
        import scaling_helpers as h
        import scaling_pkg.sub.two
        from scaling_helpers import scale, vocabulary
        from scaling_pkg.sub.two import two
        def run(x):
            from lazy_helper import LAZY
            return scale(x), h.TABLE, scaling_pkg.sub.two.TWO, two(), vocabulary.size, LAZY
        """
    )
    code = book.capture()
    assert set(code.files) == {
        "run_module.py",
        "scaling_helpers.py",
        "scaling_base.py",
        "scaling_pkg/__init__.py",
        "scaling_pkg/one.py",
        "scaling_pkg/sub/__init__.py",
        "scaling_pkg/sub/two.py",
        "lazy_helper.py",
    }
    assert reload(code, tmp_path / "out")(2) == (20, {1: 2}, 2, 2, 3, "lazy")
    assert run_alone(code, tmp_path / "out", "m.run(2)") == "(20, {1: 2}, 2, 2, 3, 'lazy')"
    (local_folder / "scaling_base.py").write_text("FACTOR = 11\n")
    assert book.capture().fingerprint != code.fingerprint
    (local_folder / "scaling_base.py").write_text("# a comment\nFACTOR = 10\n")
    assert book.capture().fingerprint == code.fingerprint
    (package / "unused.py").write_text("raise ValueError\n")
    assert book.capture().fingerprint == code.fingerprint


def test_functions_of_local_modules_are_captured_as_files(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "trip_utils.py").write_text("import trip_more\ndef run(x):\n    return trip_more.K * x\n")
    (local_folder / "trip_more.py").write_text("K = 5\n")
    (local_folder / "trip_pkg").mkdir()
    (local_folder / "trip_pkg" / "__init__.py").write_text("")
    (local_folder / "trip_pkg" / "steps.py").write_text(
        "from .common import C\ndef run(x):\n    return C + x\n"
    )
    (local_folder / "trip_pkg" / "common.py").write_text("C = 100\n")
    import trip_pkg.steps  # type: ignore[import-not-found]
    import trip_utils  # type: ignore[import-not-found]

    code = capture(trip_utils.run)
    assert code.module_name == "trip_utils"
    assert set(code.files) == {"trip_utils.py", "trip_more.py"}
    assert reload(code, tmp_path / "a")(2) == 10
    code = capture(trip_pkg.steps.run)
    assert set(code.files) == {
        "run_module.py",
        "trip_pkg/__init__.py",
        "trip_pkg/steps.py",
        "trip_pkg/common.py",
    }
    assert reload(code, tmp_path / "b")(1) == 101


def test_functions_made_within_functions_of_a_local_file(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "fare_factory.py").write_text(
        "RATE = 3\ndef scale(x):\n    return x * RATE\ndef make(k):\n    class Inner:\n        size = k\n"
        "    def inner(x):\n        return scale(x) + k\n    return inner, Inner\n"
        "table = {'f': lambda x: scale(x) + 1}\nnamed = lambda x: scale(x) + 2\n"
    )
    import fare_factory  # type: ignore[import-not-found]

    inner, cls = fare_factory.make(4)
    code = capture(inner)
    assert "from fare_factory import scale" in main_text(code)
    assert set(code.files) == {"inner_module.py", "fare_factory.py"}
    assert reload(code, tmp_path / "a")(2) == 10
    assert reload(capture(fare_factory.table["f"]), tmp_path / "b")(2) == 7
    book = Notebook().cell("from fare_factory import named\ndef run(x):\n    return named(x)\n")
    assert "from fare_factory import named\n" in main_text(book.capture())
    with pytest.raises(CaptureError, match="`k`, used by `Inner`"):
        capture(cls)  # nothing keeps the variable that its body read


def test_the_function_below_a_decorator_in_a_local_file(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "fare_component.py").write_text(
        "class Made:\n    def __init__(self, f):\n        self.f = f\n"
        "def component(f):\n    return Made(f)\n@component\ndef run(x):\n    return x + 1\n"
    )
    import fare_component  # type: ignore[import-not-found]

    code = capture(fare_component.run.f)
    assert (code.entry, list(code.files)) == ("run", ["fare_component.py"])
    assert reload(code, tmp_path).f(1) == 2


def test_a_class_within_a_class_of_a_module(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "fare_nested.py").write_text("class Outer:\n    class Inner:\n        x = 5\n")
    import fare_nested  # type: ignore[import-not-found]

    code = capture(fare_nested.Outer.Inner)
    assert set(code.files) == {"Inner_module.py", "fare_nested.py"}
    assert reload(code, tmp_path).x == 5


def test_a_local_module_with_the_name_of_the_captured_one(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "run_module.py").write_text("VALUE = 4\n")
    book = notebook("import run_module\ndef run():\n    return run_module.VALUE\n")
    code = book.capture()
    assert code.module_name == "run_module_2"
    assert reload(code, tmp_path / "out")() == 4


def test_this_project_is_a_library_even_in_its_checkout() -> None:
    book = notebook(
        "import interactive\nfrom interactive import errors\n"
        "def run():\n    return interactive, errors.InputError\n"
    )
    assert list(book.capture().files) == ["run_module.py"]


@pytest.mark.skipif("sys.version_info < (3, 12)", reason="the syntax is Python 3.12's")
def test_type_parameter_syntax(tmp_path: Path) -> None:
    book = notebook(
        """
        class Bound: ...
        def first[T: Bound](items: list[T]) -> T:
            return items[0]
        class Box[T]:
            def __init__(self, value: T) -> None:
                self.value = value
        def run(x):
            return first([x]), Box(x).value, first.__type_params__[0].__bound__.__name__
        """
    )
    assert reload(book.capture(), tmp_path)(1) == (1, 1, "Bound")
