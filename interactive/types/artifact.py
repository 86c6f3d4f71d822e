"""`Artifact`: a step's output, a typed thing at a URI."""

import enum
from collections.abc import Mapping
from typing import Any, ClassVar

from interactive.errors import ArtifactError
from interactive.types.properties import Property, PropertyType, check_value, infer_type


class ArtifactState(enum.Enum):
    """The states of an artifact in ML Metadata, by their MLMD names."""

    PENDING = "PENDING"
    LIVE = "LIVE"
    MARKED_FOR_DELETION = "MARKED_FOR_DELETION"
    DELETED = "DELETED"
    ABANDONED = "ABANDONED"


class SystemArtifact:
    """Base of the MLMD system types that an artifact type may name in ``TYPE_ANNOTATION``."""

    MLMD_SYSTEM_BASE_TYPE: ClassVar[str]


class Dataset(SystemArtifact):
    """A collection of data."""

    MLMD_SYSTEM_BASE_TYPE = "DATASET"


class Model(SystemArtifact):
    """A machine-learned model."""

    MLMD_SYSTEM_BASE_TYPE = "MODEL"


class Metrics(SystemArtifact):
    """Measurements."""

    MLMD_SYSTEM_BASE_TYPE = "METRICS"


class Statistics(SystemArtifact):
    """Statistics of data."""

    MLMD_SYSTEM_BASE_TYPE = "STATISTICS"


_registry: dict[str, type["Artifact"]] = {}
_STANDARD_MODULES = ("interactive.types.standard_artifacts", "interactive.types.value_artifact")


