"""``CsvExampleGen``: CSV files to an Examples artifact."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from interactive.components._engine import choose, record
from interactive.dsl.base_component import BaseBeamComponent
from interactive.dsl.component_spec import ComponentSpec, message_from_json, message_to_json
from interactive.dsl.executor import BaseBeamExecutor, BeamExecutorSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter, RuntimeParameter
from interactive.engines.api import ExamplesRequest, OutputSplit
from interactive.errors import SpecError
from interactive.proto import (
    CustomConfig,
    FileFormat,
    Input,
    Output,
    PayloadFormat,
    RangeConfig,
    SplitConfig,
)
from interactive.types.artifact import Artifact
from interactive.types.standard_artifacts import Examples


class FileBasedExampleGenSpec(ComponentSpec):
    """What an ExampleGen that reads files takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "input_base": ExecutionParameter(type=str),
        "input_config": ExecutionParameter(type=Input),
        "output_config": ExecutionParameter(type=Output),
        "output_data_format": ExecutionParameter(type=int),
        "output_file_format": ExecutionParameter(type=int),
        "custom_config": ExecutionParameter(type=CustomConfig, optional=True),
        "range_config": ExecutionParameter(type=RangeConfig, optional=True),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {"examples": ChannelParameter(type=Examples)}


class CsvExampleGenSpec(FileBasedExampleGenSpec):
    """What CsvExampleGen takes and gives."""


class CsvExampleGenExecutor(BaseBeamExecutor):
    """Reads CSV files and writes gzipped TFRecords of ``tf.Example``."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],  # noqa: ARG002 - it has no input artifacts
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes ``Split-<name>/`` folders.

        Args:
          input_dict: Empty.
          output_dict: ``examples``.
          exec_properties: As in the specification, with what ``resolve`` found.

        Raises:
          InputError: A file cannot be read as CSV.
        """
        resolved = _resolve(exec_properties)
        split_config = message_from_json(exec_properties["output_config"], Output()).split_config
        outputs = tuple(OutputSplit(split.name, split.hash_buckets) for split in split_config.splits)
        (examples,) = output_dict["examples"]
        engine = choose(self.context, [file for split in resolved.splits for file in split.files])
        report = engine.generate_examples(
            ExamplesRequest(
                inputs=resolved.splits,
                outputs=outputs,
                output_dir=examples.uri,
                partition_feature_name=split_config.partition_feature_name or None,
            )
        )
        record(self.context, report)
        assert isinstance(examples, Examples)
        examples.splits = [split.name for split in outputs or resolved.splits]
        examples.span = resolved.span
        # TFX keeps span, version and fingerprint as custom properties, and its readers look there.
        examples.custom_properties["span"] = resolved.span
        if resolved.version is not None:
            examples.version = resolved.version
            examples.custom_properties["version"] = resolved.version
        examples.set_string_custom_property("input_fingerprint", resolved.fingerprint)
        examples.set_string_custom_property("file_format", "tfrecords_gzip")
        examples.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")


