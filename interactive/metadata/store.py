"""The metadata store: what ran, what it took and what it gave, in ML Metadata.

Contexts, types, states, events and property names are those of TFX 1.16's pipelines: a reader of a TFX store
reads this one.
"""

import functools
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interactive.errors import StoreError
from interactive.metadata.connection import Connection
from interactive.metadata.convert import artifact_type_proto, put_custom
from interactive.metadata.events import ArtifactDict, adopt_ids, event_pairs
from interactive.metadata.reader import (
    EXECUTION_CACHE,
    EXECUTION_RESULT,
    NODE,
    PIPELINE,
    PIPELINE_RUN,
    ExecutionRecord,
    Reader,
)
from interactive.types.artifact import Artifact

__all__ = ["ArtifactDict", "ExecutionRecord", "MetadataStore", "Node"]


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


class MetadataStore(Reader):
    """A connection to a metadata store.

    Args:
      connection_config: A ``ml_metadata.proto.ConnectionConfig``.

    Raises:
      StoreError: The store cannot be opened.
    """

    def __init__(self, connection_config: Any) -> None:
        super().__init__(Connection(connection_config))
        self._errors = self._connection.errors
        self._registered: dict[type[Artifact], int] = {}
        self._execution_types: dict[str, int] = {}
        self._context_types: dict[str, int] = {}

    def _artifact_type_id(self, cls: type[Artifact]) -> int:
        # By class and not by name: a cell that is run again makes a new class, which has to be checked anew.
        if cls not in self._registered:
            self._registered[cls] = self._register_artifact_type(cls)
        return self._registered[cls]

    def _register_artifact_type(self, cls: type[Artifact]) -> int:
        proto = artifact_type_proto(cls)
        try:
            # A type that only gained properties stays the same type.
            return int(
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
            parent_id=self.find_context(PIPELINE, pipeline).id,
            child_id=self.find_context(PIPELINE_RUN, run_id).id,
        )
        self._put_new(lambda store: store.put_parent_contexts([link]))

    def _put_new(self, action: Callable[[Any], Any]) -> None:
        """Puts what another notebook may have put before."""
        try:
            self._call(action)
        except self._errors.AlreadyExistsError:
            return

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
        pairs = event_pairs(inputs, "INPUT", self._artifact_type_id)
        execution_id, artifact_ids, _ = self._put(execution, pairs, self._contexts(node, key))
        adopt_ids(inputs, artifact_ids)
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
        pairs = event_pairs(outputs, "OUTPUT", self._artifact_type_id)
        _, artifact_ids, _ = self._put(execution, pairs, self._contexts(node, key))
        adopt_ids(outputs, artifact_ids)

    def publish(
        self,
        node: Node,
        state: str,
        *,
        properties: Mapping[str, Any],
        inputs: ArtifactDict,
        outputs: ArtifactDict,
        key: str | None,
        internal: bool = False,
    ) -> int:
        """Registers an execution that is over already: a cache hit, an import, a resolution.

        Args:
          node: The node.
          state: CACHED or COMPLETE.
          properties: Parameters to record.
          inputs: Input name to artifacts.
          outputs: Output name to artifacts; new ones get their ids.
          key: The cache key, or None.
          internal: Whether the outputs were found rather than made, as a resolver's.

        Returns:
          The execution's id.
        """
        execution = self._new_execution(node, state, properties)
        taken = event_pairs(inputs, "INPUT", self._artifact_type_id)
        given = event_pairs(outputs, "INTERNAL_OUTPUT" if internal else "OUTPUT", self._artifact_type_id)
        execution_id, artifact_ids, _ = self._put(execution, taken + given, self._contexts(node, key))
        count = len(taken)
        adopt_ids(inputs, artifact_ids[:count])
        adopt_ids(outputs, artifact_ids[count:])
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
