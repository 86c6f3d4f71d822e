"""Statistics of data before and after Transform, computed in process with TFDV's own generators."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from interactive.engines.api import StatsType

STATS_FILE = "FeatureStats.pb"
SCHEMA_FILE = "schema.pbtxt"
ANOMALIES_FILE = "SchemaDiff.pb"

UpdateOptions = Callable[[StatsType, Any], Any]


def make_options(
    kind: StatsType,
    schema: Any,
    update: UpdateOptions | None,
    vocab_paths: Mapping[str, str] | None = None,
) -> Any:
    """Makes the ``tfdv.StatsOptions`` of one kind of statistics.

    Args:
      kind: Before or after Transform.
      schema: The features' schema; the options get a copy.
      update: The user's ``stats_options_updater_fn``, or None.
      vocab_paths: Vocabulary name to file, for statistics after Transform.

    Returns:
      What ``update`` returned, or the defaults.
    """
    import tensorflow_data_validation as tfdv

    copied = type(schema)()
    copied.CopyFrom(schema)
    options = tfdv.StatsOptions(
        schema=copied,
        vocab_paths=dict(vocab_paths) if vocab_paths is not None else None,
        experimental_use_sketch_based_topk_uniques=True,
    )
    return options if update is None else update(kind, options)


class Collector:
    """Folds record batches into statistics, one batch in memory at a time."""

    def __init__(self, options: Any) -> None:
        """Prepares the generators that the options ask for."""
        from tensorflow_data_validation.statistics import stats_impl

        self._options = options
        self._generators = stats_impl.get_generators(options, in_memory=True)
        for generator in self._generators:
            generator.setup()
        self._partial: list[Any] | None = None

    def add(self, batch: Any) -> None:
        """Takes the rows of one ``pyarrow.RecordBatch`` into account."""
        from tensorflow_data_validation.statistics import stats_impl

        fresh = stats_impl.generate_partial_statistics_in_memory(batch, self._options, self._generators)
        if self._partial is None:
            self._partial = fresh
        else:
            self._partial = [
                generator.merge_accumulators([old, new])
                for generator, old, new in zip(self._generators, self._partial, fresh, strict=True)
            ]

    def watch(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Takes batches into account while they pass by."""
        for batch in batches:
            self.add(batch)
            yield batch

    def result(self) -> Any:
        """The statistics so far, a ``DatasetFeatureStatisticsList``."""
        from tensorflow_data_validation.statistics import stats_impl

        partial = self._partial
        if partial is None:
            partial = [generator.create_accumulator() for generator in self._generators]
        return stats_impl.extract_statistics_output(partial, self._generators)


def write_statistics(statistics: Any, folder: str) -> None:
    """Writes ``FeatureStats.pb`` into a folder, which is made."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / STATS_FILE).write_bytes(statistics.SerializeToString(deterministic=True))


def write_schema(schema: Any, folder: str) -> None:
    """Writes ``schema.pbtxt`` into a folder, which is made."""
    from google.protobuf import text_format

    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / SCHEMA_FILE).write_text(text_format.MessageToString(schema), encoding="utf-8")


def write_anomalies(statistics: Any, schema: Any, folder: str) -> None:
    """Validates statistics against a schema and writes ``SchemaDiff.pb`` into a folder."""
    import tensorflow_data_validation as tfdv

    anomalies = tfdv.validate_statistics(statistics, schema)
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / ANOMALIES_FILE).write_bytes(anomalies.SerializeToString(deterministic=True))
