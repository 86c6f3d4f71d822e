"""How the properties of an artifact become words."""

import json
from collections.abc import Mapping
from typing import Any

from widgets._format import from_bytes, quoted, shorten


def words(value: Any, limit: int) -> str:
    """Return a property's value in at most `limit` characters, without the syntax of Python or JSON.

    Args:
        value: A number, a str, bytes, or what JSON can express; a str that holds a JSON list or object, as
            the names of splits are kept, is read as such.
        limit: The length from which it is cut.
    """
    return shorten(_words(value), limit)


def _words(value: Any) -> str:
    if isinstance(value, str):
        parsed = _json(value)
        return value if parsed is None else _words(parsed)
    if isinstance(value, bytes):
        return from_bytes(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{_element(name)}: {_element(each)}" for name, each in value.items()) or "empty"
    if isinstance(value, list | tuple):
        return ", ".join(_element(each) for each in value) or "empty"
    return str(value)


def _element(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value, 200)
    return f"({_words(value)})" if isinstance(value, Mapping | list | tuple) else _words(value)


def _json(text: str) -> list[Any] | dict[str, Any] | None:
    """Return the list or dict that a str holds as JSON; None where it is ordinary text."""
    if not text.startswith(("[", "{")):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, list | dict) else None
