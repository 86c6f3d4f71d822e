"""``StatisticsGen``: statistics of each split of examples."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from interactive.components._engine import choose, record
from interactive.components._schema import SCHEMA_FILE
from interactive.components._splits import encode_excluded, remaining
from interactive.dsl.base_component import BaseBeamComponent
from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import BaseBeamExecutor, BeamExecutorSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter
from interactive.engines.api import StatisticsRequest
from interactive.errors import SpecError
from interactive.types.artifact import Artifact
from interactive.types.artifact_utils import get_split_uris
from interactive.types.channel import BaseChannel
from interactive.types.standard_artifacts import Examples, ExampleStatistics, Schema


class StatisticsGenSpec(ComponentSpec):
    """What StatisticsGen takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "stats_options_json": ExecutionParameter(type=str, optional=True),
        "exclude_splits": ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "examples": ChannelParameter(type=Examples),
        "schema": ChannelParameter(type=Schema, optional=True),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "statistics": ChannelParameter(type=ExampleStatistics)
    }


class StatisticsGenExecutor(BaseBeamExecutor):
    """Computes statistics with TensorFlow Data Validation."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes ``Split-<name>/FeatureStats.pb``.

        Args:
          input_dict: ``examples``, and ``schema`` where one is given.
          output_dict: ``statistics``.
          exec_properties: ``stats_options_json`` and ``exclude_splits``.

        Raises:
          InputError: A split does not exist.
        """
        examples = input_dict["examples"]
        (statistics,) = output_dict["statistics"]
        assert isinstance(examples[0], Examples)
        assert isinstance(statistics, ExampleStatistics)
        options = _options(exec_properties)
        splits = remaining("StatisticsGen", examples[0].splits, exec_properties)
        folders = {split: get_split_uris(examples, split) for split in splits}
        schema = input_dict.get("schema")
        engine = choose(self.context, [folder for uris in folders.values() for folder in uris])
        report = engine.generate_statistics(
            StatisticsRequest(
                splits=folders,
                output_dir=statistics.uri,
                stats_options=options,
                schema_path=f"{schema[0].uri}/{SCHEMA_FILE}" if schema else None,
            )
        )
        record(self.context, report)
        statistics.splits = splits
        statistics.span = examples[0].span
        rate = (options.sample_rate if options else None) or 1.0
        # TFX keeps this one as JSON text within a JSON value, and its readers decode both.
        rates = json.dumps(dict.fromkeys(splits, rate), sort_keys=True)
        statistics.set_json_value_custom_property("sample_rate_by_split", rates)


class StatisticsGen(BaseBeamComponent):
    """Computes statistics of each split of examples.

    Args:
      examples: A channel of Examples.
      schema: A channel of Schema to compute with.
      stats_options: A ``tfdv.StatsOptions``.
      exclude_splits: Splits to leave out.

    Raises:
      SpecError: An argument does not fit.
    """

    TYPE_NAME = "tfx.components.statistics_gen.component.StatisticsGen"
    MLMD_SYSTEM_BASE_TYPE = "PROCESS"
    SPEC_CLASS = StatisticsGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(StatisticsGenExecutor)

    def __init__(
        self,
        examples: BaseChannel | None = None,
        schema: BaseChannel | None = None,
        stats_options: Any = None,
        exclude_splits: Sequence[str] | None = None,
    ) -> None:
        super().__init__(
            StatisticsGenSpec(
                examples=examples,
                schema=schema,
                stats_options_json=_options_json(stats_options, schema),
                exclude_splits=encode_excluded("StatisticsGen", exclude_splits),
            )
        )


def _options_json(stats_options: Any, schema: BaseChannel | None) -> str | None:
    if stats_options is None:
        return None
    if not hasattr(stats_options, "to_json"):
        raise SpecError(
            f"StatisticsGen: stats_options expects a tfdv.StatsOptions, got {stats_options!r} of type "
            f"{type(stats_options).__name__}."
        )
    if schema is not None and stats_options.schema is not None:
        raise SpecError(
            "StatisticsGen: a schema is given both as a channel and in stats_options.schema. Give it once."
        )
    try:
        return str(stats_options.to_json())
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"StatisticsGen: stats_options cannot be recorded: {error}. Options that hold functions (custom "
            "generators, slice functions) have no JSON form: use slicing_config for slices."
        ) from error


def _options(exec_properties: Mapping[str, Any]) -> Any:
    text = exec_properties.get("stats_options_json")
    if not text:
        return None
    import tensorflow_data_validation as tfdv

    return tfdv.StatsOptions.from_json(text)
