"""Whether a model met the thresholds of its evaluation, and where it did not."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from widgets._blocks import Block, Cell, Column, Note, Row, Tone, simple_table
from widgets._format import count_of, fixed, number, percent
from widgets._metrics import OVERALL, is_cross, slice_name, slice_order, sub_key_name

_DIRECTIONS = {1: "lower is better", 2: "higher is better"}


@dataclass(frozen=True)
class _Failure:
    """A threshold that one slice did not meet."""

    key: Any
    proto: Any


@dataclass(frozen=True)
class _Threshold:
    """A configured threshold and the specs of the slices that it is for; None where it is for all."""

    metric: str
    specs: Sequence[Any] | None
    proto: Any


def validation_blocks(validation: Any, config: Any | None) -> list[Block]:
    """Return what a `ValidationResult` says, with the thresholds of the `EvalConfig` behind it."""
    failures = sorted(
        (
            _Failure(_slice_key(each), failure)
            for each in validation.metric_validations_per_slice
            for failure in each.failures
        ),
        key=lambda failure: slice_order(failure.key),
    )
    blocks: list[Block] = [_verdict(validation, len(failures))]
    if validation.rubber_stamp:
        text = "There was no baseline model to compare with, so thresholds of change were not checked."
        blocks.append(Note(text, "warn"))
    thresholds = list(_thresholds(config)) if config is not None else []
    if thresholds:
        blocks.append(_threshold_table(thresholds, failures, validation))
    if failures:
        blocks.append(_failure_table(failures))
    missing = [*validation.missing_slices, *validation.missing_cross_slices]
    if missing:
        rows: list[Row] = [[_spec(spec), "no example belongs to it"] for spec in missing]
        blocks.append(simple_table("Slices not found", [Column("Slice"), Column("Reason")], rows))
    return blocks


def _verdict(validation: Any, failures: int) -> Note:
    if validation.missing_thresholds:
        return Note("No thresholds were set, so nothing was validated.", "info")
    if validation.validation_ok:
        return Note("All thresholds passed.", "ok")
    reasons = [count_of(failures, "failure")] if failures else []
    missing = len(validation.missing_slices) + len(validation.missing_cross_slices)
    if missing:
        reasons.append(count_of(missing, "slice was not found", "slices were not found"))
    return Note(f"Not passed: {' and '.join(reasons) or 'the validation gives no reason'}.", "error")


def _thresholds(config: Any) -> Iterator[_Threshold]:
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            name = _configured_name(metric)
            if metric.HasField("threshold"):
                yield _Threshold(name, None, metric.threshold)
            yield from _per_slice(name, metric.per_slice_thresholds, metric.cross_slice_thresholds)
        for name, threshold in sorted(spec.thresholds.items()):
            yield _Threshold(name, None, threshold)
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
        yield _Threshold(name, each.slicing_specs, each.threshold)
    for each in cross:
        yield _Threshold(name, each.cross_slicing_specs, each.threshold)


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
    if hasattr(spec, "baseline_spec"):
        against = _spec(spec.baseline_spec)
        return "; ".join(f"{_spec(each)} against {against}" for each in spec.slicing_specs)
    words = [str(key) for key in spec.feature_keys]
    words += [f"{key} = {value}" for key, value in sorted(spec.feature_values.items())]
    if spec.slice_keys_sql:
        words.append("the slices of a query")
    if not words:
        return OVERALL
    return f"each {', '.join(words)}" if spec.feature_keys else ", ".join(words)


def _covers(spec: Any, key: Any) -> bool:
    """Tell whether a spec produces the slice of a key."""
    if hasattr(spec, "baseline_spec"):
        return is_cross(key) and _covers(spec.baseline_spec, key[0])
    if is_cross(key):
        return False
    if spec.slice_keys_sql:
        return True  # only the query itself knows
    found = dict(key)
    return set(found) == {*spec.feature_keys, *spec.feature_values} and all(
        _as_text(found[feature]) == value for feature, value in spec.feature_values.items()
    )


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _threshold_table(
    thresholds: Sequence[_Threshold], failures: Sequence[_Failure], validation: Any
) -> Block:
    columns = [Column("Metric"), Column("Threshold"), Column("Slices"), Column("Result")]
    missing = [*validation.missing_slices, *validation.missing_cross_slices]
    with_own = {each.metric for each in thresholds if each.specs is not None}
    rows: list[Row] = []
    for each in thresholds:
        everywhere = "all that have no threshold of their own" if each.metric in with_own else "all"
        where = everywhere if each.specs is None else "; ".join(_spec(spec) for spec in each.specs)
        result, tone = _result(each, failures, missing)
        rows.append([each.metric, _bounds(each.proto), where, Cell(result, tone=tone)])
    return simple_table("Thresholds", columns, rows, noun="thresholds")


def _result(threshold: _Threshold, failures: Sequence[_Failure], missing: Sequence[Any]) -> tuple[str, Tone]:
    specs = threshold.specs
    failed = sum(
        each.proto.metric_key.name == threshold.metric
        and each.proto.metric_threshold == threshold.proto
        and (specs is None or any(_covers(spec, each.key) for spec in specs))
        for each in failures
    )
    if failed:
        return f"failed in {count_of(failed, 'slice')}", "error"
    if specs is not None and any(spec in missing for spec in specs):
        return "slice not found", "error"
    return "passed", "ok"


def _failure_table(failures: Sequence[_Failure]) -> Block:
    columns = [Column("Slice"), Column("Metric"), Column("Value", "right"), Column("Reason")]
    rows: list[Row] = [
        [
            slice_name(each.key),
            _metric(each.proto.metric_key),
            _value(each.proto.metric_value),
            _reason(each.proto),
        ]
        for each in failures
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
    if value is None or math.isnan(value) or threshold.HasField("change_threshold"):
        return " ".join([*words, f"expected {_bounds(threshold)}"])
    limits = threshold.value_threshold
    if limits.HasField("lower_bound") and value < limits.lower_bound.value:
        words.append(f"below the lower bound {number(limits.lower_bound.value)}")
    elif limits.HasField("upper_bound") and value > limits.upper_bound.value:
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


def _slice_key(validation: Any) -> Any:
    if validation.WhichOneof("slice_key_oneof") == "cross_slice_key":
        cross = validation.cross_slice_key
        return _pairs(cross.baseline_slice_key), _pairs(cross.comparison_slice_key)
    return _pairs(validation.slice_key)


def _pairs(key: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (single.column, getattr(single, single.WhichOneof("kind") or "bytes_value"))
        for single in key.single_slice_keys
    )
