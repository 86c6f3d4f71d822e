"""Channels: what connects an output of one component to an input of another."""

import builtins
from collections.abc import Iterable, Mapping
from typing import Any

from interactive.errors import SpecError
from interactive.types.artifact import Artifact


class BaseChannel:
    """A typed source of artifacts.

    Attributes:
      type: The artifact class that flows through.
    """

    def __init__(self, type: builtins.type[Artifact]) -> None:  # noqa: A002 - TFX v1's name
        if not (isinstance(type, builtins.type) and issubclass(type, Artifact)):
            raise SpecError(
                "Channel(type=...) expects an artifact class such as standard_artifacts.Examples, got "
                f"{type!r}."
            )
        if getattr(type, "TYPE_NAME", None) is None:
            raise SpecError(
                f"Channel(type={type.__name__}): this class has no TYPE_NAME. "
                "Use a standard artifact type, or derive a class with a TYPE_NAME."
            )
        self.type = type

    @property
    def type_name(self) -> str:
        """The artifact type's name in ML Metadata."""
        return self.type.TYPE_NAME

    def get(self) -> list[Artifact]:
        """The artifacts that have flowed through in this process; empty before a run."""
        raise NotImplementedError


class Channel(BaseChannel):
    """A channel that no component produces: given artifacts, or a query for a resolver.

    Args:
      type: The artifact class.
      additional_properties: Accepted for TFX's sake, as long as it is empty.
      additional_custom_properties: The same.
      artifacts: Artifacts that it holds from the start.
      producer_component_id: Only artifacts of this node, when a resolver looks for them.
      output_key: Only artifacts of this output, when a resolver looks for them.

    Raises:
      SpecError: An argument is of a wrong type.
    """

    def __init__(
        self,
        type: builtins.type[Artifact],  # noqa: A002 - TFX v1's name
        additional_properties: Mapping[str, Any] | None = None,
        additional_custom_properties: Mapping[str, Any] | None = None,
        artifacts: Iterable[Artifact] | None = None,
        producer_component_id: str | None = None,
        output_key: str | None = None,
    ) -> None:
        super().__init__(type)
        if additional_properties or additional_custom_properties:
            raise SpecError(
                f"Channel(type={self.type_name}): additional_properties and additional_custom_properties are "
                "not supported. Set properties on the artifacts themselves: Channel(type=..., "
                "artifacts=[artifact])."
            )
        self.producer_component_id = producer_component_id
        self.output_key = output_key
        self._artifacts: list[Artifact] = []
        self.set_artifacts(artifacts or ())

    def set_artifacts(self, artifacts: Iterable[Artifact]) -> "Channel":
        """Puts artifacts into the channel.

        Args:
          artifacts: Artifacts of the channel's type.

        Returns:
          The channel.

        Raises:
          SpecError: An artifact is of another type.
        """
        self._artifacts = checked_artifacts(self.type, artifacts)
        return self

    def get(self) -> list[Artifact]:
        """The artifacts given."""
        return list(self._artifacts)

    def __repr__(self) -> str:
        return f"Channel(type={self.type_name}, artifacts={self._artifacts!r})"


class OutputChannel(BaseChannel):
    """One output of one component.

    Attributes:
      producer: The component.
      output_key: The output's name there.
      resolved: Whether a run has filled it, be it with no artifacts.
    """

    def __init__(self, type: builtins.type[Artifact], producer: Any, output_key: str) -> None:  # noqa: A002
        super().__init__(type)
        self.producer = producer
        self.output_key = output_key
        self.resolved = False
        self._artifacts: list[Artifact] = []

    @property
    def producer_component_id(self) -> str:
        """The id of the node that produces it."""
        return str(self.producer.id)

    def set_artifacts(self, artifacts: Iterable[Artifact]) -> "OutputChannel":
        """Records what the newest run produced."""
        self._artifacts = checked_artifacts(self.type, artifacts)
        self.resolved = True
        return self

    def get(self) -> list[Artifact]:
        """What the newest run produced; empty before one."""
        return list(self._artifacts)

    def __repr__(self) -> str:
        return (
            f"OutputChannel({self.producer_component_id}.outputs[{self.output_key!r}], "
            f"type={self.type_name}, {len(self._artifacts)} artifact(s))"
        )


def as_channel(artifacts: Iterable[Artifact]) -> Channel:
    """Makes a channel of artifacts of one type.

    Args:
      artifacts: At least one artifact.

    Returns:
      A channel that holds them.

    Raises:
      SpecError: There are none, or they are of several types.
    """
    given = list(artifacts)
    if not given or not isinstance(given[0], Artifact):
        raise SpecError(f"as_channel expects one or more artifacts, all of one type, got {given!r}.")
    return Channel(type=given[0].type, artifacts=given)


def checked_artifacts(expected: builtins.type[Artifact], artifacts: Iterable[Artifact]) -> list[Artifact]:
    """Returns the artifacts as a list, or says which one is of another type."""
    given = list(artifacts)
    for artifact in given:
        if not isinstance(artifact, Artifact) or artifact.type_name != expected.TYPE_NAME:
            found = artifact.type_name if isinstance(artifact, Artifact) else repr(artifact)
            raise SpecError(f"A channel of type {expected.TYPE_NAME} cannot hold {found}.")
    return given
