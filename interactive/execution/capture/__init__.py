"""Capture: user code from a notebook or a file, as a module that runs on its own.

A function defined in a cell is as good as a module file. `capture` writes it, with the helpers,
constants and imports that it uses, as a readable module; `capture_module_file` takes a file and the
files beside it that it imports. Both give a `CapturedCode`, which can be saved with an execution and
whose fingerprint goes into the cache key. `load_module` and `load_entry` run saved code.
"""

from .code import CapturedCode
from .functions import capture
from .loading import load_entry, load_module
from .module_files import capture_module_file

__all__ = ["CapturedCode", "capture", "capture_module_file", "load_entry", "load_module"]
