"""A split's file pattern: a glob that may name a span, a date and a version.

``{SPAN}`` and ``{VERSION}`` stand for a number, ``{SPAN:2}`` for one of exactly two digits, and
``{YYYY}``, ``{MM}``, ``{DD}`` together for a date, whose span is the number of days since 1970-01-01.
The rest is a glob: ``*``, ``?`` and ``[abc]`` match within one folder level.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from interactive.errors import InputError

_EPOCH = dt.date(1970, 1, 1)
_DATE_PARTS = ("YYYY", "MM", "DD")
_PLACEHOLDER = re.compile(r"\{(?P<name>SPAN|VERSION|YYYY|MM|DD)(?::(?P<width>[^}]*))?\}")
_DIGITS = {"YYYY": 4, "MM": 2, "DD": 2}


@dataclass(frozen=True)
class Match:
    """One file that a pattern matches.

    Attributes:
      path: Relative to the input folder, with ``/``.
      tokens: Placeholder name to the digits found, in the pattern's order.
      span: The span number, or None where the pattern names none.
      version: The version number, or None where the pattern names none.
    """

    path: str
    tokens: tuple[tuple[str, str], ...]
    span: int | None
    version: int | None


@dataclass(frozen=True)
class SplitPattern:
    """A checked pattern of one split.

    Attributes:
      split: The split's name.
      text: The pattern as written.
      has_span: Whether it names a span, by number or by date.
      has_version: Whether it names a version.
    """

    split: str
    text: str
    has_span: bool
    has_version: bool

    def matches(self, base: Path) -> list[Match]:
        """Returns the files under ``base`` that match, sorted by path.

        Hidden files and folders (their name starts with a dot) match only a pattern that starts with a
        dot too. A file without digits where a number is expected does not match.

        Args:
          base: The input folder.

        Raises:
          InputError: A file matches but its date does not exist, such as month 13.
        """
        parts = [part for part in self.text.split("/") if part not in ("", ".")]
        expressions = [(part, re.compile(_to_regex(part))) for part in parts]
        found = [self._match(path, tokens) for path, tokens in _descend(base, "", expressions, ())]
        return sorted(found, key=lambda match: match.path)

    def fill(self, tokens: tuple[tuple[str, str], ...]) -> str:
        """Returns the pattern with the placeholders replaced by the digits that were found."""
        found = dict(tokens)
        return _PLACEHOLDER.sub(lambda place: found.get(place["name"], place[0]), self.text)

    def _match(self, path: str, tokens: tuple[tuple[str, str], ...]) -> Match:
        found = dict(tokens)
        version = int(found["VERSION"]) if "VERSION" in found else None
        if "SPAN" in found:
            return Match(path, tokens, int(found["SPAN"]), version)
        if "YYYY" not in found:
            return Match(path, tokens, None, version)
        try:
            date = dt.date(*(int(found[part]) for part in _DATE_PARTS))
        except ValueError as error:
            raise InputError(
                f"split {self.split!r}: {path} matches {self.text!r}, but its date "
                f"{'-'.join(found[part] for part in _DATE_PARTS)} does not exist ({error}). Rename the "
                "file or narrow the pattern."
            ) from error
        return Match(path, tokens, (date - _EPOCH).days, version)


def parse_pattern(split: str, text: str) -> SplitPattern:
    """Checks a split's pattern.

    Args:
      split: The split's name, for error texts.
      text: The pattern.

    Raises:
      InputError: It is empty or leaves the folder; names both a span and a date, a placeholder twice, a
        date in part, or a version without a span; or has a width that is not a positive number.
    """
    where = f"split {split!r}: pattern {text!r}"
    if not text.strip("/"):
        raise InputError(f"split {split!r}: expected a file pattern such as '*'; found {text!r}.")
    if text.startswith("/") or ".." in text.split("/"):
        raise InputError(f"{where} leaves input_base; expected one relative to that folder, without '..'.")
    names = [place["name"] for place in _PLACEHOLDER.finditer(text)]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where} has {{{name}}} twice; expected it once.")
    for place in _PLACEHOLDER.finditer(text):
        width = place["width"]
        if width is not None and (place["name"] in _DIGITS or not re.fullmatch("[1-9][0-9]*", width)):
            raise InputError(
                f"{where} has {place[0]}; expected a positive number of digits, such as {{SPAN:2}} or "
                "{VERSION:2}, and none in a date."
            )
    dates = [name for name in _DATE_PARTS if name in names]
    if dates and "SPAN" in names:
        raise InputError(
            f"{where} names both a span and a date. Keep either {{SPAN}} or {{YYYY}}, {{MM}}, {{DD}}."
        )
    if dates and len(dates) < len(_DATE_PARTS):
        raise InputError(f"{where} has a part of a date; expected all of {{YYYY}}, {{MM}}, {{DD}}.")
    if "VERSION" in names and not dates and "SPAN" not in names:
        raise InputError(f"{where} names a version but no span. Add {{SPAN}}, or drop {{VERSION}}.")
    leftover = re.search(r"\{[^}]*\}?", _PLACEHOLDER.sub("", text))
    if leftover:
        raise InputError(
            f"{where} has {leftover[0]}; expected one of {{SPAN}}, {{SPAN:n}}, {{VERSION}}, "
            "{VERSION:n}, {YYYY}, {MM}, {DD}."
        )
    return SplitPattern(split, text, bool(dates) or "SPAN" in names, "VERSION" in names)


def _descend(
    folder: Path,
    above: str,
    expressions: list[tuple[str, re.Pattern[str]]],
    tokens: tuple[tuple[str, str], ...],
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yields matching files, looking only into folders that match the pattern so far."""
    (part, expression), *rest = expressions
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and not part.startswith("."):
                continue
            match = expression.fullmatch(entry.name)
            if match is None:
                continue
            found = tokens + tuple(match.groupdict().items())
            path = f"{above}{entry.name}"
            if rest and entry.is_dir():
                yield from _descend(folder / entry.name, f"{path}/", rest, found)
            elif not rest and entry.is_file():
                yield path, found


def _to_regex(part: str) -> str:
    """Translates one folder level of a pattern."""
    out = []
    position = 0
    while position < len(part):
        place = _PLACEHOLDER.match(part, position)
        if place:
            width = place["width"] or _DIGITS.get(place["name"])
            out.append(f"(?P<{place['name']}>[0-9]{f'{{{width}}}' if width else '+'})")
            position = place.end()
            continue
        choice = re.compile(r"\[(!?)(\]?[^\]]*)\]").match(part, position)
        if choice:
            inside = choice[2].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
            out.append(f"[{'^' if choice[1] else ''}{inside}]")
            position = choice.end()
            continue
        out.append({"*": ".*", "?": "."}.get(part[position], re.escape(part[position])))
        position += 1
    return "(?s:" + "".join(out) + ")"
