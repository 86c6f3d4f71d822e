"""Tracebacks that begin with the user's own code."""

import linecache
import types
from pathlib import Path

_PACKAGE_DIR = str(Path(__file__).parents[1])


def users_frames_first(error: BaseException, code_root: Path) -> None:
    """Drops the frames before the user's first one, in place.

    The user's code is the captured modules, cells, and whatever else lies outside the installed libraries. A
    failure with no such frame keeps its traceback, without this package's frames at its beginning.

    Args:
      error: An exception that was raised.
      code_root: The folder of captured code.
    """
    frames = list(_chain(error.__traceback__))
    for frame in frames:
        if is_users(frame, code_root):
            error.__traceback__ = frame
            return
    for frame in frames:
        if not frame.tb_frame.f_code.co_filename.startswith(_PACKAGE_DIR):
            error.__traceback__ = frame
            return


def is_users(traceback: types.TracebackType, code_root: Path) -> bool:
    """Whether a frame is of captured code or of a notebook's cell."""
    name = traceback.tb_frame.f_code.co_filename
    if Path(name).is_relative_to(code_root):
        return True
    return ("ipykernel_" in name or name.startswith("<ipython-input")) and bool(linecache.getlines(name))


def _chain(traceback: types.TracebackType | None) -> "list[types.TracebackType]":
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    return frames
