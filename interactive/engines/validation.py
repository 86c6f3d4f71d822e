"""Checks an ``EvalConfig`` as far as that needs neither data nor a model, without TensorFlow."""

import difflib
import functools
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interactive.engines import tfma_config
from interactive.errors import InputError

_KERAS_METRICS = ("api", "_v2", "keras", "metrics", "__init__.py")
# Where Keras classes are found by name alone; TFMA computes them with tf_keras, whatever Keras made them.
_KERAS_MODULES = re.compile(r"^(tensorflow\.)?(python\.)?(tf_)?keras(\.|$).*metrics")


def check_eval_config(eval_config: Any) -> None:
    """Checks a configuration as early as possible.

    Args:
      eval_config: A ``tfma.EvalConfig``.

    Raises:
      InputError: It is something else, its model specs contradict each other, a metric's class is
        unknown or its ``config`` is not JSON, or a threshold can never hold.
    """
    descriptor = getattr(type(eval_config), "DESCRIPTOR", None)
    if getattr(descriptor, "full_name", None) != "tensorflow_model_analysis.EvalConfig":
        raise InputError(
            f"Expected eval_config to be an EvalConfig, found {type(eval_config).__name__}. "
            f"{tfma_config.WHERE}"
        )
    _check_models(eval_config)
    for spec in eval_config.metrics_specs:
        for metric in spec.metrics:
            _check_metric(metric)
    for where, threshold in thresholds(eval_config):
        _check_threshold(where, threshold)


def is_keras_module(module: str) -> bool:
    """Whether a metric's ``module`` is one of Keras' own, of any version."""
    return _KERAS_MODULES.match(module) is not None


def metric_classes() -> frozenset[str]:
    """Names the metric classes that TFMA and Keras offer.

    Returns:
      Class names, read from the installed sources; empty where they are not laid out as known, and
      then no name can be called wrong.
    """
    return _tfma_metrics() | _keras_metrics() if _tfma_metrics() and _keras_metrics() else frozenset()


def thresholds(eval_config: Any) -> Iterator[tuple[str, Any]]:
    """Yields every ``MetricThreshold`` of a configuration with the metric that it is set on."""
    for spec in eval_config.metrics_specs:
        for metric in spec.metrics:
            if metric.HasField("threshold"):
                yield metric.class_name, metric.threshold
            for per_slice in (*metric.per_slice_thresholds, *metric.cross_slice_thresholds):
                yield metric.class_name, per_slice.threshold
        for name, threshold in spec.thresholds.items():
            yield name, threshold
        for named in (spec.per_slice_thresholds, spec.cross_slice_thresholds):
            for name, several in named.items():
                for per_slice in several.thresholds:
                    yield name, per_slice.threshold


def has_change_thresholds(eval_config: Any) -> bool:
    """Whether any threshold compares the candidate with a baseline."""
    return any(t.HasField("change_threshold") for _, t in thresholds(eval_config))


def _check_models(eval_config: Any) -> None:
    specs = eval_config.model_specs
    if len(specs) > 2:
        raise InputError(
            "Expected at most two model_specs in eval_config, a candidate and a baseline, "
            f"found {len(specs)}."
        )
    baselines = [spec for spec in specs if spec.is_baseline]
    if len(specs) == 1 and baselines:
        raise InputError(
            "Expected a model_spec of the candidate in eval_config, found only the baseline's. "
            "Add one without is_baseline."
        )
    if len(baselines) > 1:
        raise InputError(f"Expected one baseline in model_specs, found {len(baselines)}.")
    if len(specs) == 2:
        names = [spec.name for spec in specs]
        if "" in names or len(set(names)) < 2:
            raise InputError(
                f"Expected two model_specs with different names, found {names}. "
                "Name them 'candidate' and 'baseline'."
            )
        if not baselines:
            raise InputError(
                "Expected one of two model_specs to be the baseline, found none. Set is_baseline=True on it."
            )
    for spec in specs:
        for one, several in (
            ("label_key", "label_keys"),
            ("prediction_key", "prediction_keys"),
            ("example_weight_key", "example_weight_keys"),
        ):
            if getattr(spec, one) and getattr(spec, several):
                raise InputError(f"Expected either {one} or {several} in a model_spec, found both.")


def _check_metric(metric: Any) -> None:
    if not metric.class_name:
        raise InputError("Expected a class_name in every metric of metrics_specs, found an empty one.")
    known = metric_classes()
    own = metric.module and not is_keras_module(metric.module)
    if known and not own and metric.class_name == "FairnessIndicators":
        raise InputError(
            "eval_config asks for FairnessIndicators, which TFMA no longer has: it moved to the "
            "package fairness-indicators. Install that and set the metric's module, or use "
            "FalsePositiveRate-like metrics of TFMA (FPR, FNR, TPR, TNR) with slicing_specs."
        )
    if known and not own and metric.class_name not in known:
        close = difflib.get_close_matches(metric.class_name, known, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise InputError(
            f"eval_config asks for the metric {metric.class_name!r}, which neither TFMA nor Keras "
            f"has.{hint} A metric of your own needs its module set too."
        )
    if metric.config:
        text = metric.config if metric.config.startswith("{") else "{" + metric.config + "}"
        try:
            json.loads(text)
        except ValueError as error:
            raise InputError(
                f"Expected the config of metric {metric.class_name!r} to be JSON, "
                f"found {metric.config!r}: {error}"
            ) from error


def _check_threshold(where: str, threshold: Any) -> None:
    value = threshold.value_threshold
    if value.HasField("lower_bound") and value.HasField("upper_bound"):
        low, high = value.lower_bound.value, value.upper_bound.value
        if low > high:
            raise InputError(
                f"The threshold of {where} can never hold: its lower bound {low:g} is above its "
                f"upper bound {high:g}."
            )
    if threshold.HasField("change_threshold") and not threshold.change_threshold.direction:
        raise InputError(
            f"Expected the change_threshold of {where} to have a direction, found none. "
            "Set direction to HIGHER_IS_BETTER or LOWER_IS_BETTER."
        )


@functools.cache
def _tfma_metrics() -> frozenset[str]:
    folder = tfma_config.package_dir() / "metrics"
    sources = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.py"))]
    names = re.compile(r"register_metric\(\s*(\w+)\s*\)")
    return frozenset(name for source in sources for name in names.findall(source))


@functools.cache
def _keras_metrics() -> frozenset[str]:
    spec = importlib.util.find_spec("tf_keras")
    if spec is None or spec.origin is None:
        return frozenset()
    file = Path(spec.origin).parent.joinpath(*_KERAS_METRICS)
    if not file.is_file():
        return frozenset()
    names = re.compile(r"import (?:\w+ as )?([A-Z]\w*[a-z]\w*|AUC)\b")
    return frozenset(names.findall(file.read_text(encoding="utf-8")))
