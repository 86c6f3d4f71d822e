"""A model's evaluation, as TensorFlow Model Analysis computes it."""

import os
from collections.abc import Mapping
from typing import Any

from widgets import _check
from widgets._blocks import Block, Facts, Heading, Note
from widgets._evaluation_plots import plot_blocks
from widgets._metrics import metric_blocks
from widgets._validation import validation_blocks
from widgets._view import View

_EXPECTED = "a TFMA EvalResult, or a mapping from names to EvalResult"
_MEND = "Give what tfma.load_eval_result returns, or use EvaluationView.from_path."


class EvaluationView(View):
    """Metrics by slice, thresholds passed and failed, and plots.

    Args:
        result: A `tfma.view.EvalResult`, or a mapping from names (of models or of runs) to them.
        validation: A TFMA `ValidationResult`, from `tfma.load_validation_result`; None if there is none.
        title: The heading.

    Raises:
        TypeError: An argument is of another type.
    """

    def __init__(
        self,
        result: Mapping[str, Any] | Any,
        validation: Any | None = None,
        *,
        title: str = "Evaluation",
    ) -> None:
        self.title = title
        self.results = _results(result)
        if validation is not None and not hasattr(validation, "metric_validations_per_slice"):
            raise _check.type_error(
                "EvaluationView",
                "a TFMA ValidationResult or None as validation",
                validation,
                "Give what tfma.load_validation_result returns.",
            )
        self.validation = validation

    @classmethod
    def from_path(cls, path: str | os.PathLike[str], *, title: str = "Evaluation") -> "EvaluationView":
        """Read a folder that TFMA wrote, for example an Evaluator's `evaluation` output.

        Args:
            path: The folder.
            title: The heading.

        Raises:
            FileNotFoundError: There is no such folder, or TFMA did not write it.
        """
        folder = _check.existing_folder("EvaluationView", path)
        names = sorted(each.name for each in folder.iterdir())
        if not any(name.startswith(("eval_config", "metrics")) for name in names):
            raise FileNotFoundError(
                f"EvaluationView expects TFMA's files in {str(folder)!r}, but found "
                f"{', '.join(names[:8]) or 'nothing'}. Give the output_path of the evaluation."
            )
        import tensorflow_model_analysis as tfma

        results = {"": tfma.load_eval_result(str(folder))}
        specs = list(results[""].config.model_specs) if results[""].config else []
        if len(specs) > 1:  # the metrics of several models are told apart by the model's name
            results = {spec.name: tfma.load_eval_result(str(folder), model_name=spec.name) for spec in specs}
            results = {name: result for name, result in results.items() if result.slicing_metrics}
        validation = None
        if any(name.startswith("validations") for name in names):
            validation = tfma.load_validation_result(str(folder))
        return cls(results, validation, title=title)

    def _blocks(self) -> list[Block]:
        if not self.results:
            return [Note("No evaluation: there are no results in what was given.", "info")]
        blocks: list[Block] = []
        if self.validation is not None:
            config = next((r.config for r in self.results.values() if r.config is not None), None)
            blocks += validation_blocks(self.validation, config)
        for name, result in self.results.items():
            if name:
                blocks.append(Heading(name, 3))
            blocks += _result_blocks(result)
        return blocks


def _results(result: Any) -> dict[str, Any]:
    if hasattr(result, "get_results"):  # tfma.view.EvalResults: several runs in one object
        result = {f"Run {i}": each for i, each in enumerate(result.get_results(), 1)}
    named = dict(result) if isinstance(result, Mapping) else {"": result}
    for each in named.values():
        if not hasattr(each, "slicing_metrics") or not hasattr(each, "plots"):
            raise _check.type_error("EvaluationView", _EXPECTED, each, _MEND)
    return {str(name): each for name, each in named.items()}


def _result_blocks(result: Any) -> list[Block]:
    slices = result.slicing_metrics or []
    blocks: list[Block] = []
    where = {"Model": result.model_location, "Data": result.data_location}
    # TFMA writes what it does not know in angle brackets: <unknown>.
    facts = [(label, str(place)) for label, place in where.items() if place and str(place)[0] != "<"]
    if facts:
        blocks.append(Facts(facts))
    if not slices:
        blocks.append(Note("This evaluation holds no metrics.", "info"))
    blocks += metric_blocks(slices)
    blocks += plot_blocks(result.plots or [])
    return blocks
