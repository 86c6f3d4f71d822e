"""The way of one run: resolve, look up, execute into staging, fingerprint, rename, publish."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interactive.dsl.base_component import BaseComponent, BaseNode
from interactive.dsl.executor import ExecutorContext
from interactive.dsl.importer import Importer
from interactive.dsl.resolver import Resolver
from interactive.errors import SpecError
from interactive.execution.content import record_content
from interactive.execution.executor_code import save_code
from interactive.execution.graph import RunHistory
from interactive.execution.plan import ArtifactLists, Plan, Planner, resolved_parameters
from interactive.execution.registration import import_artifact, resolve_artifacts
from interactive.execution.result import ExecutionResult
from interactive.execution.staging import RunFolder
from interactive.metadata.store import MetadataStore, Node
from interactive.types.artifact import Artifact, ArtifactState
from interactive.types.value_artifact import ValueArtifact
from interactive.version import __version__


@dataclass(frozen=True)
class RunOptions:
    """How one run is to be done.

    Attributes:
      enable_cache: Whether an earlier execution may stand for this one.
      beam_pipeline_args: Flags for Beam pipelines.
      engine: ``in_process``, ``beam``, or None for the default choice.
    """

    enable_cache: bool = True
    beam_pipeline_args: Sequence[str] = ()
    engine: str | None = None


class Launcher:
    """Runs nodes of one pipeline run.

    Args:
      store: The metadata store.
      folder: The run's folder in the pipeline root.
      pipeline: The pipeline's name.
      run_id: The run's name.
    """

    def __init__(self, store: MetadataStore, folder: RunFolder, pipeline: str, run_id: str) -> None:
        self._store = store
        self._folder = folder
        self._pipeline = pipeline
        self._run_id = run_id
        self.planner = Planner(store)
        self.history = RunHistory()
        self.failure: ExecutionResult | None = None
        """The result of the newest ``run`` when its executor failed, else None."""

    @property
    def code_root(self) -> Path:
        """Where captured code is saved."""
        return self._folder.root / "_code"

    def node(self, node: BaseNode) -> Node:
        """The node as the metadata store knows it."""
        return Node(self._pipeline, self._run_id, node.id, node.type_name(), node.MLMD_SYSTEM_BASE_TYPE)

    def run(self, node: BaseNode, options: RunOptions) -> ExecutionResult:
        """Runs one node.

        Args:
          node: A component, an importer or a resolver.
          options: How.

        Returns:
          The result; the node's output channels hold the artifacts.

        Raises:
          SpecError: It is no node.
          InputError: An input is not there.
          Exception: Whatever the executor raised, after the execution was marked FAILED.
        """
        self.failure = None
        try:
            result = self._run(node, options)
        except BaseException:
            if self.failure is not None:
                self.history.ended(self.failure)
            raise
        self.history.ended(result)
        return result

    def _run(self, node: BaseNode, options: RunOptions) -> ExecutionResult:
        started = time.monotonic()
        if isinstance(node, Importer):
            return self._register(node, {}, import_artifact(self._store, node), started)
        if isinstance(node, Resolver):
            chosen = resolve_artifacts(self._store, self._pipeline, node)
            return self._register(node, {}, chosen, started)
        if not isinstance(node, BaseComponent):
            raise SpecError(f"context.run expects a component, got {node!r} of type {type(node).__name__}.")
        plan = self.planner.plan(node)
        recorded = self._recorded_properties(plan)
        if options.enable_cache and (hit := self.planner.cached(plan)) is not None:
            return self._publish_hit(plan, recorded, hit, started)
        return self._execute(plan, recorded, options, started)

    def _register(
        self, node: BaseNode, inputs: ArtifactLists, outputs: ArtifactLists, started: float
    ) -> ExecutionResult:
        properties = resolved_parameters(node)
        known = isinstance(node, Importer) and all(
            artifact.id for artifacts in outputs.values() for artifact in artifacts
        )
        state = "cached" if known else "complete"
        execution_id = self._store.publish(
            self.node(node),
            state.upper(),
            properties=properties,
            inputs=inputs,
            outputs=outputs,
            key=None,
            internal=isinstance(node, Resolver),
        )
        _hand_over(node, outputs)
        notes = ("Imported before with the same content: that artifact is used.",) if known else ()
        return ExecutionResult(
            node, state, execution_id, time.monotonic() - started, inputs, properties, notes=notes
        )

    def _recorded_properties(self, plan: Plan) -> dict[str, Any]:
        """The parameters as they are recorded and given to the executor: user code by its saved file."""
        properties = dict(plan.properties)
        for index, (name, code) in enumerate(plan.user_code.items()):
            path = str(save_code(code, self.code_root))
            properties["module_file" if index == 0 else f"{name}_module_file"] = path
            if code.entry:
                properties[name] = code.entry
        return properties

    def _publish_hit(
        self, plan: Plan, properties: Mapping[str, Any], hit: tuple[int, ArtifactLists], started: float
    ) -> ExecutionResult:
        earlier, outputs = hit
        execution_id = self._store.publish(
            self.node(plan.component),
            "CACHED",
            properties=properties,
            inputs=plan.inputs,
            outputs=outputs,
            key=plan.key,
        )
        _hand_over(plan.component, outputs)
        return ExecutionResult(
            plan.component,
            "cached",
            execution_id,
            time.monotonic() - started,
            plan.inputs,
            properties,
            plan.key,
            (f"Same code, parameters and input content as execution {earlier}: its outputs are used.",),
        )

    def _execute(
        self, plan: Plan, properties: Mapping[str, Any], options: RunOptions, started: float
    ) -> ExecutionResult:
        component = plan.component
        node = self.node(component)
        execution_id = self._store.start(node, properties, plan.inputs, plan.key)
        self.history.started(component)
        outputs = {key: [component.new_output(key)] for key in component.outputs}
        try:
            context = ExecutorContext(
                beam_pipeline_args=list(options.beam_pipeline_args)
                or getattr(component, "beam_pipeline_args", []),
                tmp_dir=str(self._folder.stage(execution_id, outputs)),
                unique_id=str(execution_id),
                engine=options.engine,
            )
            executor = plan.executor.load(self.code_root)(context)
            executor.Do(
                {name: list(artifacts) for name, artifacts in plan.inputs.items()},
                outputs,
                dict(properties),
            )
            self._finish(component, execution_id, outputs)
            self._store.complete(execution_id, node, outputs, properties=context.report, key=plan.key)
        except KeyboardInterrupt:
            self._abandon(plan, execution_id, "canceled", "The cell was interrupted.", started)
            raise
        except BaseException as error:
            self._abandon(plan, execution_id, "failed", f"{type(error).__name__}: {error}", started)
            raise
        _hand_over(component, outputs)
        return ExecutionResult(
            component,
            "complete",
            execution_id,
            time.monotonic() - started,
            plan.inputs,
            {**properties, **context.report},
            plan.key,
            tuple(context.notes),
        )

    def _finish(
        self, component: BaseNode, execution_id: int, outputs: Mapping[str, Sequence[Artifact]]
    ) -> None:
        for artifacts in outputs.values():
            for artifact in artifacts:
                artifact.set_string_custom_property("cellwise_version", __version__)
                if not artifact.is_external:
                    _check_written(component, artifact)
                    record_content(artifact)
                artifact.state = ArtifactState.LIVE
        self._folder.publish(component.id, execution_id, outputs)

    def _abandon(self, plan: Plan, execution_id: int, state: str, message: str, started: float) -> None:
        self._folder.withdraw(plan.component.id, execution_id)
        self._store.stop(execution_id, state.upper(), message)
        self.failure = ExecutionResult(
            plan.component,
            state,
            execution_id,
            time.monotonic() - started,
            plan.inputs,
            plan.properties,
            plan.key,
            error=message,
        )


def _check_written(component: BaseNode, artifact: Artifact) -> None:
    if isinstance(artifact, ValueArtifact) and not Path(artifact.uri).exists():
        if artifact.get_int_custom_property("__is_null__"):
            Path(artifact.uri).write_bytes(b"")
            return
        raise SpecError(
            f"{component.id}'s executor did not write its {artifact.type_name} output. Set "
            "output_dict[...][0].value."
        )


def _hand_over(node: BaseNode, outputs: Mapping[str, Sequence[Artifact]]) -> None:
    for key, artifacts in outputs.items():
        node.outputs[key].set_artifacts(artifacts)
