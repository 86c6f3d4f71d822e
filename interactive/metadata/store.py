"""The metadata store: what ran, what it took and what it gave, in ML Metadata.

Contexts, types, states, events and property names are those of TFX 1.16's pipelines: a reader of a TFX store
reads this one. Every call holds a file lock beside a SQLite store, so that notebooks can share it.
"""

import fcntl
import functools
import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from interactive.errors import StoreError
from interactive.metadata.convert import (
    artifact_from_proto,
    artifact_to_proto,
    artifact_type_proto,
    get_value,
    put_custom,
)
from interactive.types.artifact import Artifact

ResultT = TypeVar("ResultT")
ArtifactDict = Mapping[str, Sequence[Artifact]]

PIPELINE = "pipeline"
PIPELINE_RUN = "pipeline_run"
NODE = "node"
EXECUTION_CACHE = "execution_cache"
EXECUTION_RESULT = "__execution_result__"


@dataclass(frozen=True)
class Node:
    """Which node of which run an execution belongs to.

    Attributes:
      pipeline: The pipeline's name.
      run_id: The run's name.
      node_id: The node's id.
      type_name: The MLMD execution type.
      base_type: The MLMD system type that it refines, such as TRAIN, or None.
    """

    pipeline: str
    run_id: str
    node_id: str
    type_name: str
    base_type: str | None = None


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


