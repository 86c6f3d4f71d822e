"""Run a notebook from top to bottom without a browser, and keep what it showed.

The kernel is this interpreter, whatever kernels the user has installed; its folder is the notebook's;
and it is told the notebook's path, so that pipelines keep their data beside it as they do in JupyterLab.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.errors import InputError
from interactive.notebook.html_page import notebook_to_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

NOTEBOOK_VARIABLE = "CELLWISE_NOTEBOOK"
"""The kernel's environment variable with the absolute path of the notebook that it runs."""

_HEARTBEAT_SECONDS = 30.0
_LABEL_WIDTH = 72
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class CellError:
    """Why the run ended early.

    Attributes:
      cell: The number of the cell among those with code, from 1; 0 if no cell had started.
      label: The heading above the cell, or its first line of code.
      name: The exception's class.
      message: The exception's text.
      traceback: As the notebook shows it, without colours; empty if there is none.
    """

    cell: int
    label: str
    name: str
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class ExecutedNotebook:
    """What a run left behind.

    Attributes:
      notebook_path: The executed copy; as far as it got, if the run failed.
      html_path: The same as a standalone page.
      seconds: Wall-clock time of the run, the kernel's start included.
      cells_run: Code cells that finished.
      cells: Code cells in the notebook.
      errors: Empty if every cell finished.
      interrupted: True if SIGINT ended the run.
    """

    notebook_path: Path
    html_path: Path
    seconds: float
    cells_run: int
    cells: int
    errors: tuple[CellError, ...]
    interrupted: bool

    @property
    def ok(self) -> bool:
        """Whether every cell ran without an error."""
        return not self.errors


def execute_notebook(
    path: str | os.PathLike[str],
    output_dir: str | os.PathLike[str],
    *,
    kernel_name: str | None = None,
    timeout: float | None = 3600.0,
    progress: Callable[[str], object] = print,
) -> ExecutedNotebook:
    """Runs a notebook and saves it, executed, together with an HTML page.

    Both files are written whether or not the run succeeds. SIGINT interrupts the running cell and ends
    the run; a second SIGINT kills the kernel.

    Args:
      path: The notebook. It is not changed.
      output_dir: Where the two files go; made if it does not exist.
      kernel_name: An installed kernel to use in place of this interpreter.
      timeout: The longest that one cell may take, in seconds, rounded up; None for no limit.
      progress: Called with a line for each cell.

    Returns:
      The paths, the time taken and what went wrong.

    Raises:
      InputError: If the notebook is missing or unreadable, if the executed copy would replace it, if
        there is no kernel of that name, or if the timeout is not above 0.
    """
    if timeout is not None and not timeout > 0:
        raise InputError(f"timeout: expected seconds above 0, or None for no limit; found {timeout!r}.")
    source = Path(path).resolve()
    notebook = _read(source)
    target = Path(output_dir).resolve()
    if target == source.parent:
        raise InputError(
            f"The executed copy would replace {source}: expected an output folder other than the "
            "notebook's own. Give another one."
        )
    target.mkdir(parents=True, exist_ok=True)
    # What the kernel says outside of cells, such as TensorFlow's words at exit, is no part of the progress.
    log = target / f"{source.stem}.kernel.log"
    run = _Run(notebook, source, timeout, progress, log)
    started = time.monotonic()
    errors = run.execute(_kernel_manager(kernel_name))
    seconds = time.monotonic() - started

    notebook_path = target / source.name
    html_path = target / f"{source.stem}.html"
    _write(notebook_path, _as_text(notebook))
    _write(html_path, notebook_to_html(notebook, title=source.stem, folder=source.parent))
    if errors:
        progress(f"The notebook as far as it got: {notebook_path}")
    return ExecutedNotebook(
        notebook_path=notebook_path,
        html_path=html_path,
        seconds=seconds,
        cells_run=run.finished,
        cells=run.total,
        errors=errors,
        interrupted=run.interrupted,
    )


