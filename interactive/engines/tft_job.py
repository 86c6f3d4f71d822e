"""One Transform request, checked and ready to be carried out by any engine."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interactive.engines import tft_inputs, tft_preprocessing, tft_raw, tft_statistics
from interactive.engines.api import StatsType, TransformRequest
from interactive.errors import InputError

TRANSFORMED_FILE = "transformed_examples"
STATISTICS = (
    "pre_transform_schema",
    "pre_transform_stats",
    "post_transform_schema",
    "post_transform_stats",
    "post_transform_anomalies",
)
_TELEMETRY = ["cellwise", "Transform"]


@dataclass(frozen=True)
class TransformJob:
    """What all steps of one request share.

    Attributes:
      request: What was asked for.
      schema: The raw data's schema.
      analyze_files: Split name to record files.
      transform_files: Split name to record files.
      preprocessing_fn: The user's function, bound and checked.
      type_specs: Feature name to the ``tf.TypeSpec`` that ``preprocessing_fn`` is given.
      columns: The features that ``preprocessing_fn`` reads.
      pipeline_args: Flags for Beam.
      trace: The traced ``preprocessing_fn``; an analysis in process uses it up.
      raw: The examples to analyse and to transform.
    """

    request: TransformRequest
    schema: Any
    analyze_files: Mapping[str, list[str]]
    transform_files: Mapping[str, list[str]]
    preprocessing_fn: Callable[[Mapping[str, Any]], dict[str, Any]]
    type_specs: Mapping[str, Any]
    columns: tft_preprocessing.Columns
    pipeline_args: tuple[str, ...]
    trace: tft_preprocessing.Trace
    raw: tft_raw.RawExamples

    @property
    def all_analyze_files(self) -> list[str]:
        """The record files of all analysed splits."""
        return [file for files in self.analyze_files.values() for file in files]

    def tfxio(self, files: Sequence[str]) -> Any:
        """Reads files with the raw schema, only the columns that are used."""
        from tfx_bsl.tfxio import tf_example_record

        source = tf_example_record.TFExampleRecord(
            list(files), schema=self.schema, telemetry_descriptors=_TELEMETRY
        )
        return source.Project(list(self.columns.used)) if self.columns.used else source

    def transformed_prefix(self, split: str) -> str:
        """The path of a transformed split's files, up to the shard number.

        Raises:
          ValueError: The request writes no examples.
        """
        if self.request.transformed_dir is None:
            raise ValueError("This request writes no transformed examples.")
        return str(Path(self.request.transformed_dir) / f"Split-{split}" / TRANSFORMED_FILE)

    def pre_options(self) -> Any:
        """The ``tfdv.StatsOptions`` of the data before Transform."""
        return tft_statistics.make_options(
            StatsType.PRE_TRANSFORM, self.schema, self.request.stats_options_updater_fn
        )

    def post_options(self) -> Any:
        """The ``tfdv.StatsOptions`` of the data after Transform; the graph is written by then."""
        import tensorflow_transform as tft

        output = tft.TFTransformOutput(self.request.graph_dir)
        graph_dir = Path(self.request.graph_dir)
        asset_map = graph_dir / output.TRANSFORMED_METADATA_DIR / output.ASSET_MAP
        assets = Path(output.transform_savedmodel_dir) / "assets"
        names = json.loads(asset_map.read_text(encoding="utf-8")) if asset_map.is_file() else {}
        vocabularies = {name: str(assets / file) for name, file in names.items()}
        return tft_statistics.make_options(
            StatsType.POST_TRANSFORM,
            output.transformed_metadata.schema,
            self.request.stats_options_updater_fn,
            vocabularies,
        )

    def missing_values(self) -> str | None:
        """Looks for examples without a value that the schema promises.

        Returns:
          What to tell the user, or None when every promised value is there.
        """
        dense = [
            feature.name
            for feature in self.schema.feature
            if feature.HasField("shape") and feature.name in self.columns.used
        ]
        missing = dict.fromkeys(dense, 0)
        rows = 0
        files = [
            file
            for splits in (self.analyze_files, self.transform_files)
            for names in splits.values()
            for file in names
        ]
        projected = tft_inputs.project(self.schema, dense)
        for batch in tft_inputs.record_batches(list(dict.fromkeys(files)), projected):
            rows += batch.num_rows
            for name in dense:
                missing[name] += batch.column(batch.schema.get_field_index(name)).null_count
        found = {name: count for name, count in missing.items() if count}
        if not found:
            return None
        listed = ", ".join(f"{name} in {count}" for name, count in found.items())
        return (
            f"The schema promises a value for every example, but of {rows} examples values are "
            f"missing: {listed}. Infer the schema with infer_feature_shape=False, so that these "
            "features reach preprocessing_fn as sparse tensors, or fill the gaps in the data."
        )


def check(request: TransformRequest) -> None:
    """Checks what a request says, before anything is read.

    Raises:
      InputError: It names some of the statistics outputs only, or nothing to analyse.
    """
    missing = [name for name in STATISTICS if name not in request.statistics_dirs]
    if request.statistics_dirs and missing:
        raise InputError(
            "Expected a folder for each of the five statistics outputs or for none, "
            f"found none for: {', '.join(missing)}."
        )
    if not request.analyze:
        raise InputError("Expected at least one split to analyse, found none.")


def write_raw_metadata(job: TransformJob) -> None:
    """Writes the raw data's schema where ``tft.TFTransformOutput`` looks for it."""
    import tensorflow_transform as tft
    from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io

    metadata_io.write_metadata(
        dataset_metadata.DatasetMetadata(job.schema),
        str(Path(job.request.graph_dir) / tft.TFTransformOutput.RAW_METADATA_DIR),
    )


def prepare(
    request: TransformRequest,
    pipeline_args: tuple[str, ...],
    keep_examples: bool = False,
    trace_dir: str | None = None,
) -> TransformJob:
    """Checks a request: its schema, its files, and ``preprocessing_fn`` by tracing it.

    Args:
      request: What to analyse and transform.
      pipeline_args: Flags for Beam.
      keep_examples: Whether decoded examples stay in memory to be read again.
      trace_dir: Where the trace may put placeholder files; needed when its graph is analysed.

    Returns:
      The checked request.

    Raises:
      InputError: One of them cannot be used.
      Exception: Whatever the user's ``preprocessing_fn`` raises, untouched.
    """
    from tfx_bsl.tfxio import tf_example_record

    schema = tft_inputs.load_schema(request.schema_path)
    analyze_files = tft_inputs.split_files(request.analyze)
    transform_files = tft_inputs.split_files(request.transform)
    preprocessing_fn = tft_preprocessing.bind(request.preprocessing_fn, request.custom_config)
    # The pattern is not read: only the tensors that the schema describes are needed here.
    tfxio = tf_example_record.TFExampleRecord("unused", schema=schema)
    type_specs = tfxio.TensorAdapter().OriginalTypeSpecs()
    # Without a folder, tables would be named after their place in the function alone, and those of an earlier
    # function in this process, perhaps of another type, would be found in their stead.
    with tempfile.TemporaryDirectory() as unused:
        trace = tft_preprocessing.trace(preprocessing_fn, type_specs, trace_dir or unused)
    columns = tft_preprocessing.read_columns(trace)
    return TransformJob(
        request,
        schema,
        analyze_files,
        transform_files,
        preprocessing_fn,
        type_specs,
        columns,
        pipeline_args,
        trace,
        tft_raw.RawExamples(schema, columns.used, keep_examples),
    )
