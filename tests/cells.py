"""A notebook without a kernel, for tests: cells run in a real IPython shell, in a namespace of their own."""

import sys
from types import ModuleType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


class Cells:
    """Runs cells; a cell that raises, raises here."""

    def __init__(self) -> None:
        InteractiveShell.clear_instance()
        self._main = sys.modules["__main__"]
        module = ModuleType("__main__")
        self._shell = InteractiveShell.instance(user_module=module, user_ns=module.__dict__)
        sys.modules["__main__"] = module

    def run(self, source: str) -> Any:
        """Runs one cell and returns its last value."""
        result = self._shell.run_cell(source, store_history=True)
        result.raise_error()
        return result.result

    def __getitem__(self, name: str) -> Any:
        return self._shell.user_ns[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._shell.user_ns[name] = value

    def close(self) -> None:
        """Gives the process its own ``__main__`` back."""
        sys.modules["__main__"] = self._main
        self._shell.history_manager.end_session()
        InteractiveShell.clear_instance()
