"""``InteractiveContext``: runs components one cell at a time."""

import datetime as dt
import os
import re
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.dsl.base_component import BaseNode
from interactive.errors import InputError, SpecError
from interactive.execution.failure import users_frames_first
from interactive.execution.graph import in_order, statuses
from interactive.execution.launcher import Launcher, RunOptions
from interactive.execution.result import ExecutionResult
from interactive.execution.staging import RunFolder
from interactive.metadata.connection_config import sqlite_metadata_connection_config
from interactive.metadata.store import MetadataStore
from interactive.notebook.graph import PipelineGraph
from interactive.notebook.location import in_notebook, running_file
from interactive.notebook.quiet import quiet
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel

if TYPE_CHECKING:
    from widgets._view import View

STORE_FILE = "metadata.sqlite"
_ROOT_SUFFIX = "_pipeline"


class InteractiveContext:
    """Runs components one cell at a time, and keeps what they did.

    Everything that runs is recorded in a metadata store, and every output lies below the pipeline root. Both
    stay: a new kernel with the same root finds what ran before, and takes it from the cache.

    Args:
      pipeline_name: The pipeline's name; that of the notebook by default.
      pipeline_root: The folder for outputs; ``<name>_pipeline`` beside the notebook by default.
      metadata_connection_config: An MLMD ``ConnectionConfig``; SQLite in ``<root>/metadata.sqlite`` by
        default.
      beam_pipeline_args: Flags for Beam pipelines.

    Attributes:
      pipeline_name: The pipeline's name.
      pipeline_root: The folder for outputs, absolute.
      run_id: The name of this context's run.

    Raises:
      SpecError: A name that cannot be a folder's.
      InputError: The root cannot be written.
      StoreError: The store cannot be opened.
    """

    def __init__(
        self,
        pipeline_name: str | None = None,
        pipeline_root: str | os.PathLike[str] | None = None,
        metadata_connection_config: Any = None,
        beam_pipeline_args: Sequence[str] | None = None,
    ) -> None:
        quiet()
        file = running_file()
        self.pipeline_name = _pipeline_name(pipeline_name, file)
        folder = file.parent if file is not None and pipeline_name is None else Path.cwd()
        root = Path(pipeline_root) if pipeline_root else folder / f"{self.pipeline_name}{_ROOT_SUFFIX}"
        if root.is_file():
            raise InputError(
                f"pipeline_root {root} is a file. Give the path of a folder, which is made where it is "
                "missing."
            )
        self.pipeline_root = str(root.absolute())
        self.run_id = dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat()
        self._beam_pipeline_args = [str(flag) for flag in beam_pipeline_args or ()]
        run_folder = RunFolder(Path(self.pipeline_root), self.run_id)
        self._close = weakref.finalize(self, run_folder.close)
        self._store = MetadataStore(
            metadata_connection_config
            if metadata_connection_config is not None
            else sqlite_metadata_connection_config(str(Path(self.pipeline_root, STORE_FILE)))
        )
        self.recovered = run_folder.recover(self._store)
        self._store.register_run(self.pipeline_name, self.run_id)
        self._launcher = Launcher(self._store, run_folder, self.pipeline_name, self.run_id)

    def run(
        self,
        component: BaseNode,
        enable_cache: bool = True,
        beam_pipeline_args: Sequence[str] | None = None,
        engine: str | None = None,
    ) -> ExecutionResult:
        """Runs one component.

        An earlier execution with the same code, parameters and input content stands for a new one, unless
        ``enable_cache`` is False.

        Args:
          component: A component, an importer or a resolver.
          enable_cache: Whether outputs of an earlier execution may be used.
          beam_pipeline_args: Flags for Beam pipelines of this run, added to the context's.
          engine: ``in_process`` or ``beam``; by default in process while the data fits.

        Returns:
          The result; a cell that ends with it shows what ran and what came out.

        Raises:
          InputError: An input is missing or cannot be used.
          Exception: Whatever the executor raised. The execution is then marked FAILED with the message, and
            nothing of its outputs remains.
        """
        __tracebackhide__ = True  # a person's own frames are what the traceback should show
        if isinstance(component, BaseNode):
            self._launcher.history.know(in_order([component]))
        options = RunOptions(
            enable_cache=enable_cache,
            beam_pipeline_args=[*self._beam_pipeline_args, *(beam_pipeline_args or ())],
            engine=engine,
        )
        try:
            return self._launcher.run(component, options)
        except BaseException as error:
            failed = self._launcher.failure
            users_frames_first(error, self._launcher.code_root)
            if failed is not None:
                error.add_note(
                    f"{failed.component_id} {failed.state}: execution {failed.execution_id} in "
                    f"{self.pipeline_root}. Nothing of its outputs was kept."
                )
                if in_notebook():
                    self._display(failed)
            raise

    def show(self, item: Any) -> Any:
        """Shows artifacts.

        Args:
          item: An artifact, a channel, a component, or a result of ``run``.

        Returns:
          None: a notebook displays the views, plain Python prints their text.

        Raises:
          InputError: There is nothing to show yet.
          SpecError: The item is none of these.
        """
        from interactive.notebook.show import view

        views = [view(artifact) for artifact in _artifacts(item)]
        if in_notebook():
            for each in views:
                self._display(each)
            return None
        for each in views:
            print(each.text())
        return None

    def graph(self, *targets: BaseNode) -> PipelineGraph:
        """The graph of nodes and their states: not run, running, complete, cached, failed, canceled, stale.

        As the last line of a cell it follows what runs in other cells.

        Args:
          *targets: Nodes to show with all that they depend on; everything that this context has run by
            default.

        Returns:
          The graph.

        Raises:
          SpecError: A target is no node.
          InputError: There is no target and nothing has run.
        """
        _check_nodes("graph", targets)
        if not targets and not self._launcher.history.nodes:
            raise InputError(
                "Nothing has run in this context yet. Name the nodes to show, such as context.graph(pusher)."
            )
        return PipelineGraph(self._launcher.history, self._launcher.planner, targets)

    def refresh(self, *targets: BaseNode) -> list[ExecutionResult]:
        """Runs what is stale or has not run, and nothing else, producers first.

        Args:
          *targets: Nodes to bring up to date with all that they depend on; everything that this context has
            run by default.

        Returns:
          The results of the nodes that ran, in order; empty when everything was up to date.

        Raises:
          SpecError: A target is no node.
          InputError: There is no target and nothing has run.
          Exception: Whatever an executor raised; what ran before it stays.
        """
        __tracebackhide__ = True
        _check_nodes("refresh", targets)
        results = []
        for node in self.graph(*targets).nodes:
            # One after the other: what a node does decides whether the next ones are stale. Its producers
            # come first, so they are up to date here and only the node itself is left to look at.
            (status,) = statuses([node], self._launcher.history, self._launcher.planner)
            if not status.is_current or not any(c.get() for c in node.outputs.values()):
                results.append(self.run(node))
        return results

    def export_to_pipeline(
        self,
        notebook_filepath: str,
        export_filepath: str,
        runner_type: str,
    ) -> None:
        """Not available yet: exports a notebook's pipeline for production.

        Args:
          notebook_filepath: The notebook.
          export_filepath: Where to write.
          runner_type: For which orchestrator.

        Raises:
          NotImplementedError: Always, for now.
        """
        raise NotImplementedError(
            f"export_to_pipeline({notebook_filepath!r}, {export_filepath!r}, {runner_type!r}): exporting to "
            "a production pipeline is not part of this version yet. The captured code of each component is "
            f"in {self._launcher.code_root}."
        )

    @staticmethod
    def _display(item: "View | ExecutionResult") -> None:
        from IPython.display import display

        display(item)

    def __repr__(self) -> str:
        return (
            f"InteractiveContext(pipeline_name={self.pipeline_name!r}, "
            f"pipeline_root={self.pipeline_root!r}, run_id={self.run_id!r})"
        )


