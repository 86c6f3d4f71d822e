"""Artifacts and property values, to ML Metadata's messages and back."""

import json
from typing import Any

from interactive.errors import StoreError
from interactive.types.artifact import Artifact, ArtifactState, artifact_class
from interactive.types.properties import Property, PropertyType, infer_type

IS_EXTERNAL = "is_external"

_JSON_KEY = "__value__"


def set_value(target: Any, kind: PropertyType, value: Any) -> None:
    """Sets a ``Value`` message."""
    if kind is PropertyType.INT:
        target.int_value = value
    elif kind is PropertyType.FLOAT:
        target.double_value = value
    elif kind is PropertyType.STRING:
        target.string_value = value
    elif isinstance(value, dict):
        # TFX's convention: an object fills the struct itself, anything else goes under one key.
        target.struct_value.update(value)
        target.struct_value.SetInParent()
    else:
        target.struct_value.update({_JSON_KEY: value})


def get_value(source: Any) -> Any:
    """Reads a ``Value`` message."""
    which = source.WhichOneof("value")
    if which in {"int_value", "double_value", "string_value", "bool_value"}:
        return getattr(source, which)
    if which == "struct_value":
        from google.protobuf import json_format

        fields = json_format.MessageToDict(source.struct_value)
        return fields[_JSON_KEY] if set(fields) == {_JSON_KEY} else fields
    return None


def put_custom(target: Any, name: str, value: Any) -> None:
    """Sets one custom property of an execution, in the form TFX writes: lists and dicts as JSON text."""
    if isinstance(value, bool):
        value = int(value)
    elif isinstance(value, bytes):
        value = value.hex()
    elif value is None or isinstance(value, list | tuple | dict):
        value = json.dumps(value, sort_keys=True)
    set_value(target.custom_properties[name], infer_type("execution", name, value), value)


def artifact_to_proto(artifact: Artifact, type_id: int) -> Any:
    """Makes an MLMD artifact."""
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    proto = mlmd.Artifact(type_id=type_id, uri=artifact.uri)
    proto.state = mlmd.Artifact.State.Value(artifact.state.value)
    if artifact.id:
        proto.id = artifact.id
    if artifact.name:
        proto.name = artifact.name
    for name, value in artifact.properties.items():
        set_value(proto.properties[name], artifact.PROPERTIES[name].type, value)
    for name, value in artifact.custom_properties.items():
        set_value(proto.custom_properties[name], artifact.custom_kind(name), value)
    proto.custom_properties[IS_EXTERNAL].int_value = int(artifact.is_external)
    return proto


def artifact_from_proto(proto: Any, artifact_type: Any) -> Artifact:
    """Makes an artifact of an MLMD artifact.

    Args:
      proto: A ``ml_metadata.proto.Artifact``.
      artifact_type: Its ``ArtifactType``; it makes a class where this process has none of that name.

    Returns:
      The artifact.
    """
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    artifact = (artifact_class(artifact_type.name) or _stored_class(artifact_type))(uri=proto.uri)
    artifact.id = proto.id
    artifact.name = proto.name
    if proto.state:
        artifact.state = ArtifactState(mlmd.Artifact.State.Name(proto.state))
    for name, value in proto.properties.items():
        if name in artifact.PROPERTIES:
            setattr(artifact, name, get_value(value))
        else:
            artifact.custom_properties[name] = get_value(value)
    for name, value in proto.custom_properties.items():
        if name == IS_EXTERNAL:
            artifact.is_external = bool(get_value(value))
        elif value.HasField("struct_value") and name not in artifact.PROPERTIES:
            artifact.set_json_value_custom_property(name, get_value(value))
        else:
            artifact.custom_properties[name] = get_value(value)
    return artifact


def artifact_type_proto(cls: type[Artifact]) -> Any:
    """Makes the ``ArtifactType`` that a class declares."""
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    kinds = {
        PropertyType.INT: mlmd.INT,
        PropertyType.FLOAT: mlmd.DOUBLE,
        PropertyType.STRING: mlmd.STRING,
        PropertyType.JSON_VALUE: mlmd.STRUCT,
    }
    proto = mlmd.ArtifactType(name=cls.TYPE_NAME)
    for name, declared in cls.PROPERTIES.items():
        proto.properties[name] = kinds[declared.type]
    if cls.TYPE_ANNOTATION is not None:
        proto.base_type = mlmd.ArtifactType.SystemDefinedBaseType.Value(
            cls.TYPE_ANNOTATION.MLMD_SYSTEM_BASE_TYPE
        )
    return proto


def _stored_class(artifact_type: Any) -> type[Artifact]:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    kinds = {
        mlmd.INT: PropertyType.INT,
        mlmd.DOUBLE: PropertyType.FLOAT,
        mlmd.STRING: PropertyType.STRING,
        mlmd.STRUCT: PropertyType.JSON_VALUE,
        mlmd.BOOLEAN: PropertyType.INT,
    }
    properties = {}
    for name, kind in artifact_type.properties.items():
        if kind not in kinds:
            raise StoreError(
                f"Artifact type {artifact_type.name!r} in the store has property {name!r} of a kind that "
                f"is not supported: {mlmd.PropertyType.Name(kind)}."
            )
        properties[name] = Property(kinds[kind])
    return type(artifact_type.name, (Artifact,), {"TYPE_NAME": artifact_type.name, "PROPERTIES": properties})
