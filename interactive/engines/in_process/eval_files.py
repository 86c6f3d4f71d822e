"""Writes an evaluation into TFMA's own files, as its writers do on Beam."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from interactive.engines.in_process.eval_local import NotCoveredError


def write(config: Any, shared: Any, results: Mapping[Any, Mapping[Any, Any]], output_dir: str) -> None:
    """Writes metrics, plots, attributions, the validation result and the configuration.

    Args:
      config: The completed ``tfma.EvalConfig``.
      shared: One ``EvalSharedModel``, or a list of two.
      results: Slice key to the values of each metric and plot key.
      output_dir: TFMA's result folder; it is made if need be.

    Raises:
      NotCoveredError: The configuration switches all results off.
    """
    from tensorflow_model_analysis import constants
    from tensorflow_model_analysis.evaluators import metrics_validator
    from tensorflow_model_analysis.metrics.metric_types import AttributionsKey, PlotKey
    from tensorflow_model_analysis.utils import model_util
    from tensorflow_model_analysis.writers import eval_config_writer
    from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer as writer

    disabled = set(config.options.disabled_outputs.values)
    if {constants.METRICS_KEY, constants.PLOTS_KEY, constants.ATTRIBUTIONS_KEY} <= disabled:
        raise NotCoveredError("an evaluation without any result")
    metrics, plots, attributions = {}, {}, {}
    for key, values in results.items():
        plots[key] = {name: value for name, value in values.items() if isinstance(name, PlotKey)}
        attributions[key] = {
            name: value for name, value in values.items() if isinstance(name, AttributionsKey)
        }
        others = values.keys() - plots[key].keys() - attributions[key].keys()
        metrics[key] = {name: value for name, value in values.items() if name in others}
    combine = writer.CombineValidations(
        config, rubber_stamp=model_util.has_rubber_stamp(shared if isinstance(shared, list) else [shared])
    )
    verdict = combine.create_accumulator()
    for item in metrics.items():
        verdict = combine.add_input(verdict, metrics_validator.validate_metrics(item, config))
    messages = {
        constants.METRICS_KEY: [writer.convert_slice_metrics_to_proto(item, []) for item in metrics.items()],
        constants.PLOTS_KEY: [writer.convert_slice_plots_to_proto(item, []) for item in plots.items()],
        constants.ATTRIBUTIONS_KEY: [
            writer.convert_slice_attributions_to_proto(item) for item in attributions.items()
        ],
    }
    models = shared if isinstance(shared, list) else [shared]
    description = vars(eval_config_writer)["_serialize_eval_run"](
        config,
        "<user provided PCollection>",
        "<unknown>",
        {model.model_name: model.model_path or "<unknown>" for model in models},
    )
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for name, several in messages.items():
        _write_records(folder / f"{name}-00000-of-00001.tfrecord", several)
    _write_records(folder / f"{constants.VALIDATIONS_KEY}.tfrecord", [combine.extract_output(verdict)])
    if eval_config_writer.EVAL_CONFIG_FILE not in disabled:
        file = folder / f"{eval_config_writer.EVAL_CONFIG_FILE}.{eval_config_writer.EVAL_CONFIG_FILE_FORMAT}"
        file.write_text(description + "\n", encoding="utf-8")


def _write_records(path: Path, messages: Iterable[Any]) -> None:
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for message in messages:
            writer.write(message.SerializeToString())
