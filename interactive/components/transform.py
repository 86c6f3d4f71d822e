"""``Transform``: features computed by a ``preprocessing_fn``, the same in training and serving."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from interactive.components._engine import choose, record
from interactive.components._schema import SCHEMA_FILE
from interactive.components._user_code import (
    UserFunction,
    decode_custom_config,
    encode_custom_config,
    load_function,
    load_optional_function,
)
from interactive.dsl.base_component import BaseBeamComponent
from interactive.dsl.component_spec import ComponentSpec, message_from_json
from interactive.dsl.executor import BaseBeamExecutor, BeamExecutorSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter
from interactive.dsl.user_code import UserCode
from interactive.engines.api import TransformRequest
from interactive.errors import InputError, SpecError
from interactive.proto import SplitsConfig
from interactive.types.artifact import Artifact
from interactive.types.artifact_utils import get_split_uris
from interactive.types.channel import BaseChannel, Channel
from interactive.types.standard_artifacts import (
    ExampleAnomalies,
    Examples,
    ExampleStatistics,
    Schema,
    TransformCache,
    TransformGraph,
)

_STATISTICS_OUTPUTS: Mapping[str, type[Artifact]] = {
    "pre_transform_schema": Schema,
    "pre_transform_stats": ExampleStatistics,
    "post_transform_schema": Schema,
    "post_transform_stats": ExampleStatistics,
    "post_transform_anomalies": ExampleAnomalies,
}


class TransformSpec(ComponentSpec):
    """What Transform takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "splits_config": ExecutionParameter(type=SplitsConfig, optional=True),
        "custom_config": ExecutionParameter(type=str, optional=True),
        "disable_statistics": ExecutionParameter(type=int, optional=True),
        "force_tf_compat_v1": ExecutionParameter(type=int, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "examples": ChannelParameter(type=Examples),
        "schema": ChannelParameter(type=Schema),
        "analyzer_cache": ChannelParameter(type=TransformCache, optional=True),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "transform_graph": ChannelParameter(type=TransformGraph),
        "transformed_examples": ChannelParameter(type=Examples, optional=True),
        "updated_analyzer_cache": ChannelParameter(type=TransformCache, optional=True),
        **{
            name: ChannelParameter(type=artifact, optional=True)
            for name, artifact in _STATISTICS_OUTPUTS.items()
        },
    }


class TransformExecutor(BaseBeamExecutor):
    """Analyses and transforms with TensorFlow Transform."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the transform graph, and transformed examples where they are wanted.

        Args:
          input_dict: ``examples``, ``schema``, and ``analyzer_cache`` where one is given.
          output_dict: ``transform_graph`` and the optional outputs that are wanted.
          exec_properties: The parameters, with the captured ``preprocessing_fn``.

        Raises:
          InputError: A split or a feature does not exist.
        """
        examples = input_dict["examples"]
        assert isinstance(examples[0], Examples)
        analyze, transform = _split_names(examples[0].splits, exec_properties)
        uris = {split: get_split_uris(examples, split) for split in {*analyze, *transform}}
        transformed = output_dict.get("transformed_examples")
        cache_in = input_dict.get("analyzer_cache")
        cache_out = output_dict.get("updated_analyzer_cache")
        engine = choose(self.context, [folder for folders in uris.values() for folder in folders])
        report = engine.transform(
            TransformRequest(
                analyze={split: uris[split] for split in analyze},
                transform={split: uris[split] for split in transform},
                schema_path=f"{input_dict['schema'][0].uri}/{SCHEMA_FILE}",
                preprocessing_fn=load_function(exec_properties, "preprocessing_fn"),
                graph_dir=output_dict["transform_graph"][0].uri,
                transformed_dir=transformed[0].uri if transformed else None,
                statistics_dirs={
                    name: output_dict[name][0].uri for name in _STATISTICS_OUTPUTS if name in output_dict
                },
                analyzer_cache_in=cache_in[0].uri if cache_in else None,
                analyzer_cache_out=cache_out[0].uri if cache_out else None,
                custom_config=decode_custom_config(exec_properties),
                stats_options_updater_fn=load_optional_function(exec_properties, "stats_options_updater_fn"),
            )
        )
        record(self.context, report)
        if transformed:
            assert isinstance(transformed[0], Examples)
            transformed[0].splits = transform
            transformed[0].span = examples[0].span


