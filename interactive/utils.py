"""Small helpers that TFX v1 shows under ``utils``."""

import os
from typing import TypeVar

from google.protobuf import text_format
from google.protobuf.message import Message

from interactive.types.properties import JsonValue as JsonableType

MessageT = TypeVar("MessageT", bound=Message)

__all__ = ["JsonableType", "parse_pbtxt_file"]


def parse_pbtxt_file(file_name: str | os.PathLike[str], message: MessageT) -> MessageT:
    """Reads a text-format message from a file.

    Args:
      file_name: The file.
      message: A message to fill.

    Returns:
      The message.

    Raises:
      FileNotFoundError: There is no such file.
      google.protobuf.text_format.ParseError: The file is no such message.
    """
    with open(file_name, encoding="utf-8") as file:  # noqa: PTH123 - any path-like
        return text_format.Parse(file.read(), message)
