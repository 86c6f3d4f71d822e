"""The errors that this package raises on purpose.

Each message says what was expected, what was found and how to mend it. Every class also derives from
the built-in exception that a caller of the TFX v1 API would catch.
"""

import os
import sysconfig
import traceback

_PACKAGE = os.path.dirname(__file__) + os.sep  # noqa: PTH120 - pathlib would cost every import
_LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platlib", "purelib"))


class CellwiseError(Exception):
    """Base class of every error that cellwise raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the person's own lines, then the message; IPython calls it by this name.

        These errors speak for themselves, so the frames of this package and of libraries would only hide
        what they say. Outside of IPython the traceback is Python's own.
        """
        lines = []
        for frame in traceback.extract_tb(self.__traceback__):
            if _is_library(frame.filename):
                continue
            where = "cell" if _is_cell(frame.filename) else frame.filename
            lines += [f"{where}, line {frame.lineno}, in {frame.name}", f"----> {frame.line}", ""]
        message = "".join(traceback.format_exception_only(type(self), self)).rstrip()
        name, _, text = message.partition(": ")
        return [*lines, f"\x1b[31m{name.rpartition('.')[2]}\x1b[0m: {text}"]


def _is_cell(filename: str) -> bool:
    return filename.startswith("<ipython-input") or "ipykernel_" in filename


def _is_library(filename: str) -> bool:
    if filename.startswith(_PACKAGE):
        return True
    return not _is_cell(filename) and any(filename.startswith(folder) for folder in _LIBRARIES)


class SpecError(CellwiseError, TypeError, ValueError):
    """A component was given a wrong, missing or unknown argument."""


class ArtifactError(CellwiseError, ValueError):
    """An artifact, its type or its properties do not fit together."""


class CaptureError(CellwiseError, ValueError):
    """User code cannot be turned into a module of its own."""


class StoreError(CellwiseError, RuntimeError):
    """The metadata store is missing, unreadable or disagrees with the code."""


class InputError(CellwiseError, ValueError):
    """Data or a configuration given by the user cannot be used."""


class ExecutionError(CellwiseError, RuntimeError):
    """An executor failed; the original exception is the cause."""
