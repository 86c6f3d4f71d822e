"""Checks a model and examples against an ``EvalConfig`` before TFMA starts a pipeline."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interactive.engines import tft_inputs
from interactive.errors import InputError

# What TFMA itself can call on a loaded Keras model, besides its signatures.
_DEFAULT_SIGNATURES = ("predict", "serving_default")


@dataclass(frozen=True)
class SavedModelInfo:
    """What a SavedModel's file says, without loading the model.

    Attributes:
      path: Its folder.
      signatures: Signature name to the names of its outputs.
    """

    path: str
    signatures: Mapping[str, tuple[str, ...]]


def read_saved_model(path: str) -> SavedModelInfo:
    """Reads the signatures of a SavedModel.

    Args:
      path: The model's folder.

    Returns:
      Its signatures and their outputs.

    Raises:
      InputError: There is no SavedModel, or the folder holds another format.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    folder = Path(path)
    file = folder / "saved_model.pb"
    if not file.is_file():
        keras = sorted(item.name for item in folder.glob("*.keras")) if folder.is_dir() else []
        hint = (
            f" The folder holds {keras[0]!r}: save the model with model.export(serving_model_dir), or "
            "tf.saved_model.save with signatures, instead of model.save."
            if keras or folder.suffix == ".keras"
            else ""
        )
        raise InputError(f"Expected a SavedModel in {path!r}, found no saved_model.pb.{hint}")
    saved = saved_model_pb2.SavedModel()
    try:
        saved.ParseFromString(file.read_bytes())
    except Exception as error:
        raise InputError(f"Expected a SavedModel in {str(file)!r}: {error}") from error
    signatures = {
        name: tuple(sorted(signature.outputs))
        for graph in saved.meta_graphs
        for name, signature in graph.signature_def.items()
        if not name.startswith("__")
    }
    return SavedModelInfo(path, signatures)


def check_signatures(info: SavedModelInfo, spec: Any) -> None:
    """Checks that a model has the signatures which a ``ModelSpec`` names.

    Args:
      info: The model.
      spec: A ``tfma.ModelSpec``.

    Raises:
      InputError: A signature is missing; the message lists those that are there.
    """
    there = ", ".join(sorted(info.signatures)) or "none"
    if spec.signature_name and spec.signature_name not in info.signatures:
        raise InputError(
            f"eval_config asks for the signature {spec.signature_name!r}, but the model at "
            f"{info.path!r} has: {there}. Save it with that signature, or name another one."
        )
    if not spec.signature_name and not set(_DEFAULT_SIGNATURES) & set(info.signatures):
        raise InputError(
            f"The model at {info.path!r} has no signature 'serving_default', only: {there}. Save it "
            "with a serving signature, or set signature_name in the model_spec."
        )
    # With an @ it is one of TFMA's own functions.
    names = [name for name in spec.preprocessing_function_names if "@" not in name]
    absent = [name for name in names if name not in info.signatures]
    if absent:
        import tensorflow as tf

        model = tf.saved_model.load(info.path)
        for name in absent:
            if not hasattr(model, name):
                raise InputError(
                    f"eval_config asks for {name!r} in preprocessing_function_names, but the model at "
                    f"{info.path!r} has neither such an attribute nor such a signature, only: {there}. "
                    "Save it with that signature, or take the name out."
                )


def signature_error(info: SavedModelInfo, name: str, files: Sequence[str]) -> str | None:
    """Calls a signature with the first examples, to learn why it failed in a pipeline.

    Args:
      info: The model.
      name: The signature; it is called only if it takes serialised examples.
      files: Record files.

    Returns:
      The error's text, at most 1,000 characters, or None when the call works or cannot be made.
    """
    import tensorflow as tf

    model = tf.saved_model.load(info.path)
    function = model.signatures.get(name)
    if function is None:
        return None
    inputs = list(function.structured_input_signature[1].items())
    if len(inputs) != 1 or inputs[0][1].dtype != tf.string:
        return None
    batch = next(tft_inputs.serialized_batches(files, batch_rows=2))
    try:
        function(**{inputs[0][0]: tf.constant(batch)})
    # Whatever the user's signature raises is what is looked for.
    except Exception as error:  # noqa: BLE001
        return _without_frame(str(error))[:1000]
    return None


def _without_frame(text: str) -> str:
    """Drops the lines that TensorFlow puts around the message of a failed operation."""
    frame = ("Graph execution error", "Detected at node", "<stack traces", "[[{{node", "File ")
    lines = [line.strip() for line in text.splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(frame)) or text


@dataclass(frozen=True)
class ExampleFeatures:
    """Which features examples have.

    Attributes:
      names: Names seen in any of the examples that were looked at.
      strings: Those among them whose values are strings.
      rows: How many examples were looked at.
    """

    names: frozenset[str]
    strings: frozenset[str]
    rows: int


def look_at_examples(files: Sequence[str], wanted: Collection[str] = ()) -> ExampleFeatures:
    """Reads examples until every wanted feature was seen, at least one batch.

    Args:
      files: Record files.
      wanted: Features whose absence would be an error, so it is made sure of.

    Returns:
      The features that were seen.

    Raises:
      InputError: There is no example at all, or a file is damaged.
    """
    import pyarrow as pa

    names: set[str] = set()
    strings: set[str] = set()
    rows = 0
    for batch in tft_inputs.record_batches(files, None):
        rows += batch.num_rows
        names.update(batch.schema.names)
        strings.update(
            field.name
            for field in batch.schema
            if pa.types.is_list(field.type) or pa.types.is_large_list(field.type)
            if pa.types.is_binary(field.type.value_type) or pa.types.is_large_binary(field.type.value_type)
        )
        if names.issuperset(wanted):
            break
    if not rows:
        raise InputError(
            f"Expected examples to evaluate on, found none in {len(files)} files, the first of them "
            f"{files[0]!r}."
        )
    return ExampleFeatures(frozenset(names), frozenset(strings), rows)


