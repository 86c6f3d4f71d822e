"""Declared properties of artifact types: their kinds and the check of a value against its kind."""

import enum
import json
from dataclasses import dataclass
from typing import Any

from interactive.errors import ArtifactError

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


class PropertyType(enum.Enum):
    """The kinds of property that ML Metadata keeps for an artifact."""

    INT = "int"
    FLOAT = "float"
    STRING = "string"
    JSON_VALUE = "JSON value"


@dataclass(frozen=True)
class Property:
    """One declared property of an artifact type.

    Attributes:
      type: The kind of its values.
    """

    type: PropertyType

    def __post_init__(self) -> None:
        if not isinstance(self.type, PropertyType):
            raise ArtifactError(
                f"A Property's type must be a PropertyType such as PropertyType.INT, got {self.type!r}."
            )

    @property
    def default(self) -> Any:
        """What an unset property reads as: 0, 0.0, '' or None."""
        return {
            PropertyType.INT: 0,
            PropertyType.FLOAT: 0.0,
            PropertyType.STRING: "",
            PropertyType.JSON_VALUE: None,
        }[self.type]


def check_value(owner: str, name: str, kind: PropertyType, value: Any) -> Any:
    """Returns the value as it is stored, or says why it does not fit.

    Args:
      owner: The artifact type's name, for the message.
      name: The property's name.
      kind: The declared kind.
      value: What the user gave.

    Returns:
      The value; an int given for a float property becomes a float.

    Raises:
      ArtifactError: The value is of another kind.
    """
    if kind is PropertyType.INT and isinstance(value, int) and not isinstance(value, bool):
        if not -(2**63) <= value < 2**63:
            raise ArtifactError(
                f"Property {name!r} of {owner} must fit into 64 bits, got {value}. "
                "Store larger numbers as a string."
            )
        return value
    if kind is PropertyType.FLOAT and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is PropertyType.STRING and isinstance(value, str):
        return value
    if kind is PropertyType.JSON_VALUE:
        try:
            return json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ArtifactError(
                f"Property {name!r} of {owner} must be a JSON value (None, bool, finite number, string, "
                f"list or dict of these), got {value!r}: {error}."
            ) from error
    raise ArtifactError(
        f"Property {name!r} of {owner} is declared as {kind.value}, got {value!r} "
        f"of type {type(value).__name__}."
    )


def infer_type(owner: str, name: str, value: Any) -> PropertyType:
    """Finds the kind under which a custom property is stored.

    Args:
      owner: The artifact type's name, for the message.
      name: The property's name.
      value: The value to store.

    Returns:
      INT for int and bool, FLOAT, STRING, or JSON_VALUE for None, lists and dicts.

    Raises:
      ArtifactError: No kind fits.
    """
    if isinstance(value, int):
        return PropertyType.INT
    if isinstance(value, float):
        return PropertyType.FLOAT
    if isinstance(value, str):
        return PropertyType.STRING
    if value is None or isinstance(value, list | tuple | dict):
        return PropertyType.JSON_VALUE
    raise ArtifactError(
        f"Custom property {name!r} of {owner} must be an int, float, string or JSON value, got "
        f"{value!r} of type {type(value).__name__}."
    )
