"""How pipelines are run, and where their metadata is kept."""

from interactive._lazy import lazy_attributes

__all__ = ["metadata"]

__getattr__, __dir__ = lazy_attributes(__name__, {"metadata": "interactive.orchestration.metadata"})
