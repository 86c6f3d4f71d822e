"""Turning a value into source, or saying why not."""

from collections.abc import Callable, Iterable

from . import annotations, instances, library_values, plain_values
from .expressions import Expression
from .refusals import RefusalError, refuse, type_name

_DEPTH = 100
Reference = Callable[[object], Expression | None]


class Encoder:
    """Writes values as expressions.

    Functions, classes, modules and whatever else has a name somewhere are left to `reference`.
    """

    def __init__(self, reference: Reference) -> None:
        """Make an encoder.

        Args:
            reference: Gives the expression of an object that is known by name, None for any other.
                It may raise `RefusalError`.
        """
        self._reference = reference
        self._path: list[str] = []
        self._open: list[int] = []

    def encode(self, value: object) -> Expression:
        """Return the source of a value.

        Raises:
            RefusalError: If the value, or something within it, cannot be written.
        """
        if id(value) in self._open:
            raise self._refusal(RefusalError("it contains itself", "Break the cycle."), value)
        if len(self._open) > _DEPTH:
            raise self._refusal(RefusalError("it is nested too deeply", "Read it from a file."), value)
        self._open.append(id(value))
        try:
            return self._encode(value)
        except RefusalError as error:
            raise self._refusal(error, value) from error.__cause__
        finally:
            self._open.pop()

    def at(self, value: object, place: str) -> Expression:
        """Return the source of a part of the present value; `place` names it in errors."""
        self._path.append(place)
        try:
            return self.encode(value)
        finally:
            self._path.pop()

    def members(self, values: Iterable[object]) -> tuple[Expression, ...]:
        """Return the sources of a sequence's members."""
        return tuple(self.at(value, f"[{index}]") for index, value in enumerate(values))

    def reference(self, value: object) -> Expression:
        """Return the expression of something that must be known by name: a class, a function."""
        found = self._reference(value)
        if found is None:
            raise RefusalError(
                f"it needs {value!r}, which no module gives by name",
                "Define that at the top level of a cell or of a module.",
            )
        return found

    def known(self, value: object) -> bool:
        """Return True if something is known by name."""
        return self._reference(value) is not None

    def _refusal(self, error: RefusalError, value: object) -> RefusalError:
        if error.kind:
            return error
        return RefusalError(error.why, error.mend, "".join(self._path), type_name(type(value)))

    def _encode(self, value: object) -> Expression:
        exact = plain_values.EXACT.get(type(value))
        if exact is not None:
            return exact(value, self)
        for family in _FAMILIES:
            found = family(value, self)
            if found is not None:
                return found
        found = self._reference(value)
        if found is not None:
            return found
        raise refuse(value)


_FAMILIES: tuple[Callable[[object, Encoder], Expression | None], ...] = (
    instances.enum_member,
    plain_values.path_expression,
    plain_values.logger_expression,
    instances.named_tuple,
    instances.data_class,
    instances.partial,
    annotations.encode,
    library_values.encode_numpy,
    library_values.encode,
    instances.class_factory,
)
