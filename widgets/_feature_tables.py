"""The tables of a data set's features, one for each kind of statistics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from widgets import _svg
from widgets._blocks import SPANNED, Cell, Column, Row, Svg, Table
from widgets._format import DASH, number, percent, quoted

MISSING_HIGH = 0.2
"""A share of missing values from which they are highlighted."""
ZEROS_HIGH = 0.5
"""A share of zeros from which they are highlighted."""
TOP_VALUES = 4
"""Most frequent values shown at once; the others are folded away."""
_MORE_VALUES = 50
_BAR_VALUES = 20

Cells = list[Cell | str]


@dataclass(frozen=True)
class Split:
    label: str
    proto: Any
    features: Mapping[str, Any]


def kind_of(feature: Any | None) -> str:
    return "" if feature is None else feature.WhichOneof("stats") or "other"


def _groups(
    names: Sequence[str],
    kind: str,
    splits: Sequence[Split],
    row_of: Callable[[Any], Cells],
    plot_of: Callable[[str, Sequence[tuple[Split, Any]]], Svg | None] | None,
) -> list[list[Row]]:
    """Make a group of rows for each feature: one row for each split that has it."""
    several = len(splits) > 1
    groups: list[list[Row]] = []
    for name in names:
        having = [
            (i, s, s.features[name]) for i, s in enumerate(splits) if kind_of(s.features.get(name)) == kind
        ]
        plot = plot_of(name, [(s, f) for _, s, f in having]) if plot_of else None
        group: list[Row] = []
        for position, (_, split, feature) in enumerate(having):
            head = Cell(name, rowspan=len(having)) if position == 0 else SPANNED
            row: Cells = [head]
            if several:
                row.append(split.label)
            row += row_of(feature)
            if plot_of:
                row.append(Cell(svg=plot, rowspan=len(having)) if position == 0 else SPANNED)
            group.append(row)
        groups.append(group)
    return groups


def _columns(splits: Sequence[Split], *rest: Column) -> list[Column]:
    return [Column("Feature"), *([Column("Split")] if len(splits) > 1 else []), *rest]


def _common_columns(repeated: bool) -> list[Column]:
    columns = [
        Column("Count", "right", "Examples that have at least one value"),
        Column("Missing", "right", "Share of the examples that have no value"),
    ]
    if repeated:
        columns.append(Column("Values per example", "right", "Fewest - mean - most"))
    return columns


def _common(common: Any, repeated: bool) -> Cells:
    total = common.num_missing + common.num_non_missing
    empty = empty_lists(common)
    without = common.num_missing + empty.count
    share = without / total if total else 0.0
    least = "" if empty.exact else "at least "
    words = f"{least}{number(without)} of {number(total)} examples have no value"
    if empty.count:
        words += f": {number(common.num_missing)} lack the feature, "
        words += f"{least}{number(empty.count)} hold an empty list"
    cells: Cells = [
        ("" if empty.exact else "at most ") + number(total - without),
        Cell(
            least + percent(share),
            flag=words if share >= MISSING_HIGH else "",
            hint=words if empty.count else "",
        ),
    ]
    if repeated:
        cells.append(
            " - ".join(
                number(v) for v in (common.min_num_values, common.avg_num_values, common.max_num_values)
            )
        )
    return cells


@dataclass(frozen=True)
class EmptyLists:
    """How many examples hold a feature with an empty list of values; a lower bound unless `exact`."""

    count: int
    exact: bool = True


def empty_lists(common: Any) -> EmptyLists:
    """Count the examples that have a feature but no value of it, such as an empty cell of a CSV file.

    TFDV counts them in `num_non_missing`. With at most one value an example, those without one are the
    present ones less the values. Otherwise two facts bound them from below: every other example has one value
    or more, and the buckets from 0 to 0 of the histogram of list lengths hold nothing else.
    """
    present, values = common.num_non_missing, common.tot_num_values
    lengths = common.num_values_histogram.buckets
    if not present or common.min_num_values or not (values or lengths):
        return EmptyLists(0)
    rest = max(present - values, 0)
    if common.max_num_values <= 1:
        return EmptyLists(rest)
    only_empty = sum(bucket.sample_count for bucket in lengths if bucket.high_value == 0)
    return EmptyLists(min(max(rest, round(only_empty), 1), present), exact=False)


def _any_repeated(names: Sequence[str], kind: str, splits: Sequence[Split]) -> bool:
    chosen = set(names)
    return any(
        getattr(feature, kind).common_stats.max_num_values > 1
        for split in splits
        for name, feature in split.features.items()
        if name in chosen and kind_of(feature) == kind
    )


def _value_count(common: Any) -> int:
    """Return the number of values; statistics that do not give it have one in each example."""
    return int(common.tot_num_values or common.num_non_missing - empty_lists(common).count)


def numeric_table(names: Sequence[str], splits: Sequence[Split]) -> Table:
    repeated = _any_repeated(names, "num_stats", splits)
    with_nan = any(
        _nan_count(f.num_stats) for s in splits for f in s.features.values() if kind_of(f) == "num_stats"
    )

    def row(feature: Any) -> Cells:
        stats = feature.num_stats
        common = stats.common_stats
        values = _value_count(common)
        if not values:
            return [*_common(common, repeated), *([DASH] * (7 if with_nan else 6))]
        zeros = stats.num_zeros / values
        many = f"{number(stats.num_zeros)} of {number(values)} values are zero" if zeros >= ZEROS_HIGH else ""
        single = "all values are equal" if stats.min == stats.max and values > 1 else ""
        cells = [
            *_common(common, repeated),
            number(stats.mean),
            Cell(number(stats.std_dev), flag=single),
            Cell(percent(zeros), flag=many),
            number(stats.min),
            number(stats.median),
            number(stats.max),
        ]
        if with_nan:
            nan = _nan_count(stats)
            cells.insert(-3, Cell(number(nan), flag="not-a-number values" if nan else ""))
        return cells

    columns = _columns(
        splits,
        *_common_columns(repeated),
        Column("Mean", "right"),
        Column("Std dev", "right"),
        Column("Zeros", "right", "Share of the values that are zero"),
        *([Column("NaN", "right", "Values that are not a number")] if with_nan else []),
        Column("Min", "right"),
        Column("Median", "right"),
        Column("Max", "right"),
        Column("Distribution", hint="Density over the range of the values, each split with area one"),
    )
    return Table(
        f"Numeric features ({len(names):,})",
        columns,
        _groups(names, "num_stats", splits, row, _histogram),
        noun="features",
    )


def _nan_count(stats: Any) -> int:
    return max((int(h.num_nan) for h in stats.histograms), default=0)


def _histogram(name: str, having: Sequence[tuple[Split, Any]]) -> Svg | None:
    series = []
    for split, feature in having:
        histograms = list(feature.num_stats.histograms)
        standard = next((h for h in histograms if h.type == h.STANDARD and h.buckets), None)
        chosen = standard or next((h for h in histograms if h.buckets), None)
        bins = chosen.buckets if chosen is not None else []
        series.append((split.label, [_svg.Bin(b.low_value, b.high_value, b.sample_count) for b in bins]))
    labelled = series if len(series) > 1 else [("", bins) for _, bins in series]
    return _svg.histogram(name, labelled)


def categorical_table(names: Sequence[str], splits: Sequence[Split]) -> Table:
    repeated = _any_repeated(names, "string_stats", splits)
    invalid = any(
        f.string_stats.invalid_utf8_count
        for s in splits
        for f in s.features.values()
        if kind_of(f) == "string_stats"
    )

    def row(feature: Any) -> Cells:
        stats = feature.string_stats
        common = stats.common_stats
        total = _value_count(common)
        ranked = _ranked(stats)
        shown = [_value(value, count, total) for value, count in ranked[: TOP_VALUES + _MORE_VALUES]]
        left = max(len(ranked), stats.unique) - TOP_VALUES
        more = shown[TOP_VALUES:]
        label = f"{left:,} more" if left <= len(more) else f"{left:,} more, the first {len(more):,}"
        single = "only one value" if stats.unique == 1 and total > 1 else ""
        cells: Cells = [
            *_common(common, repeated),
            Cell(number(stats.unique), flag=single),
            Cell(items=shown[:TOP_VALUES], more=more, more_label=label) if shown else DASH,
            number(stats.avg_length) if total else DASH,
        ]
        if invalid:
            bad = stats.invalid_utf8_count
            cells.append(Cell(number(bad), flag="values that are not UTF-8" if bad else ""))
        return cells

    columns = _columns(
        splits,
        *_common_columns(repeated),
        Column("Unique", "right", "Different values"),
        Column("Most frequent values", hint="With their number and share"),
        Column("Mean length", "right", "Of the values, in characters or bytes as computed"),
        *([Column("Invalid UTF-8", "right")] if invalid else []),
        Column("Distribution", hint="Shares of the most frequent values"),
    )
    return Table(
        f"Categorical features ({len(names):,})",
        columns,
        _groups(names, "string_stats", splits, row, _ranks),
        noun="features",
    )


def _ranked(stats: Any) -> list[tuple[str, float]]:
    buckets = [(str(b.label), float(b.sample_count)) for b in stats.rank_histogram.buckets]
    return buckets or [(str(v.value), float(v.frequency)) for v in stats.top_values]


def _value(value: str, count: float, total: int) -> str:
    share = f", {percent(count / total)}" if total else ""
    return f"{quoted(value, 60)} ({number(count)}{share})"


def _ranks(name: str, having: Sequence[tuple[Split, Any]]) -> Svg | None:
    tables = []
    for split, feature in having:
        stats = feature.string_stats
        total = _value_count(stats.common_stats)
        tables.append((split.label, dict(_ranked(stats)), total))
    order: dict[str, None] = {}
    for _, counts, _ in tables:
        order.update(dict.fromkeys(list(counts)[:_BAR_VALUES]))
    values = list(order)[:_BAR_VALUES]
    series = [
        (
            label if len(tables) > 1 else "",
            [counts.get(v, 0.0) / total if total else 0.0 for v in values],
        )
        for label, counts, total in tables
    ]
    return _svg.bars(name, series)


def bytes_table(names: Sequence[str], splits: Sequence[Split]) -> Table:
    repeated = _any_repeated(names, "bytes_stats", splits)

    def row(feature: Any) -> Cells:
        stats = feature.bytes_stats
        return [
            *_common(stats.common_stats, repeated),
            number(stats.unique),
            number(stats.min_num_bytes),
            number(stats.avg_num_bytes),
            number(stats.max_num_bytes),
        ]

    columns = _columns(
        splits,
        *_common_columns(repeated),
        Column("Unique", "right"),
        Column("Min bytes", "right"),
        Column("Mean bytes", "right"),
        Column("Max bytes", "right"),
    )
    groups = _groups(names, "bytes_stats", splits, row, None)
    return Table(f"Bytes features ({len(names):,})", columns, groups, noun="features")


def other_table(rest: Sequence[tuple[str, str]], splits: Sequence[Split]) -> Table:
    def row_of(feature: Any) -> Cells:
        kind = feature.DESCRIPTOR.enum_types_by_name["Type"].values_by_number.get(feature.type)
        name = kind.name if kind is not None else str(feature.type)
        if kind_of(feature) == "struct_stats":
            return [name, *_common(feature.struct_stats.common_stats, True)]
        return [name, DASH, DASH, DASH]

    columns = _columns(splits, Column("Type"), *_common_columns(True))
    groups = [group for kind, name in rest for group in _groups([name], kind, splits, row_of, None)]
    return Table(f"Other features ({len(rest):,})", columns, groups, noun="features")
