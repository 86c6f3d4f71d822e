"""Metrics of an evaluation, as TFMA hands them out: nested dictionaries made from protos.

Slice keys are tuples of (feature, value) pairs; a value is a dictionary with one entry that names its kind.
Where a number is zero its key is left out, and NaN and infinities are strings.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from widgets import _svg
from widgets._blocks import SPANNED, Block, Cell, Column, Heading, Note, Pre, Row, Table, simple_table
from widgets._format import DASH, fixed, number, quoted, shorten, visible

OVERALL = "Overall"
_AGGREGATED = re.compile(r"^(\w+): true\n_")
_SINGLE = {"doubleValue", "boundedValue", "tDistributionValue"}


@dataclass(frozen=True)
class Scalar:
    """A metric's value, with its bounds where a confidence interval was computed."""

    value: float
    low: float | None = None
    high: float | None = None


def as_float(value: Any) -> float:
    """Return a number from a proto that became JSON; an absent one is zero."""
    if value is None:
        return 0.0
    return float(value)  # float() also reads "NaN", "Infinity" and "-Infinity"


def scalar(metric: Any) -> Scalar | None:
    """Return the value of a metric that is one number; None for every other kind."""
    if not isinstance(metric, Mapping):
        return None
    if "doubleValue" in metric:
        return Scalar(as_float(metric["doubleValue"]))
    if "boundedValue" in metric:
        bounded = metric["boundedValue"]
        return Scalar(
            as_float(bounded.get("value")),
            as_float(bounded.get("lowerBound")),
            as_float(bounded.get("upperBound")),
        )
    if "tDistributionValue" in metric:
        spread = metric["tDistributionValue"]
        return Scalar(as_float(spread.get("unsampledValue", spread.get("sampleMean"))))
    return None


def metric_name(name: str) -> str:
    """Return a metric's name as people write it; an aggregated one is prefixed with a text proto."""
    return _AGGREGATED.sub(r"\1 ", name)


def slice_name(key: Any) -> str:
    """Return a slice in words, for example `island = Dream, year = 2008`."""
    if not key:
        return OVERALL
    if is_cross(key):
        return f"{slice_name(key[0])} against {slice_name(key[1])}"
    return ", ".join(f"{visible(str(feature))} = {_slice_value(value)}" for feature, value in key)


def is_cross(key: Sequence[Any]) -> bool:
    """Tell whether a key is a pair of slices that are compared."""
    return len(key) == 2 and all(isinstance(k, tuple) and (not k or isinstance(k[0], tuple)) for k in key)


def _slice_value(value: Any) -> str:
    if isinstance(value, bytes):
        return quoted(value.decode("utf-8", "backslashreplace"))
    return quoted(value) if isinstance(value, str) else str(value)


def slice_order(key: Any) -> tuple[int, str]:
    """Return a sort key: the overall slice first, then slices of one feature, and so on."""
    return (len(key) if key else 0, slice_name(key))


def sub_key_name(key: str) -> str:
    """Return a sub key in words: `classId:2` is `class 2`."""
    named = {"classId": "class", "topK": "top", "k": "k"}
    words = []
    for part in key.split(" "):
        kind, _, value = part.partition(":")
        words.append(f"{named[kind]} {value}" if kind in named and value else part)
    return " ".join(words)


def metric_blocks(slicing_metrics: Sequence[Any]) -> list[Block]:
    """Return a table for each output: slices down, metrics across; then metrics that are not one number."""
    ordered = sorted(slicing_metrics, key=lambda each: slice_order(each[0]))
    outputs = list(dict.fromkeys(output for _, metrics in ordered for output in metrics))
    blocks: list[Block] = []
    for output in outputs:
        mine = [(key, metrics.get(output, {})) for key, metrics in ordered]
        sub_keys = list(dict.fromkeys(sub for _, by_sub in mine for sub in by_sub))
        if output:
            blocks.append(Heading(f"Output {output}", 3))
        # Metrics of the whole model and metrics of its classes are different ones: two tables, few blanks.
        for chosen in ([s for s in sub_keys if not s], [s for s in sub_keys if s]):
            if chosen:
                blocks += _one_table(mine, chosen)
        blocks += _other_kinds(mine)
    return blocks


def _one_table(slices: Sequence[tuple[Any, Mapping[str, Any]]], sub_keys: Sequence[str]) -> list[Block]:
    names = list(
        dict.fromkeys(
            name
            for _, by_sub in slices
            for sub in sub_keys
            for name, value in by_sub.get(sub, {}).items()
            if scalar(value) is not None
        )
    )
    if not names:
        return []
    values = {
        (i, sub, name): scalar(by_sub.get(sub, {}).get(name))
        for i, (_, by_sub) in enumerate(slices)
        for sub in sub_keys
        for name in names
    }
    several = len(slices) * len(sub_keys) > 1
    drawers = {
        name: _drawer(name, [v for (_, _, n), v in values.items() if n == name], several) for name in names
    }
    by_class = sub_keys != [""]
    groups: list[list[Row]] = []
    for i, (key, by_sub) in enumerate(slices):
        present = [sub for sub in sub_keys if sub in by_sub]
        group: list[Row] = []
        for position, sub in enumerate(present):
            head = Cell(slice_name(key), rowspan=len(present)) if position == 0 else SPANNED
            label = [sub_key_name(sub)] if by_class else []
            group.append([head, *label, *(drawers[name](values[i, sub, name]) for name in names)])
        if group:
            groups.append(group)
    columns = [Column("Slice"), *([Column("Class")] if by_class else [])]
    columns += [Column(metric_name(name), "right") for name in names]
    caption = (
        f"Metrics by class ({len(groups):,} slices)" if by_class else f"Metrics ({len(groups):,} slices)"
    )
    if len(groups) == 1:
        caption = caption.replace("1 slices", "1 slice")
    return [Table(caption, columns, groups, noun="slices")]


