"""The rates of FairnessIndicators, which TFMA itself no longer has, from metrics that it has."""

import json
from collections.abc import Sequence
from typing import Any

from interactive.errors import SpecError

# The names under which FairnessIndicators reported a rate, and TFMA's metric for it.
_RATES = {
    "false_positive_rate": "FPR",
    "false_negative_rate": "FNR",
    "true_positive_rate": "TPR",
    "true_negative_rate": "TNR",
    "positive_rate": "PredictedPositiveRate",
    "false_discovery_rate": "FalseDiscoveryRate",
    "false_omission_rate": "FalseOmissionRate",
}


def thresholds_json(thresholds: Sequence[float] | None) -> str:
    """Encodes ``fairness_indicator_thresholds`` as TFX records it.

    Args:
      thresholds: Numbers from 0 to 1, or None.

    Returns:
      A JSON list, or ``null``.

    Raises:
      SpecError: They are something else.
    """
    numbers = isinstance(thresholds, list | tuple) and all(
        isinstance(value, int | float) and 0 <= value <= 1 for value in thresholds
    )
    if thresholds is not None and not numbers:
        raise SpecError(
            "Evaluator: fairness_indicator_thresholds expects a list of numbers from 0 to 1 such as "
            f"[0.25, 0.5, 0.75], got {thresholds!r}."
        )
    return json.dumps(thresholds)


def with_rates(eval_config: Any, thresholds: Sequence[float] | None) -> Any:
    """Adds each rate at each threshold.

    Args:
      eval_config: A ``tfma.EvalConfig``, which stays as it is.
      thresholds: Thresholds of the prediction above which it counts as positive.

    Returns:
      A config with metrics named like ``fairness_indicators_metrics/false_positive_rate@0.5``.
    """
    if not thresholds:
        return eval_config
    changed = type(eval_config)()
    changed.CopyFrom(eval_config)
    metrics = changed.metrics_specs.add().metrics
    for value in map(float, thresholds):
        for name, metric in _RATES.items():
            config = {"name": f"fairness_indicators_metrics/{name}@{value}", "thresholds": [value]}
            metrics.add(class_name=metric, config=json.dumps(config))
    return changed
