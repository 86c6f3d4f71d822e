"""Artifacts that hold one value: read and written as ``artifact.value``."""

import json
from pathlib import Path
from typing import Any

from interactive.errors import ArtifactError
from interactive.types.artifact import Artifact

VALUE_FILE = "value"


class ValueArtifact(Artifact):
    """One value in one file; ``uri`` names the file.

    ``value`` reads the file once and remembers it; setting it checks the type and writes the file.
    """

    _value: Any
    _has_value: bool

    def __init__(self, uri: str = "") -> None:
        super().__init__(uri)
        object.__setattr__(self, "_value", None)
        object.__setattr__(self, "_has_value", False)

    @property
    def value(self) -> Any:
        """The value, decoded."""
        return self.read()

    @value.setter
    def value(self, value: Any) -> None:
        self.write(value)

    def read(self) -> Any:
        """Reads the value.

        Returns:
          The decoded value.

        Raises:
          ArtifactError: There is no file at the URI.
        """
        if not self._has_value:
            path = Path(self.uri)
            if not self.uri or not path.is_file():
                raise ArtifactError(
                    f"{type(self).__name__} has no value yet: expected a file at {self.uri or 'its uri'}."
                )
            self._value = self.decode(path.read_bytes())
            self._has_value = True
        return self._value

    def write(self, value: Any) -> None:
        """Writes the value to the URI.

        Args:
          value: A value of this artifact's kind.

        Raises:
          ArtifactError: The value is of another kind.
        """
        encoded = self.encode(value)
        path = Path(self.uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded)
        self._value = value
        self._has_value = True

    def encode(self, value: Any) -> bytes:
        """Encodes a value to bytes."""
        raise NotImplementedError

    def decode(self, payload: bytes) -> Any:
        """Decodes a value from bytes."""
        raise NotImplementedError

    def _expect(self, value: Any, *kinds: type) -> None:
        if not isinstance(value, kinds) or (bool not in kinds and isinstance(value, bool)):
            raise ArtifactError(
                f"{type(self).__name__} holds {' or '.join(kind.__name__ for kind in kinds)}, got "
                f"{value!r} of type {type(value).__name__}."
            )


class Bytes(ValueArtifact):
    """Raw bytes."""

    TYPE_NAME = "Bytes"

    def encode(self, value: Any) -> bytes:
        """Returns the bytes as they are."""
        self._expect(value, bytes)
        return bytes(value)

    def decode(self, payload: bytes) -> bytes:
        """Returns the bytes as they are."""
        return payload


class String(ValueArtifact):
    """A string, in UTF-8."""

    TYPE_NAME = "String"

    def encode(self, value: Any) -> bytes:
        """Encodes as UTF-8."""
        self._expect(value, str)
        return str(value).encode()

    def decode(self, payload: bytes) -> str:
        """Decodes UTF-8."""
        return payload.decode()


class Boolean(ValueArtifact):
    """A bool, as ``1`` or ``0``."""

    TYPE_NAME = "Boolean"

    def encode(self, value: Any) -> bytes:
        """Encodes as ``1`` or ``0``."""
        self._expect(value, bool)
        return b"1" if value else b"0"

    def decode(self, payload: bytes) -> bool:
        """Decodes ``1`` or ``0``."""
        return int(payload) != 0


class Integer(ValueArtifact):
    """An int, in decimal."""

    TYPE_NAME = "Integer"

    def encode(self, value: Any) -> bytes:
        """Encodes in decimal."""
        self._expect(value, int)
        return str(value).encode()

    def decode(self, payload: bytes) -> int:
        """Decodes a decimal number."""
        return int(payload)


class Float(ValueArtifact):
    """A float, as its shortest exact decimal; an int is taken as a float."""

    TYPE_NAME = "Float"

    def encode(self, value: Any) -> bytes:
        """Encodes with ``repr``, which reads back to the same float."""
        self._expect(value, float, int)
        return repr(float(value)).encode()

    def decode(self, payload: bytes) -> float:
        """Decodes a decimal float, NaN or infinity."""
        return float(payload)


class JsonValue(ValueArtifact):
    """None, a bool, number, string, list or dict, as JSON with sorted keys."""

    TYPE_NAME = "JsonValue"

    def encode(self, value: Any) -> bytes:
        """Encodes as JSON."""
        try:
            return json.dumps(value, sort_keys=True).encode()
        except TypeError as error:
            raise ArtifactError(f"JsonValue holds what JSON can express, got {value!r}: {error}.") from error

    def decode(self, payload: bytes) -> Any:
        """Decodes JSON."""
        return json.loads(payload)
