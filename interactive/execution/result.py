"""What a run gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.dsl.base_component import BaseNode
from interactive.types.artifact import Artifact

if TYPE_CHECKING:
    from widgets.result import ArtifactSummary, RunSummary

# Kept with an artifact for the runtime's own use; a person has no use for it in a table.
_INTERNAL_PROPERTIES = ("content_fingerprint", "cellwise_version")


@dataclass
class ExecutionResult:
    """The result of ``context.run``.

    Attributes:
      component: The node that ran.
      state: ``complete``, ``cached``, ``failed`` or ``canceled``.
      execution_id: The MLMD id of the execution.
      seconds: How long the run took, everything included.
      inputs: Input name to artifacts.
      outputs: Output name to the component's channels, which hold the artifacts.
      exec_properties: The parameters as recorded.
      cache_key: The key under which the outputs are cached; None for nodes that are not cached.
      notes: What a person should know of this run.
      error: Why it failed, '' when it did not.
    """

    component: BaseNode
    state: str
    execution_id: int
    seconds: float
    inputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    exec_properties: Mapping[str, Any] = field(default_factory=dict)
    cache_key: str | None = None
    notes: Sequence[str] = ()
    error: str = ""

    @property
    def component_id(self) -> str:
        """The node's id."""
        return self.component.id

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Output name to channel; ``result.outputs['examples'].get()`` gives the artifacts."""
        return self.component.outputs

    @property
    def cached(self) -> bool:
        """Whether the outputs are those of an earlier execution."""
        return self.state == "cached"

    def summary(self) -> "RunSummary":
        """The result as plain data for ``widgets.ResultView``."""
        from widgets.result import RunSummary

        published = self.state in {"complete", "cached"}
        return RunSummary(
            component_id=self.component_id,
            state=self.state,
            seconds=self.seconds,
            execution_id=self.execution_id,
            outputs={
                name: [_summary(artifact) for artifact in channel.get()]
                for name, channel in self.component.outputs.items()
                if published
            },
            inputs={
                name: [_summary(artifact) for artifact in values] for name, values in self.inputs.items()
            },
            parameters=dict(self.exec_properties),
            notes=tuple(self.notes),
            error=self.error,
        )

    def _repr_html_(self) -> str:
        from widgets.result import ResultView

        return ResultView(self.summary())._repr_html_()

    def __repr__(self) -> str:
        from widgets.result import ResultView

        return repr(ResultView(self.summary()))


def _summary(artifact: Artifact) -> "ArtifactSummary":
    from widgets.result import ArtifactSummary

    shown = {
        name: value
        for name, value in {**artifact.properties, **artifact.custom_properties}.items()
        if name not in _INTERNAL_PROPERTIES
    }
    return ArtifactSummary(
        type_name=artifact.type_name, uri=_short(artifact.uri), id=artifact.id or None, properties=shown
    )


def _short(uri: str) -> str:
    """A path below the working folder without that folder: it is where a notebook's root is by default."""
    path = Path(uri)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else uri
