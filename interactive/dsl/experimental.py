"""What TFX v1 calls ``dsl.experimental``: runtime parameters and resolver strategies."""

from interactive.dsl.parameters import RuntimeParameter
from interactive.dsl.resolver import (
    LatestArtifactStrategy,
    LatestBlessedModelStrategy,
    ResolverStrategy,
)

__all__ = [
    "LatestArtifactStrategy",
    "LatestBlessedModelStrategy",
    "ResolverStrategy",
    "RuntimeParameter",
]
