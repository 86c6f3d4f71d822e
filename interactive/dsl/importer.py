"""``Importer``: brings an artifact that exists already into the pipeline."""

from collections.abc import Mapping
from typing import Any

from interactive.dsl.base_component import BaseNode
from interactive.errors import SpecError
from interactive.types.artifact import Artifact
from interactive.types.channel import OutputChannel
from interactive.types.properties import check_value


class Importer(BaseNode):
    """Registers a payload that lies somewhere as an artifact.

    The payload stays where it is. An artifact that was imported before from the same URI with the same
    properties and the same content is taken again, unless ``reimport`` is set.

    Args:
      source_uri: An existing file or folder.
      artifact_type: The artifact's class.
      reimport: Registers a new artifact in every run.
      properties: Declared properties.
      custom_properties: Custom properties.
      output_key: The output's name, ``result`` by default.

    Raises:
      SpecError: An argument is of a wrong type.
      ArtifactError: A property is not declared or of a wrong kind.
    """

    TYPE_NAME = "tfx.dsl.components.common.importer.Importer"

    def __init__(
        self,
        source_uri: str,
        artifact_type: type[Artifact],
        reimport: bool = False,
        properties: Mapping[str, Any] | None = None,
        custom_properties: Mapping[str, Any] | None = None,
        output_key: str | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(source_uri, str) or not source_uri:
            raise SpecError(f"Importer: source_uri expects a path, got {source_uri!r}.")
        if not (isinstance(artifact_type, type) and issubclass(artifact_type, Artifact)):
            raise SpecError(
                "Importer: artifact_type expects an artifact class such as standard_artifacts.Schema, got "
                f"{artifact_type!r}."
            )
        for name, value in (properties or {}).items():
            declared = artifact_type.PROPERTIES.get(name)
            if declared is None:
                raise SpecError(
                    f"Importer: {artifact_type.TYPE_NAME} declares no property {name!r}. It declares: "
                    f"{', '.join(artifact_type.PROPERTIES) or 'none'}. Use custom_properties for others."
                )
            check_value(artifact_type.TYPE_NAME, name, declared.type, value)
        self.source_uri = source_uri
        self.artifact_type = artifact_type
        self.reimport = bool(reimport)
        self.properties = dict(properties or {})
        self.custom_properties = dict(custom_properties or {})
        self.output_key = output_key or "result"
        self.inputs = {}
        self.exec_properties = {
            "artifact_uri": source_uri,
            "reimport": int(self.reimport),
            "output_key": self.output_key,
        }
        self.outputs = {self.output_key: OutputChannel(artifact_type, self, self.output_key)}

    def new_artifact(self) -> Artifact:
        """Makes the artifact with its URI and properties."""
        artifact = self.artifact_type(uri=self.source_uri)
        for name, value in self.properties.items():
            setattr(artifact, name, value)
        for name, value in self.custom_properties.items():
            artifact.set_custom_property(name, value)
        artifact.is_external = True
        return artifact
