"""``@component``: a Python function becomes a component."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from interactive.dsl.annotations import Marked, OutputDict, is_optional, plain_type
from interactive.dsl.base_component import BaseComponent
from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import BaseExecutor, ExecutorClassSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter
from interactive.errors import InputError, SpecError
from interactive.types import standard_artifacts
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel
from interactive.types.value_artifact import ValueArtifact

_VALUE_ARTIFACTS: Mapping[type[Any], type[ValueArtifact]] = {
    int: standard_artifacts.Integer,
    float: standard_artifacts.Float,
    str: standard_artifacts.String,
    bool: standard_artifacts.Boolean,
    bytes: standard_artifacts.Bytes,
    list: standard_artifacts.JsonValue,
    dict: standard_artifacts.JsonValue,
}


@dataclass(frozen=True)
class _Signature:
    """What a function's annotations say.

    Attributes:
      inputs: Argument name to artifact class, for ``InputArtifact``.
      outputs: Argument name to artifact class, for ``OutputArtifact``.
      values: Plainly annotated arguments, which take a parameter or a value artifact's value.
      parameters: Arguments marked ``Parameter``.
      optional: Arguments with a default or an optional annotation.
      returned: Returned name to (artifact class, whether None is allowed).
    """

    inputs: dict[str, type[Artifact]]
    outputs: dict[str, type[Artifact]]
    values: dict[str, type[Any]]
    parameters: dict[str, type[Any]]
    optional: frozenset[str]
    returned: dict[str, tuple[type[ValueArtifact], bool]]


class FunctionExecutor(BaseExecutor):
    """Calls the function with its inputs, outputs and parameters."""

    function: ClassVar[Callable[..., Any]]
    signature: ClassVar[_Signature]

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Calls the function.

        Args:
          input_dict: Input name to artifacts.
          output_dict: Output name to artifacts.
          exec_properties: Parameters.

        Raises:
          InputError: The function returned something else than it declares.
        """
        signature = type(self).signature
        arguments: dict[str, Any] = {}
        for name in signature.inputs:
            if input_dict.get(name):
                arguments[name] = input_dict[name][0]
        for name in signature.outputs:
            arguments[name] = output_dict[name][0]
        for name in (*signature.values, *signature.parameters):
            if input_dict.get(name):
                source = input_dict[name][0]
                assert isinstance(source, ValueArtifact)
                arguments[name] = source.read()
            elif name in exec_properties:
                arguments[name] = exec_properties[name]
        returned = type(self).function(**arguments)
        self._write_returned(returned, output_dict)

    def _write_returned(self, returned: Any, output_dict: Mapping[str, list[Artifact]]) -> None:
        declared = type(self).signature.returned
        name = type(self).function.__name__
        if not declared:
            if returned is not None:
                raise InputError(
                    f"{name}() returned {returned!r}, but declares no returned outputs. Return nothing, or "
                    "annotate it with -> OutputDict(name=type)."
                )
            return
        if not isinstance(returned, Mapping) or set(returned) != set(declared):
            found = f"keys {sorted(returned)}" if isinstance(returned, Mapping) else repr(returned)
            raise InputError(
                f"{name}() must return a dict with the keys {sorted(declared)}, returned {found}."
            )
        for key, (artifact_class, optional) in declared.items():
            artifact = output_dict[key][0]
            assert isinstance(artifact, ValueArtifact)
            if returned[key] is None:
                if not optional:
                    raise InputError(
                        f"{name}() returned None for {key!r}, declared as {artifact_class.__name__}."
                    )
                artifact.set_int_custom_property("__is_null__", 1)
                continue
            artifact.write(returned[key])


class BaseFunctionalComponent(BaseComponent):
    """A component made of a Python function."""

    function: ClassVar[Callable[..., Any]]
    _signature: ClassVar[_Signature]

    def __init__(self, *positional: Any, **arguments: Any) -> None:
        cls = type(self)
        if positional:
            raise SpecError(
                f"{cls.__name__} takes keyword arguments only, got {len(positional)} positional. "
                f"Write {cls.__name__}({', '.join(f'{name}=...' for name in cls._argument_names())})."
            )
        spec = cls.SPEC_CLASS(**arguments)
        cls._require_values(arguments)
        super().__init__(spec)

    @classmethod
    def _argument_names(cls) -> list[str]:
        signature = cls._signature
        return [*signature.inputs, *signature.values, *signature.parameters]

    @classmethod
    def _require_values(cls, arguments: Mapping[str, Any]) -> None:
        for name, kind in cls._signature.values.items():
            if name not in cls._signature.optional and arguments.get(name) is None:
                raise SpecError(
                    f"{cls.__name__}: argument {name!r} is missing: expected a value of type "
                    f"{kind.__name__}, or a channel of such a value."
                )


BaseFunctionalComponentFactory = type[BaseFunctionalComponent]


