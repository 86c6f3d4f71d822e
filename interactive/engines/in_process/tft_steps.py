"""A table of operations, and how an analysis graph is walked with it.

An operation's inputs and outputs are lists: where Beam has a collection of elements, here is a list of the
same elements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interactive.engines.in_process import tft_internals

Values = list[Any]

# What TensorFlow Transform's operations are defined in; a user's own of the same name are not these.
_PACKAGE = "tensorflow_transform."


class NotCoveredError(Exception):
    """An analysis needs something that only Beam does; the message says what."""


@dataclass(frozen=True)
class Surroundings:
    """What operations need besides their inputs.

    Attributes:
      tft: TensorFlow Transform's own functions.
      graph: The traced ``preprocessing_fn``.
      temp_dir: An existing folder for vocabularies.
      cache: Data set name and entry key to the encoded accumulators of an earlier analysis.
      make_model: Makes a model from its operation and the (binding, value) pairs of earlier phases. It is a
        function from a record batch to a dict of arrays; the last one is a SavedModel's folder.
      batches: Data set key to record batches; the flattened key gives all of them.
    """

    tft: tft_internals.Internals
    graph: Any
    temp_dir: str
    cache: Mapping[tuple[str, bytes], Sequence[bytes]]
    make_model: Callable[[Any, Values], Any]
    batches: Callable[[Any], Iterable[Any]]


@dataclass(frozen=True)
class Step:
    """One operation with what it works on.

    Attributes:
      operation: The ``OperationDef``.
      inputs: One list for each input.
      around: What the operation needs besides.
    """

    operation: Any
    inputs: Sequence[Values]
    around: Surroundings

    @property
    def values(self) -> Values:
        """The first input, for most operations the only one."""
        return self.inputs[0]


One = Callable[[Step], Values]
Many = Callable[[Step], Sequence[Values]]


@dataclass(frozen=True)
class _Entry:
    run: Many
    fields: frozenset[str]


class Table:
    """Operations by the names of their classes, each with the fields that it understands."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names of the classes."""
        return frozenset(self._entries)

    def one(self, name: str, *fields: str) -> Callable[[One], One]:
        """Registers a function that gives the list of an operation's only output."""

        def register(function: One) -> One:
            self._entries[name] = _Entry(lambda step: (function(step),), frozenset({*fields, "label"}))
            return function

        return register

    def many(self, name: str, *fields: str) -> Callable[[Many], Many]:
        """Registers a function that gives one list for each of an operation's outputs."""

        def register(function: Many) -> Many:
            self._entries[name] = _Entry(function, frozenset({*fields, "label"}))
            return function

        return register

    def check(self, operation: Any) -> None:
        """Refuses an operation that is not in the table, or has a field that the table does not know.

        Raises:
          NotCoveredError: Beam has to do it.
        """
        kind = type(operation)
        entry = self._entries.get(kind.__name__)
        if entry is None or not kind.__module__.startswith(_PACKAGE):
            raise NotCoveredError(_describe(operation))
        unknown = set(operation._fields) - entry.fields
        if unknown:
            raise NotCoveredError(f"{_describe(operation)} with {', '.join(sorted(unknown))}")

    def checker(self, tft: tft_internals.Internals, datasets: set[Any]) -> Any:
        """Makes a traverser that checks a graph and reads no data.

        Args:
          tft: TensorFlow Transform's own functions.
          datasets: Gets the keys of the data sets that the graph reads.
        """

        def visit(operation: Any, _: Sequence[Values]) -> Sequence[Values]:
            self.check(operation)
            if type(operation).__name__ == "ExtractInputForSavedModel":
                datasets.add(operation.dataset_key)
            outputs: int = operation.num_outputs
            return ([],) * outputs

        return _traverser(tft, visit)

    def runner(self, around: Surroundings) -> Any:
        """Makes a traverser that runs a checked graph; each operation runs once."""

        def visit(operation: Any, inputs: Sequence[Values]) -> Sequence[Values]:
            return self._entries[type(operation).__name__].run(Step(operation, inputs, around))

        return _traverser(around.tft, visit)


def _describe(operation: Any) -> str:
    """How a note names an operation: its class, and for user code the transform that it wraps."""
    name = type(operation).__name__
    wrapped = getattr(operation, "ptransform", None)
    return name if wrapped is None else f"{name} ({type(wrapped).__name__}, {operation.label})"


def _traverser(
    tft: tft_internals.Internals, visit_operation: Callable[[Any, Sequence[Values]], Sequence[Values]]
) -> Any:
    # The base class comes with TensorFlow.
    class ListVisitor(tft.nodes.Visitor):  # type: ignore[misc,name-defined]  # found at run time
        """Hands operations and lists to a function."""

        def visit(self, operation_def: Any, input_values: Sequence[Values]) -> tuple[Values, ...]:
            return tuple(visit_operation(operation_def, input_values))

        def validate_value(self, value: Any) -> None:
            if not isinstance(value, list):
                raise TypeError(f"Expected a list, got {type(value).__name__}.")

    return tft.nodes.Traverser(ListVisitor())
