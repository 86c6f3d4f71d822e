"""The `cellwise` command: run a notebook headless, show what a pipeline's store says was run."""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.errors import CellwiseError, StoreError
from interactive.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STORE_NAME = "metadata.sqlite"
"""The file in a pipeline root that holds its metadata."""

_SQLITE_HEADER = b"SQLite format 3\0"
_GAP = "  "
_ALIGNED_RIGHT = {"id", "seconds"}
_LAST_COLUMN_MINIMUM = 40
_EXIT_FAILED = 1
_EXIT_USAGE = 2
_EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
      arguments: Without the program's name; None means those of the process.

    Returns:
      The exit code: 0; 1 if a notebook failed; 2 for what the user has to mend; 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
    except CellwiseError as error:
        print(f"cellwise: {error}", file=sys.stderr)
        return _EXIT_USAGE
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return int(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cellwise", description="Pipelines, one cell at a time.")
    parser.add_argument("--version", action="version", version=f"cellwise {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a notebook headless; save it executed and as HTML")
    run.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    run.add_argument(
        "--output-dir", type=Path, metavar="DIR", help="default: the folder _out beside the notebook"
    )
    run.add_argument("--timeout", type=float, metavar="SECONDS", default=3600.0, help="for each cell (3600)")
    run.add_argument("--kernel", metavar="NAME", help="an installed kernel; default: this Python itself")
    run.set_defaults(run=_run)

    runs = commands.add_parser("runs", help="list the executions in a pipeline root")
    runs.add_argument("pipeline_root", type=Path, metavar="PIPELINE_ROOT")
    runs.add_argument("--last", action="store_true", help="only the newest execution of each node")
    runs.set_defaults(run=_runs)
    return parser


def _run(options: argparse.Namespace) -> int:
    from interactive.notebook.execute import execute_notebook

    result = execute_notebook(
        options.notebook,
        options.output_dir or options.notebook.resolve().parent / "_out",
        kernel_name=options.kernel,
        timeout=options.timeout,
        progress=functools.partial(print, flush=True),
    )
    for error in result.errors:
        if error.traceback:
            print(f"\n{error.traceback}", file=sys.stderr)
    print(f"\n{result.cells_run} of {result.cells} cells in {result.seconds:.1f} s")
    print(f"  executed notebook  {_shown(result.notebook_path)}")
    print(f"  HTML page          {_shown(result.html_path)}")
    print(f"  open it live       {_lab_command()} {_shown(options.notebook.resolve())}")
    if result.interrupted:
        return _EXIT_INTERRUPTED
    return 0 if result.ok else _EXIT_FAILED


def _lab_command() -> str:
    """Gives the command that starts this environment's JupyterLab, whether or not it is on the PATH."""
    here = Path(sys.executable).with_name("jupyter")
    found = shutil.which("jupyter")
    command = "jupyter" if found and Path(found) == here else str(here)
    if here.is_relative_to(Path.cwd()) and command != "jupyter":
        command = str(here.relative_to(Path.cwd()))
    return f"{command} lab --allow-root" if os.geteuid() == 0 else f"{command} lab"


def _runs(options: argparse.Namespace) -> int:
    rows = executions(options.pipeline_root)
    if options.last:
        newest = {row["node"]: row for row in rows}
        rows = sorted(newest.values(), key=lambda row: row["id"])
    heading = "newest execution of each node" if options.last else "executions"
    print(f"\n{_shown(options.pipeline_root)}: {heading}\n")
    print(format_table(("id", "node", "state", "seconds", "outputs"), rows))
    return 0


def executions(pipeline_root: Path) -> list[dict[str, Any]]:
    """Reads what was executed from the store of a pipeline root.

    Args:
      pipeline_root: The folder with `metadata.sqlite`.

    Returns:
      For each execution, oldest first: `id`; `node`, without the pipeline's name; `state`, as MLMD names
      it; `seconds` from its creation to its last update, as text; `outputs`, each as `key:id` or,
      for several artifacts, `key:id,id`.

    Raises:
      StoreError: If there is no store or it cannot be read.
    """
    path = pipeline_root / STORE_NAME
    if not path.is_file():
        raise StoreError(
            f"There is no metadata store at {path}. Expected a pipeline root in which a pipeline has "
            "run, that is the folder that InteractiveContext names as its pipeline_root."
        )
    with path.open("rb") as file:
        if file.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
            raise StoreError(
                f"{path} is not a SQLite database, as the store of a pipeline root has to be. "
                "Restore it from a copy, or run the pipeline again in an empty folder."
            )
    # Here and not above: it loads grpc, and `cellwise --version` should not wait for that.
    from ml_metadata import errors
    from ml_metadata.metadata_store import MetadataStore
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
    try:
        return _read_executions(MetadataStore(config), mlmd)
    except (errors.StatusError, RuntimeError) as error:
        raise StoreError(
            f"{path} cannot be read as an ML Metadata store: {error}. Expected a database that a "
            "supported version of ml-metadata wrote."
        ) from error


def _read_executions(store: Any, mlmd: Any) -> list[dict[str, Any]]:
    found = store.get_executions()
    outputs: dict[int, dict[str, list[int]]] = {execution.id: {} for execution in found}
    produced = (mlmd.Event.OUTPUT, mlmd.Event.DECLARED_OUTPUT)
    for event in store.get_events_by_execution_ids(list(outputs)) if outputs else ():
        if event.type in produced:
            keys = [step.key for step in event.path.steps if step.WhichOneof("value") == "key"]
            key = keys[0] if keys else "artifact"
            outputs[event.execution_id].setdefault(key, []).append(event.artifact_id)
    pipelines = _by_execution(store, "pipeline")
    # A node's context is named "pipeline.node"; both parts may hold dots.
    nodes = {
        number: name.removeprefix(f"{pipelines.get(number, '')}.")
        for number, name in _by_execution(store, "node").items()
    }
    types = {type_.id: type_.name for type_ in store.get_execution_types()}
    return [
        {
            "id": execution.id,
            "node": nodes.get(execution.id, types[execution.type_id]),
            "state": mlmd.Execution.State.Name(execution.last_known_state),
            "seconds": _seconds(execution),
            "outputs": _outputs(outputs[execution.id]),
        }
        for execution in sorted(found, key=lambda execution: execution.id)
    ]


def _by_execution(store: Any, context_type: str) -> dict[int, str]:
    """Maps each execution's id to the name of its context of that type."""
    return {
        execution.id: str(context.name)
        for context in store.get_contexts_by_type(context_type)
        for execution in store.get_executions_by_context(context.id)
    }


def _seconds(execution: Any) -> str:
    milliseconds = execution.last_update_time_since_epoch - execution.create_time_since_epoch
    return f"{milliseconds / 1000:.1f}"


def _outputs(artifacts: Mapping[str, list[int]]) -> str:
    return " ".join(
        f"{key}:{','.join(str(number) for number in sorted(ids))}" for key, ids in sorted(artifacts.items())
    )


def format_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], width: int | None = None) -> str:
    """Lines up rows under their columns' names; numbers and times to the right.

    Args:
      columns: The keys to show, in order. The last one wraps between its words.
      rows: What to show.
      width: Of the whole table, in characters; None for the terminal's.

    Returns:
      The table.
    """
    body = [[str(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *body, strict=True)]
    before_last = sum(widths[:-1]) + len(_GAP) * (len(columns) - 1)
    room = max((width or shutil.get_terminal_size().columns) - before_last, _LAST_COLUMN_MINIMUM)
    widths[-1] = min(widths[-1], room)
    lines = []
    for cells in ([*columns], ["-" * size for size in widths], *body):
        padded = [
            cell.rjust(size) if name in _ALIGNED_RIGHT else cell.ljust(size)
            for name, cell, size in zip(columns[:-1], cells[:-1], widths[:-1], strict=True)
        ]
        first, *more = textwrap.wrap(cells[-1], widths[-1], break_long_words=False) or [""]
        lines.append(_GAP.join([*padded, first]).rstrip())
        lines += [" " * before_last + line for line in more]
    return "\n".join(lines)


def _shown(path: Path) -> str:
    """Gives the path as a person would type it here: relative if it is below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(main())
