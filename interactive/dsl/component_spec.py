"""`ComponentSpec`: the typed inputs, outputs and parameters of a component, checked at construction."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NoReturn, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from interactive.dsl.parameters import ChannelParameter, ExecutionParameter, RuntimeParameter
from interactive.errors import SpecError
from interactive.types.channel import BaseChannel

MessageT = TypeVar("MessageT", bound=Message)


class ComponentSpec:
    """What a component takes and gives.

    Derive it, declare three class attributes, and construct it with keyword arguments:

        class CountSpec(ComponentSpec):
            PARAMETERS = {"minimum": ExecutionParameter(type=int)}
            INPUTS = {"examples": ChannelParameter(type=standard_artifacts.Examples)}
            OUTPUTS = {"count": ChannelParameter(type=standard_artifacts.Integer)}

    Attributes:
      PARAMETERS: Parameter name to ``ExecutionParameter``.
      INPUTS: Input name to ``ChannelParameter``.
      OUTPUTS: Output name to ``ChannelParameter``.
      inputs: The channels given.
      outputs: The channels given for outputs, and one of the declared type for each required output.
      exec_properties: The parameters given: protobuf messages as JSON, runtime parameters as they are.

    Raises:
      SpecError: An argument is unknown, missing or of a wrong type.
    """

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {}
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {}
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {}

    inputs: dict[str, BaseChannel]
    outputs: dict[str, BaseChannel | None]
    exec_properties: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        seen: dict[str, str] = {}
        for section, kind in (
            ("PARAMETERS", ExecutionParameter),
            ("INPUTS", ChannelParameter),
            ("OUTPUTS", ChannelParameter),
        ):
            for name, declared in getattr(cls, section).items():
                if not isinstance(declared, kind):
                    raise SpecError(
                        f"{cls.__name__}.{section}[{name!r}] must be a {kind.__name__}, got {declared!r}."
                    )
                if name in seen:
                    raise SpecError(
                        f"{cls.__name__} declares {name!r} in both {seen[name]} and {section}. "
                        "Give each its own name."
                    )
                seen[name] = section

    def __init__(self, **arguments: Any) -> None:
        self._reject_unknown(arguments)
        self.exec_properties = {}
        for name, parameter in self.PARAMETERS.items():
            value = arguments.get(name)
            if value is None:
                self._require(name, parameter.optional, f"a {parameter.type.__name__}")
                continue
            self.exec_properties[name] = self._checked_parameter(name, parameter.type, value)
        self.inputs = {}
        for name, declared in self.INPUTS.items():
            value = arguments.get(name)
            if value is None:
                self._require(name, declared.optional, f"a channel of {declared.type.TYPE_NAME}")
                continue
            self.inputs[name] = self._checked_channel(name, declared, value)
        self.outputs = {}
        for name, declared in self.OUTPUTS.items():
            value = arguments.get(name)
            if value is not None:
                self.outputs[name] = self._checked_channel(name, declared, value)
            elif not declared.optional:
                self.outputs[name] = None

    @classmethod
    def component_name(cls) -> str:
        """The component's name in messages."""
        return cls.__name__.removesuffix("Spec") or cls.__name__

    def _fail(self, message: str) -> NoReturn:
        raise SpecError(f"{self.component_name()}: {message}")

    def _reject_unknown(self, arguments: Iterable[str]) -> None:
        declared = [*self.INPUTS, *self.PARAMETERS, *self.OUTPUTS]
        for name in arguments:
            if name not in declared:
                near = difflib.get_close_matches(name, declared, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                self._fail(
                    f"unknown argument {name!r}.{hint} It takes inputs "
                    f"({', '.join(self.INPUTS) or 'none'}) and parameters "
                    f"({', '.join(self.PARAMETERS) or 'none'})."
                )

    def _require(self, name: str, optional: bool, expected: str) -> None:
        if not optional:
            self._fail(f"argument {name!r} is missing: expected {expected}.")

    def _checked_channel(self, name: str, declared: ChannelParameter, value: Any) -> BaseChannel:
        expected = declared.type.TYPE_NAME
        if not isinstance(value, BaseChannel):
            mend = (
                f" Pass one of its outputs, such as component.outputs[{next(iter(value.outputs))!r}]."
                if getattr(value, "outputs", None)
                else " Pass component.outputs['...'], or Channel(type=...)."
            )
            self._fail(
                f"{name!r} expects a channel of {expected}, got {value!r} of type "
                f"{type(value).__name__}.{mend}"
            )
        if value.type_name != expected and not issubclass(value.type, declared.type):
            source = getattr(value, "output_key", None)
            came = f" (from {value!r})" if source else ""
            self._fail(f"{name!r} expects a channel of {expected}, got one of {value.type_name}{came}.")
        return value

    def _checked_parameter(self, name: str, kind: type[Any], value: Any) -> Any:
        if isinstance(value, RuntimeParameter):
            if value.ptype is not None and kind in (int, float, str, bool) and value.ptype is not kind:
                self._fail(
                    f"parameter {name!r} is a {kind.__name__}, but {value!r} gives a {value.ptype.__name__}."
                )
            return value
        if issubclass(kind, Message):
            return message_to_json(self._checked_message(name, kind, value))
        accepted: tuple[type[Any], ...] = (int, float) if kind is float else (kind,)
        if kind is int and isinstance(value, bool):
            return int(value)  # TFX v1 declares several flags as int
        if not isinstance(value, accepted) or (kind is float and isinstance(value, bool)):
            self._fail(
                f"parameter {name!r} expects {kind.__name__}, got {value!r} of type {type(value).__name__}."
            )
        if kind in (list, dict):
            try:
                json.dumps(value)
            except (TypeError, ValueError) as error:
                self._fail(f"parameter {name!r} must hold only JSON values: {error}.")
        return value

    def _checked_message(self, name: str, kind: type[Message], value: Any) -> Message:
        full_name = kind.DESCRIPTOR.full_name
        if isinstance(value, Message):
            if value.DESCRIPTOR.full_name != full_name:
                self._fail(
                    f"parameter {name!r} expects a {full_name} message, got a {value.DESCRIPTOR.full_name}."
                )
            return value
        if not isinstance(value, dict):
            self._fail(
                f"parameter {name!r} expects a {full_name} message, got {value!r} of type "
                f"{type(value).__name__}."
            )
        try:
            return json_format.ParseDict(value, kind())
        except json_format.ParseError as error:
            self._fail(f"parameter {name!r} is no valid {full_name}: {error}.")


def message_to_json(message: Message) -> str:
    """Serialises a message as TFX writes it into ML Metadata: JSON, sorted keys, proto field names."""
    return json_format.MessageToJson(message, sort_keys=True, preserving_proto_field_name=True)


def message_from_json(text: str, message: MessageT) -> MessageT:
    """Reads a parameter back into a message.

    Args:
      text: JSON, as ``message_to_json`` writes it or as a runtime parameter gives it.
      message: An empty message.

    Returns:
      The message.

    Raises:
      SpecError: The text is no such message.
    """
    try:
        return json_format.Parse(text, message)
    except json_format.ParseError as error:
        raise SpecError(
            f"Expected a {message.DESCRIPTOR.full_name} message as JSON, got {text!r}: {error}."
        ) from error
