"""TFMA without Beam: the same extractors, computations and files, for examples that fit in memory.

Inference and slicing work on large batches, and the most used metrics on all examples of a slice at once;
other metrics are fed example by example through TFMA's own combiners. What is not covered, such as confidence
intervals, is evaluated on Beam, with a note that names it.
"""

import dataclasses
from collections.abc import Sequence

from interactive.engines import eval_failures, eval_inputs, eval_thresholds, tft_inputs, validation
from interactive.engines.api import EngineReport, EvaluationOutcome, EvaluationRequest
from interactive.engines.beam import evaluation as on_beam
from interactive.engines.beam.evaluation import (
    _baseline_notes,
    _explain,
    _model_metrics,
    _path,
    _shared_models,
    prepare_config,
)
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
    import tensorflow_model_analysis as tfma

    validation.check_eval_config(request.eval_config)
    files = tft_inputs.record_files(request.examples, "evaluation")
    config = prepare_config(request.eval_config, has_baseline=request.baseline_path is not None)
    models = {spec.name: eval_inputs.read_saved_model(_path(request, spec)) for spec in config.model_specs}
    for spec in config.model_specs:
        eval_inputs.check_signatures(models[spec.name], spec)
    wanted = eval_inputs.wanted_features(config, models)
    found = eval_inputs.look_at_examples(files, wanted)
    if not hasattr(request.user_module, "custom_extractors"):
        eval_inputs.check_features(wanted, found)
        eval_inputs.check_labels(config, models, found)
    shared = _shared_models(request, config)
    eval_thresholds.check_computed(config, _model_metrics(config, shared))
    thresholds = tfma.metrics.metric_thresholds_from_metrics_specs(config.metrics_specs, eval_config=config)
    try:
        extracts = eval_extracts.extract(request, config, shared, files)
        results = eval_metrics.compute(config, shared, extracts)
        eval_files.write(config, shared, results, request.output_dir)
    except NotCoveredError as gap:
        return _fall_back(request, beam_pipeline_args, f"{gap} not available in process: ran on Beam")
    except InputError:
        raise
    # TFMA raises all sorts of errors for metrics that do not fit a model. Beam's word on them counts.
    except Exception as error:
        problem = _explain(error, models, files)
        if problem is not None:
            raise InputError(problem) from error
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
        return _fall_back(request, beam_pipeline_args, f"failed in process ({reason}): ran on Beam")

    blessed: bool | None = None
    failures: tuple[str, ...] = ()
    if thresholds:
        result = tfma.load_validation_result(request.output_dir)
        blessed = bool(result.validation_ok)
        failures = eval_failures.describe_failures(result)
    return EvaluationOutcome(
        report=EngineReport(
            engine="in_process",
            reason="TensorFlow Model Analysis evaluates in this process.",
            notes=tuple(_baseline_notes(request)),
        ),
        blessed=blessed,
        failures=failures,
    )


def _fall_back(request: EvaluationRequest, beam_pipeline_args: Sequence[str], note: str) -> EvaluationOutcome:
    outcome = on_beam.evaluate(request, beam_pipeline_args)
    report = dataclasses.replace(outcome.report, notes=(*outcome.report.notes, note))
    return dataclasses.replace(outcome, report=report)
