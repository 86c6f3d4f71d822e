"""Artifacts, channels and properties: the ground floor."""

from interactive._lazy import lazy_attributes
from interactive.types import artifact_utils, standard_artifacts
from interactive.types.artifact import Artifact, ArtifactState
from interactive.types.channel import BaseChannel, Channel, OutputChannel
from interactive.types.properties import Property, PropertyType
from interactive.types.value_artifact import ValueArtifact

__all__ = [
    "Artifact",
    "ArtifactState",
    "BaseBeamComponent",
    "BaseChannel",
    "BaseComponent",
    "BaseFunctionalComponent",
    "BaseFunctionalComponentFactory",
    "BaseNode",
    "Channel",
    "ComponentSpec",
    "OutputChannel",
    "Property",
    "PropertyType",
    "ValueArtifact",
    "artifact_utils",
    "standard_artifacts",
]

# TFX v1 shows these under `types`, though they live on the floor above: hence by name, on first use.
__getattr__, __dir__ = lazy_attributes(
    __name__,
    {name: f"{__name__}:{name}" for name in __all__ if name in globals()}
    | {
        "BaseBeamComponent": "interactive.dsl.base_component:BaseBeamComponent",
        "BaseComponent": "interactive.dsl.base_component:BaseComponent",
        "BaseFunctionalComponent": "interactive.dsl.function_component:BaseFunctionalComponent",
        "BaseFunctionalComponentFactory": (
            "interactive.dsl.function_component:BaseFunctionalComponentFactory"
        ),
        "BaseNode": "interactive.dsl.base_component:BaseNode",
        "ComponentSpec": "interactive.dsl.component_spec:ComponentSpec",
    },
)
