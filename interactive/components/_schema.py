"""Reading and writing ``schema.pbtxt``."""

from pathlib import Path
from typing import Any

from interactive.errors import InputError

SCHEMA_FILE = "schema.pbtxt"


def read_schema(path: str | Path) -> Any:
    """Reads a schema.

    Args:
      path: A text-format ``schema_pb2.Schema``.

    Returns:
      The message.

    Raises:
      InputError: The file is missing or no schema.
    """
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    file = Path(path)
    if not file.is_file():
        beside = ", ".join(sorted(entry.name for entry in file.parent.glob("*"))[:10])
        raise InputError(
            f"There is no schema file at {path}. Expected a text-format schema such as schema.pbtxt; its "
            f"folder holds: {beside or 'nothing'}."
        )
    try:
        return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no text-format tensorflow_metadata Schema: {error}.") from error


def write_schema(schema: Any, folder: str) -> None:
    """Writes ``<folder>/schema.pbtxt``."""
    from google.protobuf import text_format

    Path(folder, SCHEMA_FILE).write_text(text_format.MessageToString(schema), encoding="utf-8")
