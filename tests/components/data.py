"""Data that the components' tests share: the palmer penguins as CSV files."""

import functools
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def penguins(complete=True):
    """The penguins as a pandas frame; with ``complete`` those without a missing value."""
    from palmerpenguins import load_penguins

    frame = load_penguins()
    return frame.dropna() if complete else frame


def write_penguins(folder, name="penguins.csv", frame=None):
    """Writes the complete penguins, or the frame given, as ``<folder>/<name>`` and returns the folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    (penguins() if frame is None else frame).to_csv(Path(folder) / name, index=False)
    return str(folder)


def read_example(record):
    """A serialised ``tf.Example`` as a dict of each feature's first value, or None; without TensorFlow."""
    feature = _example_class().FromString(record).features.feature
    row = {}
    for item in feature:
        kind = item.value.WhichOneof("kind")
        values = getattr(item.value, kind).value if kind else []
        row[item.key] = values[0] if values else None
    return row


@functools.cache
def _example_class():
    """The message class, made from the fields that TensorFlow documents."""
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="t", syntax="proto3")
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, kind) in enumerate((("bytes", 12), ("float", 2), ("int64", 3)), 1):
        file.message_type.add(name=name).field.add(name="value", number=1, label=3, type=kind)
        feature.field.add(
            name=f"{name}_list", number=number, label=1, type=11, type_name=f".t.{name}", oneof_index=0
        )
    entry = file.message_type.add(name="Entry")  # of the map, which is sent as a list of these
    entry.field.add(name="key", number=1, label=1, type=9)
    entry.field.add(name="value", number=2, label=1, type=11, type_name=".t.Feature")
    features = file.message_type.add(name="Features")
    features.field.add(name="feature", number=1, label=3, type=11, type_name=".t.Entry")
    example = file.message_type.add(name="Example")
    example.field.add(name="features", number=1, label=1, type=11, type_name=".t.Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Example"))
