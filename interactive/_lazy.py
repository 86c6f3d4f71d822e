"""Module attributes that are imported on first use (PEP 562).

`import interactive` must stay light, yet every public name is reachable by attribute from it.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_attributes(
    module_name: str, targets: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes a module's ``__getattr__`` and ``__dir__``.

    Args:
      module_name: The module's ``__name__``.
      targets: Public name to ``"package.module"`` for a submodule, or ``"package.module:attribute"``.

    Returns:
      The two functions, to be assigned in the module.
    """

    def getattr_(name: str) -> Any:
        target = targets.get(name)
        if target is None:
            raise AttributeError(
                f"module {module_name!r} has no attribute {name!r}. It offers: {', '.join(sorted(targets))}."
            )
        module, _, attribute = target.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, attribute) if attribute else loaded

    def dir_() -> list[str]:
        return sorted(targets)

    return getattr_, dir_
