"""What was found wrong when data was compared with its schema."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from widgets import _check
from widgets._blocks import Block, Cell, Column, Note, Row, Table, Tone, simple_table
from widgets._format import count_of, number
from widgets._view import View

_MEND = (
    "Give what tfdv.validate_statistics or tfdv.load_anomalies_text return, or use AnomaliesView.from_files."
)
_TONES: dict[str, Tone] = {"ERROR": "error", "WARNING": "warn"}
_MEASURES = {
    "L_INFTY": "L-infinity distance",
    "JENSEN_SHANNON_DIVERGENCE": "Jensen-Shannon divergence",
    "NORMALIZED_ABSOLUTE_DIFFERENCE": "normalized absolute difference",
}


_ORDER = {"ERROR": 0, "WARNING": 1}


@dataclass(frozen=True)
class _Found:
    feature: str
    severity: str
    short: str
    long: str


class AnomaliesView(View):
    """Anomalies with their severity, description and splits; or that there are none.

    Args:
        anomalies: One `anomalies_pb2.Anomalies`, or a mapping from split names to them.
        title: The heading.

    Raises:
        TypeError: `anomalies` is neither.
    """

    def __init__(self, anomalies: Mapping[str, Any] | Any, *, title: str = "Anomalies") -> None:
        from tensorflow_metadata.proto.v0 import anomalies_pb2

        self.title = title
        self.anomalies = _check.by_split("AnomaliesView", anomalies, anomalies_pb2.Anomalies, _MEND)

    @classmethod
    def from_files(
        cls,
        files: Mapping[str, str | os.PathLike[str]] | str | os.PathLike[str],
        *,
        title: str = "Anomalies",
    ) -> "AnomaliesView":
        """Read `SchemaDiff.pb` files (or `anomalies.pbtxt`), one for each split.

        Args:
            files: A path, or a mapping from split names to paths.
            title: The heading.

        Raises:
            FileNotFoundError: A file does not exist.
            ValueError: A file does not hold anomalies.
        """
        from tensorflow_metadata.proto.v0 import anomalies_pb2

        paths = files if isinstance(files, Mapping) else {"": files}
        message = anomalies_pb2.Anomalies
        return cls(
            {name: _check.read_proto("AnomaliesView", path, message) for name, path in paths.items()},
            title=title,
        )

    def _blocks(self) -> list[Block]:
        if not self.anomalies:
            return [Note("Nothing was validated: there are no splits in what was given.", "info")]
        named = {name: _found(proto) for name, proto in self.anomalies.items()}
        blocks: list[Block] = []
        for name, proto in self.anomalies.items():
            blocks += _verdict(f" in {name}" if name else "", proto, named[name])
        with_splits = any(self.anomalies)
        if any(named.values()):
            blocks.append(_table(named, with_splits))
        drift = _drift_table(self.anomalies, with_splits)
        return blocks if drift is None else [*blocks, drift]


def _verdict(where: str, proto: Any, found: Sequence[_Found]) -> list[Block]:
    blocks: list[Block] = []
    if proto.data_missing:
        blocks.append(Note(f"There was no data to validate{where}.", "error"))
    if found:
        tone: Tone = "error" if any(each.severity == "ERROR" for each in found) else "warn"
        blocks.append(Note(f"{count_of(len(found), 'anomaly', 'anomalies')} found{where}.", tone))
    elif not proto.data_missing:
        blocks.append(Note(f"No anomalies found{where}.", "ok"))
    return blocks


def _table(named: Mapping[str, Sequence[_Found]], with_splits: bool) -> Table:
    """Show each anomaly once, with the splits that have it; the worst come first."""
    splits: dict[_Found, list[str]] = {}
    for name, found in named.items():
        for each in found:
            splits.setdefault(each, []).append(name)
    seen = list(dict.fromkeys(each.feature for each in splits))
    order = sorted(
        splits, key=lambda each: (_ORDER.get(each.severity, len(_ORDER)), seen.index(each.feature))
    )
    rows: list[Row] = [
        [
            each.feature,
            *([Cell(items=splits[each])] if with_splits else []),
            Cell(each.severity, tone=_TONES.get(each.severity, "info")),
            each.short,
            each.long,
        ]
        for each in order
    ]
    columns = [Column("Feature"), *([Column("Splits")] if with_splits else [])]
    columns += [Column("Severity"), Column("Anomaly"), Column("Description")]
    return simple_table(f"Anomalies ({len(rows):,})", columns, rows, noun="anomalies")


def _drift_table(anomalies: Mapping[str, Any], with_splits: bool) -> Table | None:
    rows: list[Row] = [
        [feature, *([name] if with_splits else []), *rest]
        for name, proto in anomalies.items()
        for feature, *rest in _drift_rows(proto)
    ]
    if not rows:
        return None
    columns = [
        Column("Feature"),
        *([Column("Split")] if with_splits else []),
        Column("Comparison"),
        Column("Measure"),
        Column("Value", "right"),
        Column("Threshold", "right"),
    ]
    return simple_table("Drift and skew", columns, rows)


def _found(proto: Any) -> list[_Found]:
    entries = [(".".join(info.path.step) or key, info) for key, info in sorted(proto.anomaly_info.items())]
    if proto.HasField("dataset_anomaly_info"):
        entries.insert(0, ("(whole data set)", proto.dataset_anomaly_info))
    return [
        _Found(
            feature,
            _severity(info),
            info.short_description or "; ".join(r.short_description for r in info.reason),
            info.description or " ".join(r.description for r in info.reason),
        )
        for feature, info in entries
    ]


def _severity(info: Any) -> str:
    known = info.DESCRIPTOR.enum_types_by_name["Severity"].values_by_number.get(info.severity)
    return known.name if known is not None else f"severity {info.severity}"


def _drift_rows(proto: Any) -> list[Row]:
    rows: list[Row] = []
    for info in proto.drift_skew_info:
        for kind, measurements in (
            ("drift", info.drift_measurements),
            ("skew", info.skew_measurements),
        ):
            for each in measurements:
                types = each.DESCRIPTOR.enum_types_by_name["Type"].values_by_number
                name = types[each.type].name if each.type in types else str(each.type)
                over = (
                    f"above the threshold of {number(each.threshold)}" if each.value > each.threshold else ""
                )
                rows.append(
                    [
                        ".".join(info.path.step),
                        kind,
                        _MEASURES.get(name, name),
                        Cell(number(each.value), flag=over),
                        number(each.threshold),
                    ]
                )
    return rows
