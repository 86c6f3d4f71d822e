"""The engine that does data work in this Python process, without Beam: fast while the data fits in memory.

Each method imports its module when it is called, so naming this engine loads nothing heavy.
"""

from collections.abc import Sequence

from interactive.engines.api import (
    EngineReport,
    EvaluationOutcome,
    EvaluationRequest,
    ExamplesRequest,
    StatisticsRequest,
    TransformRequest,
)


class InProcessEngine:
    """Carries out every request in this process; what it cannot do goes to Beam, with a note.

    Attributes:
      name: ``"in_process"``.
      beam_pipeline_args: Flags for what goes to Beam.
    """

    name = "in_process"

    def __init__(self, beam_pipeline_args: Sequence[str] = ()) -> None:
        self.beam_pipeline_args = tuple(beam_pipeline_args)

    def generate_examples(self, request: ExamplesRequest) -> EngineReport:
        """Reads CSV files and writes ``tf.Example`` records.

        Raises:
          InputError: The files cannot be used.
        """
        from interactive.engines.in_process import example_gen

        return example_gen.generate_examples(request)

    def generate_statistics(self, request: StatisticsRequest) -> EngineReport:
        """Computes statistics of examples.

        Raises:
          InputError: The examples or the schema cannot be used.
        """
        from interactive.engines.in_process import statistics

        return statistics.generate_statistics(request, self.beam_pipeline_args)

    def transform(self, request: TransformRequest) -> EngineReport:
        """Analyses and transforms examples.

        Raises:
          InputError: The examples or the schema cannot be used.
        """
        from interactive.engines.in_process import transform

        return transform.transform(request, self.beam_pipeline_args)

    def evaluate(self, request: EvaluationRequest) -> EvaluationOutcome:
        """Evaluates a model on examples.

        Raises:
          InputError: The model or the examples cannot be used.
        """
        from interactive.engines.in_process import evaluation

        return evaluation.evaluate(request, self.beam_pipeline_args)
