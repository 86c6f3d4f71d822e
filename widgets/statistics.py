"""Data statistics, as TensorFlow Data Validation computes them."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from widgets import _check
from widgets._blocks import Block, Cell, Column, Facts, Heading, Legend, Note, Row, simple_table
from widgets._feature_tables import (
    MISSING_HIGH,
    ZEROS_HIGH,
    Split,
    bytes_table,
    categorical_table,
    empty_lists,
    kind_of,
    numeric_table,
    other_table,
)
from widgets._format import DASH, count_of, number, percent, quoted
from widgets._view import View

_MEND = (
    "Give what tfdv.generate_statistics_from_csv, tfdv.load_statistics and the like return, "
    "or use StatisticsView.from_files."
)


_EMPTY_COUNT = (
    "Missing counts empty lists too: examples made from a CSV file hold one for each empty cell, and TFDV's "
    "num_missing leaves them out."
)


class StatisticsView(View):
    """Counts, numeric and categorical features, with a small plot each; several splits side by side.

    Example:
        `StatisticsView({"train": train_stats, "eval": eval_stats})`

    Args:
        statistics: One `DatasetFeatureStatisticsList`, or a mapping from split names to them.
        title: The heading.

    Raises:
        TypeError: `statistics` is neither.
    """

    def __init__(self, statistics: Mapping[str, Any] | Any, *, title: str = "Statistics") -> None:
        from tensorflow_metadata.proto.v0 import statistics_pb2

        self.title = title
        self.statistics = _check.by_split(
            "StatisticsView", statistics, statistics_pb2.DatasetFeatureStatisticsList, _MEND
        )

    @classmethod
    def from_files(
        cls,
        files: Mapping[str, str | os.PathLike[str]] | str | os.PathLike[str],
        *,
        title: str = "Statistics",
    ) -> "StatisticsView":
        """Read `FeatureStats.pb` files, one for each split.

        Args:
            files: A path, or a mapping from split names to paths.
            title: The heading.

        Raises:
            FileNotFoundError: A file does not exist.
            ValueError: A file does not hold statistics.
        """
        from tensorflow_metadata.proto.v0 import statistics_pb2

        paths = files if isinstance(files, Mapping) else {"": files}
        message = statistics_pb2.DatasetFeatureStatisticsList
        return cls(
            {name: _check.read_proto("StatisticsView", path, message) for name, path in paths.items()},
            title=title,
        )

    def _blocks(self) -> list[Block]:
        splits = list(_splits(self.statistics))
        if not splits:
            return [Note("No statistics: there are no data sets in what was given.", "info")]
        blocks: list[Block] = [_overview(splits)]
        labels = [split.label for split in splits]
        if len(splits) > 1:
            blocks.append(Legend(labels))
        names = list(dict.fromkeys(name for split in splits for name in split.features))
        if not names:
            return [*blocks, Note("These statistics hold no features.", "info")]
        of_kind = {
            kind: [n for n in names if any(kind_of(s.features.get(n)) == kind for s in splits)]
            for kind in ("num_stats", "string_stats", "bytes_stats", "struct_stats", "other")
        }
        flagged = "Highlighted: {} or more missing, {} or more zeros, a single value, NaN, invalid UTF-8."
        blocks.append(Note(flagged.format(percent(MISSING_HIGH), percent(ZEROS_HIGH)), dim=True))
        if any(_has_empty_lists(f) for s in splits for f in s.features.values()):
            blocks.append(Note(_EMPTY_COUNT, dim=True))
        if of_kind["num_stats"]:
            blocks.append(numeric_table(of_kind["num_stats"], splits))
        if of_kind["string_stats"]:
            blocks.append(categorical_table(of_kind["string_stats"], splits))
        if of_kind["bytes_stats"]:
            blocks.append(bytes_table(of_kind["bytes_stats"], splits))
        rest = [("struct_stats", name) for name in of_kind["struct_stats"]]
        rest += [("other", name) for name in of_kind["other"]]
        if rest:
            blocks.append(other_table(rest, splits))
        blocks += _custom(splits)
        blocks += _crosses(splits)
        return blocks


def _splits(statistics: Mapping[str, Any]) -> Iterator[Split]:
    for name, proto in statistics.items():
        for dataset in proto.datasets:
            if len(proto.datasets) == 1:
                label = name or dataset.name or "all"
            else:  # sliced statistics hold one data set for each slice
                label = " / ".join(part for part in (name, dataset.name) if part) or "all"
            yield Split(label, dataset, {_name(f): f for f in dataset.features})


def _has_empty_lists(feature: Any) -> bool:
    kind = kind_of(feature)
    return kind != "other" and empty_lists(getattr(feature, kind).common_stats).count > 0


def _name(feature: Any) -> str:
    if feature.WhichOneof("field_id") == "path":
        return ".".join(feature.path.step)
    return str(feature.name)


def _overview(splits: Sequence[Split]) -> Block:
    if len(splits) == 1:
        split = splits[0]
        pairs = [
            ("Data set", split.label),
            ("Examples", number(split.proto.num_examples)),
            ("Features", number(len(split.features))),
        ]
        if split.proto.weighted_num_examples:
            pairs.append(("Weighted examples", number(split.proto.weighted_num_examples)))
        return Facts(pairs)
    weighted = any(split.proto.weighted_num_examples for split in splits)
    columns = [Column("Split"), Column("Examples", "right"), Column("Features", "right")]
    columns += [Column("Weighted examples", "right")] if weighted else []
    rows: list[Row] = []
    for split in splits:
        row = [split.label, number(split.proto.num_examples), number(len(split.features))]
        rows.append([*row, number(split.proto.weighted_num_examples)] if weighted else row)
    return simple_table("Splits", columns, rows)


def _custom(splits: Sequence[Split]) -> list[Block]:
    """Show custom statistics that are single values; others are named."""
    rows: list[Row] = []
    for split in splits:
        for name, feature in split.features.items():
            rows += [[name, split.label, c.name, _custom_value(c)] for c in feature.custom_stats]
    if not rows:
        return []
    columns = [Column("Feature"), Column("Split"), Column("Statistic"), Column("Value", "right")]
    return [simple_table("Custom statistics", columns, rows)]


def _custom_value(custom: Any) -> str:
    kind = custom.WhichOneof("val")
    if kind == "num":
        return number(custom.num)
    if kind == "str":
        return quoted(custom.str)
    return f"({kind})" if kind else DASH


def _crosses(splits: Sequence[Split]) -> list[Block]:
    """Show correlations of pairs of numeric features, where they were computed."""
    rows: list[Row] = []
    for split in splits:
        for cross in split.proto.cross_features:
            if cross.WhichOneof("cross_stats") != "num_cross_stats":
                continue
            stats = cross.num_cross_stats
            value = stats.correlation
            pair = f"{'.'.join(cross.path_x.step)} and {'.'.join(cross.path_y.step)}"
            strong = "strongly correlated" if math.isfinite(value) and abs(value) >= 0.95 else ""
            rows.append(
                [
                    pair,
                    split.label,
                    number(cross.count),
                    Cell(number(value), flag=strong),
                    number(stats.covariance),
                ]
            )
    if not rows:
        return []
    columns = [
        Column("Features"),
        Column("Split"),
        Column("Count", "right"),
        Column("Correlation", "right"),
        Column("Covariance", "right"),
    ]
    return [
        Heading(f"Pairs of features ({count_of(len(rows), 'pair')})"),
        simple_table("Correlations", columns, rows),
    ]
