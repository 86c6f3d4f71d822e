"""``Evaluator``: metrics over slices, and whether a model may be pushed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from interactive.components._engine import choose, record
from interactive.components._fairness import thresholds_json, with_rates
from interactive.components._model_paths import eval_path
from interactive.components._schema import SCHEMA_FILE
from interactive.components._user_code import dotted_module, module_code
from interactive.dsl.base_component import BaseBeamComponent
from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import BaseBeamExecutor, BeamExecutorSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter
from interactive.dsl.user_code import UserCode
from interactive.engines import tfma_config
from interactive.engines.api import EvaluationOutcome, EvaluationRequest
from interactive.errors import SpecError
from interactive.types.artifact import Artifact
from interactive.types.artifact_utils import get_split_uris
from interactive.types.channel import BaseChannel
from interactive.types.standard_artifacts import (
    Examples,
    Model,
    ModelBlessing,
    ModelEvaluation,
    Schema,
)

BLESSED = "BLESSED"
NOT_BLESSED = "NOT_BLESSED"


class EvaluatorSpec(ComponentSpec):
    """What Evaluator takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "eval_config": ExecutionParameter(type=str),
        "fairness_indicator_thresholds": ExecutionParameter(type=str, optional=True),
        "example_splits": ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "examples": ChannelParameter(type=Examples),
        "model": ChannelParameter(type=Model),
        "baseline_model": ChannelParameter(type=Model, optional=True),
        "schema": ChannelParameter(type=Schema, optional=True),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "evaluation": ChannelParameter(type=ModelEvaluation),
        "blessing": ChannelParameter(type=ModelBlessing),
    }


class EvaluatorExecutor(BaseBeamExecutor):
    """Evaluates with TensorFlow Model Analysis."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes TFMA's files, and ``BLESSED`` or ``NOT_BLESSED``.

        Args:
          input_dict: ``examples``, ``model``, and the optional inputs.
          output_dict: ``evaluation`` and ``blessing``.
          exec_properties: The parameters.

        Raises:
          InputError: A split, a feature, a signature or a metric does not exist.
        """
        from interactive.engines.tfma_config import from_json
        from interactive.execution.capture import load_module

        examples = input_dict["examples"]
        (model,) = input_dict["model"]
        baseline = input_dict.get("baseline_model")
        schema = input_dict.get("schema")
        splits = json.loads(exec_properties.get("example_splits") or "null") or ["eval"]
        folders = [uri for split in splits for uri in get_split_uris(examples, split)]
        module_file = exec_properties.get("module_file")
        engine = choose(self.context, folders)
        outcome = engine.evaluate(
            EvaluationRequest(
                eval_config=with_rates(
                    from_json(exec_properties["eval_config"]),
                    json.loads(exec_properties.get("fairness_indicator_thresholds") or "null"),
                ),
                model_path=eval_path(model.uri),
                baseline_path=eval_path(baseline[0].uri) if baseline else None,
                examples=tuple(folders),
                schema_path=f"{schema[0].uri}/{SCHEMA_FILE}" if schema else None,
                output_dir=output_dict["evaluation"][0].uri,
                user_module=load_module(module_file) if module_file else None,
            )
        )
        record(self.context, outcome.report)
        (blessing,) = output_dict["blessing"]
        self._bless(blessing, outcome)
        blessing.set_string_custom_property("current_model", model.uri)
        blessing.set_int_custom_property("current_model_id", model.id)
        if baseline:
            blessing.set_string_custom_property("baseline_model", baseline[0].uri)
            blessing.set_int_custom_property("baseline_model_id", baseline[0].id)

    def _bless(self, blessing: Artifact, outcome: EvaluationOutcome) -> None:
        if outcome.blessed is None:
            # As in TFX: what was not validated is not blessed, and no file says otherwise.
            self.context.notes.append(
                "eval_config has no thresholds, so the model was evaluated but neither blessed nor refused; "
                "a Pusher with this blessing will not push it."
            )
            return
        Path(blessing.uri, BLESSED if outcome.blessed else NOT_BLESSED).touch()
        blessing.set_int_custom_property("blessed", int(outcome.blessed))
        self.context.notes.extend(outcome.failures)
        if outcome.failures:
            blessing.set_json_value_custom_property("reasons", list(outcome.failures))
            self.context.report["not_blessed_because"] = " ".join(outcome.failures)


