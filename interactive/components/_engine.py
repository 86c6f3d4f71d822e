"""How executors choose an engine and record what it said."""

import os
from collections.abc import Iterable
from pathlib import Path

from interactive.dsl.executor import ExecutorContext
from interactive.engines.api import Engine, EngineReport


def choose(context: ExecutorContext, inputs: Iterable[str]) -> Engine:
    """Picks the engine for an execution and records why.

    Args:
      context: The executor's context.
      inputs: The files and folders that will be read.

    Returns:
      The engine.

    Raises:
      InputError: The engine asked for does not exist.
    """
    from interactive.engines.select import select_engine

    engine, reason = select_engine(
        context.engine, input_bytes=_size(inputs), beam_pipeline_args=context.beam_pipeline_args
    )
    context.report["engine"] = engine.name
    context.report["engine_reason"] = reason
    return engine


def record(context: ExecutorContext, report: EngineReport) -> None:
    """Records how a request was carried out."""
    context.report["engine"] = report.engine
    if report.reason:
        context.report["engine_reason"] = report.reason
    context.notes.extend(report.notes)
    if report.notes:
        context.report["engine_notes"] = " ".join(report.notes)


def _size(inputs: Iterable[str]) -> int:
    total = 0
    for path in map(Path, inputs):
        if path.is_file():
            total += path.stat().st_size
        for folder, _, names in os.walk(path):
            total += sum(Path(folder, name).stat().st_size for name in names)
    return total
