"""TensorFlow Transform in this process: analysis, transform graph and transformed examples without Beam."""

import dataclasses
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interactive.engines import tft_apply, tft_failures, tft_job
from interactive.engines.api import EngineReport, TransformRequest
from interactive.engines.in_process import tft_analysis
from interactive.engines.in_process.tft_steps import NotCoveredError
from interactive.errors import InputError


def transform(request: TransformRequest, beam_pipeline_args: Sequence[str] = ()) -> EngineReport:
    """Carries out one Transform request; what only Beam can analyse goes to Beam, with a note.

    Args:
      request: What to analyse and transform, and where to write.
      beam_pipeline_args: Flags for what goes to Beam.

    Returns:
      The report, with the number of records written a split.

    Raises:
      InputError: The schema, the examples or what ``preprocessing_fn`` returns cannot be used.
      Exception: Whatever the user's ``preprocessing_fn`` raises, untouched.
    """
    tft_job.check(request)
    parent = Path(request.graph_dir).parent
    parent.mkdir(parents=True, exist_ok=True)
    temp_dir = tempfile.mkdtemp(prefix=".transform-", dir=parent)
    try:
        return _transform(request, tuple(beam_pipeline_args), temp_dir)
    except NotCoveredError as reason:
        return _on_beam(request, beam_pipeline_args, reason)
    finally:
        shutil.rmtree(temp_dir, ignore_errors=True)


def _transform(request: TransformRequest, beam_pipeline_args: tuple[str, ...], temp_dir: str) -> EngineReport:
    job = tft_job.prepare(request, beam_pipeline_args, keep_examples=True, trace_dir=temp_dir)
    try:
        notes = tft_analysis.analyze(job, temp_dir)
        tft_job.write_raw_metadata(job)
        counts = tft_apply.apply_in_process(job)
    except (InputError, NotCoveredError):
        raise
    except Exception as error:
        problem = tft_failures.explain(error, job)
        if problem is None:
            raise
        raise InputError(problem) from error
    return EngineReport(
        engine="in_process",
        reason="TensorFlow Transform's analysis and the transformation ran in this process.",
        notes=tuple(notes),
        counts=counts,
    )


def _on_beam(request: TransformRequest, beam_pipeline_args: Sequence[str], reason: Any) -> EngineReport:
    from interactive.engines.beam import transform as on_beam

    report = on_beam.transform(request, beam_pipeline_args)
    note = f"The analysis ran on Beam, because it is not done in process for: {reason}."
    return dataclasses.replace(report, notes=(note, *report.notes))
