"""``ExampleValidator``: what in the statistics does not fit the schema."""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from interactive.components._schema import SCHEMA_FILE, read_schema
from interactive.components._splits import encode_excluded, remaining
from interactive.components.schema_gen import STATISTICS_FILE
from interactive.dsl.base_component import BaseComponent
from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import BaseExecutor, ExecutorClassSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter
from interactive.errors import SpecError
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel
from interactive.types.standard_artifacts import ExampleAnomalies, ExampleStatistics, Schema

ANOMALIES_FILE = "SchemaDiff.pb"

_CUSTOM_CONFIG = "tensorflow.data_validation.CustomValidationConfig"
_CUSTOM_CONFIG_MODULE = "anomalies/proto/custom_validation_config_pb2.py"


class ExampleValidatorSpec(ComponentSpec):
    """What ExampleValidator takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "exclude_splits": ExecutionParameter(type=str, optional=True),
        "custom_validation_config": ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "statistics": ChannelParameter(type=ExampleStatistics),
        "schema": ChannelParameter(type=Schema),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {"anomalies": ChannelParameter(type=ExampleAnomalies)}


class ExampleValidatorExecutor(BaseExecutor):
    """Validates statistics with TensorFlow Data Validation."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes ``Split-<name>/SchemaDiff.pb`` and the property ``blessed``, 1 or 0 a split.

        Args:
          input_dict: ``statistics`` and ``schema``.
          output_dict: ``anomalies``.
          exec_properties: ``exclude_splits`` and ``custom_validation_config``.

        Raises:
          InputError: A split or the schema does not exist.
        """
        import tensorflow_data_validation as tfdv

        (statistics,) = input_dict["statistics"]
        (anomalies,) = output_dict["anomalies"]
        assert isinstance(statistics, ExampleStatistics)
        assert isinstance(anomalies, ExampleAnomalies)
        schema = read_schema(Path(input_dict["schema"][0].uri, SCHEMA_FILE))
        splits = remaining("ExampleValidator", statistics.splits, exec_properties)
        # A TFDV without custom validations has no such argument.
        config = _config_message(exec_properties)
        custom = {} if config is None else {"custom_validation_config": config}
        blessed = {}
        for split in splits:
            found = tfdv.validate_statistics(
                statistics=tfdv.load_stats_binary(str(Path(statistics.path(split=split), STATISTICS_FILE))),
                schema=schema,
                **custom,
            )
            folder = Path(anomalies.uri, f"Split-{split}")
            folder.mkdir()
            (folder / ANOMALIES_FILE).write_bytes(found.SerializeToString(deterministic=True))
            blessed[split] = 0 if found.anomaly_info or found.HasField("dataset_anomaly_info") else 1
        anomalies.splits = splits
        anomalies.span = statistics.span
        anomalies.set_json_value_custom_property("blessed", blessed)


class ExampleValidator(BaseComponent):
    """Finds anomalies: what in the statistics of each split does not fit the schema.

    Args:
      statistics: A channel of ExampleStatistics.
      schema: A channel of Schema.
      exclude_splits: Splits to leave out.
      custom_validation_config: A ``tfdv`` ``CustomValidationConfig`` with SQL-like checks of one's own;
        TFDV 1.16 has it, 1.21 does not any more.

    Raises:
      SpecError: An argument does not fit, or the installed TFDV has no custom validations.
    """

    TYPE_NAME = "tfx.components.example_validator.component.ExampleValidator"
    SPEC_CLASS = ExampleValidatorSpec
    EXECUTOR_SPEC = ExecutorClassSpec(ExampleValidatorExecutor)

    def __init__(
        self,
        statistics: BaseChannel | None = None,
        schema: BaseChannel | None = None,
        exclude_splits: Sequence[str] | None = None,
        custom_validation_config: Any = None,
    ) -> None:
        super().__init__(
            ExampleValidatorSpec(
                statistics=statistics,
                schema=schema,
                exclude_splits=encode_excluded("ExampleValidator", exclude_splits),
                custom_validation_config=_config_text(custom_validation_config),
            )
        )


def _config_text(config: Any) -> str | None:
    if config is None:
        return None
    if not _has_custom_validations():
        raise SpecError(
            "ExampleValidator: custom_validation_config is given, but the installed TensorFlow Data "
            f"Validation has no custom validations (no {_CUSTOM_CONFIG_MODULE}). Leave it out, and state "
            "what must hold in the schema, or install a TensorFlow Data Validation that has them, such as "
            "1.16."
        )
    from google.protobuf import text_format

    descriptor = getattr(config, "DESCRIPTOR", None)
    if descriptor is None or descriptor.full_name != _CUSTOM_CONFIG:
        raise SpecError(
            f"ExampleValidator: custom_validation_config expects a {_CUSTOM_CONFIG} message, got {config!r}."
        )
    return str(text_format.MessageToString(config))


def _has_custom_validations() -> bool:
    """Looks for the message's module without importing TFDV, which takes seconds."""
    spec = importlib.util.find_spec("tensorflow_data_validation")
    if spec is None or spec.origin is None:
        return False
    return (Path(spec.origin).parent / _CUSTOM_CONFIG_MODULE).is_file()


def _config_message(exec_properties: Mapping[str, Any]) -> Any:
    text = exec_properties.get("custom_validation_config")
    if not text:
        return None
    from google.protobuf import text_format
    from tensorflow_data_validation.anomalies.proto import custom_validation_config_pb2

    return text_format.Parse(text, custom_validation_config_pb2.CustomValidationConfig())
