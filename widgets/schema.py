"""A data set's schema: what each feature must look like."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from widgets import _check
from widgets._blocks import Block, Cell, Column, Facts, Note, Row, Table, simple_table
from widgets._format import DASH, number, percent, quoted
from widgets._view import View

SHOWN_VALUES = 8
"""Values of a string domain shown at once; the others are folded away."""
_MORE_VALUES = 500
_MEND = "Give what tfdv.infer_schema or tfdv.load_schema_text return, or use SchemaView.from_file."


class SchemaView(View):
    """Features with their type, presence, shape, domain and constraints.

    Args:
        schema: A `schema_pb2.Schema`.
        title: The heading.

    Raises:
        TypeError: `schema` is not a `Schema`.
    """

    def __init__(self, schema: Any, *, title: str = "Schema") -> None:
        from tensorflow_metadata.proto.v0 import schema_pb2

        if not isinstance(schema, schema_pb2.Schema):
            raise _check.type_error("SchemaView", "a Schema", schema, _MEND)
        self.title = title
        self.schema = schema

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, title: str = "Schema") -> "SchemaView":
        """Read a `schema.pbtxt`, or a binary proto under any other ending.

        Raises:
            FileNotFoundError: The file does not exist.
            ValueError: The file does not hold a schema.
        """
        from tensorflow_metadata.proto.v0 import schema_pb2

        return cls(_check.read_proto("SchemaView", path, schema_pb2.Schema), title=title)

    def _blocks(self) -> list[Block]:
        return schema_blocks(self.schema)


def schema_blocks(schema: Any, caption: str = "Features") -> list[Block]:
    """Return the blocks that show a `Schema`."""
    blocks: list[Block] = []
    facts = _dataset_facts(schema)
    if facts:
        blocks.append(Facts(facts))
    if not schema.feature and not schema.sparse_feature and not schema.weighted_feature:
        return [*blocks, Note("This schema has no features.", "info")]
    if schema.feature:
        blocks.append(_feature_table(schema, caption))
    if schema.sparse_feature:
        blocks.append(_sparse_table(schema.sparse_feature))
    if schema.weighted_feature:
        blocks.append(_weighted_table(schema.weighted_feature))
    return blocks


def _dataset_facts(schema: Any) -> list[tuple[str, str | Cell]]:
    facts: list[tuple[str, str | Cell]] = []
    if schema.default_environment:
        names = [quoted(each) for each in schema.default_environment]
        facts.append(("Default environments", Cell(items=names)))
    limits = schema.dataset_constraints
    if limits.min_examples_count:
        facts.append(("At least", f"{number(limits.min_examples_count)} examples"))
    if limits.max_examples_count:
        facts.append(("At most", f"{number(limits.max_examples_count)} examples"))
    for label, comparator in (
        ("Examples against the previous span", limits.num_examples_drift_comparator),
        ("Examples against the previous version", limits.num_examples_version_comparator),
    ):
        low, high = comparator.min_fraction_threshold, comparator.max_fraction_threshold
        if low or high:
            facts.append((label, f"{percent(low)} to {percent(high) if high else 'any'}"))
    if schema.represent_variable_length_as_ragged:
        facts.append(("Variable-length features", "ragged tensors"))
    return facts


def _feature_table(schema: Any, caption: str) -> Table:
    domains = _shared_domains(schema)
    flat = list(_flatten(schema.feature))
    rest = [_rest(feature) for _, feature in flat]
    columns = [
        Column("Feature"),
        Column("Type"),
        Column("Presence"),
        Column("Shape"),
        Column("Domain"),
    ]
    if any(rest):
        columns.append(Column("Constraints and notes"))
    rows: list[Row] = []
    for (path, feature), notes in zip(flat, rest, strict=True):
        row: list[Cell | str] = [
            path,
            _enum(feature, "type"),
            _presence(feature),
            _shape(feature),
            _domain(feature, domains),
        ]
        if any(rest):
            row.append(Cell(items=notes) if notes else "")
        rows.append(row)
    return simple_table(f"{caption} ({len(rows):,})", columns, rows, noun="features")


def _flatten(features: Sequence[Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for feature in features:
        path = f"{prefix}{feature.name}"
        flat.append((path, feature))
        if feature.WhichOneof("domain_info") == "struct_domain":
            flat += _flatten(feature.struct_domain.feature, f"{path}.")
    return flat


def _shared_domains(schema: Any) -> dict[str, tuple[str, Any]]:
    shared: dict[str, tuple[str, Any]] = {}
    for kind in ("string_domain", "int_domain", "float_domain"):
        shared.update({domain.name: (kind, domain) for domain in getattr(schema, kind)})
    return shared


def _enum(message: Any, field: str) -> str:
    value = getattr(message, field)
    known = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(value)
    return known.name if known is not None else f"{value} (unknown)"


def _presence(feature: Any) -> str:
    kind = feature.WhichOneof("presence_constraints")
    if kind == "group_presence":
        return "required in its group" if feature.group_presence.required else "optional in its group"
    return _presence_words(feature.presence) if kind == "presence" else "optional"


def _presence_words(presence: Any) -> str:
    if presence.min_fraction >= 1:
        return "required"
    words = []
    if presence.min_fraction > 0:
        words.append(f"in at least {percent(presence.min_fraction)}")
    if presence.min_count > 1:
        words.append(f"in at least {number(presence.min_count)} examples")
    return ", ".join(words) if words else "optional"


def _shape(feature: Any) -> str:
    kind = feature.WhichOneof("shape_type")
    if kind == "shape":
        return _fixed_shape(feature.shape)
    if kind == "value_count":
        return _value_count(feature.value_count)
    if kind == "value_counts":
        return "; ".join(_value_count(each) for each in feature.value_counts.value_count) or DASH
    return "any number of values"


def _fixed_shape(shape: Any) -> str:
    if not shape.dim:
        return "scalar"
    sizes = [f"{d.name}={d.size}" if d.name else str(d.size) for d in shape.dim]
    return f"[{', '.join(sizes)}]"


def _value_count(count: Any) -> str:
    low, high = count.min, count.max
    if low and low == high:
        return f"{low} value" if low == 1 else f"{low:,} values"
    if high:
        return f"{low:,} to {high:,} values"
    return f"{low:,} or more values" if low else "any number of values"


def _domain(feature: Any, shared: Mapping[str, tuple[str, Any]]) -> Cell:
    kind = feature.WhichOneof("domain_info")
    if kind is None:
        return Cell(DASH)
    if kind == "domain":
        if feature.domain not in shared:
            return Cell(f"{quoted(feature.domain)} (not in the schema)", flag="there is no such domain")
        found, domain = shared[feature.domain]
        return _domain_cell(found, domain)
    return _domain_cell(kind, getattr(feature, kind))


def _domain_cell(kind: str, domain: Any) -> Cell:
    if kind == "string_domain":
        values = [quoted(value) for value in domain.value[: SHOWN_VALUES + _MORE_VALUES]]
        left = len(domain.value) - SHOWN_VALUES
        more = values[SHOWN_VALUES:]
        label = f"{left:,} more" if left <= len(more) else f"{left:,} more, the first {len(more):,}"
        words = f"{len(domain.value):,} values:" if values else "no values"
        return Cell(words, items=values[:SHOWN_VALUES], more=more, more_label=label)
    return Cell(", ".join(_domain_words(kind, domain)))


_DOMAIN_NAMES = {
    "bool_domain": "boolean",
    "natural_language_domain": "natural language",
    "image_domain": "image",
    "mid_domain": "machine identifier",
    "url_domain": "URL",
    "time_domain": "time",
    "time_of_day_domain": "time of day",
    "struct_domain": "structure",
}


def _domain_words(kind: str, domain: Any) -> list[str]:
    if kind == "int_domain":
        return _range_words(domain) or ["any integer"]
    if kind == "float_domain":
        words = _range_words(domain)
        words += ["no NaN"] if domain.disallow_nan else []
        words += ["no infinities"] if domain.disallow_inf else []
        words += [f"embedding of {domain.embedding_dim}"] if domain.is_embedding else []
        return words or ["any float"]
    return [_DOMAIN_NAMES.get(kind, kind), *_detail_words(kind, domain)]


def _range_words(domain: Any) -> list[str]:
    low = number(domain.min) if domain.HasField("min") else ""
    high = number(domain.max) if domain.HasField("max") else ""
    words = [f"from {low} to {high}"] if low and high else []
    if bool(low) != bool(high):
        words = [f"at least {low}" if low else f"at most {high}"]
    return [*words, "categorical"] if domain.is_categorical else words


def _detail_words(kind: str, domain: Any) -> list[str]:
    if kind == "bool_domain":
        named = (("true", domain.true_value), ("false", domain.false_value))
        return [f"{name}: {quoted(value)}" for name, value in named if value]
    if kind == "struct_domain":
        return [f"{len(domain.feature) + len(domain.sparse_feature):,} features inside"]
    if kind in {"time_domain", "time_of_day_domain"}:
        given = domain.WhichOneof("format")
        if given == "string_format":
            return [quoted(domain.string_format)]
        return [_enum(domain, given)] if given else []
    words = []
    if kind == "image_domain":
        if domain.minimum_supported_image_fraction:
            words.append(f"at least {percent(domain.minimum_supported_image_fraction)} supported images")
        if domain.max_image_byte_size:
            words.append(f"at most {number(domain.max_image_byte_size)} bytes")
    return words


def _rest(feature: Any) -> list[str]:
    notes: list[str] = []
    if feature.deprecated:
        notes.append("deprecated")
    if feature.lifecycle_stage:
        notes.append(f"stage {_enum(feature, 'lifecycle_stage')}")
    if feature.in_environment:
        notes.append(f"only in {' and '.join(quoted(e) for e in feature.in_environment)}")
    if feature.not_in_environment:
        notes.append(f"not in {' or '.join(quoted(e) for e in feature.not_in_environment)}")
    if feature.HasField("distribution_constraints"):
        mass = feature.distribution_constraints.min_domain_mass
        notes.append(f"at least {percent(mass)} of the values in the domain")
    if feature.HasField("unique_constraints"):
        limits = feature.unique_constraints
        notes.append(f"{number(limits.min)} to {number(limits.max) if limits.max else 'any'} unique values")
    for kind in ("drift", "skew"):
        notes += _comparator(kind, getattr(feature, f"{kind}_comparator"))
    notes += [f"tag {quoted(tag)}" for tag in feature.annotation.tag]
    notes += [quoted(comment, 200) for comment in feature.annotation.comment]
    return notes


def _comparator(kind: str, comparator: Any) -> list[str]:
    measures = (
        ("infinity_norm", "L-infinity"),
        ("jensen_shannon_divergence", "Jensen-Shannon divergence"),
        ("normalized_abs_difference", "normalized absolute difference"),
    )
    return [
        f"{kind}: {name} at most {number(getattr(comparator, field).threshold)}"
        for field, name in measures
        if comparator.HasField(field)
    ]


def _sparse_table(features: Sequence[Any]) -> Table:
    columns = [
        Column("Sparse feature"),
        Column("Type"),
        Column("Presence"),
        Column("Index features"),
        Column("Value feature"),
        Column("Dense shape"),
    ]
    rows: list[Row] = [
        [
            feature.name,
            _enum(feature, "type"),
            _presence_words(feature.presence) if feature.HasField("presence") else "optional",
            Cell(items=[each.name for each in feature.index_feature]),
            feature.value_feature.name,
            _fixed_shape(feature.dense_shape) if feature.HasField("dense_shape") else DASH,
        ]
        for feature in features
    ]
    return simple_table(f"Sparse features ({len(rows):,})", columns, rows)


def _weighted_table(features: Sequence[Any]) -> Table:
    columns = [Column("Weighted feature"), Column("Feature"), Column("Weight feature")]
    rows: list[Row] = [[f.name, ".".join(f.feature.step), ".".join(f.weight_feature.step)] for f in features]
    return simple_table(f"Weighted features ({len(rows):,})", columns, rows)
