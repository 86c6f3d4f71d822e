"""Resolution: what a node would run with, and the cache key of that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interactive.dsl.base_component import BaseComponent, BaseNode
from interactive.dsl.parameters import RuntimeParameter
from interactive.dsl.user_code import UserCode
from interactive.errors import InputError
from interactive.execution.content import content_fingerprint, holds
from interactive.execution.executor_code import ExecutorCode, executor_code
from interactive.metadata.cache_key import cache_key
from interactive.metadata.store import MetadataStore
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel, OutputChannel

ArtifactLists = dict[str, list[Artifact]]


@dataclass(frozen=True)
class Plan:
    """What a component would run with.

    Attributes:
      component: The component.
      inputs: Input name to artifacts.
      properties: Parameters, runtime parameters and the outside world resolved.
      user_code: Parameter name to captured code.
      executor: The executor's code.
      key: The cache key.
    """

    component: BaseComponent
    inputs: ArtifactLists
    properties: dict[str, Any]
    user_code: Mapping[str, UserCode]
    executor: ExecutorCode
    key: str


class Planner:
    """Resolves components against what has run.

    Args:
      store: The metadata store.
    """

    def __init__(self, store: MetadataStore) -> None:
        self._store = store

    def plan(self, component: BaseComponent) -> Plan:
        """Resolves a component.

        Args:
          component: The component.

        Returns:
          What it would run with.

        Raises:
          InputError: An input is not there yet.
          CaptureError: User code cannot be captured.
          SpecError: A runtime parameter has no value.
        """
        inputs = self.inputs(component, component.spec.INPUTS)
        properties = resolved_parameters(component)
        properties |= component.resolve(properties)
        user_code = component.user_code()
        executor = executor_code(component)
        ignored = set(component.outside_cache_key()) | set(user_code)
        key = cache_key(
            component_type=component.type_name(),
            executor_code=executor.fingerprint,
            parameters={name: value for name, value in properties.items() if name not in ignored},
            user_code={name: f"{code.entry}:{code.fingerprint}" for name, code in user_code.items()},
            inputs={
                name: [content_fingerprint(artifact) for artifact in artifacts]
                for name, artifacts in inputs.items()
            },
        )
        return Plan(component, inputs, properties, user_code, executor, key)

    def inputs(self, node: BaseNode, declared: Mapping[str, Any]) -> ArtifactLists:
        """Finds the artifacts of a node's inputs.

        Args:
          node: The node.
          declared: Input name to ``ChannelParameter``.

        Returns:
          Input name to artifacts; an optional input without any is left out.

        Raises:
          InputError: A required input has none, or the node that produces an input has not run.
        """
        found: ArtifactLists = {}
        for name, channel in node.inputs.items():
            artifacts = self.artifacts(channel)
            if artifacts:
                found[name] = artifacts
            elif not declared[name].optional or not getattr(channel, "resolved", False):
                raise InputError(_nothing_there(node, name, channel))
        return found

    def artifacts(self, channel: BaseChannel) -> list[Artifact]:
        """The artifacts of a channel: of this process, or of an earlier one that did exactly the same."""
        artifacts = channel.get()
        if artifacts or not isinstance(channel, OutputChannel):
            return artifacts
        producer = channel.producer
        if not isinstance(producer, BaseComponent):
            return []
        try:
            plan = self.plan(producer)
        except InputError:
            return []  # the producer cannot run either: the caller's message names what to run first
        hit = self.cached(plan)
        return hit[1].get(channel.output_key, []) if hit else []

    def cached(self, plan: Plan) -> tuple[int, ArtifactLists] | None:
        """The newest earlier execution that can stand for a plan's.

        Args:
          plan: A plan.

        Returns:
          Its id and outputs, whose payloads have been checked; None when there is none.
        """
        wanted = set(plan.component.outputs)
        for execution_id, outputs in self._store.cached(plan.key):
            if (
                set(outputs) == wanted
                and all(holds(artifact) for values in outputs.values() for artifact in values)
                and plan.component.cached_outputs_hold(outputs)
            ):
                return execution_id, outputs
        return None


def resolved_parameters(node: BaseNode) -> dict[str, Any]:
    """A node's parameters with runtime parameters replaced by their values."""
    return {
        name: value.resolve() if isinstance(value, RuntimeParameter) else value
        for name, value in node.exec_properties.items()
    }


def _nothing_there(node: BaseNode, name: str, channel: BaseChannel) -> str:
    if isinstance(channel, OutputChannel):
        producer = channel.producer
        first = _first_to_run(producer)
        order = f" Run {first} first." if first != producer.id else ""
        return (
            f"{node.id} takes {name!r} from {producer.id}.outputs[{channel.output_key!r}], which is empty: "
            f"{producer.id} has not run yet with these inputs and parameters. Call context.run on "
            f"{producer.id}, then on {node.id} again.{order}"
        )
    return (
        f"{node.id} takes {name!r} from a channel of {channel.type_name} that holds no artifacts. Put "
        "some in: Channel(type=..., artifacts=[...]), or take them from a component's outputs."
    )


def _first_to_run(node: BaseNode) -> str:
    for upstream in node.upstream_nodes:
        if not any(channel.get() for channel in upstream.outputs.values()):
            return _first_to_run(upstream)
    return node.id
