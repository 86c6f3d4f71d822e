"""Plots of an evaluation: ROC, precision and recall, calibration, confusion matrices."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from widgets import _svg
from widgets._blocks import Block, Figure, Figures, Fold, Legend, Note
from widgets._format import count_of, fixed
from widgets._metrics import (
    as_float,
    class_matrices,
    slice_name,
    slice_order,
    sub_key_name,
    threshold_table,
)

MAX_SERIES = 6
"""Classes drawn in one plot."""
MAX_SLICES = 50
"""Slices whose plots are shown, folded away, below the overall one."""
_POINTS = 100
_BINS = 10
_TABLE_THRESHOLDS = tuple(i / 10 for i in range(1, 10))

Point = tuple[float, float]


def plot_blocks(plots: Sequence[Any]) -> list[Block]:
    """Return the plots of the first slice, the overall one, and those of the other slices folded away."""
    # TFMA gives None for the slices of a result that has metrics only.
    ordered = sorted((each for each in plots if each[1]), key=lambda each: slice_order(each[0]))
    if not ordered:
        return []
    blocks = _slice_blocks(*ordered[0])
    rest = ordered[1 : MAX_SLICES + 1]
    folds: list[Block] = [Fold(slice_name(key), _slice_blocks(key, plot)) for key, plot in rest]
    if folds:
        blocks.append(Fold(f"Plots of {count_of(len(rest), 'more slice')}", folds))
    left = len(ordered) - 1 - len(rest)
    if left:
        blocks.append(Note(f"Plots of {count_of(left, 'further slice')} are not shown.", dim=True))
    return blocks


def _slice_blocks(key: Any, by_output: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    for output, by_sub in by_output.items():
        where = ", ".join(part for part in (output and f"output {output}", slice_name(key)) if part)
        blocks += _curves(where, by_sub)
        for sub, data in by_sub.items():
            name = ", ".join(part for part in (sub and sub_key_name(sub), where) if part)
            blocks += _tables(name, data)
    return blocks


def _curves(where: str, by_sub: Mapping[str, Any]) -> list[Block]:
    drawn = [
        (sub_key_name(sub), data)
        for sub, data in by_sub.items()
        if "confusionMatrixAtThresholds" in data or "calibrationHistogramBuckets" in data
    ]
    shown = drawn[:MAX_SERIES]
    if not shown:
        return []
    figures = [
        figure
        for figure in (_roc(where, shown), _precision_recall(where, shown), _calibration(where, shown))
        if figure
    ]
    if not figures:
        return [Note(f"The plots of {where} hold no points.", dim=True)]
    blocks: list[Block] = [Legend([label for label, _ in shown], filled=False)] if len(shown) > 1 else []
    blocks.append(Figures(figures))
    if len(drawn) > len(shown):
        blocks.append(Note(f"Plots of the first {len(shown)} of {len(drawn)} classes.", dim=True))
    return blocks


def _matrices(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(data.get("confusionMatrixAtThresholds", {}).get("matrices", []))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def _roc(where: str, data: Sequence[tuple[str, Mapping[str, Any]]]) -> Figure | None:
    series, areas = [], []
    for label, each in data:
        points = sorted(
            (
                _ratio(fp, fp + as_float(m.get("trueNegatives"))),
                _ratio(tp, tp + as_float(m.get("falseNegatives"))),
            )
            for m in _matrices(each)
            for fp, tp in [(as_float(m.get("falsePositives")), as_float(m.get("truePositives")))]
        )
        series.append((label, _thin(points)))
        area = _area(points)
        if area is not None:
            areas.append(f"{label} {fixed(area, 3)}".strip())
    summary = f"ROC curve, area under it: {', '.join(areas)}" if areas else "ROC curve"
    svg = _svg.lines(
        f"ROC curve, {where}",
        series,
        x_label="False positive rate",
        y_label="True positive rate",
        diagonal=True,
        summary=summary,
    )
    return None if svg is None else Figure(f"ROC curve, {where}", svg)


def _precision_recall(where: str, data: Sequence[tuple[str, Mapping[str, Any]]]) -> Figure | None:
    series = []
    for label, each in data:
        points = [
            (
                _ratio(tp, tp + as_float(m.get("falseNegatives"))),
                _ratio(tp, tp + as_float(m.get("falsePositives"))),
            )
            for m in _matrices(each)
            for tp in [as_float(m.get("truePositives"))]
        ]
        series.append((label, _thin(sorted(p for p in points if not any(map(math.isnan, p))))))
    svg = _svg.lines(
        f"Precision and recall, {where}",
        series,
        x_label="Recall",
        y_label="Precision",
        summary="Precision and recall",
    )
    return None if svg is None else Figure(f"Precision and recall, {where}", svg)


def _calibration(where: str, data: Sequence[tuple[str, Mapping[str, Any]]]) -> Figure | None:
    series = []
    for label, each in data:
        buckets = each.get("calibrationHistogramBuckets", {}).get("buckets", [])
        series.append((label, _calibration_points(buckets)))
    said = [
        f"{label} {', '.join(f'{fixed(x, 2)} to {fixed(y, 2)}' for x, y in points)}".strip()
        for label, points in series
        if points
    ]
    svg = _svg.lines(
        f"Calibration, {where}",
        series,
        x_label="Mean prediction",
        y_label="Mean label",
        diagonal=True,
        dots=True,
        summary=f"Mean prediction to mean label: {'; '.join(said)}",
    )
    return None if svg is None else Figure(f"Calibration, {where}", svg)


def _calibration_points(buckets: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Return mean prediction and mean label of each tenth of the predictions' range."""
    sums = [[0.0, 0.0, 0.0] for _ in range(_BINS)]
    for bucket in buckets:
        weight = as_float(bucket.get("numWeightedExamples"))
        prediction = as_float(bucket.get("totalWeightedRefinedPrediction"))
        if not weight > 0 or not math.isfinite(prediction):
            continue
        place = min(max(int(prediction / weight * _BINS), 0), _BINS - 1)
        for i, part in enumerate((weight, prediction, as_float(bucket.get("totalWeightedLabel")))):
            sums[place][i] += part
    return [(prediction / weight, label / weight) for weight, prediction, label in sums if weight > 0]


