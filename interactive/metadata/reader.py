"""Questions to the metadata store: what ran, what it took and what it gave."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from interactive.metadata.connection import Connection
from interactive.metadata.convert import artifact_from_proto, get_value
from interactive.metadata.events import places_of
from interactive.types.artifact import Artifact

PIPELINE = "pipeline"
PIPELINE_RUN = "pipeline_run"
NODE = "node"
EXECUTION_CACHE = "execution_cache"
EXECUTION_RESULT = "__execution_result__"


@dataclass
class ExecutionRecord:
    """An execution as the store has it.

    Attributes:
      id: The MLMD id.
      node_id: Its node's id.
      state: NEW, RUNNING, COMPLETE, CACHED, FAILED or CANCELED.
      seconds: From its registration to its last update.
      properties: Its parameters and what was recorded with it.
      message: Why it failed, '' when it did not.
      outputs: Output name to artifacts.
    """

    id: int
    node_id: str
    state: str
    seconds: float
    properties: dict[str, Any]
    message: str = ""
    outputs: dict[str, list[Artifact]] = field(default_factory=dict)


class Reader:
    """Answers questions on what is recorded.

    Args:
      connection: The connection.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._call = connection.call
        self._artifact_types: dict[int, Any] = {}
        self._node_names: dict[int, str] = {}

    def cached(self, key: str) -> Iterator[tuple[int, dict[str, list[Artifact]]]]:
        """Earlier executions with a cache key, newest first.

        Args:
          key: The cache key.

        Yields:
          The execution's id and its outputs, all of them LIVE.
        """
        context = self.find_context(EXECUTION_CACHE, key)
        if context is None:
            return
        executions = self._call(lambda store: store.get_executions_by_context(context.id))
        for execution in sorted(executions, key=lambda execution: -execution.id):
            if _state_name(execution) != "COMPLETE":
                continue  # a CACHED one has the outputs of the COMPLETE one that it stands for
            outputs = self.outputs_of(execution.id)
            if all(artifact.state.value == "LIVE" for values in outputs.values() for artifact in values):
                yield execution.id, outputs

    def outputs_of(self, execution_id: int) -> dict[str, list[Artifact]]:
        """An execution's outputs by name."""
        return self._linked([execution_id], ("OUTPUT", "DECLARED_OUTPUT", "INTERNAL_OUTPUT"))

    def inputs_of(self, execution_id: int) -> dict[str, list[Artifact]]:
        """An execution's inputs by name."""
        return self._linked([execution_id], ("INPUT", "DECLARED_INPUT"))

    def _linked(self, execution_ids: Sequence[int], kinds: Sequence[str]) -> dict[str, list[Artifact]]:
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        events = [
            event
            for event in self._call(lambda store: store.get_events_by_execution_ids(list(execution_ids)))
            if mlmd.Event.Type.Name(event.type) in kinds
        ]
        by_id = {artifact.id: artifact for artifact in self.artifacts([e.artifact_id for e in events])}
        linked: dict[str, list[tuple[int, Artifact]]] = {}
        for event in events:
            for name, index in places_of(event):
                linked.setdefault(name, []).append((index, by_id[event.artifact_id]))
        return {
            name: [artifact for _, artifact in sorted(values, key=lambda pair: pair[0])]
            for name, values in linked.items()
        }

    def artifacts(self, ids: Iterable[int]) -> list[Artifact]:
        """Artifacts by MLMD id."""
        wanted = sorted(set(ids))
        if not wanted:
            return []
        protos = self._call(lambda store: store.get_artifacts_by_id(wanted))
        return [artifact_from_proto(proto, self._artifact_type(proto.type_id)) for proto in protos]

    def artifacts_of_type(
        self, type_name: str, *, node: str | None = None, output_key: str | None = None
    ) -> list[Artifact]:
        """Live artifacts of a type, newest first.

        Args:
          type_name: The artifact type's name.
          node: Only those of this node, as ``<pipeline>.<node id>``.
          output_key: Only those of this output.

        Returns:
          The artifacts.
        """
        protos = self._call(lambda store: store.get_artifacts_by_type(type_name))
        if node is not None or output_key is not None:
            admitted = self._produced_by(node, output_key, [proto.id for proto in protos])
            protos = [proto for proto in protos if proto.id in admitted]
        found = [artifact_from_proto(proto, self._artifact_type(proto.type_id)) for proto in protos]
        live = [artifact for artifact in found if artifact.state.value == "LIVE"]
        return sorted(live, key=lambda artifact: -artifact.id)

    def _produced_by(self, node: str | None, output_key: str | None, ids: Sequence[int]) -> set[int]:
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        allowed: set[int] | None = None
        if node is not None:
            context = self.find_context(NODE, node)
            if context is None:
                return set()
            allowed = {
                execution.id
                for execution in self._call(lambda store: store.get_executions_by_context(context.id))
            }
        return {
            event.artifact_id
            for event in self._call(lambda store: store.get_events_by_artifact_ids(list(ids)))
            if event.type == mlmd.Event.OUTPUT
            and (allowed is None or event.execution_id in allowed)
            and (output_key is None or any(name == output_key for name, _ in places_of(event)))
        }

    def consumed_with(self, artifact: Artifact) -> list[Artifact]:
        """The outputs of the executions that took this artifact as an input, newest first.

        An artifact that was the ``model`` of an execution counts, one that was only its ``baseline_model``
        does not: a blessing speaks of the candidate.
        """
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        executions = {
            event.execution_id
            for event in self._call(lambda store: store.get_events_by_artifact_ids([artifact.id]))
            if event.type == mlmd.Event.INPUT
            and any(name != "baseline_model" for name, _ in places_of(event))
        }
        found: list[Artifact] = []
        for execution_id in sorted(executions, reverse=True):
            for values in self.outputs_of(execution_id).values():
                found.extend(values)
        return found

    def executions(self, pipeline: str, *, states: Sequence[str] = ()) -> list[ExecutionRecord]:
        """The executions of a pipeline, oldest first, without their outputs.

        Args:
          pipeline: The pipeline's name.
          states: Only these states; all when empty.

        Returns:
          The executions.
        """
        context = self.find_context(PIPELINE, pipeline)
        if context is None:
            return []
        executions = self._call(lambda store: store.get_executions_by_context(context.id))
        return [
            self._record(execution)
            for execution in sorted(executions, key=lambda execution: execution.id)
            if not states or _state_name(execution) in states
        ]

    def running(self, run_id: str) -> list[ExecutionRecord]:
        """The executions of a run that are marked RUNNING.

        Args:
          run_id: The run's name.

        Returns:
          The executions, oldest first.
        """
        context = self.find_context(PIPELINE_RUN, run_id)
        if context is None:
            return []
        executions = self._call(lambda store: store.get_executions_by_context(context.id))
        return [self._record(e) for e in executions if _state_name(e) == "RUNNING"]

    def _record(self, execution: Any) -> ExecutionRecord:
        if execution.id not in self._node_names:
            contexts = self._call(lambda store: store.get_contexts_by_execution(execution.id))
            names = {context.type: context.name for context in contexts}
            self._node_names[execution.id] = names.get(NODE, "").removeprefix(f"{names.get(PIPELINE, '')}.")
        properties = {name: get_value(value) for name, value in execution.custom_properties.items()}
        result = properties.pop(EXECUTION_RESULT, "")
        return ExecutionRecord(
            id=execution.id,
            node_id=self._node_names[execution.id],
            state=_state_name(execution),
            seconds=(execution.last_update_time_since_epoch - execution.create_time_since_epoch) / 1000,
            properties=properties,
            message=str(json.loads(result).get("resultMessage", "")) if result else "",
        )

    def find_context(self, type_name: str, name: str) -> Any:
        """A context by its type and name, or None."""
        return self._call(lambda store: store.get_context_by_type_and_name(type_name, name))

    def _artifact_type(self, type_id: int) -> Any:
        if type_id not in self._artifact_types:
            found = self._call(lambda store: store.get_artifact_types_by_id([type_id]))
            self._artifact_types[type_id] = found[0]
        return self._artifact_types[type_id]


def _state_name(execution: Any) -> str:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    return str(mlmd.Execution.State.Name(execution.last_known_state))
