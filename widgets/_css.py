"""The style sheet of every view, as it is put into each output: `view.css` without its white space."""

import functools
import re
from importlib.resources import files


@functools.cache
def style() -> str:
    """Return the style sheet, made small: each output of a notebook carries its own copy."""
    text = files("widgets").joinpath("view.css").read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,>]) ?", r"\1", text).replace(": ", ":").strip()