def _thin(points: Sequence[Point]) -> list[Point]:
    """Return points that differ, about a hundred of them, the first and the last among them."""
    distinct = list(dict.fromkeys(points))
    step = max(math.ceil(len(distinct) / _POINTS), 1)
    kept = distinct[::step]
    return kept if not distinct or kept[-1] == distinct[-1] else [*kept, distinct[-1]]


def _area(points: Sequence[Point]) -> float | None:
    kept = [p for p in points if not any(map(math.isnan, p))]
    if len(kept) < 2:
        return None
    return sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in itertools.pairwise(kept))


def _tables(name: str, data: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    matrices = _matrices(data)
    if matrices:
        chosen = [
            min(matrices, key=lambda m: abs(as_float(m.get("threshold")) - wanted))
            for wanted in _TABLE_THRESHOLDS
        ]
        table = threshold_table(f"At some thresholds, {name}", list({id(m): m for m in chosen}.values()))
        blocks.append(Fold(f"Counts at some thresholds, {name}", [table]))
    if "multiClassConfusionMatrixAtThresholds" in data:
        blocks += class_matrices(name, data["multiClassConfusionMatrixAtThresholds"])
    if "multiLabelConfusionMatrixAtThresholds" in data:
        blocks += _multi_label(name, data["multiLabelConfusionMatrixAtThresholds"])
    if data.get("debugMessage"):
        blocks.append(Note(f"{name}: {data['debugMessage']}", "warn"))
    return blocks


def _multi_label(name: str, value: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    for matrix in value.get("matrices", []):
        entries = [
            {**entry, "threshold": matrix.get("threshold")}
            for entry in matrix.get("entries", [])
            if entry.get("actualClassId", 0) == entry.get("predictedClassId", 0)
        ]
        for entry in entries:
            tp = as_float(entry.get("truePositives"))
            entry["precision"] = _ratio(tp, tp + as_float(entry.get("falsePositives")))
            entry["recall"] = _ratio(tp, tp + as_float(entry.get("falseNegatives")))
            label = f"Class {entry.get('actualClassId', 0)}, {name}"
            blocks.append(threshold_table(label, [entry]))
    return blocks
