"""CSV columns as ``tf.Example`` features: type inference and deterministic encoding, without TensorFlow.

A column's type is INT where every cell is one, else FLOAT, else STRING; an empty cell is a feature without
a value, and a column of empty cells has no type. The bytes are those of
``Example.SerializeToString(deterministic=True)``, because hash partitioning depends on them.
See https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto and
https://protobuf.dev/programming-guides/encoding/.
"""

import enum
import functools
import struct
from collections.abc import Iterable

import numpy as np

_INT64_MIN = -(2**63)
_INT64_MAX = 2**63 - 1
_UINT64 = 2**64
# Tags: field number and wire type 2 (length-delimited).
_FIELD_1 = b"\x0a"
_FIELD_2 = b"\x12"
_FIELD_3 = b"\x1a"


class Kind(enum.IntEnum):
    """A column's type; a column has the highest of its cells' types."""

    UNKNOWN = -1
    INT = 0
    FLOAT = 1
    STRING = 2


def cell_kind(cell: bytes) -> Kind:
    """Returns the lowest type that can hold a cell.

    Python's own ``int`` and ``float`` decide, as in ``tfx_bsl.coders.csv_decoder``: spaces around a number,
    ``1_000``, ``1e3``, ``nan`` and ``inf`` are numbers. An integer outside int64 is a STRING.

    Args:
      cell: The cell's UTF-8 bytes.
    """
    if not cell:
        return Kind.UNKNOWN
    try:
        return Kind.INT if _INT64_MIN <= int(cell) <= _INT64_MAX else Kind.STRING
    except ValueError:
        pass
    try:
        float(cell)
    except ValueError:
        return Kind.STRING
    return Kind.FLOAT


def column_kind(cells: Iterable[bytes]) -> Kind:
    """Returns the lowest type that holds every cell of a column."""
    highest = Kind.UNKNOWN
    for cell in cells:
        kind = cell_kind(cell)
        if kind > highest:
            highest = kind
            if highest is Kind.STRING:
                break
    return highest


def feature_order(name: str) -> bytes:
    """Returns the key by which an example's features are sorted.

    It is protobuf's order of map keys since its version 4.21: bytewise, but a name comes after the longer
    names that begin with it (``ab`` before ``a`` before ``b``). 0xff is in no UTF-8 text.
    """
    return name.encode() + b"\xff"


def encode_feature(cell: bytes, kind: Kind) -> bytes:
    """Returns the serialised ``tf.train.Feature`` of one cell.

    Args:
      cell: The cell's UTF-8 bytes; empty for a missing value.
      kind: The column's type.
    """
    if kind is Kind.UNKNOWN:
        return b""
    if kind is Kind.STRING:
        return _field(_FIELD_1, _field(_FIELD_1, cell) if cell else b"")
    if kind is Kind.FLOAT:
        values = _field(_FIELD_1, _float32(float(cell))) if cell else b""
        return _field(_FIELD_2, values)
    values = _field(_FIELD_1, _varint(int(cell) % _UINT64)) if cell else b""
    return _field(_FIELD_3, values)


def encode_entry(name: bytes, feature: bytes) -> bytes:
    """Returns one entry of ``Features.feature``; an example's body is its entries by ``feature_order``."""
    return _field(_FIELD_1, _field(_FIELD_1, name) + _field(_FIELD_2, feature))


def encode_example(body: bytes) -> bytes:
    """Returns the serialised ``tf.train.Example`` of joined entries."""
    return _example_prefix(len(body)) + body


@functools.lru_cache(maxsize=65536)
def _example_prefix(length: int) -> bytes:
    """The tag and the length; the examples of a file share a few lengths."""
    return _FIELD_1 + _varint(length)


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _float32(value: float) -> bytes:
    # numpy rounds to nearest and turns what is too large into infinity, as protobuf does; struct raises.
    with np.errstate(over="ignore"):
        return struct.pack("<f", np.float32(value))
