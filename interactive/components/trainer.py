"""``Trainer``: calls a ``run_fn`` that trains and saves a model."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from interactive.components._model_paths import EVAL, SERVING, eval_path, serving_path
from interactive.components._schema import SCHEMA_FILE
from interactive.components._user_code import (
    UserFunction,
    decode_custom_config,
    encode_custom_config,
    load_function,
)
from interactive.components.fn_args import FnArgs
from interactive.dsl.base_component import BaseComponent
from interactive.dsl.component_spec import ComponentSpec, message_from_json
from interactive.dsl.executor import BaseExecutor, ExecutorClassSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter, RuntimeParameter
from interactive.dsl.user_code import UserCode
from interactive.errors import InputError, SpecError
from interactive.proto import EvalArgs, TrainArgs
from interactive.types.artifact import Artifact
from interactive.types.artifact_utils import get_split_uris
from interactive.types.channel import BaseChannel
from interactive.types.standard_artifacts import (
    Examples,
    HyperParameters,
    Model,
    ModelRun,
    Schema,
    TransformGraph,
)

_HYPERPARAMETERS_FILE = "best_hyperparameters.txt"


class TrainerSpec(ComponentSpec):
    """What Trainer takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "train_args": ExecutionParameter(type=TrainArgs),
        "eval_args": ExecutionParameter(type=EvalArgs),
        "custom_config": ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "examples": ChannelParameter(type=Examples),
        "transform_graph": ChannelParameter(type=TransformGraph, optional=True),
        "schema": ChannelParameter(type=Schema, optional=True),
        "base_model": ChannelParameter(type=Model, optional=True),
        "hyperparameters": ChannelParameter(type=HyperParameters, optional=True),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "model": ChannelParameter(type=Model),
        "model_run": ChannelParameter(type=ModelRun),
    }


class GenericExecutor(BaseExecutor):
    """Calls ``run_fn`` with ``FnArgs``."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Trains.

        Args:
          input_dict: ``examples`` and the optional inputs.
          output_dict: ``model`` and ``model_run``.
          exec_properties: The parameters, with the captured ``run_fn``.

        Raises:
          InputError: A split does not exist, or ``run_fn`` saved no model.
        """
        run_fn = load_function(exec_properties, "run_fn")
        fn_args = self._fn_args(input_dict, output_dict, exec_properties)
        run_fn(fn_args)
        _check_saved(fn_args, output_dict["model"][0].uri)

    def _fn_args(
        self,
        input_dict: Mapping[str, Sequence[Artifact]],
        output_dict: Mapping[str, Sequence[Artifact]],
        exec_properties: Mapping[str, Any],
    ) -> FnArgs:
        from interactive.engines.data_accessor import make_data_accessor

        examples = input_dict["examples"]
        train = message_from_json(exec_properties["train_args"], TrainArgs())
        evaluation = message_from_json(exec_properties["eval_args"], EvalArgs())
        model_uri = output_dict["model"][0].uri
        graph = _uri(input_dict, "transform_graph")
        schema = _uri(input_dict, "schema")
        base = _uri(input_dict, "base_model")
        serving = Path(model_uri, SERVING)
        serving.mkdir()
        return FnArgs(
            working_dir=self.context.tmp_dir or None,
            train_files=_patterns(examples, list(train.splits) or ["train"]),
            eval_files=_patterns(examples, list(evaluation.splits) or ["eval"]),
            train_steps=train.num_steps or None,
            eval_steps=evaluation.num_steps or None,
            schema_path=f"{schema}/{SCHEMA_FILE}" if schema else None,
            schema_file=f"{schema}/{SCHEMA_FILE}" if schema else None,
            transform_graph_path=graph,
            transform_output=graph,
            data_accessor=make_data_accessor(),
            serving_model_dir=str(serving),
            eval_model_dir=str(Path(model_uri, EVAL)),
            model_run_dir=output_dict["model_run"][0].uri,
            base_model=eval_path(base) if base else None,
            hyperparameters=_hyperparameters(_uri(input_dict, "hyperparameters")),
            custom_config=decode_custom_config(exec_properties) or {},
        )