def _pipeline_name(given: str | None, file: Path | None) -> str:
    if given is None:
        stem = re.sub(r"[^A-Za-z0-9_.\- ]", "_", file.stem).strip(". ") if file is not None else ""
        return stem or "interactive"
    if not isinstance(given, str) or not given or Path(given).name != given or given.startswith("."):
        raise SpecError(
            f"InteractiveContext: pipeline_name names the pipeline and its folder, so it must be a plain "
            f"name such as 'penguins', got {given!r}. Use pipeline_root for a path."
        )
    return given


def _check_nodes(method: str, targets: Sequence[Any]) -> None:
    for target in targets:
        if not isinstance(target, BaseNode):
            raise SpecError(
                f"context.{method} expects components, such as context.{method}(pusher), got {target!r} of "
                f"type {type(target).__name__}."
            )


def _artifacts(item: Any) -> list[Artifact]:
    if isinstance(item, Artifact):
        return [item]
    channels: list[BaseChannel]
    if isinstance(item, BaseChannel):
        channels = [item]
    elif isinstance(item, BaseNode | ExecutionResult):
        channels = list(item.outputs.values())
    elif isinstance(item, list | tuple) and item and all(isinstance(each, Artifact) for each in item):
        return list(item)
    else:
        raise SpecError(
            "context.show expects an artifact, a channel such as component.outputs['statistics'], a "
            f"component or a result, got {item!r} of type {type(item).__name__}."
        )
    artifacts = [artifact for channel in channels for artifact in channel.get()]
    if not artifacts:
        raise InputError(f"There is nothing to show yet in {item!r}. Run its component first.")
    return artifacts
