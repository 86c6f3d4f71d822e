"""Type expressions that are kept in variables: `list[int]`, `Optional[str]`, `NewType`, `TypeVar`."""

import types
import typing
from typing import TYPE_CHECKING

from .expressions import Atom, Call, Expression, Imported, Items, Joined, Subscript, Text

if TYPE_CHECKING:
    from .encoder import Encoder

_GENERIC = type(typing.List[int])  # noqa: UP006 - the class of the old-style aliases


def encode(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a type expression, None for anything else."""
    if isinstance(value, types.UnionType):
        return Joined("|", tuple(_argument(part, encoder) for part in typing.get_args(value)))
    if isinstance(value, types.GenericAlias):
        return _subscript(encoder.reference(value.__origin__), value, encoder)
    if isinstance(value, typing.TypeVar):
        return _type_variable(value, encoder)
    if isinstance(value, typing.NewType):
        parts = (Text(value.__name__), encoder.at(value.__supertype__, ".__supertype__"))
        return Call(Imported("typing", "NewType"), tuple(("", part) for part in parts))
    of_typing = getattr(type(value), "__module__", "") == "typing" and hasattr(value, "__origin__")
    return _typing_alias(value, encoder) if of_typing else None


def _typing_alias(value: object, encoder: "Encoder") -> Expression | None:
    origin = typing.get_origin(value)
    special: dict[object, str] = {
        typing.Union: "Union",
        typing.Annotated: "Annotated",
        typing.Literal: "Literal",
    }
    name = special.get(origin) or getattr(value, "_name", None)
    if isinstance(name, str) and hasattr(typing, name):
        if getattr(typing, name) is value:
            return Imported("typing", name)
        return _subscript(Imported("typing", name), value, encoder)
    if origin is None or not isinstance(value, _GENERIC):
        return None
    return _subscript(encoder.reference(origin), value, encoder)


def _subscript(base: Expression, value: object, encoder: "Encoder") -> Expression:
    arguments = typing.get_args(value)
    items = tuple(_argument(part, encoder) for part in arguments)
    return Subscript(base, items if items else (Atom("()"),))


def _argument(value: object, encoder: "Encoder") -> Expression:
    if value is type(None):
        return Atom("None")
    if isinstance(value, list):  # the parameters of a Callable
        return Items("[", tuple(_argument(part, encoder) for part in value), "]")
    if isinstance(value, typing.ForwardRef):
        return Text(value.__forward_arg__)
    return encoder.encode(value)


def _type_variable(value: typing.TypeVar, encoder: "Encoder") -> Expression:
    arguments: list[tuple[str, Expression]] = [("", Text(value.__name__))]
    arguments += [("", encoder.encode(part)) for part in value.__constraints__]
    if value.__bound__ is not None:
        arguments.append(("bound", encoder.encode(value.__bound__)))
    for name in ("covariant", "contravariant"):
        if getattr(value, f"__{name}__"):
            arguments.append((name, Atom("True")))
    return Call(Imported("typing", "TypeVar"), tuple(arguments))