def wanted_features(eval_config: Any, models: Mapping[str, SavedModelInfo]) -> dict[str, str]:
    """Lists the features that a configuration reads from the examples.

    Args:
      eval_config: A ``tfma.EvalConfig``.
      models: Model name to model, for features that preprocessing signatures add.

    Returns:
      Feature to what it is used for. Labels and weights that a preprocessing signature puts out are
      left out; so are all of them when such a signature is not in the model's file.
    """
    wanted: dict[str, str] = {}
    for spec in eval_config.slicing_specs:
        for key in (*spec.feature_keys, *spec.feature_values):
            wanted[key] = "slicing_specs"
    for spec in eval_config.model_specs:
        if spec.preprocessing_function_names:
            made = _preprocessed(spec, models.get(spec.name))
            if made is None:
                wanted = {}
                continue
        else:
            made = frozenset()
        for use, keys in (
            ("label_key", [spec.label_key, *spec.label_keys.values()]),
            ("example_weight_key", [spec.example_weight_key, *spec.example_weight_keys.values()]),
        ):
            for key in keys:
                if key and key not in made:
                    wanted[key] = use
    return wanted


def _preprocessed(spec: Any, info: SavedModelInfo | None) -> frozenset[str] | None:
    """Names the features that preprocessing adds; None when the file does not say."""
    made: set[str] = set()
    for name in spec.preprocessing_function_names:
        if info is None or name not in info.signatures:
            return None
        made.update(info.signatures[name])
    return frozenset(made)


def check_features(wanted: Mapping[str, str], found: ExampleFeatures) -> None:
    """Checks that the examples have the features that a configuration reads.

    Raises:
      InputError: One is missing; the message lists those that are there.
    """
    for name, use in wanted.items():
        if name in found.names:
            continue
        close = difflib.get_close_matches(name, found.names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise InputError(
            f"eval_config uses {name!r} in {use}, but none of the {found.rows} examples that were "
            f"read has it.{hint} The examples have: {', '.join(sorted(found.names))}."
        )


# Outputs of a model that say which number a string label stands for.
_CLASS_OUTPUTS = frozenset({"classes", "all_classes"})

# Metrics that compare with a label; the others may do without, or take it from elsewhere.
_NEED_LABELS = frozenset(
    {
        "AUC",
        "AUCPrecisionRecall",
        "BalancedAccuracy",
        "BinaryAccuracy",
        "BinaryCrossEntropy",
        "BinaryCrossentropy",
        "Calibration",
        "CalibrationPlot",
        "CategoricalAccuracy",
        "CategoricalCrossEntropy",
        "CategoricalCrossentropy",
        "ConfusionMatrixAtThresholds",
        "ConfusionMatrixPlot",
        "F1Score",
        "FalseNegatives",
        "FalsePositives",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanLabel",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "MultiClassConfusionMatrixAtThresholds",
        "MultiClassConfusionMatrixPlot",
        "Precision",
        "PrecisionAtRecall",
        "Recall",
        "RecallAtPrecision",
        "RootMeanSquaredError",
        "SensitivityAtSpecificity",
        "SparseCategoricalAccuracy",
        "SparseCategoricalCrossentropy",
        "SparseTopKCategoricalAccuracy",
        "SpecificityAtSensitivity",
        "TopKCategoricalAccuracy",
        "TrueNegatives",
        "TruePositives",
    }
)


def check_labels(eval_config: Any, models: Mapping[str, SavedModelInfo], found: ExampleFeatures) -> None:
    """Checks that metrics have labels which they can compare with.

    Args:
      eval_config: A ``tfma.EvalConfig``.
      models: Model name to model.
      found: What the examples have.

    Raises:
      InputError: A metric needs a label and no label_key is set, or the label is a string and nothing
        says which number it stands for.
    """
    needing = sorted(
        {metric.class_name for spec in eval_config.metrics_specs for metric in spec.metrics} & _NEED_LABELS
    )
    if not needing:
        return
    for spec in eval_config.model_specs:
        keys = [key for key in (spec.label_key, *spec.label_keys.values()) if key]
        if not keys:
            raise InputError(
                f"Expected a label_key in model_specs, because {needing[0]} compares predictions "
                f"with labels, found none. The examples have: {', '.join(sorted(found.names))}."
            )
        info = models.get(spec.name)
        outputs = set(info.signatures.get(spec.signature_name or "serving_default", ())) if info else set()
        if spec.preprocessing_function_names or outputs & _CLASS_OUTPUTS:
            continue
        for key in keys:
            if key in found.strings:
                raise InputError(
                    f"The label {key!r} holds strings, but {needing[0]} compares numbers. Evaluate on "
                    "the transformed examples with the transformed label as label_key, or save the "
                    "model with a signature that transforms features and name it in "
                    "preprocessing_function_names, or return the class names as 'all_classes' from "
                    "the serving signature."
                )