class MetadataStore:
    """A connection to a metadata store.

    Args:
      connection_config: A ``ml_metadata.proto.ConnectionConfig``.

    Raises:
      StoreError: The store cannot be opened.
    """

    def __init__(self, connection_config: Any) -> None:
        from ml_metadata import errors
        from ml_metadata.metadata_store import metadata_store

        self._errors = errors
        self._thread_lock = threading.RLock()
        self._lock_path: Path | None = None
        which = getattr(connection_config, "WhichOneof", lambda _: None)("config")
        if which is None:
            raise StoreError(
                "metadata_connection_config must be a ml_metadata ConnectionConfig that names a store, got "
                f"{connection_config!r}. Make one with sqlite_metadata_connection_config('FILE')."
            )
        if which == "sqlite":
            path = Path(connection_config.sqlite.filename_uri)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_path = path.with_name(path.name + ".lock")
        try:
            with self._locked():
                self._store = metadata_store.MetadataStore(connection_config)
        except (RuntimeError, errors.StatusError) as error:
            raise StoreError(
                f"The metadata store {self._where(connection_config)} cannot be opened: {error}. "
                "Check that the file is an MLMD SQLite store and that its folder can be written."
            ) from error
        self._artifact_types: dict[int, Any] = {}
        self._execution_types: dict[str, int] = {}
        self._context_types: dict[str, int] = {}
        self._node_names: dict[int, str] = {}

    @staticmethod
    def _where(config: Any) -> str:
        return str(config.sqlite.filename_uri) if config.WhichOneof("config") == "sqlite" else "given"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._thread_lock:
            if self._lock_path is None:
                yield
                return
            with self._lock_path.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def _call(self, action: Callable[[Any], ResultT]) -> ResultT:
        with self._locked():
            return action(self._store)

    # Types and contexts.

    def _artifact_type_id(self, cls: type[Artifact]) -> int:
        proto = artifact_type_proto(cls)
        try:
            # A type that only gained properties stays the same type.
            type_id = int(
                self._call(
                    lambda store: store.put_artifact_type(proto, can_add_fields=True, can_omit_fields=True)
                )
            )
        except self._errors.AlreadyExistsError as error:
            known = self._call(lambda store: store.get_artifact_type(cls.TYPE_NAME))
            raise StoreError(
                f"Artifact type {cls.TYPE_NAME!r} is registered in this store with other properties: it has "
                f"{_declared(known)}, {cls.__name__} declares {_declared(proto)}. Give the class another "
                "TYPE_NAME, or declare the registered properties."
            ) from error
        return type_id

    def _artifact_type(self, type_id: int) -> Any:
        if type_id not in self._artifact_types:
            found = self._call(lambda store: store.get_artifact_types_by_id([type_id]))
            self._artifact_types[type_id] = found[0]
        return self._artifact_types[type_id]

    def _execution_type_id(self, name: str, base_type: str | None) -> int:
        if name not in self._execution_types:
            from ml_metadata.proto import metadata_store_pb2 as mlmd

            proto = mlmd.ExecutionType(name=name)
            if base_type is not None:
                proto.base_type = mlmd.ExecutionType.SystemDefinedBaseType.Value(base_type)
            self._execution_types[name] = self._call(
                lambda store: store.put_execution_type(proto, can_add_fields=True, can_omit_fields=True)
            )
        return self._execution_types[name]

    def _context(self, type_name: str, name: str) -> Any:
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        if type_name not in self._context_types:
            self._context_types[type_name] = self._call(
                lambda store: store.put_context_type(
                    mlmd.ContextType(name=type_name), can_add_fields=True, can_omit_fields=True
                )
            )
        return mlmd.Context(type_id=self._context_types[type_name], type=type_name, name=name)

    def _contexts(self, node: Node, key: str | None) -> list[Any]:
        contexts = [
            self._context(PIPELINE, node.pipeline),
            self._context(PIPELINE_RUN, node.run_id),
            self._context(NODE, f"{node.pipeline}.{node.node_id}"),
        ]
        return contexts if key is None else [*contexts, self._context(EXECUTION_CACHE, key)]

    def register_run(self, pipeline: str, run_id: str) -> None:
        """Puts a run's context under its pipeline's.

        Args:
          pipeline: The pipeline's name.
          run_id: The run's name.
        """
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        for context in (self._context(PIPELINE, pipeline), self._context(PIPELINE_RUN, run_id)):
            self._put_new(functools.partial(_put_context, context))
        link = mlmd.ParentContext(
            parent_id=self._find_context(PIPELINE, pipeline).id,
            child_id=self._find_context(PIPELINE_RUN, run_id).id,
        )
        self._put_new(lambda store: store.put_parent_contexts([link]))

    def _put_new(self, action: Callable[[Any], Any]) -> None:
        """Puts what another notebook may have put before."""
        try:
            self._call(action)
        except self._errors.AlreadyExistsError:
            return

    # Executions.

    def start(self, node: Node, properties: Mapping[str, Any], inputs: ArtifactDict, key: str | None) -> int:
        """Registers a RUNNING execution with its inputs.

        Args:
          node: The node that runs.
          properties: Parameters to record.
          inputs: Input name to artifacts; one without an id is registered first.
          key: The cache key, or None for a node that is not cached.

        Returns:
          The execution's id.
        """
        execution = self._new_execution(node, "RUNNING", properties)
        pairs = self._pairs(inputs, "INPUT")
        execution_id, artifact_ids, _ = self._put(execution, pairs, self._contexts(node, key))
        _adopt_ids(inputs, artifact_ids)
        return execution_id

    def complete(
        self,
        execution_id: int,
        node: Node,
        outputs: ArtifactDict,
        *,
        properties: Mapping[str, Any],
        key: str | None,
    ) -> None:
        """Publishes outputs and marks the execution COMPLETE, in one transaction.

        Args:
          execution_id: A RUNNING execution.
          node: Its node.
          outputs: Output name to artifacts; they get their ids.
          properties: Further properties to record.
          key: The cache key, or None.
        """
        execution = self._existing(execution_id, "COMPLETE", properties)
        _, artifact_ids, _ = self._put(execution, self._pairs(outputs, "OUTPUT"), self._contexts(node, key))
        _adopt_ids(outputs, artifact_ids)

    def publish(
        self,
        node: Node,
        state: str,
        *,
        properties: Mapping[str, Any],
        inputs: ArtifactDict,
        outputs: ArtifactDict,
        key: str | None,
    ) -> int:
        """Registers an execution that is over already: a cache hit, an import, a resolution.

        Args:
          node: The node.
          state: CACHED or COMPLETE.
          properties: Parameters to record.
          inputs: Input name to artifacts.
          outputs: Output name to artifacts; new ones get their ids.
          key: The cache key, or None.

        Returns:
          The execution's id.
        """
        execution = self._new_execution(node, state, properties)
        pairs = self._pairs(inputs, "INPUT") + self._pairs(outputs, "OUTPUT")
        execution_id, artifact_ids, _ = self._put(execution, pairs, self._contexts(node, key))
        count = sum(len(artifacts) for artifacts in inputs.values())
        _adopt_ids(inputs, artifact_ids[:count])
        _adopt_ids(outputs, artifact_ids[count:])
        return execution_id

    def stop(self, execution_id: int, state: str, message: str) -> None:
        """Marks an execution FAILED or CANCELED.

        Args:
          execution_id: A RUNNING execution.
          state: FAILED or CANCELED.
          message: Why.
        """
        result = json.dumps({"resultMessage": message, "code": 1 if state == "CANCELED" else 13})
        execution = self._existing(execution_id, state, {EXECUTION_RESULT: result})
        self._call(lambda store: store.put_executions([execution]))

    def _new_execution(self, node: Node, state: str, properties: Mapping[str, Any]) -> Any:
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        execution = mlmd.Execution(
            type_id=self._execution_type_id(node.type_name, node.base_type),
            name=str(uuid.uuid4()),
            last_known_state=mlmd.Execution.State.Value(state),
        )
        for name, value in properties.items():
            put_custom(execution, name, value)
        return execution

    def _existing(self, execution_id: int, state: str, properties: Mapping[str, Any]) -> Any:
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        found = self._call(lambda store: store.get_executions_by_id([execution_id]))
        if not found:
            raise StoreError(f"The store has no execution {execution_id}.")
        execution = found[0]
        execution.last_known_state = mlmd.Execution.State.Value(state)
        for name, value in properties.items():
            put_custom(execution, name, value)
        return execution

    def _put(self, execution: Any, pairs: list[Any], contexts: list[Any]) -> tuple[int, list[int], Any]:
        result: tuple[int, list[int], Any] = self._call(
            lambda store: store.put_execution(execution, pairs, contexts, reuse_context_if_already_exist=True)
        )
        return result

    def _pairs(self, artifacts: ArtifactDict, direction: str) -> list[tuple[Any, Any]]:
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        pairs = []
        for name, values in artifacts.items():
            for index, artifact in enumerate(values):
                proto = artifact_to_proto(artifact, self._artifact_type_id(artifact.type))
                event = mlmd.Event(type=mlmd.Event.Type.Value(direction))
                event.path.steps.add().key = name
                event.path.steps.add().index = index
                pairs.append((proto, event))
        return pairs

    # Questions.

    def cached(self, key: str) -> Iterator[tuple[int, dict[str, list[Artifact]]]]:
        """Earlier executions with a cache key, newest first.

        Args:
          key: The cache key.

        Yields:
          The execution's id and its outputs, all of them LIVE.
        """
        context = self._find_context(EXECUTION_CACHE, key)
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
        return self._linked([execution_id], ("OUTPUT", "DECLARED_OUTPUT"))

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
            keys = [step.key for step in event.path.steps if step.HasField("key")]
            indexes = [step.index for step in event.path.steps if step.HasField("index")]
            linked.setdefault(keys[0] if keys else "", []).append(
                (indexes[0] if indexes else 0, by_id[event.artifact_id])
            )
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
            context = self._find_context(NODE, node)
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
            and (output_key is None or any(step.key == output_key for step in event.path.steps))
        }

    def consumed_with(self, artifact: Artifact) -> list[Artifact]:
        """The outputs of the executions that took this artifact as an input, newest first.

        An artifact that was the ``model`` of an execution counts, one that was its ``baseline_model`` does
        not: a blessing speaks of the candidate.
        """
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        executions = {
            event.execution_id
            for event in self._call(lambda store: store.get_events_by_artifact_ids([artifact.id]))
            if event.type == mlmd.Event.INPUT
            and not any(step.key == "baseline_model" for step in event.path.steps)
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
        context = self._find_context(PIPELINE, pipeline)
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
        context = self._find_context(PIPELINE_RUN, run_id)
        if context is None:
            return []
        executions = self._call(lambda store: store.get_executions_by_context(context.id))
        return [self._record(e) for e in executions if _state_name(e) == "RUNNING"]

    def _find_context(self, type_name: str, name: str) -> Any:
        return self._call(lambda store: store.get_context_by_type_and_name(type_name, name))

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


def _state_name(execution: Any) -> str:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    return str(mlmd.Execution.State.Name(execution.last_known_state))


def _put_context(context: Any, store: Any) -> None:
    store.put_contexts([context])


def _declared(type_proto: Any) -> str:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    return (
        ", ".join(
            f"{name} ({mlmd.PropertyType.Name(kind)})" for name, kind in sorted(type_proto.properties.items())
        )
        or "no properties"
    )


def _adopt_ids(artifacts: ArtifactDict, ids: Sequence[int]) -> None:
    flat = [artifact for values in artifacts.values() for artifact in values]
    for artifact, artifact_id in zip(flat, ids, strict=True):
        artifact.id = artifact_id
