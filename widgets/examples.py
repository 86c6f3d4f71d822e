"""The first examples of a data set, as a table."""

import itertools
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from widgets import _check, _wire
from widgets._blocks import Block, Cell, Column, Heading, Note, Row, simple_table
from widgets._format import DASH, ELLIPSIS, count_of, from_bytes, quoted, shorten
from widgets._view import View

MAX_COLUMNS = 60
"""Features shown at most, as columns; the names of the others are listed."""
MAX_ITEMS = 6
"""Values shown at most of a feature that has several."""
MAX_TEXT = 80
"""Characters shown at most of one value."""

FORMATS = {
    "FORMAT_TF_EXAMPLE": "Example",
    "FORMAT_TF_SEQUENCE_EXAMPLE": "SequenceExample",
    "FORMAT_PROTO": "",
}
"""The payload formats that can be read, by the names that Examples artifacts use."""

Example = Mapping[str, Any]


class ExamplesView(View):
    """The first examples, one a row. A missing value is a dash; bytes that are not text are hexadecimal.

    Args:
        data: A `pyarrow.Table` or `RecordBatch`, a `pandas.DataFrame`, a sequence of mappings (one for each
            example), or a mapping from feature names to sequences of values.
        limit: Examples shown at most.
        title: The heading.

    Raises:
        TypeError: `data` is none of these.
        ValueError: `limit` is negative, or columns differ in length.
    """

    def __init__(self, data: Any, *, limit: int = 10, title: str = "Examples") -> None:
        _check_limit(limit)
        self.title = title
        self.splits: dict[str, list[Example]] = {"": _rows(data, limit)}

    @classmethod
    def from_uri(
        cls,
        uri: Mapping[str, str | os.PathLike[str]] | str | os.PathLike[str],
        *,
        limit: int = 10,
        payload_format: str = "FORMAT_TF_EXAMPLE",
        title: str = "Examples",
    ) -> "ExamplesView":
        """Read the first examples of TFRecord files, gzipped or not.

        Args:
            uri: A folder of TFRecord files, a folder of `Split-*` folders, one TFRecord file, or a mapping
                from split names to any of these.
            limit: Examples read at most of each split.
            payload_format: What a record holds: one of `FORMATS`.
            title: The heading.

        Raises:
            FileNotFoundError: There is nothing at `uri`, or it holds no files.
            ValueError: A file is not a TFRecord file, or the format is not known.
        """
        _check_limit(limit)
        if payload_format not in FORMATS:
            raise ValueError(
                f"ExamplesView expects a payload format of {', '.join(FORMATS)}, but was given "
                f"{payload_format!r}. Use the artifact's property `payload_format`."
            )
        view = cls([], limit=limit, title=title)
        view.splits = {name: _read(place, limit, payload_format) for name, place in _places(uri).items()}
        return view

    def _blocks(self) -> list[Block]:
        if not self.splits:
            return [Note("No examples: there are no splits in what was given.", "info")]
        blocks: list[Block] = []
        for name, rows in self.splits.items():
            if name:
                blocks.append(Heading(name, 3))
            blocks += _split_blocks(name, rows)
        return blocks


def _check_limit(limit: int) -> None:
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise _check.type_error("ExamplesView", "an int as limit", limit, "Give a number of examples.")
    if limit < 0:
        raise ValueError(f"ExamplesView expects a limit of 0 or more, but was given {limit}. Give a count.")


def _rows(data: Any, limit: int) -> list[Example]:
    if type(data).__module__.startswith("pyarrow") and hasattr(data, "to_pylist"):
        head = data.slice(0, limit)
        if hasattr(head, "schema"):
            columns = {n: head.column(i).to_pylist() for i, n in enumerate(head.schema.names)}
            return _from_columns(columns, limit)
    if type(data).__module__.startswith("pandas") and hasattr(data, "columns"):
        head = data.head(limit)
        return _from_columns({str(n): head.iloc[:, i].tolist() for i, n in enumerate(head.columns)}, limit)
    if isinstance(data, Mapping):
        return _from_columns(data, limit)
    expected = "a pyarrow table, a pandas.DataFrame, a sequence of mappings, or a mapping of columns"
    mend = "To read files, use ExamplesView.from_uri."
    if isinstance(data, str | bytes) or not isinstance(data, Sequence):
        raise _check.type_error("ExamplesView", expected, data, mend)
    for each in data[:limit]:
        if not isinstance(each, Mapping):
            raise _check.type_error("ExamplesView", "examples that are mappings", each, mend)
    return list(data[:limit])


def _from_columns(columns: Mapping[str, Any], limit: int) -> list[Example]:
    lengths = {}
    for name, values in columns.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
            raise _check.type_error(
                "ExamplesView",
                f"a sequence of values for {name!r}",
                values,
                "Give one value for each example.",
            )
        lengths[str(name)] = len(values)
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"ExamplesView expects columns of one length, but found {lengths}. Fill the gaps with None."
        )
    count = min(next(iter(lengths.values()), 0), limit)
    return [{str(name): values[i] for name, values in columns.items()} for i in range(count)]


