"""Executors: the code of a component, and how a component names it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from interactive.errors import SpecError
from interactive.types.artifact import Artifact


@dataclass
class ExecutorContext:
    """What a run gives to an executor.

    Attributes:
      beam_pipeline_args: Flags for Beam pipelines.
      tmp_dir: A folder that is removed after the execution.
      unique_id: The execution's id.
      report: What the executor says about how it worked; recorded with the execution.
      notes: Sentences that the person who ran it should read.
      engine: The engine asked for, or None for the default choice.
    """

    beam_pipeline_args: Sequence[str] = ()
    tmp_dir: str = ""
    unique_id: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    engine: str | None = None


class BaseExecutor:
    """The code of a component: override ``Do``.

    Args:
      context: What the run gives; None makes an empty one, for tests.
    """

    Context = ExecutorContext

    def __init__(self, context: ExecutorContext | None = None) -> None:
        self.context = context or ExecutorContext()

    def Do(  # noqa: N802 - TFX v1's name
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads inputs, writes outputs to their URIs and sets their properties.

        Args:
          input_dict: Input name to artifacts.
          output_dict: Output name to artifacts, with URIs that are existing empty folders.
          exec_properties: Parameter name to value; protobuf messages as JSON.
        """
        raise NotImplementedError

    @property
    def beam_pipeline_args(self) -> list[str]:
        """Flags for Beam pipelines."""
        return list(self.context.beam_pipeline_args)


class BaseBeamExecutor(BaseExecutor):
    """An executor that runs Beam pipelines."""

    def _make_beam_pipeline(self) -> Any:
        """A ``beam.Pipeline`` with the run's flags."""
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions

        return beam.Pipeline(options=PipelineOptions(self.beam_pipeline_args))


class ExecutorClassSpec:
    """Names an executor class.

    Args:
      executor_class: A subclass of ``BaseExecutor``.

    Raises:
      SpecError: It is something else.
    """

    def __init__(self, executor_class: type[BaseExecutor]) -> None:
        if not (isinstance(executor_class, type) and issubclass(executor_class, BaseExecutor)):
            raise SpecError(
                "An executor spec expects a class derived from BaseExecutor, got "
                f"{executor_class!r} of type {type(executor_class).__name__}."
            )
        self.executor_class = executor_class


class BeamExecutorSpec(ExecutorClassSpec):
    """Names an executor class that runs Beam pipelines."""
