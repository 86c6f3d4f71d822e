"""``Pusher``: puts a blessed model where it is served from."""

import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from interactive.components._model_paths import serving_path
from interactive.components._user_code import encode_custom_config
from interactive.dsl.base_component import BaseComponent
from interactive.dsl.component_spec import ComponentSpec, message_from_json
from interactive.dsl.executor import BaseExecutor, ExecutorClassSpec
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter, RuntimeParameter
from interactive.errors import InputError, SpecError
from interactive.proto import PushDestination
from interactive.types.artifact import Artifact
from interactive.types.channel import BaseChannel
from interactive.types.standard_artifacts import InfraBlessing, Model, ModelBlessing, PushedModel


class PusherSpec(ComponentSpec):
    """What Pusher takes and gives."""

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {
        "push_destination": ExecutionParameter(type=PushDestination, optional=True),
        "custom_config": ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {
        "model": ChannelParameter(type=Model, optional=True),
        "model_blessing": ChannelParameter(type=ModelBlessing, optional=True),
        "infra_blessing": ChannelParameter(type=InfraBlessing, optional=True),
    }
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {"pushed_model": ChannelParameter(type=PushedModel)}


class PusherExecutor(BaseExecutor):
    """Copies a model into a new version folder of the destination."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes the model unless a blessing is missing.

        Args:
          input_dict: ``model``, and blessings where they are given.
          output_dict: ``pushed_model``, with the properties ``pushed`` (1 or 0), ``pushed_destination`` and
            ``pushed_version``.
          exec_properties: ``push_destination``.

        Raises:
          InputError: There is no model, or the destination cannot be written.
        """
        (pushed,) = output_dict["pushed_model"]
        refusal = _refusal(input_dict)
        if refusal is not None:
            pushed.set_int_custom_property("pushed", 0)
            self.context.notes.append(f"Not pushed: {refusal}")
            return
        if not input_dict.get("model"):
            raise InputError(
                "Pusher has no model to push. Give model=trainer.outputs['model'], with model_blessing="
                "evaluator.outputs['blessing'] to push only when it is blessed."
            )
        source = serving_path(input_dict["model"][0].uri)
        destination = message_from_json(exec_properties["push_destination"], PushDestination())
        path = _push(source, Path(destination.filesystem.base_directory))
        shutil.copytree(source, pushed.uri, dirs_exist_ok=True)
        pushed.set_int_custom_property("pushed", 1)
        pushed.set_string_custom_property("pushed_destination", str(path))
        pushed.set_string_custom_property("pushed_version", path.name)


class Pusher(BaseComponent):
    """Pushes a model to a destination, when its blessings allow it.

    Args:
      model: A channel of Model.
      model_blessing: A channel of ModelBlessing; the model is pushed only when it is blessed.
      infra_blessing: A channel of InfraBlessing; the same.
      push_destination: Where to push.
      custom_config: JSON values for a custom executor.
      custom_executor_spec: Another executor, for a deployment system of one's own.

    Raises:
      SpecError: An argument does not fit.
    """

    TYPE_NAME = "tfx.components.pusher.component.Pusher"
    MLMD_SYSTEM_BASE_TYPE = "DEPLOY"
    SPEC_CLASS = PusherSpec
    EXECUTOR_SPEC = ExecutorClassSpec(PusherExecutor)

    def __init__(
        self,
        model: BaseChannel | None = None,
        model_blessing: BaseChannel | None = None,
        infra_blessing: BaseChannel | None = None,
        push_destination: PushDestination | dict[str, Any] | RuntimeParameter | None = None,
        custom_config: Mapping[str, Any] | None = None,
        custom_executor_spec: ExecutorClassSpec | None = None,
    ) -> None:
        spec = PusherSpec(
            model=model,
            model_blessing=model_blessing,
            infra_blessing=infra_blessing,
            push_destination=push_destination,
            custom_config=encode_custom_config("Pusher", custom_config),
        )
        if custom_executor_spec is None:
            _check_destination(spec)
        super().__init__(spec, custom_executor_spec)

    def cached_outputs_hold(self, outputs: Mapping[str, Sequence[Artifact]]) -> bool:
        """A pushed model counts only as long as it is still at its destination."""
        for pushed in outputs.get("pushed_model", ()):
            destination = pushed.get_string_custom_property("pushed_destination")
            if destination and not Path(destination).exists():
                return False
        return True


def _check_destination(spec: PusherSpec) -> None:
    if not {"model", "infra_blessing"} & set(spec.inputs):
        raise SpecError("Pusher: argument 'model' is missing: expected a channel of Model.")
    given = spec.exec_properties.get("push_destination")
    if isinstance(given, RuntimeParameter):
        return
    destination = message_from_json(given, PushDestination()) if given else PushDestination()
    if not destination.filesystem.base_directory:
        raise SpecError(
            "Pusher: push_destination must name a folder: push_destination=PushDestination("
            "filesystem=PushDestination.Filesystem(base_directory='serving/my_model'))."
        )


def _refusal(input_dict: Mapping[str, Sequence[Artifact]]) -> str | None:
    """Why the model may not be pushed, or None."""
    for blessing in input_dict.get("model_blessing", ()):
        if not Path(blessing.uri, "BLESSED").exists():
            return "the Evaluator did not bless the model."
    for blessing in input_dict.get("infra_blessing", ()):
        if not Path(blessing.uri, "INFRA_BLESSED").exists():
            return "the InfraValidator did not bless the model."
    return None


def _push(source: str, base: Path) -> Path:
    """Copies to a temporary name and renames, so that a server never sees half a model."""
    version = int(time.time())
    partial = base / f".pushing-{uuid.uuid4().hex}"
    try:
        base.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, partial)
        while True:
            target = base / str(version)
            if not target.exists():
                partial.rename(target)
                return target.absolute()
            version += 1  # servers want versions that only grow
    except OSError as error:
        raise InputError(
            f"Pusher cannot write to {base}: {error.strerror or error}. Give a base_directory that you may "
            "write to, on a disk with room for the model."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # gone already, unless something failed