class Artifact:
    """A typed thing at a URI, with declared and custom properties.

    Derive a type of your own with a ``TYPE_NAME`` that is unique in the store:

        class Recipe(Artifact):
            TYPE_NAME = "Recipe"
            PROPERTIES = {"servings": Property(PropertyType.INT)}

    Declared properties read and write as attributes (``recipe.servings = 4``); anything else is a custom
    property (``recipe.set_string_custom_property("cook", "Ada")``).

    Attributes:
      TYPE_NAME: The type's name in ML Metadata.
      PROPERTIES: The declared properties.
      TYPE_ANNOTATION: The MLMD system type that this type refines, or None.
      uri: Where the payload is.
      id: The MLMD id, 0 before publication.
      name: The MLMD name, '' when it has none.
      state: The MLMD state.
      is_external: Whether the payload came from outside the pipeline root.
      custom_properties: The custom properties, name to value.
    """

    TYPE_NAME: ClassVar[str]
    PROPERTIES: ClassVar[Mapping[str, Property]] = {}
    TYPE_ANNOTATION: ClassVar[type[SystemArtifact] | None] = None

    uri: str
    id: int
    name: str
    state: ArtifactState
    is_external: bool
    custom_properties: dict[str, Any]
    _properties: dict[str, Any]
    _json_custom: set[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        type_name = cls.__dict__.get("TYPE_NAME")
        if type_name is None:
            return  # an abstract base in between, such as ValueArtifact
        _check_declaration(cls, type_name)
        known = _registry.get(type_name)
        if (
            known is not None
            and known.__module__ in _STANDARD_MODULES
            and cls.__module__ not in _STANDARD_MODULES
        ):
            raise ArtifactError(
                f"{cls.__name__}.TYPE_NAME is {type_name!r}, which is the standard type "
                f"{known.__module__}.{known.__name__}. Type names are unique: choose another one."
            )
        _registry[type_name] = cls

    def __init__(self, uri: str = "") -> None:
        if getattr(type(self), "TYPE_NAME", None) is None:
            raise ArtifactError(
                f"{type(self).__name__} has no TYPE_NAME, so it cannot be made. Use a standard type such "
                "as standard_artifacts.Examples, or derive a class with a TYPE_NAME."
            )
        for attribute, value in {
            "uri": uri,
            "id": 0,
            "name": "",
            "state": ArtifactState.PENDING,
            "is_external": False,
            "custom_properties": {},
            "_properties": {},
            "_json_custom": set(),
        }.items():
            object.__setattr__(self, attribute, value)

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no attribute: declared properties, and mistakes.
        declared = type(self).PROPERTIES.get(name)
        if declared is None or name.startswith("_"):
            raise AttributeError(
                f"{type(self).__name__} has no attribute or property {name!r}. "
                f"Declared properties: {_names(type(self).PROPERTIES)}."
            )
        return self._properties.get(name, declared.default)

    def __setattr__(self, name: str, value: Any) -> None:
        declared = type(self).PROPERTIES.get(name)
        if declared is not None:
            self._properties[name] = check_value(self.type_name, name, declared.type, value)
        elif name in self.__dict__ or isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(
                f"{type(self).__name__} has no property {name!r}. Declared properties: "
                f"{_names(type(self).PROPERTIES)}. For anything else use a custom property, such as "
                f"artifact.set_string_custom_property({name!r}, ...)."
            )

    @property
    def type(self) -> type["Artifact"]:
        """The artifact's class."""
        return type(self)

    @property
    def type_name(self) -> str:
        """The type's name in ML Metadata."""
        return type(self).TYPE_NAME

    @property
    def properties(self) -> dict[str, Any]:
        """The declared properties that are set, as a copy."""
        return dict(self._properties)

    def has_property(self, name: str) -> bool:
        """Whether a declared property is set."""
        return name in self._properties

    def has_custom_property(self, name: str) -> bool:
        """Whether a custom property is set."""
        return name in self.custom_properties

    def get_custom_property(self, name: str) -> Any:
        """A custom property of any kind, or None."""
        return self.custom_properties.get(name)

    def _set_custom(self, name: str, kind: PropertyType, value: Any) -> None:
        if name in type(self).PROPERTIES:
            raise ArtifactError(
                f"{name!r} is a declared property of {self.type_name}: set it as an attribute, "
                f"artifact.{name} = ..., not as a custom property."
            )
        self.custom_properties[name] = check_value(self.type_name, name, kind, value)
        # From the value alone, a JSON value that is a number or text would be taken for a plain one.
        (self._json_custom.add if kind is PropertyType.JSON_VALUE else self._json_custom.discard)(name)

    def custom_kind(self, name: str) -> PropertyType:
        """The kind under which a custom property is stored: as it was set, else as its value is."""
        if name in self._json_custom:
            return PropertyType.JSON_VALUE
        return infer_type(self.type_name, name, self.custom_properties[name])

    def set_custom_property(self, name: str, value: Any) -> None:
        """Sets a custom property whose kind follows from the value.

        Args:
          name: Its name.
          value: An int, float, string or JSON value.

        Raises:
          ArtifactError: The value is of no such kind, or the name is a declared property.
        """
        kind = infer_type(self.type_name, name, value)
        self._set_custom(name, kind, int(value) if isinstance(value, bool) else value)

    def set_string_custom_property(self, name: str, value: str) -> None:
        """Sets a custom string property."""
        self._set_custom(name, PropertyType.STRING, value)

    def set_int_custom_property(self, name: str, value: int) -> None:
        """Sets a custom int property."""
        self._set_custom(name, PropertyType.INT, value)

    def set_float_custom_property(self, name: str, value: float) -> None:
        """Sets a custom float property."""
        self._set_custom(name, PropertyType.FLOAT, value)

    def set_bool_custom_property(self, name: str, value: bool) -> None:
        """Sets a custom bool property, which MLMD keeps as 0 or 1."""
        self._set_custom(name, PropertyType.INT, int(value))

    def set_json_value_custom_property(self, name: str, value: Any) -> None:
        """Sets a custom JSON property."""
        self._set_custom(name, PropertyType.JSON_VALUE, value)

    def get_string_custom_property(self, name: str) -> str:
        """A custom string property, or ''."""
        return str(self.custom_properties.get(name, ""))

    def get_int_custom_property(self, name: str) -> int:
        """A custom int property, or 0."""
        return int(self.custom_properties.get(name, 0))

    def get_float_custom_property(self, name: str) -> float:
        """A custom float property, or 0.0."""
        return float(self.custom_properties.get(name, 0.0))

    def get_bool_custom_property(self, name: str) -> bool:
        """A custom bool property, or False."""
        return bool(self.custom_properties.get(name, False))

    def get_json_value_custom_property(self, name: str) -> Any:
        """A custom JSON property, or None."""
        return self.custom_properties.get(name)

    def copy_properties_from(self, other: "Artifact") -> None:
        """Takes over declared and custom properties of an artifact of the same type."""
        self._properties.update(other.properties)
        self.custom_properties.update(other.custom_properties)
        json_values = [n for n in other.custom_properties if other.custom_kind(n) is PropertyType.JSON_VALUE]
        self._json_custom.update(json_values)

    def __repr__(self) -> str:
        details = [f"id={self.id}"] if self.id else []
        details.append(f"uri={self.uri!r}")
        details += [f"{name}={value!r}" for name, value in sorted(self._properties.items())]
        return f"{type(self).__name__}({', '.join(details)})"


def artifact_class(type_name: str) -> type[Artifact] | None:
    """The newest class with this ``TYPE_NAME`` in this process, or None."""
    return _registry.get(type_name)


def _names(properties: Mapping[str, Property]) -> str:
    return ", ".join(sorted(properties)) or "none"


def _check_declaration(cls: type[Artifact], type_name: Any) -> None:
    if not isinstance(type_name, str) or not type_name.strip():
        raise ArtifactError(f"{cls.__name__}.TYPE_NAME must be a non-empty string, got {type_name!r}.")
    for name, declared in cls.PROPERTIES.items():
        if not isinstance(declared, Property):
            raise ArtifactError(
                f"{cls.__name__}.PROPERTIES[{name!r}] must be a Property, such as "
                f"Property(PropertyType.INT), got {declared!r}."
            )
        if name.startswith("_") or not name.isidentifier() or hasattr(Artifact, name):
            raise ArtifactError(
                f"{cls.__name__}.PROPERTIES[{name!r}]: the name must be a Python identifier that no "
                "artifact attribute has. Choose another name."
            )
        if name in Artifact.__annotations__:
            raise ArtifactError(
                f"{cls.__name__}.PROPERTIES[{name!r}]: {name!r} is an attribute of every artifact. "
                "Choose another name."
            )
