"""Nodes and components: the interface that packs a specification and an executor."""

import difflib
import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, TypeVar

from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import ExecutorClassSpec
from interactive.dsl.user_code import UserCode
from interactive.errors import SpecError
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel, Channel, OutputChannel

NodeT = TypeVar("NodeT", bound="BaseNode")

_NODE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]*")


class BaseNode:
    """A node of a pipeline's graph.

    Attributes:
      inputs: Input name to channel.
      outputs: Output name to the channel that it produces.
      exec_properties: Parameter name to value.
    """

    TYPE_NAME: ClassVar[str | None] = None
    """The MLMD execution type; None means ``<module>.<class>``."""

    MLMD_SYSTEM_BASE_TYPE: ClassVar[str | None] = None
    """The MLMD system type that the execution type refines: TRAIN, TRANSFORM, PROCESS, EVALUATE, DEPLOY."""

    inputs: dict[str, BaseChannel]
    outputs: dict[str, OutputChannel]
    exec_properties: dict[str, Any]

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        """Names unknown and missing arguments before Python does, with what there is."""
        signature = inspect.signature(cls.__init__)
        try:
            signature.bind(None, *arguments, **keywords)
        except TypeError as error:
            known = list(signature.parameters)[1:]
            wrong = [name for name in keywords if name not in known]
            near = difflib.get_close_matches(wrong[0], known, n=1) if wrong else []
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SpecError(f"{cls.__name__}: {error}.{hint} It takes: {', '.join(known)}.") from None
        return super().__new__(cls)

    def __init__(self) -> None:
        self._id = type(self).__name__

    @property
    def id(self) -> str:
        """The node's id in its pipeline: the class's name unless ``with_id`` gave another."""
        return self._id

    def with_id(self: NodeT, id: str) -> NodeT:  # noqa: A002 - TFX v1's name
        """Gives the node an id of its own.

        Args:
          id: Letters, digits, ``_``, ``.``, ``-`` and spaces; it becomes a folder's name.

        Returns:
          The node.

        Raises:
          SpecError: The id is empty or has other characters.
        """
        if not isinstance(id, str) or not _NODE_ID.fullmatch(id):
            raise SpecError(
                f"{type(self).__name__}.with_id expects letters, digits, '_', '.', '-' or spaces, "
                f"starting with a letter, digit or '_', got {id!r}. The id becomes a folder's name."
            )
        self._id = id
        return self

    @classmethod
    def type_name(cls) -> str:
        """The MLMD execution type's name."""
        return cls.TYPE_NAME or f"{cls.__module__}.{cls.__qualname__}"

    @property
    def upstream_nodes(self) -> list["BaseNode"]:
        """The nodes whose outputs this one takes, each once."""
        nodes: list[BaseNode] = []
        for channel in self.inputs.values():
            if isinstance(channel, OutputChannel) and channel.producer not in nodes:
                nodes.append(channel.producer)
        return nodes

    def __repr__(self) -> str:
        takes = ", ".join(self.inputs) or "nothing"
        gives = ", ".join(self.outputs) or "nothing"
        return f"{type(self).__name__}(id={self.id!r}, {takes} -> {gives})"


class BaseComponent(BaseNode):
    """A step: a specification, an executor, and this interface, which packs both.

    Derive it with ``SPEC_CLASS`` and ``EXECUTOR_SPEC``, and give the spec to ``super().__init__``.

    Args:
      spec: The component's specification with its arguments.
      custom_executor_spec: Another executor for the same specification.

    Raises:
      SpecError: The spec is of another class.
    """

    SPEC_CLASS: ClassVar[type[ComponentSpec]]
    EXECUTOR_SPEC: ClassVar[ExecutorClassSpec]

    def __init__(self, spec: ComponentSpec, custom_executor_spec: ExecutorClassSpec | None = None) -> None:
        super().__init__()
        for attribute in ("SPEC_CLASS", "EXECUTOR_SPEC"):
            if not hasattr(type(self), attribute):
                raise SpecError(f"{type(self).__name__} must define the class attribute {attribute}.")
        if not isinstance(spec, self.SPEC_CLASS):
            raise SpecError(
                f"{type(self).__name__} expects a {self.SPEC_CLASS.__name__}, got {spec!r} of type "
                f"{type(spec).__name__}."
            )
        if custom_executor_spec is not None and not isinstance(custom_executor_spec, ExecutorClassSpec):
            raise SpecError(
                f"{type(self).__name__}: custom_executor_spec must be an ExecutorClassSpec, got "
                f"{custom_executor_spec!r}."
            )
        self.spec = spec
        self.executor_spec = custom_executor_spec or self.EXECUTOR_SPEC
        self.inputs = spec.inputs
        self.exec_properties = spec.exec_properties
        self.outputs = {}
        self._output_templates: dict[str, Artifact] = {}
        for key, given in spec.outputs.items():
            declared = spec.OUTPUTS[key]
            self.outputs[key] = OutputChannel(given.type if given else declared.type, self, key)
            if isinstance(given, Channel) and given.get():
                self._output_templates[key] = given.get()[0]

    def new_output(self, key: str) -> Artifact:
        """Makes the artifact that an execution fills for one output.

        Args:
          key: The output's name.

        Returns:
          An artifact without a URI, with the properties of the artifact that the output's channel was given.
        """
        artifact = self.outputs[key].type()
        if key in self._output_templates:
            artifact.copy_properties_from(self._output_templates[key])
        return artifact

    def user_code(self) -> Mapping[str, UserCode]:
        """Captures the user's code as it is now.

        Returns:
          The name of the parameter that is set to the code's entry (such as ``run_fn``) to the code.
        """
        return {}

    def resolve(self, exec_properties: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002
        """Finds what the outside world adds to the parameters just before a run.

        What it returns is part of the cache key and is recorded with the execution, such as the fingerprint
        of the files that a pattern matches.

        Args:
          exec_properties: The parameters, runtime parameters resolved.

        Returns:
          Further parameters.
        """
        return {}

    def outside_cache_key(self) -> Sequence[str]:
        """Parameters that do not change the outputs, such as a path whose content is fingerprinted."""
        return ()

    def cached_outputs_hold(self, outputs: Mapping[str, Sequence[Artifact]]) -> bool:  # noqa: ARG002
        """Whether outputs of an earlier execution can stand for a new one.

        The payloads have been checked already; override for what lies outside, such as a pushed model.

        Args:
          outputs: The earlier outputs.

        Returns:
          False forces an execution.
        """
        return True


class BaseBeamComponent(BaseComponent):
    """A component whose executor runs on Beam, with flags of its own."""

    EXECUTOR_SPEC: ClassVar[ExecutorClassSpec]

    def __init__(self, spec: ComponentSpec, custom_executor_spec: ExecutorClassSpec | None = None) -> None:
        super().__init__(spec, custom_executor_spec)
        self.beam_pipeline_args: list[str] = []

    def with_beam_pipeline_args(self: "BeamT", beam_pipeline_args: Sequence[str]) -> "BeamT":
        """Sets flags for this component's Beam pipelines.

        Args:
          beam_pipeline_args: Flags such as ``--runner=DirectRunner``.

        Returns:
          The component.
        """
        self.beam_pipeline_args = [str(flag) for flag in beam_pipeline_args]
        return self


BeamT = TypeVar("BeamT", bound=BaseBeamComponent)
