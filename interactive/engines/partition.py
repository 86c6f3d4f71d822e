"""Which output split a record goes to: the hash partitioning of TFX's ExampleGen."""

import bisect
import hashlib
import itertools
from collections.abc import Sequence

from interactive.engines.api import OutputSplit
from interactive.errors import InputError


class Partitioner:
    """Maps a partition key to the index of an output split.

    The key's SHA-256, as a big-endian number, modulo the sum of all buckets, falls into one split's
    range of buckets. The same key therefore always goes to the same split.

    Args:
      outputs: The output splits in their order.

    Raises:
      InputError: No split, a bucket count below 1, or a name that is empty, repeated or no folder name.
    """

    def __init__(self, outputs: Sequence[OutputSplit]) -> None:
        check_split_names([output.name for output in outputs], "output")
        for output in outputs:
            if output.hash_buckets < 1:
                raise InputError(
                    f"output split {output.name!r} has hash_buckets={output.hash_buckets}; expected 1 or "
                    "more. A split's share is its buckets divided by the sum of all buckets."
                )
        self._bounds = list(itertools.accumulate(output.hash_buckets for output in outputs))

    def index(self, key: bytes) -> int:
        """Returns the position, in the given order, of the split that ``key`` belongs to."""
        bucket = int.from_bytes(hashlib.sha256(key).digest(), "big") % self._bounds[-1]
        return bisect.bisect(self._bounds, bucket)


def check_split_names(names: Sequence[str], kind: str) -> None:
    """Checks that split names can be used as ``Split-<name>`` folders.

    Args:
      names: The names, in order.
      kind: ``"input"`` or ``"output"``, for the error's text.

    Raises:
      InputError: There is no name, or one is empty, repeated, or has a path separator or comma in it.
    """
    if not names:
        raise InputError(f"expected at least one {kind} split; found none. Name one, such as 'train'.")
    for name in names:
        if not name or any(sign in name for sign in "/\\\0,") or name != name.strip():
            raise InputError(
                f"{kind} split name {name!r} cannot be a folder name; expected something like 'train', "
                "without slashes, commas or surrounding spaces."
            )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{kind} split names must differ; {', '.join(repeated)} is given twice.")
