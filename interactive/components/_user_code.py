"""User code as components take it: a function, a module file, or a dotted name."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from interactive.dsl.user_code import UserCode
from interactive.errors import CaptureError, InputError, SpecError
from interactive.execution.capture import capture, capture_module_file, load_entry, load_module


class UserFunction:
    """A function that a component was given in one of three ways.

    It is captured when the component is made, so that mistakes show at once, and again at each run, so that
    edits count.

    Args:
      component: The component's name, for messages.
      argument: The argument's name, such as ``run_fn``; also the function's name in a module file.
      given: A function, a dotted name ``package.module.function``, or None.
      module_file: The path of a Python file that defines a function named like the argument, or None.

    Raises:
      SpecError: Neither or both are given.
      CaptureError: The function cannot be captured.
    """

    def __init__(self, component: str, argument: str, given: Any, module_file: str | None) -> None:
        self._argument = argument
        self._given = given
        self._module_file = module_file
        if (given is None) == (module_file is None):
            found = "neither" if given is None else "both"
            raise SpecError(
                f"{component} takes either {argument}=, a function, or module_file=, the path of a Python "
                f"file that defines {argument}(); {found} was given."
            )
        if module_file is not None and not isinstance(module_file, str):
            raise SpecError(f"{component}: module_file expects a path, got {module_file!r}.")
        if given is not None and not (callable(given) or isinstance(given, str)):
            raise SpecError(
                f"{component}: {argument} expects a function, or its dotted name, got {given!r} of type "
                f"{type(given).__name__}."
            )
        self.capture()

    def capture(self) -> UserCode:
        """Captures the code as it is now."""
        if self._module_file is not None:
            return module_code(self._module_file, self._argument)
        if isinstance(self._given, str):
            module, _, name = self._given.rpartition(".")
            return module_code(dotted_module(module), name)
        return capture(self._given)


def module_code(path: str, entry: str | None) -> UserCode:
    """Captures a module file.

    Args:
      path: The file.
      entry: The function that it must define, or None.

    Returns:
      The code.

    Raises:
      InputError: There is no such file.
      CaptureError: It does not define the function.
    """
    file = Path(path)
    if not file.is_file():
        beside = ", ".join(sorted(entry.name for entry in file.parent.glob("*.py"))[:10])
        raise InputError(
            f"There is no module file {path!r} (relative paths start at {Path.cwd()}). Python files "
            f"beside it: {beside or 'none'}."
        )
    return capture_module_file(path, entry)


def dotted_module(name: str) -> str:
    """The file of an importable module.

    Args:
      name: Its dotted name.

    Returns:
      The file's path.

    Raises:
      CaptureError: There is no such module.
    """
    try:
        found = importlib.util.find_spec(name) if name else None
    except ModuleNotFoundError:
        found = None
    if found is None or found.origin is None:
        raise CaptureError(
            f"There is no importable module {name!r}. Expected a dotted name such as 'package.module' (for a "
            "function: 'package.module.function')."
        )
    return found.origin


def load_function(exec_properties: Mapping[str, Any], argument: str) -> Callable[..., Any]:
    """Loads the captured function in an executor.

    Args:
      exec_properties: The execution's parameters.
      argument: The argument's name, such as ``run_fn``.

    Returns:
      The function.

    Raises:
      CaptureError: The saved module does not define it.
    """
    path = exec_properties.get(f"{argument}_module_file", exec_properties["module_file"])
    return cast("Callable[..., Any]", load_entry(path, exec_properties[argument]))


def load_optional_function(exec_properties: Mapping[str, Any], argument: str) -> Callable[..., Any] | None:
    """Loads a function that was given, or that the module file happens to define.

    Args:
      exec_properties: The execution's parameters.
      argument: The argument's name, such as ``stats_options_updater_fn``.

    Returns:
      The function, or None.
    """
    if argument in exec_properties:
        return load_function(exec_properties, argument)
    return getattr(load_module(exec_properties["module_file"]), argument, None)


def encode_custom_config(component: str, custom_config: Mapping[str, Any] | None) -> str:
    """Encodes ``custom_config`` as TFX records it: JSON with sorted keys, ``null`` for none.

    Raises:
      SpecError: It is no dict of JSON values.
    """
    if custom_config is not None and not isinstance(custom_config, Mapping):
        raise SpecError(f"{component}: custom_config expects a dict, got {custom_config!r}.")
    try:
        return json.dumps(custom_config, sort_keys=True)
    except TypeError as error:
        raise SpecError(
            f"{component}: custom_config must hold only JSON values (numbers, strings, lists, dicts): "
            f"{error}."
        ) from error


def decode_custom_config(exec_properties: Mapping[str, Any]) -> dict[str, Any] | None:
    """Decodes ``custom_config``."""
    decoded: dict[str, Any] | None = json.loads(exec_properties.get("custom_config") or "null")
    return decoded
