"""One Transform request, checked and ready to be carried out by any engine."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interactive.engines import tft_inputs, tft_preprocessing, tft_statistics
from interactive.engines.api import StatsType, TransformRequest

TRANSFORMED_FILE = "transformed_examples"
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
    """

    request: TransformRequest
    schema: Any
    analyze_files: Mapping[str, list[str]]
    transform_files: Mapping[str, list[str]]
    preprocessing_fn: Callable[[Mapping[str, Any]], dict[str, Any]]
    type_specs: Mapping[str, Any]
    columns: tft_preprocessing.Columns
    pipeline_args: tuple[str, ...]

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


def prepare(request: TransformRequest, pipeline_args: tuple[str, ...]) -> TransformJob:
    """Checks a request: its schema, its files, and ``preprocessing_fn`` by tracing it.

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
    columns = tft_preprocessing.read_columns(preprocessing_fn, type_specs)
    return TransformJob(
        request,
        schema,
        analyze_files,
        transform_files,
        preprocessing_fn,
        type_specs,
        columns,
        pipeline_args,
    )