class Transform(BaseBeamComponent):
    """Analyses examples with a ``preprocessing_fn`` and transforms them.

    The function is captured with what it uses; it may be defined in a cell.

    Args:
      examples: A channel of Examples.
      schema: A channel of Schema of the raw features.
      module_file: A Python file that defines ``preprocessing_fn``.
      preprocessing_fn: The function itself, or its dotted name; instead of ``module_file``.
      splits_config: Which splits to analyse (``train`` by default) and to transform (all by default).
      analyzer_cache: A channel of TransformCache from an earlier run.
      materialize: Whether to write transformed examples.
      disable_analyzer_cache: Whether to write no analyzer cache.
      force_tf_compat_v1: Accepted for TFX's sake; must be False, as TensorFlow 1 graphs are not supported.
      custom_config: JSON values for a ``custom_config`` argument of the function.
      disable_statistics: Whether to compute no statistics before and after.
      stats_options_updater_fn: A function of (stats type, ``tfdv.StatsOptions``) that returns the options.

    Raises:
      SpecError: An argument does not fit.
      CaptureError: The function cannot be captured.
    """

    TYPE_NAME = "tfx.components.transform.component.Transform"
    MLMD_SYSTEM_BASE_TYPE = "TRANSFORM"
    SPEC_CLASS = TransformSpec
    EXECUTOR_SPEC = BeamExecutorSpec(TransformExecutor)

    def __init__(
        self,
        examples: BaseChannel | None = None,
        schema: BaseChannel | None = None,
        module_file: str | None = None,
        preprocessing_fn: Callable[..., Any] | str | None = None,
        splits_config: SplitsConfig | dict[str, Any] | None = None,
        analyzer_cache: BaseChannel | None = None,
        materialize: bool = True,
        disable_analyzer_cache: bool = False,
        force_tf_compat_v1: bool = False,
        custom_config: Mapping[str, Any] | None = None,
        disable_statistics: bool = False,
        stats_options_updater_fn: Callable[..., Any] | str | None = None,
    ) -> None:
        if force_tf_compat_v1:
            raise SpecError(
                "Transform: force_tf_compat_v1=True asks for TensorFlow 1 graphs, which TensorFlow Transform "
                "no longer needs. Leave it out, and write preprocessing_fn with TensorFlow 2 operations."
            )
        wanted: dict[str, Channel] = {}
        if materialize:
            wanted["transformed_examples"] = Channel(type=Examples)
        if not disable_analyzer_cache:
            wanted["updated_analyzer_cache"] = Channel(type=TransformCache)
        if not disable_statistics:
            wanted |= {name: Channel(type=artifact) for name, artifact in _STATISTICS_OUTPUTS.items()}
        spec = TransformSpec(
            examples=examples,
            schema=schema,
            analyzer_cache=analyzer_cache,
            splits_config=splits_config,
            custom_config=encode_custom_config("Transform", custom_config),
            disable_statistics=disable_statistics,
            force_tf_compat_v1=force_tf_compat_v1,
            **wanted,
        )
        given = spec.exec_properties.get("splits_config")
        if given is not None and not message_from_json(given, SplitsConfig()).analyze:
            raise SpecError(
                "Transform: splits_config must name at least one split to analyze, such as "
                "SplitsConfig(analyze=['train'], transform=['train', 'eval'])."
            )
        super().__init__(spec)
        self._functions = {
            "preprocessing_fn": UserFunction("Transform", "preprocessing_fn", preprocessing_fn, module_file)
        }
        if stats_options_updater_fn is not None:
            self._functions["stats_options_updater_fn"] = UserFunction(
                "Transform", "stats_options_updater_fn", stats_options_updater_fn, None
            )

    def user_code(self) -> Mapping[str, UserCode]:
        """Captures ``preprocessing_fn`` as it is now."""
        return {name: function.capture() for name, function in self._functions.items()}


def _split_names(splits: list[str], exec_properties: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    text = exec_properties.get("splits_config")
    config = message_from_json(text, SplitsConfig()) if text else SplitsConfig(analyze=["train"])
    analyze, transform = list(config.analyze), list(config.transform) or splits
    for split in (*analyze, *transform):
        if split not in splits:
            raise InputError(
                f"Transform: there is no split {split!r} in the examples, which have "
                f"{', '.join(splits) or 'none'}. Name the splits: "
                f"splits_config=SplitsConfig(analyze={splits[:1]!r}, transform={json.dumps(splits)})."
            )
    return analyze, transform
