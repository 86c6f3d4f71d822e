"""A transform graph: what comes in, what goes out, and the vocabularies in between."""

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from widgets import _check, _wire
from widgets._blocks import Block, Cell, Column, Facts, Note, Row, Table, simple_table
from widgets._format import DASH, from_bytes, size
from widgets._view import View
from widgets.schema import schema_blocks

SHOWN_ENTRIES = 8
"""First entries of a vocabulary shown at once; some more are folded away."""
_MORE_ENTRIES = 92
_MAX_COUNTED = 50_000_000  # bytes; a larger vocabulary's entries are not counted


class TransformView(View):
    """Raw features, transformed features and vocabularies of a transform graph.

    Reads the schemas and the vocabulary files; the SavedModel itself is not loaded.

    Args:
        transform_graph_dir: The folder of a TransformGraph artifact, or what `tft.TFTransformOutput` takes.
        title: The heading.

    Raises:
        FileNotFoundError: There is no such folder, or it holds no transform graph.
        ValueError: A schema is damaged.
    """

    def __init__(
        self, transform_graph_dir: str | os.PathLike[str], *, title: str = "Transform graph"
    ) -> None:
        folder = _check.existing_folder("TransformView", transform_graph_dir)
        if not (folder / "transformed_metadata").is_dir():
            found = ", ".join(sorted(each.name for each in folder.iterdir())[:8]) or "nothing"
            raise FileNotFoundError(
                f"TransformView expects a folder with `transformed_metadata` in {str(folder)!r}, but found "
                f"{found}. Give the URI of a TransformGraph artifact."
            )
        self.title = title
        self.folder = folder
        self.raw_schema = _schema(folder / "metadata" / "schema.pbtxt")
        self.transformed_schema = _schema(folder / "transformed_metadata" / "schema.pbtxt")

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = [Facts([("Folder", Cell(str(self.folder), code=True))])]
        for schema, caption in (
            (self.raw_schema, "Raw features"),
            (self.transformed_schema, "Transformed features"),
        ):
            if schema is None:
                blocks.append(Note(f"{caption}: there is no schema.", "warn"))
            else:
                blocks += schema_blocks(schema, caption)
        vocabularies = _vocabularies(self.folder)
        if vocabularies is not None:
            blocks.append(vocabularies)
        return blocks


def _schema(file: Path) -> Any | None:
    from tensorflow_metadata.proto.v0 import schema_pb2

    return _check.read_proto("TransformView", file, schema_pb2.Schema) if file.is_file() else None


def _vocabularies(folder: Path) -> Table | None:
    assets = folder / "transform_fn" / "assets"
    files = sorted(each for each in assets.iterdir() if each.is_file()) if assets.is_dir() else []
    if not files:
        return None
    named = _asset_names(folder)
    rows: list[Row] = []
    for file in files:
        first = list(itertools.islice(_entries(file), SHOWN_ENTRIES + _MORE_ENTRIES))
        count = _count(file)
        shown = [from_bytes(entry, 60) for entry in first]
        more = shown[SHOWN_ENTRIES:]
        label = f"{len(more)} more"
        if count is not None and count > len(shown):
            label = f"{count - SHOWN_ENTRIES:,} more, the first {len(more)}"
        cell = Cell(items=shown[:SHOWN_ENTRIES], more=more, more_label=label) if shown else Cell("empty")
        counted = f"{count:,}" if count is not None else DASH
        rows.append([named.get(file.name, file.name), Cell(file.name, code=True), counted, _size(file), cell])
    columns = [
        Column("Vocabulary"),
        Column("File"),
        Column("Entries", "right"),
        Column("Size", "right"),
        Column("First entries", hint="A vocabulary is sorted by frequency, unless it was asked otherwise"),
    ]
    return simple_table(f"Vocabularies and other assets ({len(rows)})", columns, rows, noun="assets")


def _size(file: Path) -> str:
    return size(file.stat().st_size)


def _asset_names(folder: Path) -> dict[str, str]:
    """Return the names that the preprocessing function gave, by file name."""
    file = folder / "transformed_metadata" / "asset_map"
    if not file.is_file():
        return {}
    try:
        named = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"TransformView expects JSON in {str(file)!r}, but it cannot be read ({error}). "
            "Run Transform again: the transform graph is damaged."
        ) from error
    return {str(name): str(key) for key, name in named.items()}


def _entries(file: Path) -> Iterator[bytes]:
    if file.name.endswith((".tfrecord.gz", ".tfrecord")):
        yield from _wire.records(file)
        return
    with file.open("rb") as lines:
        for line in lines:
            yield line.rstrip(b"\r\n")


def _count(file: Path) -> int | None:
    if file.stat().st_size > _MAX_COUNTED:
        return None
    return sum(1 for _ in _entries(file))
