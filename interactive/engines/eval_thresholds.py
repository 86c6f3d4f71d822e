"""Makes sure that every threshold of an ``EvalConfig`` belongs to a metric that is computed.

TFMA has two places for thresholds: in a metric's own config, and in a map from metric names to thresholds
beside it. The map reaches only metrics that are part of a Keras 2 model; for a metric of the config it
never matches, and the model is refused because its metric "was not found".
"""

import difflib
from collections.abc import Collection
from typing import Any

from interactive.errors import InputError


def attach(config: Any) -> None:
    """Moves thresholds from the map to the metric of that name, in place.

    A metric that has a threshold of its own keeps it.

    Args:
      config: A ``tfma.EvalConfig``, completed.
    """
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            name = metric_name(metric)
            if name in spec.thresholds:
                own = metric.threshold if metric.HasField("threshold") else None
                if own is None or own == spec.thresholds[name]:
                    metric.threshold.CopyFrom(spec.thresholds[name])
                    del spec.thresholds[name]
            for field in ("per_slice_thresholds", "cross_slice_thresholds"):
                named = getattr(spec, field)
                if name in named:
                    getattr(metric, field).extend(named[name].thresholds)
                    del named[name]


def check_computed(config: Any, model_metrics: Collection[str]) -> None:
    """Checks the thresholds that ``attach`` left in the map.

    Args:
      config: A ``tfma.EvalConfig``, after ``attach``.
      model_metrics: Names of metrics that the models bring along.

    Raises:
      InputError: A threshold is set on a metric that is not computed.
    """
    for spec in config.metrics_specs:
        names = {metric_name(metric) for metric in spec.metrics} | set(model_metrics)
        left = [*spec.thresholds, *spec.per_slice_thresholds, *spec.cross_slice_thresholds]
        for name in left:
            if name in model_metrics:
                continue
            if name in names:
                raise InputError(
                    f"eval_config sets two different thresholds on {name!r}: one in the metric and "
                    "one in the thresholds of its metrics_spec. Keep one of them."
                )
            close = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise InputError(
                f"eval_config sets a threshold on {name!r}, which is not computed.{hint} Computed "
                f"are: {', '.join(sorted(names)) or 'none'}. Add the metric to the same metrics_spec."
            )


def metric_name(metric: Any) -> str:
    """The name that a ``tfma.MetricConfig`` is reported under.

    Raises:
      InputError: TFMA cannot make the metric; its config does not fit its class.
    """
    from tensorflow_model_analysis.metrics import metric_specs

    try:
        return str(metric_specs.metric_instance(metric).name)
    except (AttributeError, ImportError, NotImplementedError, TypeError, ValueError) as error:
        raise InputError(
            f"TFMA cannot make the metric {metric.class_name!r} with config {metric.config!r} and "
            f"module {metric.module!r}: {error}"
        ) from error
