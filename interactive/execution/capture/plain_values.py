"""Source of Python's own plain values: numbers, text, containers, dates, paths, patterns."""

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
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .expressions import Atom, Call, Expression, Imported, Items, Joined, Member, Pairs, Text, key
from .refusals import RefusalError

if TYPE_CHECKING:
    from .encoder import Encoder


def number(value: float) -> Expression:
    """Return the source of an int, a float or a bool, exactly."""
    if isinstance(value, float) and not math.isfinite(value):
        return Call(Atom("float"), (("", Text(repr(value))),))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**1000:
        return Atom(hex(value))
    return Atom(repr(value))


def _complex(value: complex) -> Expression:
    return Call(Atom("complex"), (("", number(value.real)), ("", number(value.imag))))


def _set(value: Iterable[object], encoder: "Encoder") -> tuple[Expression, ...]:
    members = (encoder.at(member, "{...}") for member in value)
    return tuple(sorted(members, key=key))


def _plain_set(value: set[object], encoder: "Encoder") -> Expression:
    return Items("{", _set(value, encoder), "}") if value else Call(Atom("set"))


def _frozen_set(value: frozenset[object], encoder: "Encoder") -> Expression:
    inner = (("", Items("{", _set(value, encoder), "}")),) if value else ()
    return Call(Atom("frozenset"), inner)


def dict_display(value: Mapping[Any, object], encoder: "Encoder") -> Expression:
    """Return the source of a mapping as a dictionary, in its order."""
    return Pairs(
        tuple(
            (encoder.at(name, f"[{name!r}]"), encoder.at(member, f"[{name!r}]"))
            for name, member in value.items()
        )
    )


def call(module: str, path: str, *positional: Expression, **named: Expression) -> Expression:
    """Return the source of a call of something importable."""
    arguments = [("", argument) for argument in positional]
    arguments += list(named.items())
    return Call(Imported(module, path), tuple(arguments))


def _range(value: range, _encoder: "Encoder") -> Expression:
    parts = [value.start, value.stop] + ([value.step] if value.step != 1 else [])
    return Call(Atom("range"), tuple(("", number(part)) for part in parts))


def _slice(value: slice, encoder: "Encoder") -> Expression:
    return Call(
        Atom("slice"),
        tuple(("", encoder.encode(part)) for part in (value.start, value.stop, value.step)),
    )


def _pattern(value: re.Pattern[str] | re.Pattern[bytes], encoder: "Encoder") -> Expression:
    bits = value.flags & ~(re.UNICODE if isinstance(value.pattern, str) else 0)
    flags = [flag for flag in re.RegexFlag if flag.value and flag.value & bits == flag.value]
    arguments = [encoder.encode(value.pattern)]
    if flags:
        names = tuple(Imported("re", str(flag.name)) for flag in flags)
        arguments.append(names[0] if len(names) == 1 else Joined("|", names))
    return call("re", "compile", *arguments)


def _timezone(value: dt.timezone, encoder: "Encoder") -> Expression:
    if value is dt.UTC:
        return Member(Imported("datetime", "timezone"), "utc")
    arguments = [encoder.encode(value.utcoffset(None))]
    name = value.tzname(None)
    if name != dt.timezone(value.utcoffset(None)).tzname(None):
        arguments.append(Text(name))
    return call("datetime", "timezone", *arguments)


def _clock(value: dt.datetime | dt.time, encoder: "Encoder") -> Expression:
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
    return call("datetime", name, *map(number, parts), **named)


def _duration(value: dt.timedelta, _encoder: "Encoder") -> Expression:
    parts = {name: getattr(value, name) for name in ("days", "seconds", "microseconds")}
    named = {name: number(part) for name, part in parts.items() if part}
    return call("datetime", "timedelta", **named)


def _zone(value: zoneinfo.ZoneInfo, _encoder: "Encoder") -> Expression:
    if value.key is None:
        raise RefusalError("the time zone has no name", "Use ZoneInfo with a key.")
    return call("zoneinfo", "ZoneInfo", Text(value.key))


def _path(value: pathlib.PurePath, _encoder: "Encoder") -> Expression:
    name = "Path" if isinstance(value, pathlib.Path) else type(value).__name__
    return call("pathlib", name, Text(str(value)))


def _default_dict(value: "collections.defaultdict[object, object]", encoder: "Encoder") -> Expression:
    factory = encoder.at(value.default_factory, ".default_factory")
    return call("collections", "defaultdict", factory, dict_display(value, encoder))


def _deque(value: "collections.deque[object]", encoder: "Encoder") -> Expression:
    named = {} if value.maxlen is None else {"maxlen": number(value.maxlen)}
    return call("collections", "deque", Items("[", encoder.members(value), "]"), **named)


def _namespace(value: types.SimpleNamespace, encoder: "Encoder") -> Expression:
    return keywords(Imported("types", "SimpleNamespace"), vars(value), encoder)


def keywords(function: Expression, values: dict[str, object], encoder: "Encoder") -> Expression:
    """Return the source of a call with values as keyword arguments."""
    if not all(name.isidentifier() for name in values):
        return Call(function, (("**", dict_display(values, encoder)),))
    return Call(function, tuple((name, encoder.at(part, f".{name}")) for name, part in values.items()))


def _logger(value: logging.Logger, _encoder: "Encoder") -> Expression:
    name = () if isinstance(value, logging.RootLogger) else (Text(value.name),)
    return call("logging", "getLogger", *name)


def _getter(value: object, encoder: "Encoder") -> Expression:
    reduced = value.__reduce__()
    if not isinstance(reduced, tuple) or isinstance(reduced[0], functools.partial):
        raise RefusalError("it has keyword arguments", "Use a function with `def`.")
    return call("operator", type(value).__name__, *encoder.members(reduced[1]))


def _accessor(value: property, encoder: "Encoder") -> Expression:
    parts = {name: getattr(value, name) for name in ("fget", "fset", "fdel")}
    given = {name: part for name, part in parts.items() if part is not None}
    return keywords(Atom("property"), given, encoder)


def _method(
    value: "staticmethod[..., object] | classmethod[Any, ..., object]", encoder: "Encoder"
) -> Expression:
    return Call(Atom(type(value).__name__), (("", encoder.at(value.__func__, ".__func__")),))


def _named_call(module: str, path: str, *read: Callable[..., object]) -> Callable[..., Expression]:
    def encode(value: object, encoder: "Encoder") -> Expression:
        return call(module, path, *(encoder.encode(part(value)) for part in read))

    return encode


EXACT: dict[type, Callable[..., Expression]] = {
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
    dict: dict_display,
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
    property: _accessor,
    staticmethod: _method,
    classmethod: _method,
    operator.itemgetter: _getter,
    operator.attrgetter: _getter,
    operator.methodcaller: _getter,
}


def path_expression(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a path of pathlib, None for anything else."""
    known = type(value).__module__.partition(".")[0] == "pathlib"
    return _path(value, encoder) if known and isinstance(value, pathlib.PurePath) else None


def logger_expression(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a logger, None for anything else."""
    return _logger(value, encoder) if isinstance(value, logging.Logger) else None
