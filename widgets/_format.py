"""How values become words: numbers, shares, sizes, durations and text from data."""

import math
import unicodedata

DASH = "\N{EM DASH}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

# Characters that could reorder, hide or overwrite what stands around them.
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Joiners and marks that scripts and emoji need; they reorder nothing outside their own word.
_KEPT = {"\u200c", "\u200d", "\u00ad", "\u200e", "\u200f", "\u061c"}
_BYTE_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def visible(text: str) -> str:
    r"""Return `text` with control and reordering characters written out, as in `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(c) if unicodedata.category(c) in _UNSAFE_CATEGORIES and c not in _KEPT else c for c in text
    )


def _escaped(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in named:
        return named[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def shorten(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, with an ellipsis where it was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + ELLIPSIS


def quoted(value: str, limit: int = 80) -> str:
    """Return a value from data, in quotes where its ends or its emptiness would not be seen."""
    shown = shorten(visible(value), limit)
    if not value or value != value.strip() or "," in value or "'" in value:
        return f"'{shown}'"
    return shown


def from_bytes(value: bytes, limit: int = 80) -> str:
    """Return bytes as text if they are UTF-8, else as hexadecimal with their length."""
    try:
        return quoted(value.decode("utf-8"), limit)
    except UnicodeDecodeError:
        head = value[:16].hex(" ")
        dots = " " + ELLIPSIS if len(value) > 16 else ""
        return f"0x {head}{dots} ({size(len(value))})"


def number(value: float | None, digits: int = 4) -> str:
    """Return a number in few, comparable digits; None as a dash, NaN and infinities by name."""
    if value is None:
        return DASH
    value = float(value) if not isinstance(value, int) else value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.1f}"
    return f"{value:.{digits}g}"


def fixed(value: float | None, decimals: int = 4) -> str:
    """Return a number with a fixed number of decimals, so that a column of them lines up."""
    if value is None or not math.isfinite(value):
        return number(value)
    if 0 < abs(value) < 10.0**-decimals:
        return f"{value:.1e}"
    if abs(value) >= 1e9:
        return f"{value:.4g}"
    return f"{value:,.{decimals}f}" if abs(value) < 1000 else f"{value:,.1f}"


def percent(fraction: float | None) -> str:
    """Return a share from 0 to 1 as a percentage; a tiny one is not rounded to nothing."""
    if fraction is None or math.isnan(fraction):
        return DASH
    if 0 < fraction < 0.001:
        return "<0.1%"
    if 0.999 < fraction < 1:
        return ">99.9%"
    return f"{100 * fraction:.1f}".removesuffix(".0") + "%"


def size(count: float) -> str:
    """Return a number of bytes in the unit that fits (1 KB is 1,000 bytes)."""
    for unit in _BYTE_UNITS:
        if count < 1000 or unit == _BYTE_UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError  # the last unit always returns


def duration(seconds: float) -> str:
    """Return a duration in words: `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 03 min`."""
    if not math.isfinite(seconds):
        return number(seconds)
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def count_of(count: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun: `1 file`, `2 files`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"
