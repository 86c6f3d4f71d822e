"""Turns TFMA's validation result into lines that a person can read."""

from collections.abc import Iterator
from typing import Any


def describe_failures(result: Any) -> tuple[str, ...]:
    """Describes everything that kept a model from being blessed.

    Args:
      result: TFMA's ``ValidationResult`` message.

    Returns:
      One line a failed threshold, then one a slice that was to be checked but has no examples; empty
      when the validation is ok.
    """
    return tuple(_lines(result))


def _lines(result: Any) -> Iterator[str]:
    absent: dict[str, None] = {}
    for validation in result.metric_validations_per_slice:
        where = _slice(validation)
        for failure in validation.failures:
            name = _metric(failure.metric_key)
            if failure.HasField("metric_value"):
                yield f"{name} {_reason(failure)} (slice: {where})"
            else:
                absent[name] = None
    for name in absent:
        yield f"{name} was not computed, so its threshold could not be checked"
    for spec in result.missing_slices:
        if absent and describe_spec(spec) == "Overall":
            # TFMA reports a threshold without a metric once more, as a slice without examples.
            continue
        yield (
            f"no example belongs to the slice {describe_spec(spec)}, so its thresholds could not be checked"
        )
    for cross in result.missing_cross_slices:
        yield (
            f"no examples to compare the slice {describe_spec(cross.baseline_spec)} with "
            f"{' and '.join(map(describe_spec, cross.slicing_specs)) or 'others'}, so its "
            "thresholds could not be checked"
        )
    if result.missing_thresholds:
        yield "no threshold was checked, because the validation found none"


def describe_spec(spec: Any) -> str:
    """Names the slices of a ``SlicingSpec``: ``Overall``, ``island`` or ``sex=male``."""
    parts = [f"each {key}" for key in spec.feature_keys]
    parts += [f"{key}={value}" for key, value in sorted(spec.feature_values.items())]
    if spec.slice_keys_sql:
        parts.append(f"SQL {spec.slice_keys_sql}")
    return ", ".join(parts) or "Overall"


def _slice(validation: Any) -> str:
    if validation.HasField("cross_slice_key"):
        cross = validation.cross_slice_key
        return f"{_key(cross.comparison_slice_key)} against {_key(cross.baseline_slice_key)}"
    return _key(validation.slice_key)


def _key(slice_key: Any) -> str:
    parts = []
    for single in slice_key.single_slice_keys:
        kind = single.WhichOneof("kind")
        value = getattr(single, kind) if kind else ""
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else f"{value:g}"
        parts.append(f"{single.column}={text}")
    return ", ".join(parts) or "Overall"


def _metric(key: Any) -> str:
    name = str(key.name)
    if key.output_name:
        name = f"{name} of output {key.output_name}"
    if key.sub_key.HasField("class_id"):
        name = f"{name} of class {key.sub_key.class_id.value}"
    if key.sub_key.HasField("k"):
        name = f"{name} of rank {key.sub_key.k.value}"
    if key.sub_key.HasField("top_k"):
        name = f"{name} of the top {key.sub_key.top_k.value}"
    return name


def _reason(failure: Any) -> str:
    value = failure.metric_value.double_value.value
    threshold = failure.metric_threshold
    if threshold.HasField("change_threshold"):
        return _change(value, threshold.change_threshold)
    bounds = threshold.value_threshold
    if value != value:  # noqa: PLR0124 - NaN is what differs from itself
        return "is not a number, so its threshold does not hold"
    if bounds.HasField("lower_bound") and value < bounds.lower_bound.value:
        return f"{value:.4g} is below the lower bound {bounds.lower_bound.value:g}"
    if bounds.HasField("upper_bound") and value > bounds.upper_bound.value:
        return f"{value:.4g} is above the upper bound {bounds.upper_bound.value:g}"
    return f"{value:.4g} does not hold its threshold. {failure.message.strip()}".rstrip()


def _change(difference: float, threshold: Any) -> str:
    asked = []
    if threshold.HasField("absolute"):
        asked.append(f"{threshold.absolute.value:+g}")
    if threshold.HasField("relative"):
        asked.append(f"{threshold.relative.value:+.4g} times the baseline's value")
    direction = threshold.DESCRIPTOR.fields_by_name["direction"].enum_type
    lower = direction.values_by_name["LOWER_IS_BETTER"].number == threshold.direction
    limit = "at most" if lower else "at least"
    return f"changed by {difference:+.4g} from the baseline; {limit} {' and '.join(asked)} is asked"
