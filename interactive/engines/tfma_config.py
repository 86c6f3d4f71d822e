"""TFMA's ``EvalConfig`` messages, without importing TensorFlow Model Analysis.

The package's own import brings TensorFlow along, which takes many seconds. The generated message module
needs nothing but protobuf, so it is loaded by its file. Protobuf makes one class a message type, however
often the generated module runs, so ``EvalConfig`` is the very same class when TFMA is imported later.
"""

import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from google.protobuf import json_format

from interactive.errors import InputError

_PACKAGE = "tensorflow_model_analysis"
_MODULE = f"{_PACKAGE}.proto.config_pb2"
# Said to who gives something else. The package's own `tfma.EvalConfig` is missing in TFMA 0.52, though
# its `__all__` lists it.
WHERE = f"`from {_MODULE} import EvalConfig` works with old and new TFMA."


def package_dir() -> Path:
    """Returns the installed package's folder, without importing the package.

    Raises:
      InputError: TensorFlow Model Analysis is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(
            "Expected the package tensorflow-model-analysis to be installed, found none. "
            "Install it with: pip install tensorflow-model-analysis"
        )
    return Path(spec.origin).parent


def eval_config_pb2() -> ModuleType:
    """Returns the module of TFMA's configuration messages.

    Returns:
      ``tensorflow_model_analysis.proto.config_pb2``, with ``EvalConfig``, ``ModelSpec``,
      ``MetricsSpec``, ``SlicingSpec`` and the rest.

    Raises:
      InputError: TensorFlow Model Analysis is not installed.
    """
    imported = sys.modules.get(_MODULE)
    return imported if imported is not None else _load()


@functools.cache
def _load() -> ModuleType:
    # TFMA 0.52's generated module depends on this one without importing it: its package does.
    from google.protobuf import wrappers_pb2  # noqa: F401

    file = package_dir() / "proto" / "config_pb2.py"
    spec = importlib.util.spec_from_file_location(_MODULE, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise InputError(f"Expected TFMA's messages in {str(file)!r}, found none.")
    module = importlib.util.module_from_spec(spec)
    # Not put into sys.modules: the package's own import would then leave its attribute unset.
    spec.loader.exec_module(module)
    return module


def to_json(eval_config: Any) -> str:
    """Writes an ``EvalConfig`` as JSON, with the field names of the ``.proto`` file.

    Args:
      eval_config: An ``EvalConfig`` message.

    Returns:
      JSON with sorted keys: equal messages give equal text.
    """
    text: str = json_format.MessageToJson(eval_config, preserving_proto_field_name=True, sort_keys=True)
    return text


def from_json(text: str) -> Any:
    """Reads an ``EvalConfig`` from JSON.

    Args:
      text: What ``to_json`` wrote, or any JSON form of the message.

    Returns:
      An ``EvalConfig`` message.

    Raises:
      InputError: The text is not JSON or has fields that ``EvalConfig`` does not.
    """
    try:
        return json_format.Parse(text, eval_config_pb2().EvalConfig())
    except json_format.ParseError as error:
        raise InputError(f"Expected an EvalConfig as JSON: {error}") from error
