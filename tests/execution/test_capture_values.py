"""Constants as source: what is written must be read back as the same value."""

import ast
import collections
import datetime as dt
import decimal
import fractions
import functools
import logging
import math
import operator
import pathlib
import re
import types
import uuid
import zoneinfo
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactive.errors import CaptureError
from interactive.execution.capture import capture
from interactive.execution.capture.fingerprint import digest_tree
from tests.execution.capture_support import Notebook, main_text, notebook, reload


def round_trip(value: object, folder: Path) -> Any:
    book = Notebook()
    book.namespace["VALUE"] = value
    book.cell("def run():\n    return VALUE\n")
    code = book.capture()
    if type(value) is not int:  # a number cannot be broken into lines
        assert all(len(line) <= 100 for line in main_text(code).splitlines())
    return reload(code, folder)()


def rebuilt(value: object) -> Any:
    """Write and read a value without files."""
    book = Notebook()
    book.namespace["VALUE"] = value
    book.cell("def run():\n    return VALUE\n")
    namespace: dict[str, Any] = {"__name__": "rebuilt"}
    exec(compile(main_text(book.capture()), "rebuilt", "exec"), namespace)
    return namespace["run"]()


def same(left: Any, right: Any) -> bool:
    """Return True for equal values of equal types, all the way down; NaN equals NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return (math.isnan(left) and math.isnan(right)) or (
            left == right and math.copysign(1, left) == math.copysign(1, right)
        )
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return len(left) == len(right) and all(
            same(a, b) for pair in zip(left.items(), right.items(), strict=True) for a, b in [pair]
        )
    return bool(left == right)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.binary()
    | st.just(...)
)
hashable = st.none() | st.integers() | st.text() | st.booleans() | st.binary()
plain = st.recursive(
    scalars
    | st.frozensets(hashable)
    | st.sets(hashable)
    | st.builds(slice, st.none() | st.integers(), st.integers(), st.none() | st.integers()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(hashable, inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(plain)
def test_plain_values_come_back(value: object) -> None:
    assert same(rebuilt(value), value)


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(timezones=st.none() | st.sampled_from([dt.UTC, zoneinfo.ZoneInfo("Europe/Berlin")]))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.uuids()
)
def test_dates_and_exact_numbers_come_back(value: object) -> None:
    again = rebuilt(value)
    assert type(again) is type(value)
    assert again == value


@pytest.mark.parametrize(
    "value",
    [
        range(5),
        range(1, 10, -2),
        pathlib.Path("data/penguins.csv"),
        pathlib.PurePosixPath("/a/b"),
        pathlib.PureWindowsPath("c:/x"),
        re.compile("a.c", re.IGNORECASE | re.DOTALL),
        re.compile(rb"\d+"),
        re.compile("(?x) a b"),
        dt.timezone(dt.timedelta(hours=2), "here"),
        dt.datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
        decimal.Decimal("1.10"),
        fractions.Fraction(-1, 3),
        uuid.UUID(int=7),
        types.SimpleNamespace(a=1, b=[2]),
        collections.OrderedDict(b=1, a=2),
        collections.Counter("hello"),
        collections.defaultdict(list, {"a": [1]}),
        collections.defaultdict(None, {"a": 1}),
        collections.deque([1, 2], maxlen=3),
        bytearray(b"ab"),
        10**5000,
        -(10**5000),
        "a" * 500,
        "line one\nline two\n" * 20,
        b"\x00\xff" * 100,
        list(range(900)),
        {f"feature_{n}": {"type": "float", "default": 0.0} for n in range(30)},
        int,
        len,
        math.pi,
        math.sqrt,
        np.log1p,
        np.float32,
        collections.Counter,
        list[int],
        dict[str, list[int]],
        int | None,
        str.lower,
        dict.fromkeys,
        dt.datetime.fromisoformat,
        NotImplemented,
    ],
    ids=lambda value: "big" if type(value) is int else repr(value)[:30],
)
def test_values_of_the_standard_library_come_back(value: object, tmp_path: Path) -> None:
    again = round_trip(value, tmp_path)
    assert type(again) is type(value)
    assert again == value
    if isinstance(value, collections.OrderedDict | collections.Counter):
        assert list(again.items()) == list(value.items())
    if isinstance(value, dt.datetime):
        assert again.fold == value.fold
    if isinstance(value, collections.defaultdict):
        assert again.default_factory is value.default_factory
    if isinstance(value, collections.deque):
        assert again.maxlen == value.maxlen


def test_typing_aliases_come_back(tmp_path: Path) -> None:
    book = notebook(
        """
        import typing
        from typing import Annotated, Any, Callable, Dict, List, Literal, NewType, Optional, TypeVar, Union
        ALIASES = [
            List[int], Dict[str, List[float]], Optional[int], Union[int, str], Literal["a", 1],
            Annotated[int, "unit"], Callable[[int, str], bool], Callable[..., Any], typing.Any,
            List["Later"], typing.Tuple[int, ...], tuple[int, ...], typing.List,
        ]
        def run():
            return ALIASES
        """
    )
    assert reload(book.capture(), tmp_path)() == book["ALIASES"]


def test_new_types_and_type_variables(tmp_path: Path) -> None:
    book = notebook(
        """
        from typing import NewType, TypeVar
        UserId = NewType("UserId", int)
        T = TypeVar("T", bound=float)
        S = TypeVar("S", int, str)
        def run(x: UserId, y: T, z: S):
            return UserId(x), T.__bound__, S.__constraints__
        """
    )
    assert reload(book.capture(), tmp_path)(1, 2, 3) == (1, float, (int, str))


def test_callables_of_functools_and_operator(tmp_path: Path) -> None:
    partial = round_trip(functools.partial(round, ndigits=1), tmp_path / "a")
    assert partial(1.26) == 1.3
    getters = [operator.itemgetter(1, 2), operator.attrgetter("real"), operator.methodcaller("upper")]
    item, attribute, method = round_trip(getters, tmp_path / "b")
    assert (item("abc"), attribute(1j), method("a")) == (("b", "c"), 0.0, "A")
    assert round_trip(logging.getLogger("trips"), tmp_path / "c") is logging.getLogger("trips")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.array([1, 2], dtype="int8"),
        np.array([np.nan, -np.inf, -0.0], dtype="float32"),
        np.array(["a", "bcd"]),
        np.array([b"x"]),
        np.array([True, False]),
        np.array([1 + 2j]),
        np.zeros((0, 3), dtype="float16"),
        np.array(5, dtype="uint64"),
        np.array([1, 2], dtype=">i4"),
        np.array(["a", None], dtype=object),
        np.arange(1000),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_small_arrays_come_back(array: np.ndarray, tmp_path: Path) -> None:
    again = round_trip(array, tmp_path)
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    np.testing.assert_array_equal(again, array)


@settings(max_examples=60, deadline=None)
@given(st.floats(width=32), st.integers(-(2**63), 2**63 - 1), st.floats(width=16))
def test_numpy_scalars_come_back_bit_by_bit(single: float, whole: int, half: float) -> None:
    values = [np.float32(single), np.int64(whole), np.float16(half), np.complex64(single)]
    for value, again in zip(values, rebuilt(values), strict=True):
        assert type(again) is type(value)
        assert again.tobytes() == value.tobytes() or np.isnan(value)


@pytest.mark.parametrize(
    "value",
    [
        np.bool_(True),
        np.str_("a"),
        np.bytes_(b"a"),
        np.datetime64("2020-01-02T03", "h"),
        np.timedelta64(5, "D"),
        np.dtype("float32"),
        np.dtype(">i2"),
        np.dtype("U7"),
        np.dtype("datetime64[ns]"),
    ],
    ids=repr,
)
def test_other_numpy_values_come_back(value: object, tmp_path: Path) -> None:
    again = round_trip(value, tmp_path)
    assert type(again) is type(value)
    assert again == value


def test_a_protobuf_message_comes_back(tmp_path: Path) -> None:
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = schema_pb2.Schema()
    feature = schema.feature.add(name="species", type=schema_pb2.BYTES)
    feature.presence.min_fraction = 0.1
    feature.annotation.tag.append("ünïcode \x00")
    again = round_trip([schema, schema_pb2.Schema(), feature.presence], tmp_path)
    assert again == [schema, schema_pb2.Schema(), feature.presence]


def test_enums_named_tuples_and_dataclasses_of_the_notebook(tmp_path: Path) -> None:
    book = notebook(
        """
        import enum
        from collections import namedtuple
        from dataclasses import dataclass, field
        from typing import NamedTuple

        class Color(enum.Enum):
            RED = "r"
            BLUE = "b"

        class Flags(enum.Flag):
            A = 1
            B = 2

        Point = namedtuple("Point", "x y", defaults=[7])

        class Range(NamedTuple):
            low: float
            high: float = 1.0

        @dataclass(frozen=True, slots=True)
        class Options:
            rate: float
            colors: tuple[Color, ...] = ()
            ranges: dict[str, Range] = field(default_factory=dict)

        SIZES = enum.Enum("SIZES", "SMALL LARGE")
        OPTIONS = Options(0.5, (Color.RED,), {"a": Range(0.0)})
        ALL = [OPTIONS, Flags.A | Flags.B, Flags.B, Point(1), SIZES.LARGE]

        def run():
            return repr(ALL)
        """
    )
    assert reload(book.capture(), tmp_path)() == book["run"]()


def test_a_dataclass_that_changes_its_fields_on_creation_is_not_doubled(tmp_path: Path) -> None:
    source = """
        from dataclasses import dataclass
        @dataclass
        class Scale:
            factor: float
            def __post_init__(self):
                self.factor = {change}
        SCALE = Scale(2.0)
        def run():
            return SCALE.factor
        """
    kept = notebook(source.format(change="abs(self.factor)"))
    assert reload(kept.capture(), tmp_path)() == 2.0
    with pytest.raises(CaptureError, match="another value of `factor`"):
        notebook(source.format(change="self.factor * 2")).capture()


def test_two_names_of_one_list_stay_one_list(tmp_path: Path) -> None:
    book = notebook(
        """
        A = [1]
        B = A
        def run():
            A.append(2)
            return B
        """
    )
    code = book.capture()
    assert reload(code, tmp_path)() == [1, 2]
    assert book["run"]() == [1, 2]


def test_sets_are_written_in_one_order() -> None:
    texts = {
        main_text(notebook(f"S = {members}\ndef run():\n    return S\n").capture())
        for members in ("{'b', 'a', 'c'}", "{'c', 'b', 'a'}", "set('cab')")
    }
    assert len(texts) == 1


def test_order_of_dictionaries_counts_for_the_fingerprint() -> None:
    body = "\ndef run():\n    return list(D)\n"
    first = notebook("D = {'a': 1, 'b': 2}" + body).capture()
    second = notebook("D = {'b': 2, 'a': 1}" + body).capture()
    assert first.fingerprint != second.fingerprint


@settings(max_examples=100, deadline=None)
@given(plain, plain)
def test_equal_keys_mean_equal_values(left: object, right: object) -> None:
    def code(value: object) -> str:
        book = Notebook()
        book.namespace["VALUE"] = value
        book.cell("def run():\n    return VALUE\n")
        return book.capture().fingerprint

    assert code(left) == code(left)
    if code(left) == code(right):
        assert same(left, right) or isinstance(left, set | frozenset)


def test_numbers_of_different_types_have_different_fingerprints() -> None:
    texts = ["1", "1.0", "True", "1j", "'1'", "b'1'", "0.0", "-0.0", "(1,)", "[1]", "{1}", "None"]
    seen = {capture(notebook(f"V = {text}\ndef run():\n    return V\n")["run"]).fingerprint for text in texts}
    assert len(seen) == len(texts)


def test_the_tree_digest_ignores_formatting_only() -> None:
    def digest(text: str) -> str:
        return digest_tree(ast.parse(text))

    assert digest("x = (1)  # c") == digest("x=1")
    assert digest("x = 'a' 'b'") == digest('x = "ab"')
    assert len({digest(t) for t in ["x = 1", "x = 1.0", "x = True", "x = '1'", "x: int = 1", "y = 1"]}) == 6
    assert digest("f(a, b)") != digest("f(a)(b)")
    assert digest("d = {**a, 'b': 1}") != digest("d = {'b': 1, **a}")
    assert digest('def f():\n    """a"""') != digest('def f():\n    """b"""')
