"""The engine that runs data work on Apache Beam: any runner, any size.

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


class BeamEngine:
    """Carries out every request as a Beam pipeline.

    Attributes:
      name: ``"beam"``.
      beam_pipeline_args: Flags for the pipeline, such as ``--runner=DataflowRunner``.
    """

    name = "beam"

    def __init__(self, beam_pipeline_args: Sequence[str] = ()) -> None:
        self.beam_pipeline_args = tuple(beam_pipeline_args)

    def generate_examples(self, request: ExamplesRequest) -> EngineReport:
        """Reads CSV files and writes ``tf.Example`` records.

        Raises:
          InputError: The files or the pipeline arguments cannot be used.
        """
        from interactive.engines.beam import example_gen

        return example_gen.generate_examples(request, self.beam_pipeline_args)

    def generate_statistics(self, request: StatisticsRequest) -> EngineReport:
        """Computes statistics of examples.

        Raises:
          InputError: The examples, the schema or the pipeline arguments cannot be used.
        """
        from interactive.engines.beam import statistics

        return statistics.generate_statistics(request, self.beam_pipeline_args)

    def transform(self, request: TransformRequest) -> EngineReport:
        """Analyses and transforms examples.

        Raises:
          InputError: The examples, the schema or the pipeline arguments cannot be used.
        """
        from interactive.engines.beam import transform

        return transform.transform(request, self.beam_pipeline_args)

    def evaluate(self, request: EvaluationRequest) -> EvaluationOutcome:
        """Evaluates a model on examples.

        Raises:
          InputError: The model, the examples or the pipeline arguments cannot be used.
        """
        from interactive.engines.beam import evaluation

        return evaluation.evaluate(request, self.beam_pipeline_args)
