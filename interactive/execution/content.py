"""Artifacts and the fingerprints of their content."""

import re

from interactive.errors import StoreError
from interactive.metadata.fingerprint import Content, content_of, unchanged
from interactive.types.artifact import Artifact

CONTENT = "content_fingerprint"

_FORM = re.compile(r"sha256:([0-9a-f]{64}),files:(\d+),bytes:(\d+),newest:(\d+)")


def record_content(artifact: Artifact) -> None:
    """Fingerprints what lies at an artifact's URI and records it as a custom property."""
    content = content_of(artifact.uri)
    artifact.set_string_custom_property(
        CONTENT,
        f"sha256:{content.fingerprint},files:{content.files},bytes:{content.size},newest:{content.newest}",
    )


def _recorded(artifact: Artifact) -> Content | None:
    text = artifact.get_string_custom_property(CONTENT)
    if not text:
        return None
    match = _FORM.fullmatch(text)
    if match is None:
        raise StoreError(
            f"Artifact {artifact.id} has a custom property {CONTENT!r} that cannot be read: {text!r}. "
            "Run the node that produced it again with enable_cache=False."
        )
    fingerprint, files, size, newest = match.groups()
    return Content(fingerprint, int(files), int(size), int(newest))


def content_fingerprint(artifact: Artifact) -> str:
    """The fingerprint of an artifact's content.

    Args:
      artifact: An artifact; one from elsewhere, such as an imported one, is read.

    Returns:
      64 hexadecimal digits.

    Raises:
      InputError: Nothing lies at its URI.
    """
    known = _recorded(artifact)
    if known is not None and unchanged(artifact.uri, known):
        return known.fingerprint
    return content_of(artifact.uri).fingerprint


def holds(artifact: Artifact) -> bool:
    """Whether an artifact's payload still is what was published."""
    known = _recorded(artifact)
    return known is not None and unchanged(artifact.uri, known)
