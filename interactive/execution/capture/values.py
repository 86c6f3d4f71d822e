"""Turning plain values into source: numbers, text, containers, dates, enums, dataclasses, partials.

What needs a library of its own is in `library_values`, type annotations are in `annotations`.
"""

import collections
import dataclasses
import datetime as dt
import decimal
import enum
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
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import annotations, library_values
from .expressions import (
    Atom,
    Call,
    Expression,
    Imported,
    Items,
    Joined,
    Member,
    Pairs,
    Text,
    key,
)
from .refusals import RefusalError, refuse, type_name

_DEPTH = 100
Reference = Callable[[object], Expression | None]


class Encoder:
    """Writes values as expressions.

    Functions, classes, modules and whatever else has a name somewhere are left to `reference`.
    """

    def __init__(self, reference: Reference) -> None:
        """Make an encoder.

        Args:
            reference: Gives the expression of an object that is known by name, None for any other.
                It may raise `RefusalError`.
        """
        self._reference = reference
        self._path: list[str] = []
        self._open: list[int] = []

    def encode(self, value: object) -> Expression:
        """Return the source of a value.

        Raises:
            RefusalError: If the value, or something within it, cannot be written.
        """
        if id(value) in self._open:
            raise self._refusal(RefusalError("it contains itself", "Break the cycle."), value)
        if len(self._open) > _DEPTH:
            raise self._refusal(RefusalError("it is nested too deeply", "Read it from a file."), value)
        self._open.append(id(value))
        try:
            return self._encode(value)
        except RefusalError as error:
            raise self._refusal(error, value) from error.__cause__
        finally:
            self._open.pop()

    def at(self, value: object, place: str) -> Expression:
        """Return the source of a part of the present value; `place` names it in errors."""
        self._path.append(place)
        try:
            return self.encode(value)
        finally:
            self._path.pop()

    def members(self, values: Iterable[object]) -> tuple[Expression, ...]:
        """Return the sources of a sequence's members."""
        return tuple(self.at(value, f"[{index}]") for index, value in enumerate(values))

    def reference(self, value: object) -> Expression:
        """Return the expression of something that must be known by name: a class, a function."""
        found = self._reference(value)
        if found is None:
            raise RefusalError(
                f"it needs {value!r}, which no module gives by name",
                "Define that at the top level of a cell or of a module.",
            )
        return found

    def known(self, value: object) -> bool:
        """Return True if something is known by name."""
        return self._reference(value) is not None

    def _refusal(self, error: RefusalError, value: object) -> RefusalError:
        if error.kind:
            return error
        return RefusalError(error.why, error.mend, "".join(self._path), type_name(type(value)))

    def _encode(self, value: object) -> Expression:
        exact = _EXACT.get(type(value))
        if exact is not None:
            return exact(value, self)
        for family in _FAMILIES:
            found = family(value, self)
            if found is not None:
                return found
        found = self._reference(value)
        if found is not None:
            return found
        raise refuse(value)


def number(value: float) -> Expression:
    """Return the source of an int, a float or a bool, exactly."""
    if isinstance(value, float) and not math.isfinite(value):
        return Call(Atom("float"), (("", Text(repr(value))),))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**1000:
        return Atom(hex(value))
    return Atom(repr(value))


def _complex(value: complex) -> Expression:
    return Call(Atom("complex"), (("", number(value.real)), ("", number(value.imag))))


def _set(value: Iterable[object], encoder: Encoder) -> tuple[Expression, ...]:
    members = (encoder.at(member, "{...}") for member in value)
    return tuple(sorted(members, key=key))


def _plain_set(value: set[object], encoder: Encoder) -> Expression:
    return Items("{", _set(value, encoder), "}") if value else Call(Atom("set"))


def _frozen_set(value: frozenset[object], encoder: Encoder) -> Expression:
    inner = (("", Items("{", _set(value, encoder), "}")),) if value else ()
    return Call(Atom("frozenset"), inner)


def _dict(value: Mapping[Any, object], encoder: Encoder) -> Expression:
    return Pairs(
        tuple(
            (encoder.at(name, f"[{name!r}]"), encoder.at(member, f"[{name!r}]"))
            for name, member in value.items()
        )
    )


def _call(module: str, path: str, *positional: Expression, **named: Expression) -> Expression:
    arguments = [("", argument) for argument in positional]
    arguments += list(named.items())
    return Call(Imported(module, path), tuple(arguments))


def _range(value: range, _encoder: Encoder) -> Expression:
    parts = [value.start, value.stop] + ([value.step] if value.step != 1 else [])
    return Call(Atom("range"), tuple(("", number(part)) for part in parts))


def _slice(value: slice, encoder: Encoder) -> Expression:
    return Call(
        Atom("slice"),
        tuple(("", encoder.encode(part)) for part in (value.start, value.stop, value.step)),
    )


