"""``SchemaGen`` and ``ImportSchemaGen``: a schema inferred from statistics, or taken from a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from interactive.components._schema import read_schema, write_schema
from interactive.components._splits import encode_excluded, remaining
from interactive.dsl.base_component import BaseComponent
from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import BaseExecutor, ExecutorClassSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter, RuntimeParameter
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel
from interactive.types.standard_artifacts import ExampleStatistics, Schema

STATISTICS_FILE = "FeatureStats.pb"


class SchemaGenSpec(ComponentSpec):
    """What SchemaGen takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "infer_feature_shape": ExecutionParameter(type=int, optional=True),
        "exclude_splits": ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "statistics": ChannelParameter(type=ExampleStatistics)
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {"schema": ChannelParameter(type=Schema)}


class SchemaGenExecutor(BaseExecutor):
    """Infers a schema with TensorFlow Data Validation."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes ``schema.pbtxt``, inferred from the first split and extended by the others.

        Args:
          input_dict: ``statistics``.
          output_dict: ``schema``.
          exec_properties: ``infer_feature_shape`` and ``exclude_splits``.

        Raises:
          InputError: A split does not exist.
        """
        import tensorflow_data_validation as tfdv

        (statistics,) = input_dict["statistics"]
        assert isinstance(statistics, ExampleStatistics)
        infer_shape = bool(exec_properties.get("infer_feature_shape", 1))
        schema = None
        for split in remaining("SchemaGen", statistics.splits, exec_properties):
            found = tfdv.load_stats_binary(str(Path(statistics.path(split=split), STATISTICS_FILE)))
            schema = (
                tfdv.infer_schema(found, infer_feature_shape=infer_shape)
                if schema is None
                else tfdv.update_schema(schema, found, infer_feature_shape=infer_shape)
            )
        write_schema(schema, output_dict["schema"][0].uri)


class SchemaGen(BaseComponent):
    """Infers a schema from statistics: types, domains, presence and, where asked, shapes.

    Args:
      statistics: A channel of ExampleStatistics.
      infer_feature_shape: Whether features with the same number of values in every example get a fixed
        shape, which makes Transform read them as dense tensors.
      exclude_splits: Splits to leave out.

    Raises:
      SpecError: An argument does not fit.
    """

    TYPE_NAME = "tfx.components.schema_gen.component.SchemaGen"
    MLMD_SYSTEM_BASE_TYPE = "PROCESS"
    SPEC_CLASS = SchemaGenSpec
    EXECUTOR_SPEC = ExecutorClassSpec(SchemaGenExecutor)

    def __init__(
        self,
        statistics: BaseChannel | None = None,
        infer_feature_shape: bool | RuntimeParameter | None = True,
        exclude_splits: Sequence[str] | None = None,
    ) -> None:
        super().__init__(
            SchemaGenSpec(
                statistics=statistics,
                infer_feature_shape=infer_feature_shape,
                exclude_splits=encode_excluded("SchemaGen", exclude_splits),
            )
        )


class ImportSchemaGenSpec(ComponentSpec):
    """What ImportSchemaGen takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {"schema_file": ExecutionParameter(type=str)}
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {"schema": ChannelParameter(type=Schema)}


class ImportSchemaGenExecutor(BaseExecutor):
    """Copies a schema file into an artifact."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],  # noqa: ARG002 - it has no input artifacts
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes ``schema.pbtxt``.

        Args:
          input_dict: Empty.
          output_dict: ``schema``.
          exec_properties: ``schema_file``.

        Raises:
          InputError: The file is missing or no schema.
        """
        write_schema(read_schema(exec_properties["schema_file"]), output_dict["schema"][0].uri)


class ImportSchemaGen(BaseComponent):
    """Takes a schema from a file that a person keeps.

    Args:
      schema_file: A text-format schema.

    Raises:
      SpecError: The argument is missing.
    """

    TYPE_NAME = "tfx.components.schema_gen.import_schema_gen.component.ImportSchemaGen"
    SPEC_CLASS = ImportSchemaGenSpec
    EXECUTOR_SPEC = ExecutorClassSpec(ImportSchemaGenExecutor)

    def __init__(self, schema_file: str | None = None) -> None:
        super().__init__(ImportSchemaGenSpec(schema_file=schema_file))

    def resolve(self, exec_properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Fingerprints the file, after reading it as a schema."""
        from interactive.metadata.fingerprint import file_digest

        read_schema(exec_properties["schema_file"])
        return {"schema_fingerprint": file_digest(Path(exec_properties["schema_file"]))}

    def outside_cache_key(self) -> Sequence[str]:
        """Where the file lies does not matter: its content is fingerprinted."""
        return ("schema_file",)