class Evaluator(BaseBeamComponent):
    """Evaluates a model over slices of examples and checks thresholds.

    Args:
      examples: A channel of Examples, raw or transformed as the model expects them.
      model: A channel of Model, the candidate.
      baseline_model: A channel of Model to compare with, such as the latest blessed one; may be empty.
      feature_slicing_spec: Not taken any more, as in current TFX: use ``eval_config.slicing_specs``.
      fairness_indicator_thresholds: Thresholds at which to add the rates of FairnessIndicators.
      example_splits: Splits to evaluate on, ``eval`` by default.
      eval_config: An ``EvalConfig`` of ``tensorflow_model_analysis.proto.config_pb2``, which is also
        ``tfma.EvalConfig`` but for TFMA 0.52, where that name is missing.
      schema: A channel of Schema of the examples.
      module_file: A Python file with ``custom_eval_shared_model`` or ``custom_extractors``.
      module_path: The dotted name of such a module; instead of ``module_file``.

    Raises:
      SpecError: An argument does not fit.
      InputError: The ``eval_config`` cannot be right, whatever the data.
    """

    TYPE_NAME = "tfx.components.evaluator.component.Evaluator"
    MLMD_SYSTEM_BASE_TYPE = "EVALUATE"
    SPEC_CLASS = EvaluatorSpec
    EXECUTOR_SPEC = BeamExecutorSpec(EvaluatorExecutor)

    def __init__(
        self,
        examples: BaseChannel | None = None,
        model: BaseChannel | None = None,
        baseline_model: BaseChannel | None = None,
        feature_slicing_spec: Any = None,
        fairness_indicator_thresholds: Sequence[float] | None = None,
        example_splits: Sequence[str] | None = None,
        eval_config: Any = None,
        schema: BaseChannel | None = None,
        module_file: str | None = None,
        module_path: str | None = None,
    ) -> None:
        if feature_slicing_spec is not None:
            raise SpecError(
                "Evaluator: feature_slicing_spec is no longer taken. Write the slices into eval_config: "
                "EvalConfig(slicing_specs=[SlicingSpec(), SlicingSpec(feature_keys=['...'])], ...), with "
                "the messages of tensorflow_model_analysis.proto.config_pb2."
            )
        if isinstance(example_splits, str) or example_splits == []:
            raise SpecError(
                f"Evaluator: example_splits expects a list such as ['eval'], got {example_splits!r}."
            )
        thresholds = thresholds_json(fairness_indicator_thresholds)
        spec = EvaluatorSpec(
            examples=examples,
            model=model,
            baseline_model=baseline_model,
            schema=schema,
            eval_config=_eval_config_json(eval_config, fairness_indicator_thresholds),
            fairness_indicator_thresholds=thresholds,
            example_splits=json.dumps(list(example_splits) if example_splits else None),
        )
        super().__init__(spec)
        if module_file is not None and module_path is not None:
            raise SpecError("Evaluator: give module_file or module_path, not both.")
        self._module_file = dotted_module(module_path) if module_path is not None else module_file
        self.user_code()  # a module that cannot be captured is an error here, not at the run

    def user_code(self) -> Mapping[str, UserCode]:
        """Captures the module file as it is now."""
        return {"module_file": module_code(self._module_file, None)} if self._module_file else {}


def _eval_config_json(eval_config: Any, fairness_thresholds: Sequence[float] | None) -> str:
    from interactive.engines.validation import check_eval_config

    if eval_config is None:
        raise SpecError(
            "Evaluator: argument 'eval_config' is missing: expected an EvalConfig with model_specs, "
            f"slicing_specs and metrics_specs. {tfma_config.WHERE}"
        )
    descriptor = getattr(eval_config, "DESCRIPTOR", None)
    if descriptor is None or descriptor.full_name != "tensorflow_model_analysis.EvalConfig":
        raise SpecError(
            f"Evaluator: eval_config expects an EvalConfig, got {eval_config!r} of type "
            f"{type(eval_config).__name__}. {tfma_config.WHERE}"
        )
    check_eval_config(with_rates(eval_config, fairness_thresholds))
    return tfma_config.to_json(eval_config)
