"""A trained model on disk: its signatures, its variables and its files."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from widgets import _check, _files, _wire
from widgets._blocks import SPANNED, Block, Cell, Column, Facts, Fold, Note, Row, Table
from widgets._format import DASH, number, quoted, size
from widgets._view import View

SERVING_FOLDER = "Format-Serving"
"""Where a Model artifact keeps the model that is served."""
_SAVED_MODEL = "saved_model.pb"
# Signatures that TensorFlow adds for its own use.
_INTERNAL = "__saved_model_"
# tensorflow/core/framework/types.proto; a number above 100 is a reference to the type that is 100 less.
DTYPES: Mapping[int, str] = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    11: "qint8",
    12: "quint8",
    13: "qint32",
    14: "bfloat16",
    15: "qint16",
    16: "quint16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    20: "resource",
    21: "variant",
    22: "uint32",
    23: "uint64",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    29: "int4",
    30: "uint4",
}


class ModelView(View):
    """A model's size, signatures with their inputs and outputs, parameters and files.

    Reads the files themselves, without TensorFlow and without loading the model. A folder that holds no
    SavedModel, for example a scikit-learn model's, is shown by its files.

    Args:
        model_dir: The folder of a SavedModel or of a Model artifact.
        title: The heading.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: Its `saved_model.pb` is damaged.
    """

    def __init__(self, model_dir: str | os.PathLike[str], *, title: str = "Model") -> None:
        folder = _check.existing_folder("ModelView", model_dir)
        inner = folder / SERVING_FOLDER
        if not (folder / _SAVED_MODEL).is_file() and inner.is_dir():
            folder = inner
        self.title = title
        self.folder = folder
        self.files = _files.below(folder)
        self._saved_model = _read(folder / _SAVED_MODEL)

    def _blocks(self) -> list[Block]:
        facts: list[tuple[str, str | Cell]] = [("Size", size(_files.total(self.files)))]
        blocks: list[Block] = []
        if self._saved_model is None:
            facts.insert(0, ("Format", "not a SavedModel"))
        else:
            facts.insert(0, ("Format", "TensorFlow SavedModel"))
            facts += _model_facts(self._saved_model)
            blocks += _signatures(self._saved_model)
        facts.append(("Folder", Cell(str(self.folder), code=True)))
        if not self.files:
            blocks.append(Note("This folder has no files.", "warn"))
        elif self._saved_model is None:
            blocks.append(_files.table(self.files))
        else:
            files = _files.table(self.files)
            blocks.append(Fold(files.caption, [files]))
        return [Facts(facts), *blocks]


def _read(file: Path) -> Any | None:
    if not file.is_file():
        return None
    from google.protobuf.message import DecodeError

    try:
        return _wire.message("SavedModel").FromString(file.read_bytes())
    except DecodeError as error:
        raise ValueError(
            f"ModelView expects a SavedModel in {str(file)!r}, but the file cannot be read as one ({error}). "
            "Save the model again with model.export or tf.saved_model.save."
        ) from error


def _model_facts(saved_model: Any) -> list[tuple[str, str | Cell]]:
    facts: list[tuple[str, str | Cell]] = []
    versions = {g.meta_info_def.tensorflow_version for g in saved_model.meta_graphs} - {""}
    if versions:
        facts.append(("TensorFlow", ", ".join(sorted(versions))))
    tags = [" + ".join(quoted(tag) for tag in g.meta_info_def.tags) for g in saved_model.meta_graphs]
    if any(tags):
        facts.append(("Tags", Cell(items=tags)))
    counts = _parameters(saved_model)
    if counts is None:
        facts.append(("Parameters", "not recorded"))
    else:
        trainable, other = counts
        facts.append(("Trainable parameters", number(trainable)))
        facts.append(("Other variables", f"{number(other)} values"))
    return facts


def _parameters(saved_model: Any) -> tuple[int, int] | None:
    """Return the number of values in trainable and in other variables; None if that is not recorded."""
    graphs = [g.object_graph_def for g in saved_model.meta_graphs if g.object_graph_def.nodes]
    if not graphs:  # TensorFlow 1 models keep no object graph
        return None
    counts = {True: 0, False: 0}
    for node in graphs[0].nodes:
        if not node.HasField("variable"):
            continue
        shape = node.variable.shape
        sizes = [dim.size for dim in shape.dim]
        if not shape.unknown_rank and all(each >= 0 for each in sizes):
            counts[node.variable.trainable] += math.prod(sizes)
    return counts[True], counts[False]


def _signatures(saved_model: Any) -> list[Block]:
    groups: list[list[Row]] = []
    for graph in saved_model.meta_graphs:
        names = sorted(name for name in graph.signature_def if not name.startswith(_INTERNAL))
        groups += [_signature(name, graph.signature_def[name]) for name in names]
    if not groups:
        return [Note("This SavedModel has no signatures: it cannot be served by name.", "warn")]
    columns = [Column("Signature"), Column("Side"), Column("Name"), Column("Type"), Column("Shape")]
    return [Table(f"Signatures ({len(groups)})", columns, groups, noun="signatures")]


def _signature(name: str, signature: Any) -> list[Row]:
    tensors = [("input", key, signature.inputs[key]) for key in sorted(signature.inputs)]
    tensors += [("output", key, signature.outputs[key]) for key in sorted(signature.outputs)]
    if not tensors:
        return [[name, DASH, "no inputs and outputs", DASH, DASH]]
    return [
        [
            Cell(name, rowspan=len(tensors)) if i == 0 else SPANNED,
            side,
            Cell(key, code=True),
            _dtype(info.dtype),
            _shape(info.tensor_shape),
        ]
        for i, (side, key, info) in enumerate(tensors)
    ]


def _dtype(value: int) -> str:
    return DTYPES.get(value % 100, f"type {value}")


def _shape(shape: Any) -> str:
    if shape.unknown_rank:
        return "any"
    sizes = ["any" if dim.size < 0 else str(dim.size) for dim in shape.dim]
    return f"[{', '.join(sizes)}]" if sizes else "scalar"
