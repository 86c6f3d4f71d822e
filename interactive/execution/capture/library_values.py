"""Values of NumPy, TensorFlow and protobuf, recognised without importing these libraries."""

import sys
from typing import TYPE_CHECKING, Any

from .expressions import Call, Expression, Imported, Member, Text
from .refusals import RefusalError

if TYPE_CHECKING:
    from .encoder import Encoder

ARRAY_LIMIT = 1000
"""An array with more elements than this is data, not a constant."""


def encode_numpy(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a NumPy array, scalar or dtype, None for anything else."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return None
    if type(value) is numpy.ndarray:
        return _array(value, encoder)
    if isinstance(value, numpy.dtype):
        return _dtype(value)
    return _scalar(value, encoder) if isinstance(value, numpy.generic) else None


def encode(value: object, encoder: "Encoder") -> Expression | None:
    """Return the source of a protobuf message, a TensorFlow dtype or shape, None for anything else."""
    kind = type(value)
    bases = {(base.__module__.partition(".")[0], base.__name__) for base in kind.__mro__}
    if ("tensorflow", "DType") in bases:
        return _tensorflow_dtype(value)
    if ("tensorflow", "TensorShape") in bases:
        return _tensor_shape(value, encoder)
    if hasattr(kind, "DESCRIPTOR") and hasattr(value, "SerializeToString"):
        return _message(value, encoder)
    return None


def _dtype(value: Any) -> Expression:
    if value.names is not None or value.subdtype is not None or value.metadata:
        raise RefusalError("it is a structured dtype", "Build it within the function with np.dtype(...).")
    return Call(Imported("numpy", "dtype"), (("", Text(_dtype_text(value))),))


def _dtype_text(value: Any) -> str:
    return str(value.name if value.isnative and value.kind in "biufcO" else value.str)


def _scalar(value: Any, encoder: "Encoder") -> Expression:
    kind = value.dtype.kind
    if kind in "mM":
        unit = value.dtype.str.partition("[")[2].rstrip("]")
        if not unit:
            raise RefusalError("it has no unit of time", "Give the value a unit.")
        plain: object = str(value) if kind == "M" else int(value.astype("int64"))
        name = "datetime64" if kind == "M" else "timedelta64"
        if kind == "m" and value != value:  # noqa: PLR0124 - NaT is not equal to itself
            plain = "NaT"
        arguments = (("", encoder.encode(plain)), ("", Text(unit)))
        return Call(Imported("numpy", name), arguments)
    if kind not in "biufcUS" or value.dtype.name in {"longdouble", "float128", "complex256"}:
        raise RefusalError("its dtype has no exact source", "Use a plain Python number.")
    plain = value.item()
    if kind == "U":
        plain = str(plain)
    name = {"b": "bool_", "U": "str_", "S": "bytes_"}.get(kind, value.dtype.name)
    return Call(Imported("numpy", name), (("", encoder.encode(plain)),))


def _array(value: Any, encoder: "Encoder") -> Expression:
    if value.size > ARRAY_LIMIT:
        raise RefusalError(
            f"it is an array of {value.size} elements (at most {ARRAY_LIMIT} can stand in code)",
            "Load it within the function from a file, and pass the path.",
        )
    if value.dtype.kind not in "biufcUSO" or value.dtype.name in {"float128", "complex256"}:
        raise RefusalError(
            f"an array of dtype {value.dtype} has no exact source",
            "Convert it to numbers or strings, or create it within the function.",
        )
    named = (("dtype", Text(_dtype_text(value.dtype))),)
    if value.size == 0:
        shape = encoder.encode(tuple(value.shape))
        return Call(Imported("numpy", "zeros"), (("", shape), *named))
    if value.dtype.kind == "O" and (
        value.ndim != 1 or any(hasattr(item, "__len__") and not isinstance(item, str) for item in value)
    ):
        raise RefusalError("it is an array of objects", "Use a list.")
    return Call(Imported("numpy", "array"), (("", encoder.encode(value.tolist())), *named))


def _tensorflow_dtype(value: Any) -> Expression:
    tensorflow: Any = sys.modules["tensorflow"]
    name = str(value.name)
    if getattr(tensorflow, name, None) is value:
        return Imported("tensorflow", name, f"tf.DType {name}")
    return Call(Imported("tensorflow", "as_dtype"), (("", Text(name)),))


def _tensor_shape(value: Any, encoder: "Encoder") -> Expression:
    dimensions = None if value.rank is None else value.as_list()
    return Call(Imported("tensorflow", "TensorShape"), (("", encoder.encode(dimensions)),))


def _message(value: Any, encoder: "Encoder") -> Expression:
    from google.protobuf import text_format

    kind = type(value)
    cls = _message_class(kind, encoder)
    data = value.SerializeToString(deterministic=True)
    if not data:
        return Call(cls)
    text = text_format.MessageToString(value, as_utf8=True)
    again = text_format.Parse(text, kind())
    if again.SerializeToString(deterministic=True) != data:
        return Call(Member(cls, "FromString"), (("", Text(data)),))
    parse = Imported("google.protobuf.text_format", "Parse")
    return Call(parse, (("", Text(text)), ("", Call(cls))))


def _message_class(kind: type, encoder: "Encoder") -> Expression:
    """Return the class of a message; nested messages are reached through their outer class."""
    path = kind.__qualname__
    owner: Any = sys.modules.get(kind.__module__)
    for part in path.split("."):
        owner = getattr(owner, part, None)
    if owner is kind:
        return Imported(kind.__module__, path)
    return encoder.reference(kind)
