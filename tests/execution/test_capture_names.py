"""Which global names a piece of source needs."""

import pytest

from interactive.execution.capture.names import global_names


def needed(source: str, **options: bool) -> set[str]:
    return {use.name for use in global_names(source, **options).uses if not use.optional} - {"__name__"}


def needed_first(source: str) -> set[str]:
    return {use.name for use in global_names(source).uses if use.at_definition} - {"__name__"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(x):\n    return x + A", {"A"}),
        ("def f(x, n=A, *, k=B):\n    y = x\n    return y", {"A", "B"}),
        ("def f(x):\n    return [A(i) for i in x if B > i]", {"A", "B"}),
        ("def f(x):\n    return {k: v for k, v in x} | {A for _ in B}", {"A", "B"}),
        ("def f(x):\n    A = 1\n    return A", set()),
        ("def f(x):\n    for A in x:\n        pass\n    return A", set()),
        ("def f(x):\n    with B as A:\n        return A", {"B"}),
        ("def f():\n    import os as A\n    return A", set()),
        ("def f():\n    try:\n        return 1\n    except E as A:\n        return A", {"E"}),
        ("def f():\n    def g():\n        return A + x\n    x = 1\n    return g", {"A"}),
        ("def f():\n    x = 0\n    def g():\n        nonlocal x\n        x += A\n    return g", {"A"}),
        ("def f():\n    return lambda y: y + A", {"A"}),
        ("def f(*args, **kw):\n    return A(*args, **kw)", {"A"}),
        (
            "async def f():\n    async with A as b:\n        return [x async for x in b if await C(x)]",
            {"A", "C"},
        ),
        (
            (
                "def f(x):\n    match x:\n        case A(y=1) | B.C: return 1\n"
                "        case [z, *rest]: return z + D"
            ),
            {"A", "B", "D"},
        ),
        ("def f(x):\n    return f'{A:{B}} {x!r}'", {"A", "B"}),
        ("def f(x):\n    if (y := A(x)) and [z := B for _ in x]:\n        return y, z", {"A", "B"}),
        ("@A.b(C)\ndef f(x: D) -> E[F]: ...", {"A", "C", "D", "E", "F"}),
        ("def f(x: 'Later') -> 'Never': ...", set()),
        (
            "class C(A, metaclass=B):\n    x = D\n    y = x\n    def m(self):\n        return E, x",
            {"A", "B", "D", "E", "x"},
        ),
        ("class C:\n    a: A = 1\n    b = [B for _ in D]\n    len = len", {"A", "B", "D", "len"}),
        (
            "def f():\n    if TYPE_CHECKING:\n        from x import y\n        z: A = B\n    return C",
            {"TYPE_CHECKING", "C"},
        ),
        ("class C:\n    def m(self):\n        return __helper", {"_C__helper"}),
        ("def f():\n    return f()", {"f"}),
        ("def f(n):\n    del n", set()),
    ],
)
def test_the_names_that_a_definition_needs(source: str, names: set[str]) -> None:
    assert needed(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@A\ndef f(x=B):\n    return C", {"A", "B"}),
        (
            "class C(A):\n    b = B\n    c = [D for _ in E]\n    def m(self):\n        return F",
            {"A", "B", "D", "E"},
        ),
        ("class C:\n    class D:\n        x = A\n        y = lambda: B", {"A"}),
        ("def f(x=[A for _ in B]): return C", {"A", "B"}),
        ("lambda x=A: B", {"A"}),
    ],
)
def test_what_must_be_there_when_the_definition_runs(source: str, names: set[str]) -> None:
    assert needed_first(source) == names


def test_postponed_annotations_are_optional() -> None:
    source = "def f(x: A) -> B:\n    y: C = D\n    return y"
    names = global_names(source, future_annotations=True)
    assert {use.name for use in names.uses if not use.optional} == {"D"}
    assert {use.name for use in names.uses if use.optional} == {"A", "B", "C"}


def test_lines_and_scopes_are_those_of_the_use() -> None:
    names = global_names("def f(x):\n    y = x\n\n    return [A(i) for i in y]")
    (use,) = [use for use in names.uses if use.name == "A"]
    assert (use.line, use.scope) == (4, "f")


def test_rebinding_a_global_is_reported() -> None:
    names = global_names("def f():\n    global A, B\n    A = 1\n    del B")
    assert [use.name for use in names.rebound] == ["A", "B"]


def test_dotted_paths_behind_a_name() -> None:
    names = global_names("def f(x):\n    return a.b.c(x) + a.d + x.y")
    assert names.members["a"] == {"b.c", "b", "d"} or names.members["a"] == {"b.c", "d", "b"}


@pytest.mark.skipif("sys.version_info < (3, 12)", reason="the syntax is Python 3.12's")
def test_type_parameters() -> None:
    assert needed("def f[T: A](x: T) -> B[T]: return C(x)") == {"A", "B", "C"}
    assert needed("class K[T](A[T]):\n    x: T\n    def m(self) -> B: ...") >= {"A", "B"}
