"""TFMA on Beam: metrics of a model, and of a baseline where there is one, into TFMA's own files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interactive.engines import eval_job, tft_inputs
from interactive.engines.api import EvaluationOutcome, EvaluationRequest
from interactive.engines.beam import runner
from interactive.errors import InputError

_TELEMETRY = ["cellwise", "Evaluator"]


def evaluate(request: EvaluationRequest, beam_pipeline_args: Sequence[str] = ()) -> EvaluationOutcome:
    """Carries out one Evaluator request.

    Args:
      request: The configuration, the models, the examples and where to write.
      beam_pipeline_args: Flags for the Beam pipeline.

    Returns:
      Whether the model is blessed, what kept it from being, and what should be known. ``blessed``
      is None when the configuration has no threshold.

    Raises:
      InputError: The configuration, a model or the examples cannot be used; found before the
        pipeline starts wherever it can be.
    """
    job = eval_job.prepare(request)
    try:
        _run(request, job.config, job.shared, job.files, beam_pipeline_args)
    except InputError:
        raise
    except Exception as error:
        problem = job.explain(error)
        if problem is None:
            raise
        raise InputError(problem) from error
    return job.outcome("beam", "TensorFlow Model Analysis evaluates with Beam.")


def _run(
    request: EvaluationRequest,
    config: Any,
    shared: Any,
    files: Sequence[str],
    beam_pipeline_args: Sequence[str],
) -> None:
    import tensorflow_model_analysis as tfma
    from tfx_bsl.tfxio import tensor_adapter, tf_example_record

    schema = None if request.schema_path is None else tft_inputs.load_schema(request.schema_path)
    tfxio = tf_example_record.TFExampleRecord(
        list(files),
        schema=schema,
        raw_record_column_name=tfma.ARROW_INPUT_COLUMN,
        telemetry_descriptors=_TELEMETRY,
    )
    adapter = None
    if schema is not None:
        adapter = tensor_adapter.TensorAdapterConfig(
            arrow_schema=tfxio.ArrowSchema(),
            tensor_representations=tfxio.TensorRepresentations(),
        )
    extractors = None
    custom = getattr(request.user_module, "custom_extractors", None)
    if custom is not None:
        extractors = custom(eval_shared_model=shared, eval_config=config, tensor_adapter_config=adapter)
    Path(request.output_dir).mkdir(parents=True, exist_ok=True)
    with runner.pipeline(beam_pipeline_args) as pipeline:
        _ = (
            pipeline
            | "ReadExamples" >> tfxio.BeamSource()
            | "ExtractEvaluateAndWriteResults"
            >> tfma.ExtractEvaluateAndWriteResults(
                eval_shared_model=shared,
                eval_config=config,
                extractors=extractors,
                output_path=request.output_dir,
                tensor_adapter_config=adapter,
            )
        )
