"""Which view shows which artifact."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive.errors import InputError
from interactive.types import standard_artifacts
from interactive.types.artifact import Artifact
from interactive.types.value_artifact import ValueArtifact

if TYPE_CHECKING:
    from widgets._view import View

ViewOf = Callable[[Any], "View"]


def view(artifact: Artifact) -> "View":
    """Makes the view of an artifact.

    Args:
      artifact: A published artifact.

    Returns:
      The view for its type; types without one of their own show their properties and files.

    Raises:
      InputError: Nothing lies at its URI.
      FileNotFoundError: A file that artifacts of its type have is missing.
      ValueError: A file is damaged.
    """
    if not artifact.uri or not Path(artifact.uri).exists():
        raise InputError(
            f"There is nothing to show for {artifact!r}: nothing lies at {artifact.uri or 'its uri'}. Run "
            "the node that produces it again."
        )
    for kind, make in _VIEWS.items():
        if isinstance(artifact, kind):
            return make(artifact)
    return _artifact(artifact)


def _splits(artifact: Any, name: str) -> dict[str, str]:
    if not artifact.splits:
        return {"": str(Path(artifact.uri, name))}
    return {split: str(Path(artifact.path(split=split), name)) for split in artifact.splits}


def _statistics(artifact: Any) -> "View":
    from widgets import StatisticsView

    return StatisticsView.from_files(_splits(artifact, "FeatureStats.pb"))


def _anomalies(artifact: Any) -> "View":
    from widgets import AnomaliesView

    return AnomaliesView.from_files(_splits(artifact, "SchemaDiff.pb"))


def _schema(artifact: Any) -> "View":
    from widgets import SchemaView

    return SchemaView.from_file(str(Path(artifact.uri, "schema.pbtxt")))


def _examples(artifact: Any) -> "View":
    from widgets import ExamplesView
    from widgets.examples import FORMATS

    payload_format = artifact.get_string_custom_property("payload_format") or "FORMAT_TF_EXAMPLE"
    if payload_format not in FORMATS:
        return _artifact(artifact)
    places = {split: artifact.path(split=split) for split in artifact.splits} or artifact.uri
    return ExamplesView.from_uri(places, payload_format=payload_format)


def _transform_graph(artifact: Any) -> "View":
    from widgets import TransformView

    return TransformView(artifact.uri)


def _model(artifact: Any) -> "View":
    from widgets import ModelView

    serving = Path(artifact.uri, "Format-Serving")
    return ModelView(str(serving if serving.is_dir() else artifact.uri))


def _evaluation(artifact: Any) -> "View":
    from widgets import EvaluationView

    return EvaluationView.from_path(artifact.uri)


def _blessing(artifact: Any) -> "View":
    from widgets import BlessingView

    blessed = None
    if Path(artifact.uri, "BLESSED").exists():
        blessed = True
    elif Path(artifact.uri, "NOT_BLESSED").exists():
        blessed = False
    return BlessingView(blessed, _reasons(artifact))


def _reasons(artifact: Artifact) -> list[str]:
    reasons = artifact.get_json_value_custom_property("reasons") or []
    return [str(reason) for reason in (reasons if isinstance(reasons, list) else [reasons])]


def _artifact(artifact: Artifact) -> "View":
    from widgets import ArtifactView

    properties = {**artifact.properties, **artifact.custom_properties}
    value = {"value": artifact.read()} if isinstance(artifact, ValueArtifact) else {}
    return ArtifactView(artifact.type_name, artifact.uri, {**value, **properties, **value})


_VIEWS: dict[type[Artifact], ViewOf] = {
    standard_artifacts.Examples: _examples,
    standard_artifacts.ExampleStatistics: _statistics,
    standard_artifacts.ExampleAnomalies: _anomalies,
    standard_artifacts.Schema: _schema,
    standard_artifacts.TransformGraph: _transform_graph,
    standard_artifacts.Model: _model,
    standard_artifacts.PushedModel: _model,
    standard_artifacts.ModelEvaluation: _evaluation,
    standard_artifacts.ModelBlessing: _blessing,
}
