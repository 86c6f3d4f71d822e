"""The few messages of TensorFlow that views read, declared without importing TensorFlow.

Importing TensorFlow takes seconds; a view of ten examples or of a model's signatures needs only the names and
numbers of a few fields. They are declared here in a descriptor pool of their own, so that they never clash
with TensorFlow's. Fields that are not declared are skipped when a message is read.

Sources: `tensorflow/core/example/{example,feature}.proto` and
`tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph}.proto`.
A test compares them with the ones that TensorFlow brings.
"""

import functools
import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# A message's fields: name, number, type. A trailing `*` repeats the field; `map:` is a map from strings.
_MESSAGES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "BytesList": (("value", 1, "bytes*"),),
    "FloatList": (("value", 1, "float*"),),
    "Int64List": (("value", 1, "int64*"),),
    "Feature": (
        ("bytes_list", 1, "BytesList"),
        ("float_list", 2, "FloatList"),
        ("int64_list", 3, "Int64List"),
    ),
    "Features": (("feature", 1, "map:Feature"),),
    "FeatureList": (("feature", 1, "Feature*"),),
    "FeatureLists": (("feature_list", 1, "map:FeatureList"),),
    "Example": (("features", 1, "Features"),),
    "SequenceExample": (("context", 1, "Features"), ("feature_lists", 2, "FeatureLists")),
    "Dim": (("size", 1, "int64"), ("name", 2, "string")),
    "TensorShape": (("dim", 2, "Dim*"), ("unknown_rank", 3, "bool")),
    "TensorInfo": (("name", 1, "string"), ("dtype", 2, "int32"), ("tensor_shape", 3, "TensorShape")),
    "SignatureDef": (
        ("inputs", 1, "map:TensorInfo"),
        ("outputs", 2, "map:TensorInfo"),
        ("method_name", 3, "string"),
    ),
    "SavedVariable": (
        ("dtype", 1, "int32"),
        ("shape", 2, "TensorShape"),
        ("trainable", 3, "bool"),
        ("name", 6, "string"),
    ),
    "SavedObject": (("variable", 7, "SavedVariable"),),
    "SavedObjectGraph": (("nodes", 1, "SavedObject*"),),
    "MetaInfoDef": (("tags", 4, "string*"), ("tensorflow_version", 5, "string")),
    "MetaGraphDef": (
        ("meta_info_def", 1, "MetaInfoDef"),
        ("signature_def", 5, "map:SignatureDef"),
        ("object_graph_def", 7, "SavedObjectGraph"),
    ),
    "SavedModel": (("meta_graphs", 2, "MetaGraphDef*"),),
}
_PACKAGE = "cellwise.widgets.wire"
_GZIP_MAGIC = b"\x1f\x8b"


@functools.cache
def message(name: str) -> Any:
    """Return the class of a message declared in this module, for example `message("Example")`."""
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


@functools.cache
def _pool() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(
        name="cellwise/widgets/wire.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        declared = file.message_type.add(name=name)
        for field, number, kind in fields:
            _declare(declared, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _declare(declared: Any, field: str, number: int, kind: str) -> None:
    from google.protobuf import descriptor_pb2

    types = descriptor_pb2.FieldDescriptorProto
    repeated = kind.endswith("*") or kind.startswith("map:")
    added = declared.field.add(
        name=field, number=number, label=types.LABEL_REPEATED if repeated else types.LABEL_OPTIONAL
    )
    kind = kind.removesuffix("*")
    if kind.startswith("map:"):
        entry_name = "".join(part.capitalize() for part in field.split("_")) + "Entry"
        entry = declared.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        _declare(entry, "key", 1, "string")
        _declare(entry, "value", 2, kind.removeprefix("map:"))
        added.type, added.type_name = types.TYPE_MESSAGE, f".{_PACKAGE}.{declared.name}.{entry_name}"
    elif kind in _MESSAGES:
        added.type, added.type_name = types.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        added.type = types.Type.Value(f"TYPE_{kind.upper()}")


def records(path: Path) -> Iterator[bytes]:
    """Yield the records of a TFRecord file, whether it is gzipped or not.

    Lengths are checked against the file; the records' checksums (CRC-32C) are not.

    Raises:
        ValueError: The file is cut short or is no TFRecord file.
    """
    with path.open("rb") as raw:
        zipped = raw.read(2) == _GZIP_MAGIC
    try:
        with gzip.open(path, "rb") if zipped else path.open("rb") as stream:
            while header := stream.read(12):
                if len(header) < 12:
                    raise EOFError("a record's header is cut short")
                (length,) = struct.unpack("<Q", header[:8])
                if length > 1 << 31:
                    raise EOFError(f"a record claims to have {length:,} bytes")
                body = stream.read(length + 4)
                if len(body) < length + 4:
                    raise EOFError("a record is cut short")
                yield body[:length]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"A TFRecord file was expected at {str(path)!r}, but it cannot be read as one ({error}). "
            "Check that it is the right file and that it was written completely."
        ) from error