class _Run:
    """One pass over a notebook: nbclient's hooks, the progress lines and the handling of SIGINT."""

    def __init__(
        self,
        notebook: NotebookNode,
        source: Path,
        timeout: float | None,
        progress: Callable[[str], object],
        log: Path,
    ) -> None:
        self._log = log
        self._notebook = notebook
        self._source = source
        self._timeout = timeout
        self._progress = progress
        self._labels = cell_labels(notebook)
        self._numbers = {index: number for number, index in enumerate(self._labels, start=1)}
        self._current: int | None = None
        self._cell_started = 0.0
        self._heartbeat: asyncio.TimerHandle | None = None
        self._kernel: Any = None
        self.finished = 0
        self.interrupted = False

    @property
    def total(self) -> int:
        return len(self._labels)

    def execute(self, kernel: Any) -> tuple[CellError, ...]:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

        self._kernel = kernel
        client = NotebookClient(
            self._notebook,
            km=kernel,
            timeout=None if self._timeout is None else math.ceil(self._timeout),
            resources={"metadata": {"path": str(self._source.parent)}},
            on_notebook_start=self._on_start,
            on_cell_execute=self._on_cell_execute,
            on_cell_executed=self._on_cell_executed,
        )
        environment = {**os.environ, NOTEBOOK_VARIABLE: str(self._source)}
        try:
            with self._log.open("wb") as log:
                # nbclient leaves a kernel that it did not make running unless told otherwise.
                client.execute(env=environment, cleanup_kc=True, stdout=log, stderr=log)
        except CellExecutionError as error:
            return self._failed(error.ename, error.evalue, _ANSI.sub("", error.traceback))
        except CellTimeoutError:
            return self._failed(
                "TimeoutError", f"The cell took longer than {self._timeout:g} s, the limit for one cell."
            )
        except DeadKernelError:
            if self.interrupted:
                return self._failed("KeyboardInterrupt", "The kernel was killed by a second SIGINT.")
            return self._failed(
                "DeadKernelError",
                "The kernel died. Often that is the system ending it for want of memory. Its last words are "
                f"in {self._log}.",
            )
        except _StopAfterInterruptError:
            return self._failed("KeyboardInterrupt", "The run was interrupted.")
        finally:
            self._stop_heartbeat()
        return ()

    def _failed(self, name: str, message: str, traceback: str = "") -> tuple[CellError, ...]:
        label = "the kernel's start"
        number = 0
        if self._current is not None:
            label, number = self._labels[self._current], self._numbers[self._current]
        self._line(number, "FAILED", label)
        self._progress(f"{name}: {message}")
        return (CellError(number, label, name, message, traceback),)

    def _line(self, number: int, status: str, label: str) -> None:
        width = len(str(self.total))
        seconds = time.monotonic() - self._cell_started if self._cell_started else 0.0
        self._progress(f"[{number:{width}d}/{self.total}] {status:6} {seconds:7.1f} s  {label}")

    def _on_start(self, notebook: NotebookNode) -> None:  # noqa: ARG002 -- nbclient's hook
        try:
            # In place of nbclient's own handler, which kills the kernel before the cell can clean up.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._on_interrupt)
        except (NotImplementedError, RuntimeError, ValueError):
            # Not the main thread, where no signal arrives, or a system without signals.
            return

    def _on_interrupt(self) -> None:
        again = self.interrupted
        self.interrupted = True
        if again:
            self._progress("Killing the kernel.")
            task = asyncio.ensure_future(self._kernel.shutdown_kernel(now=True))
        else:
            self._progress("Interrupting the running cell; press Ctrl-C again to kill the kernel.")
            task = asyncio.ensure_future(self._kernel.interrupt_kernel())
        self._signal_task = task  # the loop keeps only a weak reference

    def _on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002
        if self.interrupted:
            raise _StopAfterInterruptError
        self._current = cell_index
        self._cell_started = time.monotonic()
        self._beat_later()

    def _on_cell_executed(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        self._stop_heartbeat()
        content = execute_reply["content"]
        if content["status"] == "ok":
            self._line(self._numbers[cell_index], "ok", self._labels[cell_index])
        elif "raises-exception" in cell.metadata.get("tags", []):
            label = f"{self._labels[cell_index]} (raised {content['ename']}, as it was meant to)"
            self._line(self._numbers[cell_index], "ok", label)
        else:
            return
        self.finished += 1

    def _beat_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._heartbeat = loop.call_later(_HEARTBEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        if self._current is not None:
            self._line(self._numbers[self._current], "...", self._labels[self._current])
        self._beat_later()

    def _stop_heartbeat(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            self._heartbeat = None


class _StopAfterInterruptError(Exception):
    """The interrupted cell went on as if nothing had happened; no further cell may start."""


def cell_labels(notebook: NotebookNode) -> dict[int, str]:
    """Names each cell that has code: by the heading right above it, else by its first line of code.

    Args:
      notebook: The notebook.

    Returns:
      The cell's index in the notebook to its label, in order.
    """
    labels: dict[int, str] = {}
    heading = ""
    for index, cell in enumerate(notebook.cells):
        lines = [line.strip() for line in cell.source.splitlines() if line.strip()]
        if cell.cell_type == "markdown":
            headings = [line.lstrip("#").strip() for line in lines if re.match(r"#{1,6}\s", line)]
            heading = headings[-1] if headings else ""
        elif cell.cell_type == "code" and lines:
            code = [line for line in lines if not line.startswith("#")]
            label = heading or (code or lines)[0]
            labels[index] = label if len(label) <= _LABEL_WIDTH else label[: _LABEL_WIDTH - 3] + "..."
            heading = ""
    return labels


def _read(path: Path) -> NotebookNode:
    import nbformat

    if not path.is_file():
        raise InputError(f"There is no notebook at {path}. Expected the path of an .ipynb file.")
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is not a Jupyter notebook: {str(error).splitlines()[0][:200]}. Expected JSON in "
            "the notebook format, version 3 or 4."
        ) from error


def _as_text(notebook: NotebookNode) -> str:
    import nbformat

    return str(nbformat.writes(notebook))


def _write(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _kernel_manager(kernel_name: str | None) -> Any:
    import zmq
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
    from jupyter_client.manager import AsyncKernelManager

    # The kernel's sockets are on loopback, where other users of the machine could listen.
    encrypts = zmq.has("curve") and "transport_encryption" in AsyncKernelManager.class_traits()
    options = {"transport_encryption": "auto"} if encrypts else {}

    if kernel_name is not None:
        try:
            KernelSpecManager().get_kernel_spec(kernel_name)
        except NoSuchKernel as error:
            installed = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
            raise InputError(
                f"There is no kernel named {kernel_name!r}. Installed: {installed}. Leave the name "
                "out to use this interpreter."
            ) from error
        return AsyncKernelManager(kernel_name=kernel_name, **options)

    class ThisInterpreter(KernelSpecManager):
        """Knows one kernel, so that a user's kernel named "python3" is never taken for ours."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(**get_kernel_dict(), name=kernel_name)

    kernels = ThisInterpreter()
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=kernels, **options)
