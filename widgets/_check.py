"""Checks of what a view is given, with errors that say what was expected and how to mend it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def type_error(view: str, expected: str, found: object, mend: str) -> TypeError:
    """Make the error for an argument of a wrong type."""
    kind = type(found)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return TypeError(f"{view} expects {expected}, but was given {name}. {mend}")


def by_split(view: str, value: object, message: type[Any], mend: str, *, single: str = "") -> dict[str, Any]:
    """Return protos by split name, from one proto or from a mapping of split names to protos.

    Args:
        view: The view's name, for errors.
        value: One message, or a mapping from names to messages.
        message: The message class that is expected.
        mend: How to mend a wrong type, for errors.
        single: The name given to a message that comes alone.

    Raises:
        TypeError: `value` is neither.
    """
    expected = f"a {message.__name__}, or a mapping from split names to {message.__name__}"
    if isinstance(value, message):
        return {single: value}
    if not isinstance(value, Mapping):
        raise type_error(view, expected, value, mend)
    for name, each in value.items():
        if not isinstance(name, str):
            raise type_error(view, f"{expected}; a split's name is a str", name, mend)
        if not isinstance(each, message):
            raise type_error(view, f"{expected}; at {name!r}", each, mend)
    return dict(value)


def existing_file(view: str, path: str | os.PathLike[str]) -> Path:
    """Return `path` as a `Path` to a file.

    Raises:
        TypeError: It is not a path.
        FileNotFoundError: There is no such file.
    """
    if not isinstance(path, str | os.PathLike):
        raise type_error(view, "the path of a file", path, "Give a str or a pathlib.Path.")
    file = Path(path)
    if not file.is_file():
        what = "a folder" if file.is_dir() else "nothing"
        raise FileNotFoundError(
            f"{view} expects a file at {os.fspath(path)!r}, but found {what} there. "
            f"Check the path{_nearby(file)}."
        )
    return file


def existing_folder(view: str, path: str | os.PathLike[str]) -> Path:
    """Return `path` as a `Path` to a folder.

    Raises:
        TypeError: It is not a path.
        FileNotFoundError: There is no such folder.
        NotADirectoryError: There is a file instead.
    """
    if not isinstance(path, str | os.PathLike):
        raise type_error(view, "the path of a folder", path, "Give a str or a pathlib.Path.")
    folder = Path(path)
    if folder.is_file():
        raise NotADirectoryError(
            f"{view} expects a folder at {os.fspath(path)!r}, but found a file. Give its folder."
        )
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{view} expects a folder at {os.fspath(path)!r}, but found nothing there. "
            f"Check the path{_nearby(folder)}."
        )
    return folder


def _nearby(path: Path) -> str:
    if path.is_dir():
        found: Sequence[str] = sorted(each.name for each in path.iterdir())
        where = "it"
    elif path.parent.is_dir():
        found = sorted(each.name for each in path.parent.iterdir())
        where = "its parent folder"
    else:
        return ""
    names = ", ".join(found[:8]) + (" and more" if len(found) > 8 else "")
    return f"; {where} holds: {names or 'nothing'}"


def read_proto(view: str, path: str | os.PathLike[str], message: type[Any]) -> Any:
    """Read a binary or text proto from a file, by the file's ending.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file does not hold such a message.
    """
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    file = existing_file(view, path)
    try:
        if file.suffix in {".pbtxt", ".txt", ".textproto"}:
            return text_format.Parse(file.read_text(encoding="utf-8"), message())
        return message.FromString(file.read_bytes())
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{view} expects a {message.__name__} in {os.fspath(path)!r}, but the file cannot be read as one "
            f"({error}). Check that it is the right file and that it was written completely."
        ) from error
