"""The cache key: everything that an execution's outputs depend on, and nothing else.

Two executions with equal keys would give equal outputs, so the second takes the first one's. The key holds:

* the component's type,
* its executor's code,
* its parameters, with what was found out about the outside world (such as fingerprints of input files),
* the user code it was given, captured,
* the content of its input artifacts, by input name and in order.

It does not hold: the node's id, where inputs lie, artifact ids, the time, the engine, or the run.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def cache_key(
    *,
    component_type: str,
    executor_code: str,
    parameters: Mapping[str, Any],
    user_code: Mapping[str, str],
    inputs: Mapping[str, Sequence[str]],
) -> str:
    """Computes the key.

    Args:
      component_type: The MLMD execution type's name.
      executor_code: A fingerprint of the executor's code.
      parameters: JSON-like values.
      user_code: Parameter name to the captured code's fingerprint.
      inputs: Input name to the content fingerprints of its artifacts.

    Returns:
      64 hexadecimal digits.
    """
    # Order of names is an accident of how a component was written, order of artifacts is not.
    canonical = json.dumps(
        {
            "component_type": component_type,
            "executor_code": executor_code,
            "parameters": parameters,
            "user_code": user_code,
            "inputs": {name: list(fingerprints) for name, fingerprints in inputs.items()},
        },
        sort_keys=True,
        separators=(",", ":"),
        default=_json,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _json(value: Any) -> Any:
    """Bytes parameters, the only kind that JSON has no form for."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    raise TypeError(f"A parameter cannot be part of a cache key: {value!r} of type {type(value).__name__}.")
