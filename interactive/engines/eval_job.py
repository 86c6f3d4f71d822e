"""What both engines do before and after an evaluation: check, prepare, and say what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interactive.engines import (
    eval_failures,
    eval_inputs,
    eval_thresholds,
    tft_inputs,
    validation,
)
from interactive.engines.api import EngineReport, EvaluationOutcome, EvaluationRequest
from interactive.errors import InputError


@dataclass(frozen=True)
class EvalJob:
    """A request that has been checked, with what an engine needs.

    Attributes:
      request: The request.
      files: The example files.
      config: The completed ``tfma.EvalConfig``.
      models: Model name to what is known of its SavedModel.
      shared: What TFMA loads models from: one, or a list when there is a baseline.
      has_thresholds: Whether anything can keep the model from being blessed.
    """

    request: EvaluationRequest
    files: Sequence[str]
    config: Any
    models: Mapping[str, eval_inputs.SavedModelInfo]
    shared: Any
    has_thresholds: bool

    def explain(self, error: Exception) -> str | None:
        """Says what a failed evaluation means for the user, or None where only the error itself can."""
        return _explain(error, self.models, self.files)

    def outcome(self, engine: str, reason: str) -> EvaluationOutcome:
        """Reads back what an engine wrote.

        Args:
          engine: The engine's name.
          reason: Why it was this one.

        Returns:
          Whether the model is blessed, and what kept it from being.
        """
        import tensorflow_model_analysis as tfma

        blessed: bool | None = None
        failures: tuple[str, ...] = ()
        if self.has_thresholds:
            result = tfma.load_validation_result(self.request.output_dir)
            blessed = bool(result.validation_ok)
            failures = eval_failures.describe_failures(result)
        report = EngineReport(engine=engine, reason=reason, notes=tuple(_baseline_notes(self.request)))
        return EvaluationOutcome(report=report, blessed=blessed, failures=failures)


def prepare(request: EvaluationRequest) -> EvalJob:
    """Checks a request before anything is computed.

    Args:
      request: The configuration, the models, the examples and where to write.

    Returns:
      The job.

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
    return EvalJob(request, files, config, models, shared, bool(thresholds))


def prepare_config(eval_config: Any, has_baseline: bool) -> Any:
    """Completes a configuration as TFMA does, for the models that there are.

    Args:
      eval_config: As the user wrote it; it is not changed.
      has_baseline: Whether there is a baseline model. Without one its model spec and all change
        thresholds are dropped.

    Returns:
      A new ``tfma.EvalConfig``.

    Raises:
      InputError: TFMA refuses the configuration.
    """
    import tensorflow_model_analysis as tfma

    config = type(eval_config)()
    config.CopyFrom(eval_config)
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            # TFMA computes Keras metrics with tf_keras. A class of Keras 3 would not be recognised.
            if validation.is_keras_module(metric.module):
                metric.module = ""
    if has_baseline and len(config.model_specs) == 1:
        # TFMA adds the baseline's spec only to a candidate without a name.
        config.model_specs[0].name = ""
    try:
        config = tfma.utils.update_eval_config_with_defaults(
            config, has_baseline=has_baseline, rubber_stamp=True
        )
        tfma.utils.verify_eval_config(config)
    except ValueError as error:
        raise InputError(f"TFMA cannot use eval_config: {error}") from error
    eval_thresholds.attach(config)
    return config


def _baseline_notes(request: EvaluationRequest) -> list[str]:
    if request.baseline_path is not None:
        return []
    notes = []
    if any(spec.is_baseline for spec in request.eval_config.model_specs):
        notes.append("There is no baseline model yet, so the baseline's model_spec was left out.")
    if validation.has_change_thresholds(request.eval_config):
        notes.append("There is no baseline model yet, so change thresholds were not checked.")
    return notes


def _path(request: EvaluationRequest, spec: Any) -> str:
    if spec.is_baseline and request.baseline_path is not None:
        return request.baseline_path
    return request.model_path


def _shared_models(request: EvaluationRequest, config: Any) -> Any:
    """Makes what TFMA loads models from: one, or a list when there is a baseline."""
    import tensorflow_model_analysis as tfma

    make = getattr(request.user_module, "custom_eval_shared_model", None)
    shared = [
        (make or tfma.default_eval_shared_model)(
            eval_saved_model_path=_path(request, spec),
            model_name=spec.name,
            eval_config=config,
            add_metrics_callbacks=None,
        )
        for spec in config.model_specs
    ]
    return shared[0] if len(shared) == 1 else shared


def _model_metrics(config: Any, shared: Any) -> set[str]:
    """Names the metrics that Keras 2 models were compiled with; other models bring none.

    Raises:
      InputError: There is no metric at all.
    """
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.evaluators import keras_util

    names: set[str] = set()
    for model in shared if isinstance(shared, list) else [shared]:
        if model.model_type == tfma.TF_KERAS and model.include_default_metrics:
            for computation in keras_util.metric_computations_using_keras_saved_model(
                model.model_name, model.model_loader, config
            ):
                names.update(key.name for key in computation.keys)
    if not names and not any(spec.metrics for spec in config.metrics_specs):
        raise InputError(
            "Expected at least one metric in eval_config.metrics_specs, found none, and the model "
            "brings none along. Add for example "
            "MetricsSpec(metrics=[MetricConfig(class_name='ExampleCount')])."
        )
    return names


def _explain(
    error: Exception, models: Mapping[str, eval_inputs.SavedModelInfo], files: Sequence[str]
) -> str | None:
    """Says what a failed pipeline means for the user, or None where only the error itself can."""
    text = str(error)
    if "Fail to call signature func" in text:
        name = text.split("signature_name:", 1)[1].split("\n", 1)[0].strip(" .")
        reasons = (eval_inputs.signature_error(info, name, files) for info in models.values())
        reason = next((f": {found}" for found in reasons if found), "")
        return (
            f"The model's signature {name!r} cannot be called with these examples{reason}. Check that "
            "it reads features which the examples have, raw or transformed."
        )
    if "fails to update with inputs" in text:
        metric = text.split(" fails to update", 1)[0].removeprefix("TF Metric").strip()
        return (
            f"The metric {metric!r} cannot be computed from these labels and predictions. Check that "
            "label_key names a number, and that the metric fits the shape of the model's output: "
            f"Binary... for one score, SparseCategorical... for one score a class. {text[:500]}"
        )
    return None
