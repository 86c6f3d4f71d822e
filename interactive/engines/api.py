"""What an engine is asked to do, and what it reports back.

A component describes its data work as one request; an engine carries it out. Two engines exist, in process
and on Beam, and they give the same answer for the same request. No heavy library is imported here.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class StatsType(enum.Enum):
    """Which statistics a ``stats_options_updater_fn`` is asked about."""

    UNKNOWN = 0
    PRE_TRANSFORM = 1
    POST_TRANSFORM = 2


@dataclass(frozen=True)
class EngineReport:
    """How a request was carried out.

    Attributes:
      engine: ``"in_process"`` or ``"beam"``.
      reason: Why this engine was picked, one short sentence.
      notes: What a person should know, such as a fall-back to the other engine.
      counts: Records written per split, where the request writes records.
    """

    engine: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class InputSplit:
    """One named group of input files, absolute paths in the order they are read."""

    name: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class OutputSplit:
    """One output split and its share, in hash buckets."""

    name: str
    hash_buckets: int


@dataclass(frozen=True)
class ExamplesRequest:
    """CSV files to ``tf.Example`` records in ``<output_dir>/Split-<name>/``.

    Attributes:
      inputs: The input splits.
      outputs: Output splits for hash partitioning, which needs exactly one input split; empty keeps the
        input splits as they are.
      output_dir: An existing or new folder.
      partition_feature_name: Partition by this feature's value instead of by the whole record.
    """

    inputs: tuple[InputSplit, ...]
    outputs: tuple[OutputSplit, ...]
    output_dir: str
    partition_feature_name: str | None = None


@dataclass(frozen=True)
class StatisticsRequest:
    """Statistics of each split, to ``<output_dir>/Split-<name>/FeatureStats.pb``.

    Attributes:
      splits: Split name to the folders of gzipped ``tf.Example`` TFRecords that hold it.
      output_dir: An existing or new folder.
      stats_options: A ``tfdv.StatsOptions``, or None for its defaults.
      schema_path: A ``schema.pbtxt`` to compute with, or None.
      sample_rate_by_split: Split name to the share of its examples to compute with; takes the place of
        ``stats_options.sample_rate`` for that split.
    """

    splits: Mapping[str, Sequence[str]]
    output_dir: str
    stats_options: Any = None
    schema_path: str | None = None
    sample_rate_by_split: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TransformRequest:
    """Analyse with a ``preprocessing_fn``, write the transform graph, and transform splits.

    Attributes:
      analyze: Split name to folders whose records are analysed together.
      transform: Split name to folders; each is transformed to ``<transformed_dir>/Split-<name>/``
        (in order: one folder list per transformed artifact is the caller's business).
      schema_path: The raw data's ``schema.pbtxt``.
      preprocessing_fn: ``dict of tensors -> dict of tensors``.
      graph_dir: Where the ``tft.TFTransformOutput`` layout is written (``transform_fn/``,
        ``transformed_metadata/``, ``metadata/``).
      transformed_dir: Where transformed examples go, or None to write none.
      statistics_dirs: Output name (``pre_transform_schema``, ``pre_transform_stats``,
        ``post_transform_schema``, ``post_transform_stats``, ``post_transform_anomalies``) to folder;
        empty skips them.
      analyzer_cache_in: A folder of an earlier analyzer cache, or None.
      analyzer_cache_out: Where to write the analyzer cache, or None.
      custom_config: Passed to ``preprocessing_fn`` when it takes a ``custom_config`` argument.
      stats_options_updater_fn: ``fn(stats_type, stats_options) -> stats_options``, or None.
    """

    analyze: Mapping[str, Sequence[str]]
    transform: Mapping[str, Sequence[str]]
    schema_path: str
    preprocessing_fn: Callable[..., Mapping[str, Any]]
    graph_dir: str
    transformed_dir: str | None = None
    statistics_dirs: Mapping[str, str] = field(default_factory=dict)
    analyzer_cache_in: str | None = None
    analyzer_cache_out: str | None = None
    custom_config: Mapping[str, Any] | None = None
    stats_options_updater_fn: Callable[[StatsType, Any], Any] | None = None


@dataclass(frozen=True)
class EvaluationRequest:
    """Evaluate a model, and a baseline where there is one, into TFMA's own files.

    Attributes:
      eval_config: A ``tfma.EvalConfig`` message, as the user wrote it.
      model_path: The candidate's SavedModel folder.
      baseline_path: The baseline's SavedModel folder, or None.
      examples: Folders of gzipped ``tf.Example`` TFRecords.
      schema_path: The examples' schema, or None.
      output_dir: TFMA's result folder.
      user_module: A loaded module with ``custom_eval_shared_model`` and/or ``custom_extractors``, or None.
    """

    eval_config: Any
    model_path: str
    baseline_path: str | None
    examples: tuple[str, ...]
    schema_path: str | None
    output_dir: str
    user_module: Any = None


@dataclass(frozen=True)
class EvaluationOutcome:
    """What an evaluation found.

    Attributes:
      report: How it was carried out.
      blessed: Whether every threshold held; None when the config has no thresholds.
      failures: One readable line for each threshold or check that did not hold.
    """

    report: EngineReport
    blessed: bool | None
    failures: tuple[str, ...] = ()


class Engine(Protocol):
    """A way to do data work. Both engines give the same answer."""

    name: str

    def generate_examples(self, request: ExamplesRequest) -> EngineReport:
        """Reads files, writes examples."""
        ...

    def generate_statistics(self, request: StatisticsRequest) -> EngineReport:
        """Computes statistics of examples."""
        ...

    def transform(self, request: TransformRequest) -> EngineReport:
        """Analyses and transforms examples."""
        ...

    def evaluate(self, request: EvaluationRequest) -> EvaluationOutcome:
        """Evaluates a model on examples."""
        ...
