"""Which code an execution runs, and its fingerprint for the cache key.

Executors of this package count by the source of all components and engines together: an upgrade may change
what any of them gives. An executor class or an ``@component`` function of
the user's is captured; what runs is the captured module, so that what is saved is what ran.
"""

import functools
import hashlib
import inspect
from dataclasses import dataclass
from pathlib import Path

from interactive.dsl.base_component import BaseComponent
from interactive.dsl.executor import BaseExecutor
from interactive.dsl.function_component import BaseFunctionalComponent, FunctionExecutor, component
from interactive.dsl.user_code import UserCode
from interactive.errors import CaptureError
from interactive.execution.capture import capture, load_entry

_OWN_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class ExecutorCode:
    """An executor's code.

    Attributes:
      executor_class: The class as the component names it.
      fingerprint: Of its code, hex.
      captured: The user's code; None for executors of this package.
    """

    executor_class: type[BaseExecutor]
    fingerprint: str
    captured: UserCode | None

    def load(self, code_root: Path) -> type[BaseExecutor]:
        """Saves captured code and loads the executor from there.

        Args:
          code_root: The folder for captured code.

        Returns:
          The class to run.

        Raises:
          CaptureError: The saved module does not define it.
        """
        if self.captured is None:
            return self.executor_class
        loaded = load_entry(save_code(self.captured, code_root), self.captured.entry)
        if inspect.isfunction(loaded):  # captured from a cell, without its decorator
            loaded = component(loaded)
        if isinstance(loaded, type) and issubclass(loaded, BaseFunctionalComponent):
            return loaded.EXECUTOR_SPEC.executor_class
        if isinstance(loaded, type) and issubclass(loaded, BaseExecutor):
            return loaded
        raise CaptureError(
            f"The captured module defines {self.captured.entry!r} as {loaded!r}; expected an executor class "
            "or an @component function."
        )


def executor_code(node: BaseComponent) -> ExecutorCode:
    """Finds a component's executor and fingerprints its code.

    Args:
      node: A component.

    Returns:
      The code.

    Raises:
      CaptureError: It is the user's and cannot be captured.
    """
    executor_class = node.executor_spec.executor_class
    if issubclass(executor_class, FunctionExecutor):
        captured = capture(executor_class.function)
        return ExecutorCode(executor_class, captured.fingerprint, captured)
    if executor_class.__module__.partition(".")[0] == _OWN_PACKAGE:
        return ExecutorCode(executor_class, f"{executor_class.__name__}:{_own_code()}", None)
    captured = capture(executor_class)
    return ExecutorCode(executor_class, captured.fingerprint, captured)


@functools.cache
def _own_code() -> str:
    """A fingerprint of this package's components and engines."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ("components", "engines"):
        for path in sorted((package / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def save_code(code: UserCode, code_root: Path) -> Path:
    """Saves captured code under its fingerprint.

    Args:
      code: The code.
      code_root: The folder for captured code.

    Returns:
      The module's file.
    """
    return code.save(code_root / f"{code.module_name}-{code.fingerprint[:16]}")
