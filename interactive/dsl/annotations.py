"""Annotations of ``@component`` functions: what is an input, an output, a parameter."""

import builtins
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_args, get_origin

from interactive.errors import SpecError
from interactive.types.artifact import Artifact

T = TypeVar("T")

PARAMETER_TYPES = (int, float, str, bool, bytes, list, dict)
"""The plain types that a parameter or a returned value may have."""


class Marked:
    """What ``InputArtifact[X]`` and its like evaluate to."""

    def __init__(self, kind: str, type: Any) -> None:  # noqa: A002
        self.kind = kind
        self.type = type

    def __repr__(self) -> str:
        return f"{self.kind}[{getattr(self.type, '__name__', self.type)}]"


class _ArtifactMarker:
    kind = ""

    def __class_getitem__(cls, type: Any) -> Marked:  # noqa: A002
        if not (isinstance(type, builtins.type) and issubclass(type, Artifact)):
            raise SpecError(
                f"{cls.kind}[...] expects an artifact class such as standard_artifacts.Examples, got "
                f"{type!r}."
            )
        return Marked(cls.kind, type)


if TYPE_CHECKING:
    # For a type checker the annotated argument simply is the artifact, or the value.
    InputArtifact = Annotated[T, "input"]
    OutputArtifact = Annotated[T, "output"]
    Parameter = Annotated[T, "parameter"]
else:

    class InputArtifact(_ArtifactMarker):
        """Marks an argument as an input: ``examples: InputArtifact[Examples]``."""

        kind = "InputArtifact"

    class OutputArtifact(_ArtifactMarker):
        """Marks an argument as an output that the function fills: ``model: OutputArtifact[Model]``."""

        kind = "OutputArtifact"

    class Parameter:
        """Marks an argument as a parameter: ``steps: Parameter[int] = 10``."""

        def __class_getitem__(cls, type: Any) -> Marked:  # noqa: A002
            if type not in PARAMETER_TYPES:
                raise SpecError(
                    f"Parameter[...] expects one of {', '.join(t.__name__ for t in PARAMETER_TYPES)}, "
                    f"got {type!r}."
                )
            return Marked("Parameter", type)


class OutputDict(Generic[T]):
    """Marks a function's returned dict: ``-> OutputDict(loss=float, name=str)``.

    Args:
      **outputs: Output name to ``int``, ``float``, ``str``, ``bool``, ``bytes``, ``list`` or ``dict``, or an
        optional one of these.
    """

    def __init__(self, **outputs: Any) -> None:
        for name, kind in outputs.items():
            if plain_type(kind) is None:
                raise SpecError(
                    f"OutputDict({name}=...) expects one of "
                    f"{', '.join(t.__name__ for t in PARAMETER_TYPES)}, got {kind!r}."
                )
        self.outputs = outputs


def plain_type(annotation: Any) -> type[Any] | None:
    """The plain type that an annotation names.

    Args:
      annotation: Such as ``int``, ``list[str]``, ``Optional[float]`` or ``str | None``.

    Returns:
      One of ``PARAMETER_TYPES``, or None when it names no such type.
    """
    origin = get_origin(annotation)
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    if origin is not None and type(None) in get_args(annotation) and len(arguments) == 1:
        return plain_type(arguments[0])
    candidate = origin or annotation
    return candidate if candidate in PARAMETER_TYPES else None


def is_optional(annotation: Any) -> bool:
    """Whether an annotation admits None."""
    return type(None) in get_args(annotation)
