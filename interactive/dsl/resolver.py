"""``Resolver``: finds artifacts of earlier runs by a strategy."""

import abc
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from interactive.dsl.base_component import BaseNode
from interactive.errors import SpecError
from interactive.types import standard_artifacts
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel, OutputChannel


class Lineage(Protocol):
    """What a strategy may ask the metadata store."""

    def consumed_with(self, artifact: Artifact) -> Sequence[Artifact]:
        """The outputs of the executions that took this artifact as an input."""
        ...


class ResolverStrategy(abc.ABC):
    """How a resolver chooses: override ``resolve_artifacts``."""

    @abc.abstractmethod
    def resolve_artifacts(
        self, store: Lineage, input_dict: Mapping[str, Sequence[Artifact]]
    ) -> Mapping[str, Sequence[Artifact]] | None:
        """Chooses among candidates.

        Args:
          store: Answers questions on lineage.
          input_dict: Input name to every live artifact that its channel admits, newest first.

        Returns:
          Input name to the artifacts chosen; None when nothing fits.
        """


class LatestArtifactStrategy(ResolverStrategy):
    """Takes the newest artifacts of each input.

    Args:
      desired_num_of_artifacts: How many at most.
    """

    def __init__(self, desired_num_of_artifacts: int = 1) -> None:
        if not isinstance(desired_num_of_artifacts, int) or desired_num_of_artifacts < 1:
            raise SpecError(
                "LatestArtifactStrategy: desired_num_of_artifacts must be at least 1, got "
                f"{desired_num_of_artifacts!r}."
            )
        self._number = desired_num_of_artifacts

    def resolve_artifacts(
        self,
        store: Lineage,  # noqa: ARG002
        input_dict: Mapping[str, Sequence[Artifact]],
    ) -> Mapping[str, Sequence[Artifact]]:
        """Takes the newest of each input."""
        return {name: list(artifacts[: self._number]) for name, artifacts in input_dict.items()}


class LatestBlessedModelStrategy(ResolverStrategy):
    """Takes the newest model that was blessed, with its blessing.

    Args:
      required: Whether it is an error that no model is blessed yet.
    """

    def __init__(self, required: bool = False) -> None:
        self._required = required

    def resolve_artifacts(
        self, store: Lineage, input_dict: Mapping[str, Sequence[Artifact]]
    ) -> Mapping[str, Sequence[Artifact]] | None:
        """Takes the newest model with a blessing among its evaluations.

        Args:
          store: Answers which blessings came of a model's evaluations.
          input_dict: Exactly one input of models and one of blessings.

        Returns:
          The model and its blessing; empty lists when no model is blessed; None when one is required.

        Raises:
          SpecError: The inputs are others.
        """
        models = self._only(input_dict, standard_artifacts.Model.TYPE_NAME)
        blessings = self._only(input_dict, standard_artifacts.ModelBlessing.TYPE_NAME)
        admitted = {artifact.id for artifact in input_dict[blessings]}
        for model in input_dict[models]:
            for found in store.consumed_with(model):
                if found.id in admitted and found.get_int_custom_property("blessed") == 1:
                    return {models: [model], blessings: [found]}
        return None if self._required else {models: [], blessings: []}

    @staticmethod
    def _only(input_dict: Mapping[str, Sequence[Artifact]], key: str) -> str:
        names = {"Model": ("model",), "ModelBlessing": ("model_blessing",)}[key]
        found = [
            name
            for name, artifacts in input_dict.items()
            if name in names or any(artifact.type_name == key for artifact in artifacts)
        ]
        if len(found) != 1:
            raise SpecError(
                f"LatestBlessedModelStrategy needs exactly one input of type {key}, got "
                f"{found or 'none'} among {list(input_dict)}. Write Resolver(strategy_class=..., "
                "model=Channel(type=Model), model_blessing=Channel(type=ModelBlessing))."
            )
        return found[0]


class Resolver(BaseNode):
    """Finds artifacts of earlier runs in the metadata store.

    Args:
      strategy_class: A ``ResolverStrategy``.
      config: Keyword arguments for the strategy's constructor.
      **channels: What to look for: ``model=Channel(type=standard_artifacts.Model)``.

    Raises:
      SpecError: An argument is of a wrong type, or there are no channels.
    """

    TYPE_NAME = "tfx.dsl.components.common.resolver.Resolver"

    def __init__(
        self,
        strategy_class: type[ResolverStrategy] | None = None,
        config: Mapping[str, Any] | None = None,
        **channels: BaseChannel,
    ) -> None:
        super().__init__()
        if not (isinstance(strategy_class, type) and issubclass(strategy_class, ResolverStrategy)):
            raise SpecError(
                "Resolver: strategy_class expects a class derived from ResolverStrategy such as "
                f"LatestArtifactStrategy, got {strategy_class!r}."
            )
        if not channels:
            raise SpecError(
                "Resolver needs at least one channel, such as model=Channel(type=standard_artifacts.Model)."
            )
        for name, channel in channels.items():
            if not isinstance(channel, BaseChannel):
                raise SpecError(
                    f"Resolver: {name!r} expects a channel, got {channel!r}. Write {name}=Channel(type=...)."
                )
        self.strategy_class = strategy_class
        self.config = dict(config or {})
        try:
            self.strategy = strategy_class(**self.config)
        except TypeError as error:
            raise SpecError(f"Resolver: config does not fit {strategy_class.__name__}: {error}.") from error
        self.inputs = dict(channels)
        self.exec_properties = {}
        self.outputs = {name: OutputChannel(channel.type, self, name) for name, channel in channels.items()}
