"""The standard artifact types, with the names and properties of TFX v1."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from interactive.types import artifact as _artifact
from interactive.types.artifact import Artifact
from interactive.types.properties import Property, PropertyType
from interactive.types.splits import decode_split_names, encode_split_names, split_uri
from interactive.types.value_artifact import Boolean, Bytes, Float, Integer, JsonValue, String

__all__ = [
    "Boolean",
    "Bytes",
    "DataView",
    "ExampleAnomalies",
    "ExampleStatistics",
    "Examples",
    "Float",
    "HyperParameters",
    "InferenceResult",
    "InfraBlessing",
    "Integer",
    "JsonValue",
    "Model",
    "ModelBlessing",
    "ModelEvaluation",
    "ModelRun",
    "PushedModel",
    "Schema",
    "String",
    "TransformCache",
    "TransformGraph",
]

_SPAN = Property(PropertyType.INT)
_VERSION = Property(PropertyType.INT)
_SPLIT_NAMES = Property(PropertyType.STRING)


class _SplitArtifact(Artifact):
    """A folder with one ``Split-<name>`` folder a split."""

    @property
    def splits(self) -> list[str]:
        """The split names, such as ``["train", "eval"]``."""
        return decode_split_names(self.split_names)

    @splits.setter
    def splits(self, splits: Sequence[str]) -> None:
        self.split_names = encode_split_names(list(splits))

    def path(self, *, split: str) -> str:
        """The folder of one split.

        Args:
          split: A split's name.

        Returns:
          ``<uri>/Split-<split>``.

        Raises:
          InputError: There is no such split.
        """
        return split_uri(self.uri, split, self.splits)


class Examples(_SplitArtifact):
    """Records, one ``Split-<name>/`` folder a split, gzipped TFRecords of ``tf.Example`` by default."""

    TYPE_NAME = "Examples"
    TYPE_ANNOTATION = _artifact.Dataset
    PROPERTIES: ClassVar[Mapping[str, Property]] = {
        "span": _SPAN,
        "version": _VERSION,
        "split_names": _SPLIT_NAMES,
    }


class ExampleStatistics(_SplitArtifact):
    """Statistics of examples: ``Split-<name>/FeatureStats.pb``."""

    TYPE_NAME = "ExampleStatistics"
    TYPE_ANNOTATION = _artifact.Statistics
    PROPERTIES: ClassVar[Mapping[str, Property]] = {"span": _SPAN, "split_names": _SPLIT_NAMES}


class ExampleAnomalies(_SplitArtifact):
    """What was found wrong with examples: ``Split-<name>/SchemaDiff.pb``."""

    TYPE_NAME = "ExampleAnomalies"
    PROPERTIES: ClassVar[Mapping[str, Property]] = {"span": _SPAN, "split_names": _SPLIT_NAMES}


class Schema(Artifact):
    """A description of the data: ``schema.pbtxt``."""

    TYPE_NAME = "Schema"


class TransformGraph(Artifact):
    """What ``tft.TFTransformOutput`` reads: ``transform_fn/``, ``transformed_metadata/``, ``metadata/``."""

    TYPE_NAME = "TransformGraph"


class TransformCache(Artifact):
    """Partial results of Transform's analysers, by data set."""

    TYPE_NAME = "TransformCache"


class Model(Artifact):
    """A trained model: ``Format-Serving/``, and ``Format-TFMA/`` where one was exported."""

    TYPE_NAME = "Model"
    TYPE_ANNOTATION = _artifact.Model


class ModelRun(Artifact):
    """What training left beside the model, such as TensorBoard logs."""

    TYPE_NAME = "ModelRun"


class ModelEvaluation(Artifact):
    """TFMA's result files."""

    TYPE_NAME = "ModelEvaluation"


class ModelBlessing(Artifact):
    """``BLESSED`` or ``NOT_BLESSED``: whether a model held its thresholds."""

    TYPE_NAME = "ModelBlessing"


class InfraBlessing(Artifact):
    """``INFRA_BLESSED`` or ``INFRA_NOT_BLESSED``: whether a model could be served."""

    TYPE_NAME = "InfraBlessing"


class PushedModel(Artifact):
    """A model that was pushed to a destination."""

    TYPE_NAME = "PushedModel"
    TYPE_ANNOTATION = _artifact.Model


class InferenceResult(Artifact):
    """Predictions for a batch of examples."""

    TYPE_NAME = "InferenceResult"


class HyperParameters(Artifact):
    """The best hyperparameters that a tuner found."""

    TYPE_NAME = "HyperParameters"


class DataView(Artifact):
    """A saved function that turns records of another format into tensors."""

    TYPE_NAME = "DataView"