def _pattern(value: re.Pattern[str] | re.Pattern[bytes], encoder: Encoder) -> Expression:
    bits = value.flags & ~(re.UNICODE if isinstance(value.pattern, str) else 0)
    flags = [flag for flag in re.RegexFlag if flag.value and flag.value & bits == flag.value]
    arguments = [encoder.encode(value.pattern)]
    if flags:
        names = tuple(Imported("re", str(flag.name)) for flag in flags)
        arguments.append(names[0] if len(names) == 1 else Joined("|", names))
    return _call("re", "compile", *arguments)


def _timezone(value: dt.timezone, encoder: Encoder) -> Expression:
    if value is dt.UTC:
        return Member(Imported("datetime", "timezone"), "utc")
    arguments = [encoder.encode(value.utcoffset(None))]
    name = value.tzname(None)
    if name != dt.timezone(value.utcoffset(None)).tzname(None):
        arguments.append(Text(name))
    return _call("datetime", "timezone", *arguments)


def _clock(value: dt.datetime | dt.time, encoder: Encoder) -> Expression:
    parts = [value.hour, value.minute, value.second, value.microsecond]
    while parts and parts[-1] == 0:
        parts.pop()
    name = "time"
    if isinstance(value, dt.datetime):
        parts = [value.year, value.month, value.day, *parts]
        name = "datetime"
    named: dict[str, Expression] = {}
    if value.tzinfo is not None:
        named["tzinfo"] = encoder.at(value.tzinfo, ".tzinfo")
    if value.fold:
        named["fold"] = number(value.fold)
    return _call("datetime", name, *map(number, parts), **named)


def _duration(value: dt.timedelta, _encoder: Encoder) -> Expression:
    parts = {name: getattr(value, name) for name in ("days", "seconds", "microseconds")}
    named = {name: number(part) for name, part in parts.items() if part}
    return _call("datetime", "timedelta", **named)


def _zone(value: zoneinfo.ZoneInfo, _encoder: Encoder) -> Expression:
    if value.key is None:
        raise RefusalError("the time zone has no name", "Use ZoneInfo with a key.")
    return _call("zoneinfo", "ZoneInfo", Text(value.key))


def _path(value: pathlib.PurePath, _encoder: Encoder) -> Expression:
    name = "Path" if isinstance(value, pathlib.Path) else type(value).__name__
    return _call("pathlib", name, Text(str(value)))


def _default_dict(value: "collections.defaultdict[object, object]", encoder: Encoder) -> Expression:
    factory = encoder.at(value.default_factory, ".default_factory")
    return _call("collections", "defaultdict", factory, _dict(value, encoder))


def _deque(value: "collections.deque[object]", encoder: Encoder) -> Expression:
    named = {} if value.maxlen is None else {"maxlen": number(value.maxlen)}
    return _call("collections", "deque", Items("[", encoder.members(value), "]"), **named)


def _namespace(value: types.SimpleNamespace, encoder: Encoder) -> Expression:
    return _keywords(Imported("types", "SimpleNamespace"), vars(value), encoder)


def _keywords(function: Expression, values: dict[str, object], encoder: Encoder) -> Expression:
    if not all(name.isidentifier() for name in values):
        return Call(function, (("**", _dict(values, encoder)),))
    return Call(function, tuple((name, encoder.at(part, f".{name}")) for name, part in values.items()))


def _logger(value: logging.Logger, _encoder: Encoder) -> Expression:
    name = () if isinstance(value, logging.RootLogger) else (Text(value.name),)
    return _call("logging", "getLogger", *name)


def _getter(value: object, encoder: Encoder) -> Expression:
    reduced = value.__reduce__()
    if not isinstance(reduced, tuple) or isinstance(reduced[0], functools.partial):
        raise RefusalError("it has keyword arguments", "Use a function with `def`.")
    return _call("operator", type(value).__name__, *encoder.members(reduced[1]))


def _named_call(module: str, path: str, *read: Callable[..., object]) -> Callable[..., Expression]:
    def encode(value: object, encoder: Encoder) -> Expression:
        return _call(module, path, *(encoder.encode(part(value)) for part in read))

    return encode


_EXACT: dict[type, Callable[..., Expression]] = {
    type(None): lambda _value, _encoder: Atom("None"),
    type(Ellipsis): lambda _value, _encoder: Atom("..."),
    type(NotImplemented): lambda _value, _encoder: Atom("NotImplemented"),
    bool: lambda value, _encoder: number(value),
    int: lambda value, _encoder: number(value),
    float: lambda value, _encoder: number(value),
    complex: lambda value, _encoder: _complex(value),
    str: lambda value, _encoder: Text(value),
    bytes: lambda value, _encoder: Text(value),
    bytearray: lambda value, _encoder: Call(Atom("bytearray"), (("", Text(bytes(value))),)),
    tuple: lambda value, encoder: Items("(", encoder.members(value), ")"),
    list: lambda value, encoder: Items("[", encoder.members(value), "]"),
    dict: _dict,
    set: _plain_set,
    frozenset: _frozen_set,
    range: _range,
    slice: _slice,
    re.Pattern: _pattern,
    dt.date: _named_call("datetime", "date", lambda v: v.year, lambda v: v.month, lambda v: v.day),
    dt.datetime: _clock,
    dt.time: _clock,
    dt.timedelta: _duration,
    dt.timezone: _timezone,
    zoneinfo.ZoneInfo: _zone,
    decimal.Decimal: _named_call("decimal", "Decimal", str),
    fractions.Fraction: _named_call("fractions", "Fraction", lambda v: v.numerator, lambda v: v.denominator),
    uuid.UUID: _named_call("uuid", "UUID", str),
    collections.OrderedDict: _named_call("collections", "OrderedDict", dict),
    collections.Counter: _named_call("collections", "Counter", dict),
    collections.defaultdict: _default_dict,
    collections.deque: _deque,
    types.MappingProxyType: _named_call("types", "MappingProxyType", dict),
    types.SimpleNamespace: _namespace,
    operator.itemgetter: _getter,
    operator.attrgetter: _getter,
    operator.methodcaller: _getter,
}


