"""What cannot be captured is named, with its type, its place and a way out."""

import functools
import re
import threading
from pathlib import Path

import pytest

from interactive.errors import CaptureError
from interactive.execution.capture import capture
from tests.execution.capture_support import Notebook, notebook


def refusal(*cells: str, name: str = "run", **values: object) -> str:
    book = Notebook()
    book.namespace.update(values)
    for cell in cells:
        book.cell(cell)
    with pytest.raises(CaptureError) as caught:
        capture(book[name])
    return str(caught.value)


def test_the_message_names_the_variable_its_type_its_place_and_the_mend() -> None:
    text = refusal(
        """
        import threading
        GUARD = {"a": [1, threading.Lock()]}

        def helper(x):
            y = x
            return GUARD, y

        def run(x):
            return helper(x)
        """
    )
    assert "`GUARD['a'][1]` (_thread.lock), used by `helper` on line 7 of its cell" in text
    assert "`return GUARD, y`" in text
    assert "Create it within the function." in text


def _frame() -> object:
    import pandas as pd

    return pd.DataFrame({"a": [1]})


def _series() -> object:
    import pandas as pd

    return pd.Series([1])


def _connection() -> object:
    import sqlite3

    return sqlite3.connect(":memory:")


def _socket() -> object:
    import socket

    return socket.socket()


def _random() -> object:
    import numpy as np

    return np.random.default_rng(0)


def _executor() -> object:
    import concurrent.futures

    return concurrent.futures.ThreadPoolExecutor(1)


class Figure:
    """Stands for matplotlib's, which this project does not depend on."""

    __module__ = "matplotlib.figure"


