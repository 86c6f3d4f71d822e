"""What one writes components with."""

from interactive.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from interactive.dsl.base_component import BaseBeamComponent, BaseComponent, BaseNode
from interactive.dsl.component_spec import ComponentSpec
from interactive.dsl.executor import (
    BaseBeamExecutor,
    BaseExecutor,
    BeamExecutorSpec,
    ExecutorClassSpec,
)
from interactive.dsl.function_component import component
from interactive.dsl.parameters import ChannelParameter, ExecutionParameter

__all__ = [
    "BaseBeamComponent",
    "BaseBeamExecutor",
    "BaseComponent",
    "BaseExecutor",
    "BaseNode",
    "BeamExecutorSpec",
    "ChannelParameter",
    "ComponentSpec",
    "ExecutionParameter",
    "ExecutorClassSpec",
    "InputArtifact",
    "OutputArtifact",
    "OutputDict",
    "Parameter",
    "component",
]
