"""What was found wrong when data was compared with its schema."""

import os
from collections.abc import Mapping
from typing import Any

from widgets import _check
from widgets._blocks import Block, Cell, Column, Heading, Note, Row, Tone, simple_table
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


class AnomaliesView(View):
    """Anomalies with their severity and description, for each split; or that there are none.

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
        blocks: list[Block] = []
        for name, proto in self.anomalies.items():
            blocks += _split(name, proto)
        return blocks


def _split(name: str, proto: Any) -> list[Block]:
    rows = _rows(proto)
    where = f" in {name}" if name else ""
    blocks: list[Block] = []
    if name:
        blocks.append(Heading(name, 3))
    if proto.data_missing:
        blocks.append(Note(f"There was no data to validate{where}.", "error"))
    if rows:
        tone: Tone = "error" if any(row[0] == "ERROR" for row in rows) else "warn"
        blocks.append(Note(f"{count_of(len(rows), 'anomaly', 'anomalies')} found{where}.", tone))
        columns = [Column("Feature"), Column("Severity"), Column("Anomaly"), Column("Description")]
        drawn: list[Row] = [
            [feature, Cell(severity, tone=_TONES.get(severity, "info")), short, long]
            for severity, feature, short, long in rows
        ]
        blocks.append(simple_table(f"Anomalies{where}", columns, drawn, noun="anomalies"))
    elif not proto.data_missing:
        blocks.append(Note(f"No anomalies found{where}.", "ok"))
    measured = _drift_rows(proto)
    if measured:
        columns = [
            Column("Feature"),
            Column("Comparison"),
            Column("Measure"),
            Column("Value", "right"),
            Column("Threshold", "right"),
        ]
        blocks.append(simple_table(f"Drift and skew{where}", columns, measured))
    return blocks


def _rows(proto: Any) -> list[tuple[str, str, str, str]]:
    """Return severity, feature, short and long description of each anomaly, the worst first."""
    entries = [(".".join(info.path.step) or key, info) for key, info in sorted(proto.anomaly_info.items())]
    if proto.HasField("dataset_anomaly_info"):
        entries.insert(0, ("(whole data set)", proto.dataset_anomaly_info))
    rows = []
    for feature, info in entries:
        short = info.short_description or "; ".join(r.short_description for r in info.reason)
        long = info.description or " ".join(r.description for r in info.reason)
        rows.append((_severity(info), feature, short, long))
    order = {"ERROR": 0, "WARNING": 1}
    return sorted(rows, key=lambda row: order.get(row[0], 2))


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
