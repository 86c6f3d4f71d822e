"""Small helpers on lists of artifacts, with TFX's names, for executors."""

from collections.abc import Sequence

from interactive.errors import InputError
from interactive.types.artifact import Artifact
from interactive.types.splits import decode_split_names, encode_split_names, split_uri

__all__ = [
    "decode_split_names",
    "encode_split_names",
    "get_single_instance",
    "get_single_uri",
    "get_split_uri",
    "get_split_uris",
]


def get_single_instance(artifacts: Sequence[Artifact]) -> Artifact:
    """The only artifact of a list.

    Args:
      artifacts: A list with exactly one artifact.

    Returns:
      That artifact.

    Raises:
      InputError: There are none or several.
    """
    if len(artifacts) != 1:
        raise InputError(f"Expected exactly one artifact, found {len(artifacts)}: {list(artifacts)!r}.")
    return artifacts[0]


def get_single_uri(artifacts: Sequence[Artifact]) -> str:
    """The URI of the only artifact of a list."""
    return get_single_instance(artifacts).uri


def get_split_uris(artifacts: Sequence[Artifact], split: str) -> list[str]:
    """The folder of one split in each artifact.

    Args:
      artifacts: Artifacts with splits, such as Examples.
      split: The split's name.

    Returns:
      One ``<uri>/Split-<split>`` an artifact.

    Raises:
      InputError: An artifact has no such split.
    """
    return [
        split_uri(artifact.uri, split, decode_split_names(artifact.split_names)) for artifact in artifacts
    ]


def get_split_uri(artifacts: Sequence[Artifact], split: str) -> str:
    """The folder of one split, when exactly one artifact is given."""
    return get_split_uris([get_single_instance(artifacts)], split)[0]
