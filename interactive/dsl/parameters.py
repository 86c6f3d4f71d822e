"""Parameters: what a component declares, and values left open until a run."""

from dataclasses import dataclass
from typing import Any

from interactive.errors import SpecError
from interactive.types.artifact import Artifact

_RUNTIME_TYPES = (int, float, str, bool)


@dataclass(frozen=True)
class ExecutionParameter:
    """A declared parameter of a component.

    Attributes:
      type: ``str``, ``int``, ``float``, ``bool``, ``list``, ``dict``, or a protobuf message class.
      optional: Whether it may be left out.
    """

    type: type[Any]
    optional: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.type, type):
            raise SpecError(f"ExecutionParameter(type=...) expects a class, got {self.type!r}.")


@dataclass(frozen=True)
class ChannelParameter:
    """A declared input or output of a component.

    Attributes:
      type: The artifact class.
      optional: Whether it may be left out.
    """

    type: type[Artifact]
    optional: bool = False

    def __post_init__(self) -> None:
        if not (isinstance(self.type, type) and issubclass(self.type, Artifact)):
            raise SpecError(f"ChannelParameter(type=...) expects an artifact class, got {self.type!r}.")


class RuntimeParameter:
    """A value that stays open until a run starts.

    In a notebook a run starts with each ``context.run``, so the default is taken there.

    Args:
      name: Its name, under which a run gives it a value.
      ptype: ``int``, ``float``, ``str`` or ``bool``; None accepts any of them.
      default: The value when a run gives none; None means that a run must give one.
      description: A sentence for people.

    Raises:
      SpecError: The type is another one, or the default does not have it.
    """

    def __init__(
        self,
        name: str,
        ptype: type[Any] | None = None,
        default: float | str | bool | None = None,
        description: str | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise SpecError(f"RuntimeParameter(name=...) expects a non-empty string, got {name!r}.")
        if ptype is not None and ptype not in _RUNTIME_TYPES:
            raise SpecError(
                f"RuntimeParameter {name!r}: ptype must be int, float, str or bool, got {ptype!r}."
            )
        self.name = name
        self.ptype = ptype
        self.default = default
        self.description = description
        if default is not None:
            self._check(default)

    def _check(self, value: Any) -> None:
        if self.ptype is None:
            return
        expected: tuple[type[Any], ...] = (int, float) if self.ptype is float else (self.ptype,)
        if not isinstance(value, expected) or (self.ptype is not bool and isinstance(value, bool)):
            raise SpecError(
                f"RuntimeParameter {self.name!r} is declared as {self.ptype.__name__}, got {value!r} "
                f"of type {type(value).__name__}."
            )

    def resolve(self) -> Any:
        """The value for a run that gives none.

        Returns:
          The default.

        Raises:
          SpecError: There is no default.
        """
        if self.default is None:
            raise SpecError(
                f"RuntimeParameter {self.name!r} has no default, and this run gives it no value. "
                f"Give it one: RuntimeParameter({self.name!r}, default=...)."
            )
        return self.default

    def __repr__(self) -> str:
        kind = self.ptype.__name__ if self.ptype else "any"
        return f"RuntimeParameter({self.name!r}, {kind}, default={self.default!r})"
