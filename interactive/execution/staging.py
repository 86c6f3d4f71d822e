"""Where executors write before anything is published, and what a dead process left behind.

Layout below a pipeline root:

    <node id>/<output>/<execution id>/     published payloads
    .cellwise/staging/<run>/<execution>/   payloads of executions under way
    .cellwise/runs/<run>.lock              held, by flock, as long as the run's process lives
    _code/                                 captured user code

The operating system drops a lock when its process ends, however it ends. So a free lock means that whatever
its run had RUNNING is dead.
"""

import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from interactive.errors import InputError
from interactive.metadata.store import ExecutionRecord
from interactive.types.artifact import Artifact
from interactive.types.value_artifact import VALUE_FILE, ValueArtifact

_SYSTEM = ".cellwise"


class RunningExecutions(Protocol):
    """What recovery asks of the metadata store."""

    def running(self, run_id: str) -> Sequence[ExecutionRecord]:
        """The RUNNING executions of a run."""
        ...

    def stop(self, execution_id: int, state: str, message: str) -> None:
        """Marks an execution FAILED."""
        ...


class RunFolder:
    """One run's place in a pipeline root, locked as long as the object lives.

    Args:
      root: The pipeline root; made where it is missing.
      run_id: The run's name.

    Raises:
      InputError: The root cannot be written.
    """

    def __init__(self, root: Path, run_id: str) -> None:
        self.root = root
        self._staging = root / _SYSTEM / "staging" / run_id
        self._lock_path = root / _SYSTEM / "runs" / f"{run_id}.lock"
        try:
            self._lock_path.parent.mkdir(parents=True, exist_ok=True)
            self._lock: IO[str] = self._lock_path.open("w")
        except OSError as error:
            raise InputError(
                f"The pipeline root {root} cannot be written: {error.strerror}. Give InteractiveContext "
                "another pipeline_root, a folder that you may write to."
            ) from error
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Drops the lock and removes what only this run needed."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._lock_path.unlink(missing_ok=True)
        self._lock.close()

    def stage(self, execution_id: int, outputs: Mapping[str, Sequence[Artifact]]) -> Path:
        """Gives each output an empty folder to write to.

        Args:
          execution_id: The execution.
          outputs: Output name to artifacts, whose URIs are set.

        Returns:
          A folder for temporary files, removed with the rest.
        """
        base = self._staging / str(execution_id)
        for name, artifacts in outputs.items():
            for artifact, folder in _folders(base / "outputs" / name, artifacts):
                folder.mkdir(parents=True)
                artifact.uri = _uri(artifact, folder)
        temporary = base / "tmp"
        temporary.mkdir(parents=True)
        return temporary

    def publish(self, node_id: str, execution_id: int, outputs: Mapping[str, Sequence[Artifact]]) -> None:
        """Moves outputs into place by renaming, and sets their final URIs.

        Args:
          node_id: The node's id.
          execution_id: The execution.
          outputs: The staged outputs.
        """
        base = self._staging / str(execution_id)
        for name, artifacts in outputs.items():
            final = self.root / node_id / name / str(execution_id)
            final.parent.mkdir(parents=True, exist_ok=True)
            (base / "outputs" / name).rename(final)
            for artifact, folder in _folders(final, artifacts):
                artifact.uri = _uri(artifact, folder)
        self.discard(execution_id)

    def discard(self, execution_id: int) -> None:
        """Removes an execution's staging folder."""
        shutil.rmtree(self._staging / str(execution_id), ignore_errors=True)

    def withdraw(self, node_id: str, execution_id: int) -> None:
        """Removes whatever an execution that was not published left, staged or renamed."""
        self.discard(execution_id)
        for folder in (self.root / node_id).glob(f"*/{execution_id}"):
            shutil.rmtree(folder, ignore_errors=True)

    def recover(self, store: RunningExecutions) -> list[ExecutionRecord]:
        """Cleans up after runs whose processes are gone.

        Args:
          store: The metadata store.

        Returns:
          The executions that were under way, now FAILED.
        """
        dead: list[ExecutionRecord] = []
        for lock_path, run_id in self._dead_runs():
            for execution in store.running(run_id):
                store.stop(
                    execution.id, "FAILED", "The process that ran this execution ended before it finished."
                )
                for folder in (self.root / execution.node_id).glob(f"*/{execution.id}"):
                    shutil.rmtree(folder, ignore_errors=True)
                dead.append(execution)
            shutil.rmtree(self.root / _SYSTEM / "staging" / run_id, ignore_errors=True)
            lock_path.unlink(missing_ok=True)
        return dead

    def _dead_runs(self) -> Iterator[tuple[Path, str]]:
        for lock_path in sorted(self._lock_path.parent.glob("*.lock")):
            if lock_path == self._lock_path:
                continue
            with lock_path.open("a") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # alive
                yield lock_path, lock_path.name.removesuffix(".lock")


def _folders(base: Path, artifacts: Sequence[Artifact]) -> Iterator[tuple[Artifact, Path]]:
    """One artifact lies in the output's folder itself, several in numbered folders beneath it."""
    for index, artifact in enumerate(artifacts):
        yield artifact, base if len(artifacts) == 1 else base / str(index)


def _uri(artifact: Artifact, folder: Path) -> str:
    return str(folder / VALUE_FILE if isinstance(artifact, ValueArtifact) else folder)
