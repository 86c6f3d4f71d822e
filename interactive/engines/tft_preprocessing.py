"""Checks a ``preprocessing_fn`` before any data is read: mistakes show in the user's own lines."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from interactive.errors import InputError


class UnknownFeatureError(InputError, KeyError):
    """A ``preprocessing_fn`` asked for a feature that the schema does not have."""

    def __str__(self) -> str:
        """The message itself; ``KeyError`` would show it in quotes."""
        return str(self.args[0])


class _Features(dict[str, Any]):
    """The input features; a missing key names what there is."""

    def __missing__(self, key: object) -> Any:
        raise UnknownFeatureError(_unknown_feature(key, self))


def _unknown_feature(key: object, names: Iterable[str]) -> str:
    known = sorted(names)
    close = difflib.get_close_matches(str(key), known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return (
        f"preprocessing_fn uses the feature {key!r}, which the schema does not have.{hint} "
        f"The schema has: {', '.join(known)}."
    )


@dataclass(frozen=True)
class Columns:
    """Which raw features a ``preprocessing_fn`` reads.

    Attributes:
      analyze: Those that its analyzers need; empty when it has no analyzer.
      transform: Those that its outputs need.
      chained: Whether an analyzer needs another one's result, which takes more than one pass.
    """

    analyze: tuple[str, ...]
    transform: tuple[str, ...]
    chained: bool = False

    @property
    def used(self) -> tuple[str, ...]:
        """All features that are read, sorted."""
        return tuple(sorted({*self.analyze, *self.transform}))


def takes_custom_config(function: Callable[..., Any]) -> bool:
    """Whether a function has an argument named ``custom_config``."""
    return "custom_config" in inspect.signature(function).parameters


def bind(
    preprocessing_fn: Callable[..., Any], custom_config: Mapping[str, Any] | None
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Makes the one-argument function that TensorFlow Transform traces.

    Args:
      preprocessing_fn: The user's ``fn(inputs)`` or ``fn(inputs, custom_config)``.
      custom_config: Passed on when the function takes it; None is passed as an empty dict.

    Returns:
      A function that runs the user's and checks what it returns.

    Raises:
      InputError: ``preprocessing_fn`` is not callable. The returned function raises it when the
        user's function reads an unknown feature or returns something that is not a non-empty
        dict of tensors.
    """
    if not callable(preprocessing_fn):
        raise InputError(
            "Expected preprocessing_fn to be a function, "
            f"found {type(preprocessing_fn).__name__}: {preprocessing_fn!r}."
        )
    extra: dict[str, Any] = {}
    if takes_custom_config(preprocessing_fn):
        extra["custom_config"] = dict(custom_config or {})

    def checked(inputs: Mapping[str, Any]) -> dict[str, Any]:
        outputs = preprocessing_fn(_Features(inputs), **extra)
        check_outputs(outputs)
        return dict(outputs)

    return checked


def check_outputs(outputs: object) -> None:
    """Checks what a ``preprocessing_fn`` returned.

    Raises:
      InputError: It is not a dict with string keys, is empty, or a value is not a tensor of a type
        that ``tf.Example`` can hold.
    """
    import tensorflow as tf

    if not isinstance(outputs, Mapping):
        found = "nothing (is a return missing?)" if outputs is None else type(outputs).__name__
        raise InputError(
            f"Expected preprocessing_fn to return a dict of feature name to tensor, found {found}."
        )
    if not outputs:
        raise InputError("Expected preprocessing_fn to return at least one feature, found an empty dict.")
    for name, value in outputs.items():
        if not isinstance(name, str):
            raise InputError(
                "Expected the names that preprocessing_fn returns to be strings, "
                f"found {name!r} ({type(name).__name__})."
            )
        if not isinstance(value, (tf.Tensor, tf.SparseTensor, tf.RaggedTensor)):
            raise InputError(
                f"Expected preprocessing_fn to return a tensor for {name!r}, found "
                f"{type(value).__name__}. Convert it with tf.convert_to_tensor."
            )
        if value.dtype not in (tf.float32, tf.int64, tf.string):
            raise InputError(
                f"Expected preprocessing_fn to return float32, int64 or string for {name!r}, the "
                f"types of tf.Example, found {value.dtype.name}. Use tf.cast."
            )
        if value.shape.rank == 0:
            raise InputError(
                f"Expected preprocessing_fn to return one value an example for {name!r}, found a "
                "single scalar for the whole batch. Combine it with an input feature, for example "
                "x - tft.mean(x)."
            )


@dataclass(frozen=True)
class Trace:
    """A ``preprocessing_fn`` as a TensorFlow graph.

    Attributes:
      graph: The ``tf.Graph``, with its analyzers in TensorFlow Transform's collections.
      inputs: Feature name to the graph's tensor.
      outputs: What the function returned.
    """

    graph: Any
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


def trace(
    preprocessing_fn: Callable[[Mapping[str, Any]], dict[str, Any]],
    type_specs: Mapping[str, Any],
    temp_dir: str | None = None,
) -> Trace:
    """Traces a bound ``preprocessing_fn``.

    Args:
      preprocessing_fn: The result of ``bind``.
      type_specs: Feature name to ``tf.TypeSpec``.
      temp_dir: Where TensorFlow Transform may put placeholders for vocabularies. A graph that is to become a
        SavedModel needs it: tensors have other names without.

    Returns:
      Its graph.

    Raises:
      InputError: See ``bind``.
      Exception: Whatever the user's function raises, untouched.
    """
    from tensorflow_transform import impl_helper

    return Trace(
        *impl_helper.trace_preprocessing_function(
            preprocessing_fn, type_specs, use_tf_compat_v1=False, base_temp_dir=temp_dir
        )
    )


def read_columns(traced: Trace) -> Columns:
    """Sees which features a traced ``preprocessing_fn`` reads.

    ``tft.get_analyze_input_columns`` and ``tft.get_transform_input_columns`` give the same answer and trace
    the function again for each.

    Args:
      traced: The graph.

    Returns:
      The features that analysis and transformation need.
    """
    import tensorflow as tf
    from tensorflow_transform import analyzer_nodes, graph_tools, nodes, tf2_utils

    graph = traced.graph
    sinks = graph.get_collection(analyzer_nodes.TENSOR_REPLACEMENTS)
    visitor = graph_tools.SourcedTensorsVisitor()
    for sink in sinks:
        nodes.Traverser(visitor).visit_value_node(sink.future)
    sources = list(visitor.sourced_tensors)
    # Operations that outputs only wait for, such as assertions, run during the analysis too.
    _, waited_for = tf2_utils.strip_and_get_tensors_and_control_dependencies(
        tf.nest.flatten(traced.outputs, expand_composites=True)
    )
    analyze = graph_tools.get_dependent_inputs(graph, traced.inputs, [*sources, *waited_for])
    transform = graph_tools.get_dependent_inputs(graph, traced.inputs, traced.outputs)
    results = {str(number): sink.tensor for number, sink in enumerate(sinks)}
    chained = bool(graph_tools.get_dependent_inputs(graph, results, sources))
    return Columns(tuple(sorted(analyze)), tuple(sorted(transform)), chained)