def _enum(value: object, encoder: Encoder) -> Expression | None:
    if not isinstance(value, enum.Enum):
        return None
    cls = encoder.reference(type(value))
    if type(value).__members__.get(str(value.name)) is value:
        return Member(cls, str(value.name))
    # A combination of flags has no name of its own.
    return Call(cls, (("", encoder.encode(value.value)),))


def _pathlib(value: object, encoder: Encoder) -> Expression | None:
    known = type(value).__module__.partition(".")[0] == "pathlib"
    return _path(value, encoder) if known and isinstance(value, pathlib.PurePath) else None


def _logging(value: object, encoder: Encoder) -> Expression | None:
    return _logger(value, encoder) if isinstance(value, logging.Logger) else None


def _named_tuple(value: object, encoder: Encoder) -> Expression | None:
    fields = getattr(type(value), "_fields", None)
    if not isinstance(value, tuple) or not isinstance(fields, tuple):
        return None
    parts = dict(zip(fields, value, strict=True))
    return _keywords(encoder.reference(type(value)), parts, encoder)


def _dataclass(value: object, encoder: Encoder) -> Expression | None:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return None
    fields = dataclasses.fields(value)
    initial = {f.name: getattr(value, f.name) for f in fields if f.init and hasattr(value, f.name)}
    extra = sorted(set(getattr(value, "__dict__", {})) - {f.name for f in fields})
    computed = [f.name for f in fields if not f.init]
    if extra or computed or hasattr(value, "__post_init__"):
        _check_remade(value, initial, [*extra, *computed, *initial])
    return _keywords(encoder.reference(type(value)), initial, encoder)


def _check_remade(value: object, initial: dict[str, object], names: list[str]) -> None:
    """Refuse a dataclass instance that its own fields would not make again."""
    mend = "Create it within the function."
    try:
        again = type(value)(**initial)
    except Exception as error:
        raise RefusalError(f"making it again from its fields fails ({error})", mend) from error
    missing = object()
    for name in names:
        old, new = getattr(value, name, missing), getattr(again, name, missing)
        if old is not new and (old is missing or new is missing or not _equal(old, new)):
            raise RefusalError(f"making it again from its fields would give another value of `{name}`", mend)


def _equal(left: object, right: object) -> bool:
    try:
        return type(left) is type(right) and bool(left == right)
    except (TypeError, ValueError):
        return False


def _partial(value: object, encoder: Encoder) -> Expression | None:
    if type(value) is not functools.partial:
        return None
    arguments = [("", encoder.at(value.func, ".func"))]
    arguments += [("", encoder.at(v, f".args[{i}]")) for i, v in enumerate(value.args)]
    arguments += [(k, encoder.at(v, f".keywords[{k!r}]")) for k, v in value.keywords.items()]
    return Call(Imported("functools", "partial"), tuple(arguments))


def _class_factory(value: object, encoder: Encoder) -> Expression | None:
    """Encode a class that was made by a call, such as `namedtuple("Point", "x y")`."""
    if not isinstance(value, type) or encoder.known(value):
        return None
    name = Text(value.__name__)
    fields = getattr(value, "_fields", None)
    if issubclass(value, tuple) and isinstance(fields, tuple) and value.__bases__ == (tuple,):
        defaults = getattr(value, "_field_defaults", {})
        named = {}
        if defaults:
            named["defaults"] = Items("[", encoder.members(defaults.values()), "]")
        names = Items("[", tuple(Text(str(field)) for field in fields), "]")
        return _call("collections", "namedtuple", name, names, **named)
    if issubclass(value, enum.Enum) and value.__bases__[0].__module__ == "enum":
        members = {n: m.value for n, m in value.__members__.items()}
        return _call("enum", value.__bases__[0].__name__, name, _dict(members, encoder))
    return None


_FAMILIES: tuple[Callable[[object, Encoder], Expression | None], ...] = (
    _enum,
    _pathlib,
    _logging,
    _named_tuple,
    _dataclass,
    _partial,
    annotations.encode,
    library_values.encode_numpy,
    library_values.encode,
    _class_factory,
)
