"""Splits: how their names are encoded in a property, and where they lie in a folder."""

import json
from pathlib import PurePosixPath
from typing import Any

from interactive.errors import ArtifactError, InputError


def encode_split_names(splits: list[str]) -> str:
    """Encodes split names as the JSON list that the ``split_names`` property holds.

    Args:
      splits: Names such as ``["train", "eval"]``.

    Returns:
      ``'["train", "eval"]'``; ``'[]'`` for none.

    Raises:
      ArtifactError: A name is empty, or is no single path segment.
    """
    for split in splits:
        if not isinstance(split, str) or not split or PurePosixPath(split).name != split:
            raise ArtifactError(f"A split name must be a non-empty string without '/', got {split!r}.")
    return json.dumps(list(splits))


def decode_split_names(split_names: str) -> list[str]:
    """Decodes the ``split_names`` property; '' means no splits."""
    if not split_names:
        return []
    decoded: Any = json.loads(split_names)
    if not isinstance(decoded, list):
        raise ArtifactError(f"split_names must hold a JSON list of names, found {split_names!r}.")
    return [str(split) for split in decoded]


def split_uri(uri: str, split: str, known: list[str]) -> str:
    """Where one split of an artifact lies.

    Args:
      uri: The artifact's URI.
      split: The split's name.
      known: The artifact's splits.

    Returns:
      ``<uri>/Split-<split>``.

    Raises:
      InputError: The artifact has no such split.
    """
    if split not in known:
        raise InputError(f"There is no split {split!r} in {uri}. It has: {', '.join(known) or 'no splits'}.")
    return f"{uri.rstrip('/')}/Split-{split}"
