"""The card that tells what one run of a component did."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from widgets import _check
from widgets._blocks import (
    SPANNED,
    Block,
    Cell,
    Column,
    Facts,
    Fold,
    Note,
    Pre,
    Row,
    Table,
    Tone,
    simple_table,
)
from widgets._format import DASH, count_of, duration, shorten
from widgets._values import words
from widgets._view import View

STATES: Mapping[str, Tone] = {
    "complete": "ok",
    "cached": "info",
    "failed": "error",
    "canceled": "warn",
}
"""The states that a finished run can be in, and how each is shown."""

_LONG_VALUE = 300
_SHORT_PROPERTY = 40


@dataclass(frozen=True)
class ArtifactSummary:
    """One artifact, as a card shows it.

    Attributes:
        type_name: The artifact's type, for example `Examples`.
        uri: Where its data lies.
        id: Its id in the metadata store; None before it is registered.
        properties: Further properties, by name.
    """

    type_name: str
    uri: str = ""
    id: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunSummary:
    """One run of one component, as a card shows it.

    Attributes:
        component_id: The component's id in its pipeline.
        state: One of `STATES`: complete, cached, failed or canceled.
        seconds: How long it took; None where that is not known.
        execution_id: Its id in the metadata store; None where nothing was registered.
        outputs: Artifacts by output key.
        inputs: Artifacts by input key.
        parameters: Parameter values by name.
        notes: Sentences that the person should read.
        error: What went wrong, for a failed run; may have several lines.
    """

    component_id: str
    state: str
    seconds: float | None = None
    execution_id: int | None = None
    outputs: Mapping[str, Sequence[ArtifactSummary]] = field(default_factory=dict)
    inputs: Mapping[str, Sequence[ArtifactSummary]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    error: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            known = ", ".join(STATES)
            raise ValueError(
                f"RunSummary expects a state of {known}, but was given {self.state!r}. Use one of these."
            )


class ResultView(View):
    """The card of one run: state, time, outputs, inputs and parameters.

    Args:
        summary: What to show.

    Raises:
        TypeError: `summary` is not a `RunSummary`.
    """

    def __init__(self, summary: RunSummary) -> None:
        if not isinstance(summary, RunSummary):
            raise _check.type_error(
                "ResultView", "a RunSummary", summary, "Fill a widgets.RunSummary and give that."
            )
        self.title = summary.component_id
        self.summary = summary

    def _blocks(self) -> list[Block]:
        summary = self.summary
        facts: list[tuple[str, str | Cell]] = [("State", Cell(summary.state, tone=STATES[summary.state]))]
        if summary.seconds is not None and math.isfinite(summary.seconds):
            facts.append(("Time", duration(summary.seconds)))
        if summary.execution_id is not None:
            facts.append(("Execution", str(summary.execution_id)))
        blocks: list[Block] = [Facts(facts)]
        if summary.error:
            blocks.append(Pre(summary.error))
        blocks += [Note(note, "info") for note in summary.notes]
        if summary.outputs:
            blocks.append(_outputs(summary.outputs))
        elif summary.state in {"complete", "cached"}:
            blocks.append(Note("This component has no outputs.", dim=True))
        if summary.inputs:
            fold = f"{count_of(len(summary.inputs), 'input')}: {', '.join(summary.inputs)}"
            blocks.append(Fold(fold, [_inputs(summary.inputs)], in_text=True))
        if summary.parameters:
            blocks.append(
                Fold(
                    count_of(len(summary.parameters), "parameter"),
                    [_parameters(summary.parameters)],
                    in_text=True,
                )
            )
        return blocks


def _outputs(outputs: Mapping[str, Sequence[ArtifactSummary]]) -> Table:
    with_properties = any(artifact.properties for each in outputs.values() for artifact in each)
    columns = [
        Column("Output"),
        Column("Type"),
        Column("Id", "right", "The artifact's id in the metadata store"),
        *([Column("Properties")] if with_properties else []),
        Column("URI"),
    ]

    def row(artifact: ArtifactSummary) -> list[Cell | str]:
        return [
            artifact.type_name,
            _id(artifact),
            *([_properties(artifact.properties)] if with_properties else []),
            Cell(artifact.uri or DASH, code=bool(artifact.uri)),
        ]

    return Table("Outputs", columns, _by_key(outputs, row, len(columns)), noun="outputs")


def _properties(properties: Mapping[str, Any]) -> Cell:
    """Show the short properties; paths, fingerprints and other long ones are folded away."""
    short: list[str] = []
    long: list[str] = []
    for name, value in properties.items():
        shown = f"{name}: {words(value, _LONG_VALUE)}"
        fits = len(shown) <= _SHORT_PROPERTY and not name.endswith("_fingerprint")
        (short if fits else long).append(shown)
    if not properties:
        return Cell(DASH)
    label = f"{len(long)} more" if short else ", ".join(properties)
    return Cell(items=short, separator=";", more=long, more_label=label)


def _inputs(inputs: Mapping[str, Sequence[ArtifactSummary]]) -> Table:
    columns = [Column("Input"), Column("Type"), Column("Id", "right"), Column("URI")]

    def row(artifact: ArtifactSummary) -> list[Cell | str]:
        return [
            artifact.type_name,
            _id(artifact),
            Cell(artifact.uri or DASH, code=bool(artifact.uri)),
        ]

    return Table("Inputs", columns, _by_key(inputs, row, len(columns)), noun="inputs")


def _by_key(artifacts: Mapping[str, Sequence[ArtifactSummary]], row: Any, width: int) -> list[list[Row]]:
    groups: list[list[Row]] = []
    for key, each in artifacts.items():
        if not each:
            groups.append([[key, Cell("none"), *([DASH] * (width - 2))]])
            continue
        groups.append(
            [
                [Cell(key, rowspan=len(each)) if i == 0 else SPANNED, *row(artifact)]
                for i, artifact in enumerate(each)
            ]
        )
    return groups


def _parameters(parameters: Mapping[str, Any]) -> Table:
    rows: list[Row] = [
        [name, Cell(_value(value, _LONG_VALUE), code=True)] for name, value in parameters.items()
    ]
    return simple_table("Parameters", [Column("Parameter"), Column("Value")], rows, noun="parameters")


def _id(artifact: ArtifactSummary) -> str:
    return DASH if artifact.id is None else str(artifact.id)


def _value(value: Any, limit: int) -> str:
    return shorten(value if isinstance(value, str) else str(value), limit)
