"""TFMA without Beam: the same extractors, computations and files, for examples that fit in memory.

Inference and slicing work on large batches, and the most used metrics on all examples of a slice at once;
other metrics are fed example by example through TFMA's own combiners. What is not covered, such as confidence
intervals, is evaluated on Beam, with a note that names it.
"""

import dataclasses
from collections.abc import Sequence

from interactive.engines import eval_job
from interactive.engines.api import EvaluationOutcome, EvaluationRequest
from interactive.engines.beam import evaluation as on_beam
from interactive.engines.in_process import eval_extracts, eval_files, eval_metrics
from interactive.engines.in_process.eval_local import NotCoveredError
from interactive.errors import InputError


def evaluate(request: EvaluationRequest, beam_pipeline_args: Sequence[str] = ()) -> EvaluationOutcome:
    """Carries out one Evaluator request.

    Args:
      request: The configuration, the models, the examples and where to write.
      beam_pipeline_args: Flags for Beam, in case it is needed.

    Returns:
      What ``beam.evaluation.evaluate`` finds for the same request; the report names the engine.

    Raises:
      InputError: The configuration, a model or the examples cannot be used.
    """
    job = eval_job.prepare(request)
    try:
        extracts = eval_extracts.extract(request, job.config, job.shared, job.files)
        results = eval_metrics.compute(job.config, job.shared, extracts)
        eval_files.write(job.config, job.shared, results, request.output_dir)
    except NotCoveredError as gap:
        return _fall_back(request, beam_pipeline_args, f"{gap} not available in process: ran on Beam")
    except InputError:
        raise
    # TFMA raises all sorts of errors for metrics that do not fit a model. Beam's word on them counts.
    except Exception as error:
        problem = job.explain(error)
        if problem is not None:
            raise InputError(problem) from error
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
        return _fall_back(request, beam_pipeline_args, f"failed in process ({reason}): ran on Beam")
    return job.outcome("in_process", "TensorFlow Model Analysis evaluates in this process.")


def _fall_back(request: EvaluationRequest, beam_pipeline_args: Sequence[str], note: str) -> EvaluationOutcome:
    outcome = on_beam.evaluate(request, beam_pipeline_args)
    report = dataclasses.replace(outcome.report, notes=(*outcome.report.notes, note))
    return dataclasses.replace(outcome, report=report)
