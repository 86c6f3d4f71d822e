"""Events: under which names, and at which places, an execution takes or gives an artifact.

ML Metadata keeps one event for each execution, artifact and direction. So an artifact with two names, such as
a model that is its own baseline, has both in one path: ``model/0/baseline_model/0``, as TFX writes it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from interactive.metadata.convert import artifact_to_proto
from interactive.types.artifact import Artifact

ArtifactDict = Mapping[str, Sequence[Artifact]]


def event_pairs(
    artifacts: ArtifactDict, direction: str, type_id: Callable[[type[Artifact]], int]
) -> list[tuple[Any, Any]]:
    """Makes the artifacts and events of one side of an execution.

    Args:
      artifacts: Input or output name to artifacts.
      direction: INPUT or OUTPUT.
      type_id: Gives the MLMD id of an artifact class.

    Returns:
      One MLMD artifact and event for each distinct artifact, in order.
    """
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    pairs = []
    for artifact, places in _distinct(artifacts):
        event = mlmd.Event(type=mlmd.Event.Type.Value(direction))
        for name, index in places:
            event.path.steps.add().key = name
            event.path.steps.add().index = index
        pairs.append((artifact_to_proto(artifact, type_id(artifact.type)), event))
    return pairs


def adopt_ids(artifacts: ArtifactDict, ids: Sequence[int]) -> None:
    """Gives artifacts the ids under which the pairs that ``event_pairs`` made of them were put."""
    for (artifact, _), artifact_id in zip(_distinct(artifacts), ids, strict=True):
        artifact.id = artifact_id


def places_of(event: Any) -> list[tuple[str, int]]:
    """Reads an event's path.

    Args:
      event: A ``ml_metadata.proto.Event``.

    Returns:
      Name and index of each place; the name is '' and the index 0 where the path has none.
    """
    places: list[tuple[str, int]] = []
    for step in event.path.steps:
        if step.HasField("key"):
            places.append((step.key, 0))
        elif places:
            places[-1] = (places[-1][0], step.index)
        else:
            places.append(("", step.index))
    return places or [("", 0)]


def _distinct(artifacts: ArtifactDict) -> list[tuple[Artifact, list[tuple[str, int]]]]:
    """Each artifact once, with all its places; one without an id yet is told by its object."""
    found: dict[tuple[str, int], tuple[Artifact, list[tuple[str, int]]]] = {}
    for name, values in artifacts.items():
        for index, artifact in enumerate(values):
            identity = ("id", artifact.id) if artifact.id else ("object", id(artifact))
            found.setdefault(identity, (artifact, []))[1].append((name, index))
    return list(found.values())
