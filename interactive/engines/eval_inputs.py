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


@dataclass(frozen=True)
class ExampleFeatures:
    """Which features examples have.

    Attributes:
      names: Names seen in any of the examples that were looked at.
      rows: How many examples were looked at.
    """

    names: frozenset[str]
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
    names: set[str] = set()
    rows = 0
    for batch in tft_inputs.record_batches(files, None):
        rows += batch.num_rows
        names.update(batch.schema.names)
        if names.issuperset(wanted):
            break
    if not rows:
        raise InputError(
            f"Expected examples to evaluate on, found none in {len(files)} files, the first of them "
            f"{files[0]!r}."
        )
    return ExampleFeatures(frozenset(names), rows)


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
