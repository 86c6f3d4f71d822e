"""Whether a model met the thresholds of its evaluation, and where it did not."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from widgets._blocks import Block, Cell, Column, Note, Row, Tone, simple_table
from widgets._format import count_of, fixed, number, percent
from widgets._metrics import slice_name, sub_key_name

_DIRECTIONS = {1: "lower is better", 2: "higher is better"}


@dataclass(frozen=True)
class _Threshold:
    metric: str
    applies_to: str
    proto: Any


def validation_blocks(validation: Any, config: Any | None) -> list[Block]:
    """Return what a `ValidationResult` says, with the thresholds of the `EvalConfig` behind it."""
    failures = [
        (_slice(each), failure)
        for each in validation.metric_validations_per_slice
        for failure in each.failures
    ]
    blocks: list[Block] = [_verdict(validation, len(failures))]
    if validation.rubber_stamp:
        text = "There was no baseline model to compare with, so thresholds of change were not checked."
        blocks.append(Note(text, "warn"))
    thresholds = list(_thresholds(config)) if config is not None else []
    if thresholds:
        blocks.append(_threshold_table(thresholds, [f for _, f in failures]))
    if failures:
        blocks.append(_failure_table(failures))
    missing = [*validation.missing_slices, *(c.baseline_spec for c in validation.missing_cross_slices)]
    if missing:
        rows: list[Row] = [[_spec(spec), "no example belongs to it"] for spec in missing]
        blocks.append(simple_table("Slices not found", [Column("Slice"), Column("Reason")], rows))
    return blocks


def _verdict(validation: Any, failures: int) -> Note:
    if validation.missing_thresholds:
        return Note("No thresholds were set, so nothing was validated.", "info")
    if validation.validation_ok:
        return Note("All thresholds passed.", "ok")
    reasons = [count_of(failures, "threshold failed", "thresholds failed")] if failures else []
    missing = len(validation.missing_slices) + len(validation.missing_cross_slices)
    if missing:
        reasons.append(count_of(missing, "slice was not found", "slices were not found"))
    return Note(f"Thresholds failed: {' and '.join(reasons) or 'the validation gives no reason'}.", "error")


def _thresholds(config: Any) -> Iterator[_Threshold]:
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            name = _configured_name(metric)
            if metric.HasField("threshold"):
                yield _Threshold(name, "", metric.threshold)
            yield from _per_slice(name, metric.per_slice_thresholds, metric.cross_slice_thresholds)
        for name, threshold in sorted(spec.thresholds.items()):
            yield _Threshold(name, "", threshold)
        for name in sorted({*spec.per_slice_thresholds, *spec.cross_slice_thresholds}):
            per_slice = (
                spec.per_slice_thresholds[name].thresholds if name in spec.per_slice_thresholds else ()
            )
            cross = (
                spec.cross_slice_thresholds[name].thresholds if name in spec.cross_slice_thresholds else ()
            )
            yield from _per_slice(name, per_slice, cross)


def _per_slice(name: str, per_slice: Sequence[Any], cross: Sequence[Any]) -> Iterator[_Threshold]:
    for each in per_slice:
        yield _Threshold(name, "; ".join(_spec(s) for s in each.slicing_specs), each.threshold)
    for each in cross:
        specs = "; ".join(
            f"{_spec(s)} against {_spec(c.baseline_spec)}"
            for c in each.cross_slicing_specs
            for s in c.slicing_specs
        )
        yield _Threshold(name, specs, each.threshold)


def _configured_name(metric: Any) -> str:
    """Return the name that a metric's results carry: the configured one, or its class's in snake case."""
    if metric.config:
        try:
            # TFMA accepts the inside of a JSON object as well as a whole one.
            text = metric.config if metric.config.lstrip().startswith("{") else f"{{{metric.config}}}"
            name = json.loads(text).get("name")
        except json.JSONDecodeError:
            name = None
        if name:
            return str(name)
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", metric.class_name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


def _spec(spec: Any) -> str:
    words = [str(key) for key in spec.feature_keys]
    words += [f"{key} = {value}" for key, value in sorted(spec.feature_values.items())]
    if spec.slice_keys_sql:
        words.append("the slices of a query")
    if not words:
        return "Overall"
    return f"each {', '.join(words)}" if spec.feature_keys else ", ".join(words)


def _threshold_table(thresholds: Sequence[_Threshold], failures: Sequence[Any]) -> Block:
    columns = [Column("Metric"), Column("Threshold"), Column("Slices"), Column("Result")]
    rows: list[Row] = []
    for each in thresholds:
        failed = sum(f.metric_key.name == each.metric and f.metric_threshold == each.proto for f in failures)
        result: tuple[str, Tone] = ("passed", "ok")
        if failed:
            result = (f"failed in {count_of(failed, 'slice')}", "error")
        rows.append(
            [
                each.metric,
                _bounds(each.proto),
                each.applies_to or "all without a threshold of their own",
                Cell(result[0], tone=result[1]),
            ]
        )
    return simple_table("Thresholds", columns, rows, noun="thresholds")


def _failure_table(failures: Sequence[tuple[str, Any]]) -> Block:
    columns = [Column("Slice"), Column("Metric"), Column("Value", "right"), Column("Reason")]
    rows: list[Row] = [
        [where, _metric(failure.metric_key), _value(failure.metric_value), _reason(failure)]
        for where, failure in failures
    ]
    return simple_table(f"Failures ({len(rows):,})", columns, rows, noun="failures")


def _metric(key: Any) -> str:
    words = [key.name]
    if key.is_diff:
        words.append("(difference from the baseline)")
    if key.output_name:
        words.append(f"of {key.output_name}")
    for field, label in (("class_id", "classId"), ("k", "k"), ("top_k", "topK")):
        if key.sub_key.HasField(field):
            words.append(sub_key_name(f"{label}:{getattr(key.sub_key, field).value}"))
    return " ".join(words)


def _value(value: Any) -> str:
    kind = value.WhichOneof("type")
    if kind == "double_value":
        return fixed(value.double_value.value)
    if kind == "bounded_value":
        bounded = value.bounded_value
        low, high = bounded.lower_bound.value, bounded.upper_bound.value
        return f"{fixed(bounded.value.value)} [{fixed(low)}, {fixed(high)}]"
    return str(kind or "none")


def _number(value: Any) -> float | None:
    kind = value.WhichOneof("type")
    if kind == "double_value":
        return float(value.double_value.value)
    return float(value.bounded_value.value.value) if kind == "bounded_value" else None


def _reason(failure: Any) -> str:
    words = [failure.message] if failure.message else []
    value, threshold = _number(failure.metric_value), failure.metric_threshold
    if value is None or threshold.HasField("change_threshold"):
        return " ".join([*words, f"expected {_bounds(threshold)}"])
    limits = threshold.value_threshold
    if limits.HasField("lower_bound") and not value >= limits.lower_bound.value:
        words.append(f"below the lower bound {number(limits.lower_bound.value)}")
    elif limits.HasField("upper_bound") and not value <= limits.upper_bound.value:
        words.append(f"above the upper bound {number(limits.upper_bound.value)}")
    return " ".join(words) or f"expected {_bounds(threshold)}"


def _bounds(threshold: Any) -> str:
    words = []
    if threshold.HasField("value_threshold"):
        limits = threshold.value_threshold
        if limits.HasField("lower_bound"):
            words.append(f"at least {number(limits.lower_bound.value)}")
        if limits.HasField("upper_bound"):
            words.append(f"at most {number(limits.upper_bound.value)}")
    if threshold.HasField("change_threshold"):
        change = threshold.change_threshold
        direction = _DIRECTIONS.get(change.direction, "direction not given")
        if change.HasField("absolute"):
            words.append(f"change from the baseline of {number(change.absolute.value)} ({direction})")
        if change.HasField("relative"):
            words.append(f"change from the baseline of {percent(change.relative.value)} ({direction})")
    return " and ".join(words) or "no bound"


def _slice(validation: Any) -> str:
    if validation.WhichOneof("slice_key_oneof") == "cross_slice_key":
        cross = validation.cross_slice_key
        return slice_name((_pairs(cross.baseline_slice_key), _pairs(cross.comparison_slice_key)))
    return slice_name(_pairs(validation.slice_key))


def _pairs(key: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (single.column, getattr(single, single.WhichOneof("kind") or "bytes_value"))
        for single in key.single_slice_keys
    )