class InteractiveContext:
    """Stands for the real one, which needs a store; it is recognised by module and name."""

    __module__ = "interactive.context"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_frame, "pandas.*data is an input.*pass its path"),
        (_series, "data is an input"),
        (lambda: open(__file__, encoding="utf-8"), "an open file.*pass its path"),  # noqa: SIM115, PTH123
        (lambda: (i for i in range(3)), "generator.*as a list"),
        (threading.Lock, "a lock or thread.*within the function"),
        (threading.RLock, "a lock or thread"),
        (threading.Event, "a lock or thread"),
        (threading.Thread, "a lock or thread"),
        (_executor, "a lock or thread"),
        (_socket, "a connection.*only the address"),
        (_connection, "database connection.*the path or the address"),
        (Figure, "a figure is a result"),
        (_random, "random generator.*with a seed"),
        (InteractiveContext, "the context runs the pipeline"),
        (object, "no source that would make it again"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_live_objects_are_refused(make: object, words: str) -> None:
    value = make()  # type: ignore[operator]
    text = refusal("def run():\n    return THING\n", THING=value)
    assert text.startswith(f"`THING` ({type(value).__module__}".removesuffix("builtins"))
    assert re.search(words, text), text
    if hasattr(value, "close"):
        value.close()


def test_a_lambda_over_a_frame_names_the_frame() -> None:
    text = refusal("run = lambda x: df.loc[x]\n", df=_frame())
    assert re.match(r"`df` \(pandas\..*DataFrame\), used by `run` on line 1", text)


def test_an_instance_of_a_class_of_the_notebook() -> None:
    text = refusal(
        "class Config:\n    pass\nconfig = Config()\nconfig.rate = 1\n",
        "def run():\n    return config.rate\n",
    )
    assert "`config` (__main__.Config)" in text
    assert "keep the numbers and strings" in text


def test_data_in_an_array() -> None:
    import numpy as np

    text = refusal("def run():\n    return ARRAY\n", ARRAY=np.zeros(1001))
    assert "array of 1001 elements" in text
    assert "pass the path" in text
    assert "object" in refusal("def run():\n    return A\n", A=np.array([{}], dtype=object))
    structured = np.zeros(1, dtype=[("a", "i4")])
    assert "no exact source" in refusal("def run():\n    return A\n", A=structured)


def test_values_without_an_end() -> None:
    loop: list[object] = []
    loop.append(loop)
    assert "contains itself" in refusal("def run():\n    return LOOP\n", LOOP=loop)
    deep: list[object] = []
    for _ in range(200):
        deep = [deep]
    assert "nested too deeply" in refusal("def run():\n    return DEEP\n", DEEP=deep)


def test_an_undefined_name() -> None:
    text = refusal("def helper_one():\n    pass\n", "def run(x):\n    y = 1\n    return helper_onne(x)\n")
    assert "`helper_onne`, used by `run` on line 3" in text
    assert "NameError" in text
    assert "Did you mean `helper_one`?" in text


def test_a_global_that_is_assigned() -> None:
    text = refusal("COUNT = 0\n", "def run():\n    global COUNT\n    COUNT += 1\n")
    assert "`COUNT` is assigned as a global by `run` on line 3" in text
    assert "Return the value" in text


def test_a_nonlocal_of_an_outer_function() -> None:
    text = refusal(
        """
        def make():
            n = 0
            def count():
                nonlocal n
                n += 1
                return n
            return count
        run = make()
        """
    )
    assert "nonlocal" in text
    assert "line 5" in text


def test_a_method_that_calls_super() -> None:
    text = refusal("class A:\n    def f(self):\n        return super().f()\nrun = A.f\n")
    assert "calls super()" in text


def test_an_object_that_answers_to_every_name() -> None:
    from unittest import mock

    assert "was made by calling another function" in refusal("def run():\n    return M\n", M=mock.Mock())


def test_magics_within_a_function() -> None:
    text = refusal("def run():\n    get_ipython().system('ls')\n", get_ipython=lambda: None)
    assert "`get_ipython`, used by `run` on line 2" in text
    assert "subprocess.run" in text
    assert "magic" in text


def test_the_path_of_the_notebook() -> None:
    assert "`__file__`" in refusal("def run():\n    return __file__\n")


def test_two_meanings_of_one_name() -> None:
    text = refusal(
        """
        def make(k):
            def inner(x):
                return x * k
            return inner
        two, three = make(2), make(3)
        def run(x):
            return two(x) + three(x)
        """
    )
    assert "`k`" in text
    assert "two different things" in text


def test_one_name_with_equal_constants_is_no_conflict() -> None:
    book = notebook(
        """
        def make(k):
            def inner(x):
                return x * k
            return inner
        two = make([2])
        def run(x):
            return two(x)
        k = [2]
        def run(x, f=None):
            return two(x), k
        """
    )
    assert book.capture().entry == "run"


def test_a_builtin_hidden_by_a_closure() -> None:
    text = refusal(
        """
        def make(len):
            def inner(x):
                return len + x
            return inner
        f = make(2)
        def run(x):
            return f(len(x))
        """
    )
    assert "`len` is Python's builtin for one" in text


def test_a_function_without_source() -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec("def run():\n    return 1\n", namespace)
    with pytest.raises(CaptureError, match=r"`run` has no source text.*exec or eval"):
        capture(namespace["run"])
    for filename, words in [("<timed exec>", "%%time"), ("<stdin>", "plain prompt")]:
        exec(compile("def run():\n    return 1\n", filename, "exec"), namespace)
        with pytest.raises(CaptureError, match=words):
            capture(namespace["run"])


def test_a_class_made_by_a_call() -> None:
    text = refusal("Made = type('Made', (), {})\n", "def run():\n    return Made()\n")
    assert "`Made` (type)" in text
    assert "class" in text


def test_two_lambdas_that_cannot_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    book = notebook("pair = (lambda x: x, lambda x: x + 1)\n")
    code = book["pair"][0].__code__
    moved = code.replace(co_linetable=b"", co_firstlineno=1)
    book["pair"][0].__code__ = moved
    with pytest.raises(CaptureError, match="which of the lambdas"):
        capture(book["pair"][0])


def test_a_wrapper_applied_by_a_call() -> None:
    text = refusal(
        "import functools\ndef plain(x):\n    return x\nfast = functools.lru_cache(plain)\n",
        "def run(x):\n    return fast(x)\n",
    )
    assert "`fast` (functools._lru_cache_wrapper)" in text
    assert "decorator syntax" in text


def test_single_dispatch() -> None:
    text = refusal(
        """
        import functools
        @functools.singledispatch
        def show(x):
            return "any"
        @show.register
        def _(x: int):
            return "int"
        def run(x):
            return show(x)
        """
    )
    assert "singledispatch" in text


def test_a_module_made_at_run_time() -> None:
    import types

    text = refusal("def run():\n    return made.x\n", made=types.ModuleType("made"))
    assert "made at run time" in text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "found a int"),
        ("run.py", "use `module_file=`"),
        (functools, "use `module_file=`"),
        ([1].append, "a method of an object, list"),
        (Path("x").exists, "a method of an object"),
    ],
    ids=repr,
)
def test_what_is_no_function_at_all(value: object, words: str) -> None:
    with pytest.raises(CaptureError, match=words):
        capture(value)


def test_a_definition_over_an_earlier_version_of_itself() -> None:
    text = refusal(
        "class Base:\n    x = 1\n", "class Base(Base):\n    y = 2\n", "def run():\n    return Base\n"
    )
    assert "earlier version" in text


def test_an_annotation_that_cannot_be_captured_is_left_out() -> None:
    book = Notebook()
    book.namespace["frame"] = _frame()
    book.cell("class Widget:\n    def show(self):\n        return frame\nclass Kept: ...\n")
    book.cell("def run(x: Widget, y: Kept, z: Nowhere):\n    return x\n", flags=0x1000000)
    text = book.capture().files["run_module.py"]
    assert "class Kept" in text
    assert "class Widget" not in text


def test_a_relative_import_in_a_cell() -> None:
    text = refusal("def run():\n    from .helpers import x\n    return x\n")
    assert "relative import" in text


def test_a_function_of_a_reloaded_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib
    import sys

    (tmp_path / "often_reloaded.py").write_text("def scale(x):\n    return x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("often_reloaded")
    old = module.scale
    importlib.reload(module)
    try:
        text = refusal("def run(x):\n    return scale(x)\n", scale=old)
        with pytest.raises(CaptureError, match="loaded again"):
            capture(old)
    finally:
        del sys.modules["often_reloaded"]
    assert "loaded again" in text
