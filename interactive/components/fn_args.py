"""``FnArgs``: what ``run_fn`` is given."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class FnArgs:
    """The arguments of a ``run_fn``, with TFX v1's names.

    Attributes:
      working_dir: A folder for temporary files.
      train_files: Glob patterns of the training examples.
      eval_files: Glob patterns of the evaluation examples.
      train_steps: Training steps asked for, or None.
      eval_steps: Evaluation steps asked for, or None.
      schema_path: The path of ``schema.pbtxt``, or None.
      schema_file: The same.
      transform_graph_path: The transform graph's folder, or None.
      transform_output: The same.
      data_accessor: Reads examples: ``tf_dataset_factory`` and ``record_batch_factory``.
      serving_model_dir: Where the model is to be saved.
      eval_model_dir: Where a model for evaluation alone may be saved.
      model_run_dir: Where logs and checkpoints belong.
      base_model: The folder of a model to start from, or None.
      hyperparameters: Hyperparameters that a tuner found, or None.
      custom_config: What the Trainer was given, or an empty dict.
    """

    working_dir: str | None = None
    train_files: list[str] = field(default_factory=list)
    eval_files: list[str] = field(default_factory=list)
    train_steps: int | None = None
    eval_steps: int | None = None
    schema_path: str | None = None
    schema_file: str | None = None
    transform_graph_path: str | None = None
    transform_output: str | None = None
    data_accessor: Any = None
    serving_model_dir: str | None = None
    eval_model_dir: str | None = None
    model_run_dir: str | None = None
    base_model: str | None = None
    hyperparameters: dict[str, Any] | None = None
    custom_config: dict[str, Any] = field(default_factory=dict)
