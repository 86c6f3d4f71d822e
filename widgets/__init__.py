"""Views of what machine-learning pipelines produce, for notebooks, exported HTML and terminals.

Each view takes the field's own data (a `DatasetFeatureStatisticsList`, a `Schema`, an `Anomalies`, a
TFMA `EvalResult`, a folder of examples) and shows it as HTML tables and small inline SVG plots. They need
no JavaScript and no network; they look the same after a kernel restart and in exported HTML, and where
styles and pictures are stripped the tables are still readable. `print(view)` gives plain text.

Importing this package is cheap: a view's module, and the libraries it reads with, are loaded when used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widgets._view import View as View
    from widgets.anomalies import AnomaliesView as AnomaliesView
    from widgets.artifact import ArtifactView as ArtifactView
    from widgets.blessing import BlessingView as BlessingView
    from widgets.evaluation import EvaluationView as EvaluationView
    from widgets.examples import ExamplesView as ExamplesView
    from widgets.graph import GraphEdge as GraphEdge
    from widgets.graph import GraphNode as GraphNode
    from widgets.graph import GraphView as GraphView
    from widgets.model import ModelView as ModelView
    from widgets.result import ArtifactSummary as ArtifactSummary
    from widgets.result import ResultView as ResultView
    from widgets.result import RunSummary as RunSummary
    from widgets.schema import SchemaView as SchemaView
    from widgets.statistics import StatisticsView as StatisticsView
    from widgets.transform import TransformView as TransformView

_HOMES = {
    "AnomaliesView": "widgets.anomalies",
    "ArtifactSummary": "widgets.result",
    "ArtifactView": "widgets.artifact",
    "BlessingView": "widgets.blessing",
    "EvaluationView": "widgets.evaluation",
    "ExamplesView": "widgets.examples",
    "GraphEdge": "widgets.graph",
    "GraphNode": "widgets.graph",
    "GraphView": "widgets.graph",
    "ModelView": "widgets.model",
    "ResultView": "widgets.result",
    "RunSummary": "widgets.result",
    "SchemaView": "widgets.schema",
    "StatisticsView": "widgets.statistics",
    "TransformView": "widgets.transform",
    "View": "widgets._view",
}

__all__ = [
    "AnomaliesView",
    "ArtifactSummary",
    "ArtifactView",
    "BlessingView",
    "EvaluationView",
    "ExamplesView",
    "GraphEdge",
    "GraphNode",
    "GraphView",
    "ModelView",
    "ResultView",
    "RunSummary",
    "SchemaView",
    "StatisticsView",
    "TransformView",
    "View",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'widgets' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