class Trainer(BaseComponent):
    """Trains a model with a ``run_fn``.

    The function is captured with what it uses; it may be defined in a cell. It gets ``FnArgs`` and saves its
    model to ``fn_args.serving_model_dir``. Keras 3, ``tf_keras`` and models of other libraries all work.

    Args:
      examples: A channel of Examples, raw or transformed.
      transformed_examples: The same under an older name.
      transform_graph: A channel of TransformGraph.
      schema: A channel of Schema.
      base_model: A channel of Model to start from.
      hyperparameters: A channel of HyperParameters.
      module_file: A Python file that defines ``run_fn``.
      run_fn: The function itself, or its dotted name; instead of ``module_file``.
      train_args: Splits (``train`` by default) and steps.
      eval_args: Splits (``eval`` by default) and steps.
      custom_config: JSON values for ``fn_args.custom_config``.
      custom_executor_spec: Another executor for the same specification.

    Raises:
      SpecError: An argument does not fit.
      CaptureError: The function cannot be captured.
    """

    TYPE_NAME = "tfx.components.trainer.component.Trainer"
    MLMD_SYSTEM_BASE_TYPE = "TRAIN"
    SPEC_CLASS = TrainerSpec
    EXECUTOR_SPEC = ExecutorClassSpec(GenericExecutor)

    def __init__(
        self,
        examples: BaseChannel | None = None,
        transformed_examples: BaseChannel | None = None,
        transform_graph: BaseChannel | None = None,
        schema: BaseChannel | None = None,
        base_model: BaseChannel | None = None,
        hyperparameters: BaseChannel | None = None,
        module_file: str | None = None,
        run_fn: Callable[[FnArgs], Any] | str | None = None,
        train_args: TrainArgs | dict[str, Any] | RuntimeParameter | None = None,
        eval_args: EvalArgs | dict[str, Any] | RuntimeParameter | None = None,
        custom_config: Mapping[str, Any] | None = None,
        custom_executor_spec: ExecutorClassSpec | None = None,
    ) -> None:
        if examples is not None and transformed_examples is not None:
            raise SpecError(
                "Trainer: examples and transformed_examples are two names of one input. Give one of them."
            )
        if transformed_examples is not None and transform_graph is None:
            raise SpecError(
                "Trainer: transformed_examples needs transform_graph=transform.outputs['transform_graph']."
            )
        spec = TrainerSpec(
            examples=examples if examples is not None else transformed_examples,
            transform_graph=transform_graph,
            schema=schema,
            base_model=base_model,
            hyperparameters=hyperparameters,
            train_args=train_args if train_args is not None else TrainArgs(),
            eval_args=eval_args if eval_args is not None else EvalArgs(),
            custom_config=encode_custom_config("Trainer", custom_config),
        )
        super().__init__(spec, custom_executor_spec)
        needed = custom_executor_spec is None or run_fn is not None or module_file is not None
        self._run_fn = UserFunction("Trainer", "run_fn", run_fn, module_file) if needed else None

    def user_code(self) -> Mapping[str, UserCode]:
        """Captures ``run_fn`` as it is now."""
        return {"run_fn": self._run_fn.capture()} if self._run_fn else {}


def _uri(input_dict: Mapping[str, Sequence[Artifact]], name: str) -> str | None:
    artifacts = input_dict.get(name)
    return artifacts[0].uri if artifacts else None


def _patterns(examples: Sequence[Artifact], splits: Sequence[str]) -> list[str]:
    return [f"{folder}/*" for split in splits for folder in get_split_uris(examples, split)]


def _hyperparameters(uri: str | None) -> dict[str, Any] | None:
    if uri is None:
        return None
    file = Path(uri, _HYPERPARAMETERS_FILE)
    if not file.is_file():
        raise InputError(
            f"There is no {_HYPERPARAMETERS_FILE} in the HyperParameters artifact {uri}. Expected a JSON "
            "file."
        )
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def _check_saved(fn_args: FnArgs, model_uri: str) -> None:
    assert fn_args.serving_model_dir is not None
    if any(Path(fn_args.serving_model_dir).iterdir()):
        return
    raise InputError(
        "run_fn returned without saving a model: fn_args.serving_model_dir is empty. Save it there, such as "
        "with model.export(fn_args.serving_model_dir) or tf.saved_model.save(model, "
        f"fn_args.serving_model_dir, signatures=...). (Looked in {serving_path(model_uri)}.)"
    )
