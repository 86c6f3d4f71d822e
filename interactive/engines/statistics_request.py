"""What both engines share about statistics: options, the file, and one canonical order of its contents."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interactive.engines import reading
from interactive.engines.api import StatisticsRequest
from interactive.errors import InputError

STATISTICS_FILE = "FeatureStats.pb"
# TFDV's name for the slice that holds every example.
_WHOLE = "All Examples"
_LOOKED_AT = 1000


def split_options(request: StatisticsRequest) -> dict[str, Any]:
    """Returns each split's own copy of the options, with the schema and the sample rate in it.

    Args:
      request: The request.

    Returns:
      Split name to ``tfdv.StatsOptions``.

    Raises:
      InputError: There is no split, the options are of another type or slice by SQL where TFDV cannot, the
        schema is given twice or cannot be read, or a sample rate is not above 0 and at most 1 or is for
        an unknown split.
    """
    import tensorflow_data_validation as tfdv

    if not request.splits:
        raise InputError("expected at least one split to compute statistics of; found none.")
    options = request.stats_options if request.stats_options is not None else tfdv.StatsOptions()
    if not isinstance(options, tfdv.StatsOptions):
        raise InputError(f"stats_options is a {type(options).__name__}; expected a tfdv.StatsOptions.")
    if slices_by_sql(options) and not _knows_sql(options):
        # TFDV itself leaves such slices out without a word.
        raise InputError(
            f"stats_options.slicing_config has slice_keys_sql, which TFDV {tfdv.__version__} no longer "
            "carries out; expected slices by feature_keys or feature_values. Or write a function and give "
            "it as stats_options.experimental_slice_functions."
        )
    unknown = sorted(set(request.sample_rate_by_split) - set(request.splits))
    if unknown:
        raise InputError(
            f"sample_rate_by_split names {', '.join(unknown)}; expected some of the splits "
            f"{', '.join(request.splits)}."
        )
    schema = _load_schema(request.schema_path) if request.schema_path else None
    if schema is not None and options.schema is not None:
        raise InputError(
            "a schema is given both as an input and in stats_options; expected one of them. Leave "
            "stats_options.schema out."
        )
    found = {}
    for split in request.splits:
        own = copy.copy(options)
        if schema is not None:
            own.schema = schema
        # The result is one file, whatever the number of parts it is computed in.
        own.experimental_result_partitions = 1
        rate = request.sample_rate_by_split.get(split)
        if rate is not None:
            try:
                own.sample_rate = rate
            except ValueError as error:
                raise InputError(
                    f"the sample rate of split {split!r} is {rate}; expected above 0 and at most 1."
                ) from error
        found[split] = own
    return found


def slices_by_sql(options: Any) -> bool:
    """Returns True if the options ask for slices by an SQL query.

    Args:
      options: A ``tfdv.StatsOptions``, of a TFDV that knows SQL (1.16) or of one that does not (1.21).
    """
    specs = getattr(options.slicing_config, "slicing_specs", ())
    queries = options.experimental_slice_sqls if _knows_sql(options) else ()
    return bool(queries) or any(spec.slice_keys_sql for spec in specs)


def _knows_sql(options: Any) -> bool:
    return hasattr(options, "experimental_slice_sqls")


def check_inputs(split: str, split_dirs: Sequence[str], options: Any) -> None:
    """Checks that a split can be read, and that its weights are numbers.

    Args:
      split: The split's name.
      split_dirs: Its folders.
      options: Its ``tfdv.StatsOptions``.

    Raises:
      InputError: A folder or a file is missing or damaged, or a weight feature is missing or not numeric.
    """
    import pyarrow as pa

    for split_dir in split_dirs:
        reading.split_files(split_dir)
    weights = sorted(options.example_weight_map.all_weight_features())
    if not weights:
        return
    first = next(reading.record_batches(split_dirs, batch_size=_LOOKED_AT), None)
    if first is None:
        return
    for name in weights:
        position = first.schema.get_field_index(name)
        if position < 0:
            raise InputError(
                f"weight_feature {name!r} is not in the examples of split {split!r}; expected one of "
                f"{', '.join(first.schema.names)}."
            )
        found = first.schema.field(position).type
        values = found.value_type if hasattr(found, "value_type") else found
        if not (pa.types.is_integer(values) or pa.types.is_floating(values)):
            raise InputError(
                f"weight_feature {name!r} of split {split!r} holds {values}; expected one number for each "
                "example."
            )


def write_statistics(statistics: Any, output_dir: str, split: str) -> None:
    """Writes a split's statistics as one binary ``DatasetFeatureStatisticsList``.

    Datasets come with the one of all examples first and then by name, features by their path; so the same
    statistics give the same bytes.

    Args:
      statistics: A ``DatasetFeatureStatisticsList``.
      output_dir: The folder that holds the ``Split-<name>`` folders.
      split: The split's name.
    """
    folder = Path(output_dir) / f"Split-{split}"
    folder.mkdir(parents=True, exist_ok=True)
    ordered = canonical(statistics)
    (folder / STATISTICS_FILE).write_bytes(ordered.SerializeToString(deterministic=True))


def canonical(statistics: Any) -> Any:
    """Returns a copy with datasets, features and cross features in the order ``write_statistics`` uses."""
    ordered = type(statistics)()
    ordered.CopyFrom(statistics)
    ordered.datasets.sort(key=lambda dataset: (dataset.name != _WHOLE, dataset.name))
    for dataset in ordered.datasets:
        dataset.features.sort(key=lambda feature: (tuple(feature.path.step), feature.name))
        dataset.cross_features.sort(key=lambda cross: (tuple(cross.path_x.step), tuple(cross.path_y.step)))
    return ordered


def load_statistics(path: Path) -> Any:
    """Reads a binary ``DatasetFeatureStatisticsList``.

    Args:
      path: The file.

    Raises:
      InputError: The file is missing or is something else.
    """
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2

    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    try:
        statistics.ParseFromString(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read statistics from {path}: {error.strerror}.") from error
    except DecodeError as error:
        raise InputError(
            f"{path} holds no DatasetFeatureStatisticsList ({error}); compute the statistics again."
        ) from error
    return statistics


def _load_schema(path: str) -> Any:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    try:
        text = Path(path).read_text(encoding="utf-8")
        return text_format.Parse(text, schema_pb2.Schema())
    except OSError as error:
        raise InputError(f"cannot read the schema {path}: {error.strerror}.") from error
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no Schema in text form ({error}); expected a schema.pbtxt.") from error
