"""The components' configuration messages, with the fields of TFX v1's.

Regenerate the ``_pb2`` modules from the ``.proto`` files with ``make protos``.
"""

from interactive.proto.evaluator_pb2 import FeatureSlicingSpec, SingleSlicingSpec
from interactive.proto.example_gen_pb2 import (
    CustomConfig,
    FileFormat,
    Input,
    Output,
    PayloadFormat,
    SplitConfig,
)
from interactive.proto.pusher_pb2 import PushDestination, Versioning
from interactive.proto.range_config_pb2 import RangeConfig, RollingRange, StaticRange
from interactive.proto.trainer_pb2 import EvalArgs, TrainArgs
from interactive.proto.transform_pb2 import SplitsConfig

__all__ = [
    "CustomConfig",
    "EvalArgs",
    "FeatureSlicingSpec",
    "FileFormat",
    "Input",
    "Output",
    "PayloadFormat",
    "PushDestination",
    "RangeConfig",
    "RollingRange",
    "SingleSlicingSpec",
    "SplitConfig",
    "SplitsConfig",
    "StaticRange",
    "TrainArgs",
    "Versioning",
]
