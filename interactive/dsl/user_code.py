"""What the runtime needs to know of captured user code, wherever it was captured."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class UserCode(Protocol):
    """User code as a module of its own."""

    @property
    def entry(self) -> str:
        """The name of the function or class in the module; '' when the module is the whole."""
        ...

    @property
    def module_name(self) -> str:
        """The module's name."""
        ...

    @property
    def files(self) -> Mapping[str, str]:
        """File name to source."""
        ...

    @property
    def fingerprint(self) -> str:
        """Equal for code that does the same, hex."""
        ...

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Writes the files and returns the module's file."""
        ...