def _drawer(name: str, values: Sequence[Scalar | None], several: bool) -> Any:
    """Return what draws a metric's cells: one number format and one scale for the whole column."""
    finite = [v.value for v in values if v is not None and math.isfinite(v.value)]
    whole = bool(finite) and all(v == int(v) for v in finite) and any(abs(v) > 1 for v in finite)
    top = max((abs(v) for v in finite), default=0.0)
    scale = 1.0 if 0 < top <= 1 else top
    form = number if whole else fixed

    def draw(value: Scalar | None) -> Cell:
        if value is None:
            return Cell(DASH)
        text = form(value.value)
        if value.low is not None and value.high is not None:
            text += f" [{form(value.low)}, {form(value.high)}]"
        drawn = several and scale > 0 and min(finite) >= 0 and math.isfinite(value.value)
        return Cell(text, svg=_svg.gauge(value.value / scale, f"{name} {text}") if drawn else None)

    return draw


def _other_kinds(slices: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[Block]:
    """Show what is not one number, for the first slice: the overall one, where there is one."""
    blocks: list[Block] = []
    if not slices:
        return blocks
    key, by_sub = slices[0]
    for sub, metrics in by_sub.items():
        for name, value in metrics.items():
            if isinstance(value, Mapping) and not _SINGLE & set(value):
                where = f" of {sub_key_name(sub)}" if sub else ""
                blocks += _other(f"{metric_name(name)}{where}, {slice_name(key)}", value)
    return blocks


def _other(caption: str, value: Mapping[str, Any]) -> list[Block]:
    if "confusionMatrixAtThresholds" in value:
        return [threshold_table(caption, value["confusionMatrixAtThresholds"].get("matrices", []))]
    if "multiClassConfusionMatrixAtThresholds" in value:
        return class_matrices(caption, value["multiClassConfusionMatrixAtThresholds"])
    if "valueAtCutoffs" in value:
        pairs = value["valueAtCutoffs"].get("values", [])
        rows: list[Row] = [[str(p.get("cutoff", 0)), fixed(as_float(p.get("value")))] for p in pairs]
        return [simple_table(caption, [Column("Cutoff", "right"), Column("Value", "right")], rows)]
    if "debugMessage" in value:
        return [Note(f"{caption}: {value['debugMessage']}", "warn")]
    if not value:
        return [Note(f"{caption}: no value.", dim=True)]
    return [Note(f"{caption}:"), Pre(shorten(str(dict(value)), 600))]


def threshold_table(caption: str, matrices: Sequence[Mapping[str, Any]]) -> Table:
    """Return counts, precision and recall at each decision threshold."""
    fields = ("truePositives", "falsePositives", "trueNegatives", "falseNegatives")
    columns = [
        Column("Threshold", "right"),
        *(
            Column(n, "right")
            for n in ("True positives", "False positives", "True negatives", "False negatives")
        ),
        Column("Precision", "right"),
        Column("Recall", "right"),
    ]
    rows: list[Row] = [
        [
            number(as_float(m.get("threshold"))),
            *(number(as_float(m.get(field))) for field in fields),
            *(fixed(as_float(m.get(field))) for field in ("precision", "recall")),
        ]
        for m in matrices
    ]
    return simple_table(caption, columns, rows, noun="thresholds")


def class_matrices(caption: str, value: Mapping[str, Any]) -> list[Block]:
    """Return a confusion matrix for each threshold: actual classes down, predicted classes across."""
    blocks: list[Block] = []
    for matrix in value.get("matrices", []):
        counts: dict[tuple[int, int], float] = {}
        for entry in matrix.get("entries", []):
            place = int(entry.get("actualClassId", 0)), int(entry.get("predictedClassId", 0))
            counts[place] = counts.get(place, 0.0) + as_float(entry.get("numWeightedExamples"))
        threshold = as_float(matrix.get("threshold"))
        at = f", threshold {number(threshold)}" if threshold else ""
        blocks.append(_heat_table(f"{caption}{at}", counts))
    return blocks


def _heat_table(caption: str, counts: Mapping[tuple[int, int], float]) -> Block:
    if not counts:
        return Note(f"{caption}: empty.", dim=True)
    actual = sorted({a for a, _ in counts})
    predicted = sorted({p for _, p in counts} | set(actual))
    rows: list[Row] = []
    for a in actual:
        total = sum(counts.get((a, p), 0.0) for p in predicted)
        row: list[Cell | str] = [f"actual {_class(a)}"]
        for p in predicted:
            count = counts.get((a, p), 0.0)
            row.append(Cell(number(count), shade=count / total if total > 0 else 0.0))
        rows.append(row)
    columns = [Column("Class"), *(Column(f"predicted {_class(p)}", "right") for p in predicted)]
    return simple_table(f"Confusion matrix: {caption}", columns, rows, noun="classes")


def _class(index: int) -> str:
    return "none" if index < 0 else str(index)  # TFMA counts "no class predicted" under -1
