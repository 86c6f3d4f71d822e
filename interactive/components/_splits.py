"""The ``exclude_splits`` parameter, which several components share."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from interactive.errors import InputError, SpecError


def encode_excluded(component: str, exclude_splits: Sequence[str] | None) -> str:
    """Encodes the parameter as TFX records it.

    Args:
      component: The component's name, for the message.
      exclude_splits: Split names, or None.

    Returns:
      A JSON list.

    Raises:
      SpecError: It is no list of strings.
    """
    splits = exclude_splits if exclude_splits is not None else []
    if isinstance(splits, str) or not all(isinstance(split, str) for split in splits):
        raise SpecError(
            f"{component}: exclude_splits expects a list of split names such as ['eval'], got "
            f"{exclude_splits!r}."
        )
    return json.dumps(list(splits))


def remaining(component: str, splits: Sequence[str], exec_properties: Mapping[str, Any]) -> list[str]:
    """The splits to work on.

    Args:
      component: The component's name, for messages.
      splits: The splits of the input.
      exec_properties: The parameters, with ``exclude_splits``.

    Returns:
      The splits that are not excluded, in order.

    Raises:
      InputError: An excluded split does not exist, or none remain.
    """
    excluded = json.loads(exec_properties.get("exclude_splits") or "[]")
    unknown = [split for split in excluded if split not in splits]
    if unknown:
        raise InputError(
            f"{component}: exclude_splits names {', '.join(map(repr, unknown))}, but the input has the "
            f"splits {', '.join(splits) or '(none)'}."
        )
    kept = [split for split in splits if split not in excluded]
    if not kept:
        raise InputError(
            f"{component}: no split is left: the input has {', '.join(splits) or 'none'}, excluded are "
            f"{', '.join(excluded) or 'none'}."
        )
    return kept