def component(function: Callable[..., Any]) -> type[BaseFunctionalComponent]:
    """Makes a component class of a function.

    Its arguments are ``InputArtifact[X]``, ``OutputArtifact[X]``, ``Parameter[int]``, or plain ``int``,
    ``float``, ``str``, ``bool``, ``bytes``, ``list``, ``dict``, which take a value or a channel of a value
    artifact. It returns nothing, or a dict that ``-> OutputDict(name=type)`` declares.

    Args:
      function: A function with annotations.

    Returns:
      A component class named like the function.

    Raises:
      SpecError: An annotation is missing or cannot be used.
    """
    if not inspect.isfunction(function):
        raise SpecError(f"@component expects a function, got {function!r}.")
    signature = _read_signature(function)
    name = function.__name__
    module = {"__module__": function.__module__, "__qualname__": function.__qualname__}
    value_inputs = {
        argument: ChannelParameter(type=_VALUE_ARTIFACTS[kind], optional=True)
        for argument, kind in signature.values.items()
    }
    spec_class = type(
        f"{name}Spec",
        (_FunctionSpec,),
        {
            "__module__": function.__module__,
            "INPUTS": {
                **{
                    argument: ChannelParameter(type=kind, optional=argument in signature.optional)
                    for argument, kind in signature.inputs.items()
                },
                **value_inputs,
            },
            "VALUE_PARAMETERS": {
                argument: ExecutionParameter(type=kind, optional=True)
                for argument, kind in signature.values.items()
            },
            "PARAMETERS": {
                argument: ExecutionParameter(type=kind, optional=argument in signature.optional)
                for argument, kind in signature.parameters.items()
            },
            "OUTPUTS": {
                **{argument: ChannelParameter(type=kind) for argument, kind in signature.outputs.items()},
                **{
                    key: ChannelParameter(type=artifact_class)
                    for key, (artifact_class, _) in signature.returned.items()
                },
            },
        },
    )
    executor = type(
        f"{name}Executor",
        (FunctionExecutor,),
        {
            "__module__": function.__module__,
            "function": staticmethod(function),
            "signature": signature,
        },
    )
    return type(
        name,
        (BaseFunctionalComponent,),
        {
            **module,
            "__doc__": function.__doc__,
            "SPEC_CLASS": spec_class,
            "EXECUTOR_SPEC": ExecutorClassSpec(executor),
            "function": staticmethod(function),
            "_signature": signature,
            "__signature__": _shown_signature(function, signature),
        },
    )


def _shown_signature(function: Callable[..., Any], read: _Signature) -> inspect.Signature:
    """What a notebook's tooltip shows: the arguments that the component takes, keyword-only."""
    shown = [
        declared.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, declared in inspect.signature(function).parameters.items()
        if name not in read.outputs
    ]
    return inspect.Signature(shown)


class _FunctionSpec(ComponentSpec):
    """A spec whose plain arguments are a parameter or an input, whichever is given."""

    VALUE_PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {}

    def __init__(self, **arguments: Any) -> None:
        values = {
            name: value
            for name, value in arguments.items()
            if name in self.VALUE_PARAMETERS and not isinstance(value, BaseChannel)
        }
        super().__init__(**{k: v for k, v in arguments.items() if k not in values})
        for name, value in values.items():
            if value is not None:
                self.exec_properties[name] = self._checked_parameter(
                    name, self.VALUE_PARAMETERS[name].type, value
                )


def _read_signature(function: Callable[..., Any]) -> _Signature:
    name = function.__name__
    hints = {argument: _evaluated(function, hint) for argument, hint in function.__annotations__.items()}
    inputs: dict[str, type[Artifact]] = {}
    outputs: dict[str, type[Artifact]] = {}
    values: dict[str, type[Any]] = {}
    parameters: dict[str, type[Any]] = {}
    optional: set[str] = set()
    for argument, declared in inspect.signature(function).parameters.items():
        if declared.kind in (
            declared.VAR_POSITIONAL,
            declared.VAR_KEYWORD,
            declared.POSITIONAL_ONLY,
        ):
            raise SpecError(
                f"@component {name}: {declared} cannot be used. Name every argument, so that each has a type."
            )
        hint = hints.get(argument)
        if declared.default is not declared.empty or is_optional(hint):
            optional.add(argument)
        if isinstance(hint, Marked):
            {"InputArtifact": inputs, "OutputArtifact": outputs, "Parameter": parameters}[hint.kind][
                argument
            ] = hint.type
        elif (plain := plain_type(hint)) is not None:
            values[argument] = plain
        else:
            raise SpecError(
                f"@component {name}: argument {argument!r} needs an annotation: InputArtifact[...], "
                "OutputArtifact[...], Parameter[...], or one of int, float, str, bool, bytes, list, dict; "
                f"found {'none' if hint is None else repr(hint)}."
            )
    for argument in outputs:
        if argument in optional:
            raise SpecError(f"@component {name}: output {argument!r} cannot have a default. Remove it.")
    return _Signature(
        inputs,
        outputs,
        values,
        parameters,
        frozenset(optional),
        _returned(name, hints.get("return")),
    )


def _evaluated(function: Callable[..., Any], hint: Any) -> Any:
    """Evaluates an annotation that ``from __future__ import annotations`` left as text."""
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, function.__globals__)  # noqa: S307 - the user's own annotation
    except NameError as error:
        raise SpecError(
            f"@component {function.__name__}: the annotation {hint!r} cannot be read: {error}."
        ) from error


def _returned(name: str, hint: Any) -> dict[str, tuple[type[ValueArtifact], bool]]:
    if hint is None or hint is type(None):
        return {}
    if isinstance(hint, OutputDict):
        returned = {}
        for key, annotation in hint.outputs.items():
            plain = plain_type(annotation)
            assert plain is not None
            returned[key] = (_VALUE_ARTIFACTS[plain], is_optional(annotation))
        return returned
    raise SpecError(
        f"@component {name}: the return annotation must be None or OutputDict(name=type), got {hint!r}."
    )