def _places(uri: Any) -> dict[str, Path]:
    if isinstance(uri, Mapping):
        return {str(name): _place(place) for name, place in uri.items()}
    place = _place(uri)
    found = (each for each in place.glob("Split-*") if each.is_dir())
    splits = {each.name.removeprefix("Split-"): each for each in found}
    order = sorted(splits, key=lambda name: (name != "train", name))
    return {name: splits[name] for name in order} or {"": place}


def _place(uri: Any) -> Path:
    if isinstance(uri, str | os.PathLike) and Path(uri).is_file():
        return Path(uri)
    return _check.existing_folder("ExamplesView", uri)


def _read(place: Path, limit: int, payload_format: str) -> list[Example]:
    files = [place]
    if place.is_dir():
        files = sorted(f for f in place.iterdir() if f.is_file() and not f.name.startswith((".", "_")))
        if not files:
            raise FileNotFoundError(
                f"ExamplesView expects TFRecord files in {str(place)!r}, but found none. "
                "Give the folder of one split, or the folder of the artifact."
            )
    found = itertools.chain.from_iterable(_wire.records(file) for file in files)
    return [_decode(record, payload_format) for record in itertools.islice(found, limit)]


def _decode(record: bytes, payload_format: str) -> Example:
    from google.protobuf.message import DecodeError

    name = FORMATS[payload_format]
    if not name:
        return {"(bytes)": record}
    try:
        parsed = _wire.message(name).FromString(record)
    except DecodeError as error:
        raise ValueError(
            f"ExamplesView expects records that hold a tf.{'train.' + name}, but found {len(record):,} other "
            "bytes. Set payload_format to the format of the records, for example 'FORMAT_PROTO'."
        ) from error
    if name == "Example":
        return _features(parsed.features)
    lists = {
        key: [_feature(each) for each in parsed.feature_lists.feature_list[key].feature]
        for key in sorted(parsed.feature_lists.feature_list)
    }
    return {**_features(parsed.context), **lists}


def _features(features: Any) -> dict[str, Any]:
    return {name: _feature(features.feature[name]) for name in sorted(features.feature)}


def _feature(feature: Any) -> list[Any]:
    for kind in ("bytes_list", "float_list", "int64_list"):
        if feature.HasField(kind):
            return list(getattr(feature, kind).value)
    return []


def _split_blocks(split: str, rows: Sequence[Example]) -> list[Block]:
    where = f" of {split}" if split else ""
    if not rows:
        return [Note(f"No examples{where}.", "info")]
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    if not names:
        return [Note(f"{count_of(len(rows), 'example')}{where}, without any features.", "info")]
    shown, left = names[:MAX_COLUMNS], names[MAX_COLUMNS:]
    keyed = [{str(name): value for name, value in row.items()} for row in rows]
    numeric = {n for n in shown if all(_is_number(row.get(n)) for row in keyed)}
    columns = [Column("No.", "right")]
    columns += [Column(name, "right" if name in numeric else "left") for name in shown]
    drawn: list[Row] = [
        [str(i), *(Cell(_show(row.get(name))) for name in shown)] for i, row in enumerate(keyed, 1)
    ]
    first = "1 example" if len(rows) == 1 else f"The first {len(rows):,} examples"
    blocks: list[Block] = [
        simple_table(f"{first}{where}, {count_of(len(names), 'feature')}", columns, drawn, noun="examples")
    ]
    if left:
        blocks.append(Note(f"Not shown: {count_of(len(left), 'more feature')}: {_listed(left)}.", dim=True))
    return blocks


def _listed(names: Iterable[str]) -> str:
    shown = list(itertools.islice(names, 101))
    return ", ".join(quoted(name) for name in shown[:100]) + (f", {ELLIPSIS}" if len(shown) > 100 else "")


def _single(value: Any) -> Any:
    """Return the value of a list of one; anything else as it is."""
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _is_number(value: Any) -> bool:
    value = _single(_plain(value))
    return value is None or value == [] or isinstance(value, int | float)


def _plain(value: Any) -> Any:
    """Return NumPy's and Arrow's values as Python's own."""
    if hasattr(value, "as_py"):
        return value.as_py()
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: Any) -> str:
    value = _plain(value)
    if isinstance(value, list | tuple):
        if not value:
            return DASH
        if len(value) > 1:
            items = ", ".join(_show(each) for each in value[:MAX_ITEMS])
            dots = f", {ELLIPSIS} ({len(value):,} values)" if len(value) > MAX_ITEMS else ""
            return f"[{items}{dots}]"
        return _show(value[0])
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return DASH
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, bytes):
        return from_bytes(value, MAX_TEXT)
    return quoted(value, MAX_TEXT) if isinstance(value, str) else shorten(str(value), MAX_TEXT)


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return f"{value:.6g}"  # what a 32-bit float can tell
