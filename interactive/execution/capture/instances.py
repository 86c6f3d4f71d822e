"""Source of instances and of classes made by a call: enums, named tuples, dataclasses, partials.

Each function returns None for a value that is not its own.
"""

import dataclasses
import enum
import functools
from typing import TYPE_CHECKING

from .expressions import Call, Expression, Imported, Items, Member, Text
from .plain_values import call, dict_display, keywords
from .refusals import RefusalError

if TYPE_CHECKING:
    from .encoder import Encoder


def enum_member(value: object, encoder: "Encoder") -> Expression | None:
    """Return `Class.NAME`, or `Class(value)` for a combination of flags."""
    if not isinstance(value, enum.Enum):
        return None
    cls = encoder.reference(type(value))
    if type(value).__members__.get(str(value.name)) is value:
        return Member(cls, str(value.name))
    # A combination of flags has no name of its own.
    return Call(cls, (("", encoder.encode(value.value)),))


def named_tuple(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a named tuple of either kind."""
    fields = getattr(type(value), "_fields", None)
    if not isinstance(value, tuple) or not isinstance(fields, tuple):
        return None
    parts = dict(zip(fields, value, strict=True))
    return keywords(encoder.reference(type(value)), parts, encoder)


def data_class(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a dataclass instance; it is refused if its fields would not make it again."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return None
    fields = dataclasses.fields(value)
    initial = {f.name: getattr(value, f.name) for f in fields if f.init and hasattr(value, f.name)}
    extra = sorted(set(getattr(value, "__dict__", {})) - {f.name for f in fields})
    computed = [f.name for f in fields if not f.init]
    if extra or computed or hasattr(value, "__post_init__"):
        _check_remade(value, initial, [*extra, *computed, *initial])
    return keywords(encoder.reference(type(value)), initial, encoder)


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


def partial(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a `functools.partial`."""
    if type(value) is not functools.partial:
        return None
    arguments = [("", encoder.at(value.func, ".func"))]
    arguments += [("", encoder.at(v, f".args[{i}]")) for i, v in enumerate(value.args)]
    arguments += [(k, encoder.at(v, f".keywords[{k!r}]")) for k, v in value.keywords.items()]
    return Call(Imported("functools", "partial"), tuple(arguments))


def class_factory(value: object, encoder: "Encoder") -> Expression | None:
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
        return call("collections", "namedtuple", name, names, **named)
    if issubclass(value, enum.Enum) and value.__bases__[0].__module__ == "enum":
        members = {n: m.value for n, m in value.__members__.items()}
        return call("enum", value.__bases__[0].__name__, name, dict_display(members, encoder))
    return None