class CsvExampleGen(BaseBeamComponent):
    """Reads CSV files with a header into an Examples artifact.

    A column's type is inferred over all values of its input split: int, else float, else string. An empty
    cell is a missing value. Without an ``output_config``, one input split is divided into ``train`` and
    ``eval``, 2:1, by a hash of each record; several input splits stay as they are.

    Args:
      input_base: The folder of the files.
      input_config: Input splits and their patterns, which may hold ``{SPAN}``, ``{VERSION}`` and dates; all
        files as one split by default.
      output_config: Output splits and their hash buckets.
      range_config: Which span to take; the newest by default.

    Raises:
      SpecError: An argument is missing or does not fit.
    """

    TYPE_NAME = "tfx.components.example_gen.csv_example_gen.component.CsvExampleGen"
    SPEC_CLASS = CsvExampleGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(CsvExampleGenExecutor)

    def __init__(
        self,
        input_base: str | None = None,
        input_config: Input | dict[str, Any] | RuntimeParameter | None = None,
        output_config: Output | dict[str, Any] | RuntimeParameter | None = None,
        range_config: RangeConfig | dict[str, Any] | RuntimeParameter | None = None,
    ) -> None:
        if input_config is None:
            input_config = Input(splits=[Input.Split(name="single_split", pattern="*")])
        spec = CsvExampleGenSpec(
            input_base=input_base,
            input_config=input_config,
            output_config=output_config if output_config is not None else Output(),
            output_data_format=PayloadFormat.FORMAT_TF_EXAMPLE,
            output_file_format=FileFormat.FORMAT_TFRECORDS_GZIP,
            range_config=range_config,
        )
        if all(isinstance(spec.exec_properties[name], str) for name in ("input_config", "output_config")):
            spec.exec_properties |= _settled_splits(spec.exec_properties)
        super().__init__(spec)

    def resolve(self, exec_properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Finds the files and fingerprints their content.

        Args:
          exec_properties: The parameters.

        Returns:
          ``input_fingerprint``, ``span``, and ``version`` where the pattern has one; and the splits, which
          a runtime parameter may have set.

        Raises:
          InputError: A file, a span or a version is missing.
          SpecError: The splits do not fit together.
        """
        settled = _settled_splits(exec_properties)
        resolved = _resolve({**exec_properties, **settled})
        found = {**settled, "input_fingerprint": resolved.fingerprint, "span": resolved.span}
        if resolved.version is not None:
            found["version"] = resolved.version
        return found

    def outside_cache_key(self) -> Sequence[str]:
        """Where the files lie does not matter: their content is fingerprinted."""
        return ("input_base",)


def _settled_splits(exec_properties: Mapping[str, Any]) -> dict[str, Any]:
    """Checks the splits, and writes them out as TFX records them: with the default ones, in one form."""
    input_config = message_from_json(exec_properties["input_config"], Input())
    output_config = message_from_json(exec_properties["output_config"], Output())
    inputs, outputs = input_config.splits, output_config.split_config.splits
    if not inputs:
        raise SpecError(
            "CsvExampleGen: input_config has no splits. Give at least one: "
            "Input(splits=[Input.Split(name='train', pattern='train/*')])."
        )
    if outputs and len(inputs) > 1:
        raise SpecError(
            f"CsvExampleGen: input_config has {len(inputs)} splits ({', '.join(s.name for s in inputs)}) and "
            f"output_config asks for others ({', '.join(s.name for s in outputs)}). Several input splits "
            "stay as they are: leave one of the two out."
        )
    for split in outputs:
        if not split.name or split.hash_buckets < 1:
            raise SpecError(
                f"CsvExampleGen: each output split needs a name and at least one hash bucket, got name "
                f"{split.name!r} with hash_buckets={split.hash_buckets}."
            )
    if not outputs and len(inputs) == 1:
        output_config.split_config.MergeFrom(_train_and_eval())
    return {"input_config": message_to_json(input_config), "output_config": message_to_json(output_config)}


def _train_and_eval() -> SplitConfig:
    return SplitConfig(
        splits=[
            SplitConfig.Split(name="train", hash_buckets=2),
            SplitConfig.Split(name="eval", hash_buckets=1),
        ]
    )


def _resolve(exec_properties: Mapping[str, Any]) -> Any:
    from interactive.engines.input_files import resolve_inputs

    splits = [
        (split.name, split.pattern)
        for split in message_from_json(exec_properties["input_config"], Input()).splits
    ]
    return resolve_inputs(exec_properties["input_base"], splits, **_range(exec_properties))


def _range(exec_properties: Mapping[str, Any]) -> dict[str, Any]:
    text = exec_properties.get("range_config")
    if not text:
        return {}
    config = message_from_json(text, RangeConfig())
    if config.WhichOneof("range") == "static_range":
        first, last = config.static_range.start_span_number, config.static_range.end_span_number
        if first != last:
            raise SpecError(
                f"CsvExampleGen reads one span a run; range_config asks for spans {first} to {last}. Give "
                "the same number for start_span_number and end_span_number, and run it once for each span."
            )
        return {"span": first}
    if config.rolling_range.num_spans != 1:
        raise SpecError(
            "CsvExampleGen reads one span a run; range_config.rolling_range.num_spans must be 1, got "
            f"{config.rolling_range.num_spans}."
        )
    return {"start_span": config.rolling_range.start_span_number}
