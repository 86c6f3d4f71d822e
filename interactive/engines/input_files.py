"""Which files ExampleGen reads: a folder, one pattern a split, and the newest span and version.

The meaning of patterns, spans and versions is that of TFX v1. The fingerprint is of the files' content and
names, never of their times, so that a copy or a fresh checkout of the same data is the same input.
"""

import difflib
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from interactive.engines.api import InputSplit
from interactive.engines.partition import check_split_names
from interactive.engines.split_pattern import Match, SplitPattern, parse_pattern
from interactive.errors import InputError

_BLOCK_BYTES = 1 << 20
_LISTED = 10
_LOOKED_AT = 2000


@dataclass(frozen=True)
class ResolvedInputs:
    """The files of each split.

    Attributes:
      splits: In the order asked for; files are absolute paths sorted by name.
      span: The span that was picked, days since 1970-01-01 for a date; 0 where no pattern names one.
      version: The version that was picked, or None where no pattern names one.
      fingerprint: One line a split, ``split:train,num_files:2,total_bytes:10,sha256:...``.
      patterns: Split name and its pattern with span and version filled in.
      total_bytes: The size of all files together.
    """

    splits: tuple[InputSplit, ...]
    span: int
    version: int | None
    fingerprint: str
    patterns: tuple[tuple[str, str], ...]
    total_bytes: int


def resolve_inputs(
    input_base: str,
    splits: Sequence[tuple[str, str]] = (("single_split", "*"),),
    span: int | None = None,
    *,
    skip_recent_spans: int = 0,
    start_span: int | None = None,
) -> ResolvedInputs:
    """Finds each split's files.

    All splits must have the same newest span, and the same newest version within it.

    Args:
      input_base: A local folder.
      splits: Name and pattern of each split.
      span: Take this span instead of the newest one (``RangeConfig.static_range``).
      skip_recent_spans: Pass over this many of the newest spans (``RollingRange.skip_num_recent_spans``).
      start_span: Take no span below this one (``RollingRange.start_span_number``).

    Raises:
      InputError: The folder, a pattern, a span or a file is missing, wrong or unreadable, or the splits
        disagree. The message lists what is in the folder.
    """
    check_split_names([name for name, _ in splits], "input")
    if skip_recent_spans < 0:
        raise InputError(f"skip_recent_spans is {skip_recent_spans}; expected 0 or more.")
    base = _checked_base(input_base)
    patterns = [parse_pattern(name, text) for name, text in splits]
    if span is not None and not all(pattern.has_span for pattern in patterns):
        lacking = next(pattern for pattern in patterns if not pattern.has_span)
        raise InputError(
            f"span {span} was asked for, but split {lacking.split!r} has pattern {lacking.text!r} without "
            "a span. Add {SPAN}, or {YYYY}, {MM} and {DD}, or drop the range."
        )
    picked = [_pick(base, pattern, span, skip_recent_spans, start_span) for pattern in patterns]
    chosen = {(matches[0].span, matches[0].version) for matches in picked}
    if len(chosen) > 1:
        raise InputError(_disagreement(patterns, picked))
    chosen_span, version = chosen.pop()
    found = []
    lines = []
    total_bytes = 0
    for pattern, matches in zip(patterns, picked, strict=True):
        paths = [match.path for match in matches]
        line, size = _fingerprint(pattern.split, base, paths)
        lines.append(line)
        total_bytes += size
        found.append(InputSplit(pattern.split, tuple(str(base / path) for path in paths)))
    return ResolvedInputs(
        splits=tuple(found),
        span=chosen_span or 0,
        version=version,
        fingerprint="\n".join(lines),
        patterns=tuple(
            (pattern.split, pattern.fill(matches[0].tokens))
            for pattern, matches in zip(patterns, picked, strict=True)
        ),
        total_bytes=total_bytes,
    )


def _checked_base(input_base: str) -> Path:
    if "://" in input_base:
        raise InputError(
            f"input_base {input_base!r} is not a local folder. Copy the files to this machine, or mount "
            "them, and give that folder."
        )
    base = Path(input_base).expanduser().absolute()
    if base.is_file():
        raise InputError(
            f"input_base {input_base!r} is a file; expected the folder that holds it. Give "
            f"input_base={str(base.parent)!r}, with the pattern {base.name!r} to read this file alone."
        )
    if not base.is_dir():
        parent = next(folder for folder in base.parents if folder.is_dir())
        near = difflib.get_close_matches(base.name, _list(parent), n=3)
        hint = f" Did you mean {', '.join(str(parent / name) for name in near)}?" if near else ""
        raise InputError(f"input_base {input_base!r} does not exist; expected a folder.{hint}")
    return base


def _pick(
    base: Path,
    pattern: SplitPattern,
    span: int | None,
    skip_recent_spans: int,
    start_span: int | None,
) -> list[Match]:
    """Returns the files of the wanted span and its newest version; never empty."""
    matches = pattern.matches(base)
    if not matches:
        raise InputError(_nothing_found(base, pattern))
    if not pattern.has_span:
        return matches
    spans = sorted({match.span for match in matches if match.span is not None})
    if span is not None:
        wanted = [number for number in spans if number == span]
        asked = f"span {span}"
    else:
        least = spans[0] if start_span is None else start_span
        wanted = [number for number in spans if number >= least]
        wanted = wanted[: max(0, len(wanted) - skip_recent_spans)]
        asked = f"a span of at least {least} after the {skip_recent_spans} newest"
    if not wanted:
        raise InputError(
            f"split {pattern.split!r}: pattern {pattern.text!r} was asked for {asked}; found the spans "
            f"{_some(str(number) for number in spans)} in {base}."
        )
    matches = [match for match in matches if match.span == wanted[-1]]
    newest = max(match.version or 0 for match in matches)
    matches = [match for match in matches if (match.version or 0) == newest]
    spellings = {match.tokens for match in matches}
    if len(spellings) > 1:
        raise InputError(
            f"split {pattern.split!r}: span {wanted[-1]} is written in more than one way: "
            f"{_some(match.path for match in matches)}. Keep one, or give the width, as in {{SPAN:2}}."
        )
    return matches


def _nothing_found(base: Path, pattern: SplitPattern) -> str:
    files = _list_files(base)
    if not files:
        return f"input_base {str(base)!r} has no files; expected some that match {pattern.text!r}."
    near = difflib.get_close_matches(pattern.text, files, n=3, cutoff=0.5)
    hint = f" Close to it: {', '.join(near)}." if near else ""
    if "/" not in pattern.text and all("/" in path for path in files):
        hint += f" The files are in sub-folders: try '*/{pattern.text}'."
    return (
        f"split {pattern.split!r}: pattern {pattern.text!r} matches no file in {base}; found "
        f"{_some(files)}.{hint}"
    )


def _disagreement(patterns: Sequence[SplitPattern], picked: Sequence[Sequence[Match]]) -> str:
    lines = "; ".join(
        f"{pattern.split!r} ({pattern.text!r}) has span {matches[0].span}, version {matches[0].version}"
        for pattern, matches in zip(patterns, picked, strict=True)
    )
    return (
        f"the newest span and version must be the same for each split; found {lines}. Add the missing "
        "files, or ask for a span that all splits have."
    )


def _fingerprint(split: str, base: Path, paths: Sequence[str]) -> tuple[str, int]:
    digest = hashlib.sha256()
    total = 0
    for path in paths:
        inner = hashlib.sha256()
        size = 0
        try:
            with (base / path).open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    inner.update(block)
                    size += len(block)
        except OSError as error:
            raise InputError(f"split {split!r}: cannot read {base / path}: {error}.") from error
        # Lengths first, so that no other list of names and contents gives the same bytes.
        name = os.fsencode(path)
        digest.update(b"%d:%s:%d:%s" % (len(name), name, size, inner.digest()))
        total += size
    line = f"split:{split},num_files:{len(paths)},total_bytes:{total},sha256:{digest.hexdigest()}"
    return line, total


def _list(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _list_files(base: Path) -> list[str]:
    """Some of the files that a person sees in a folder; stops early in a huge one."""
    found: list[str] = []
    for folder, folders, files in os.walk(base):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(folder).relative_to(base)
        found += [(inside / name).as_posix() for name in sorted(files) if not name.startswith(".")]
        if len(found) >= _LOOKED_AT:
            break
    return found


def _some(names: Iterable[str]) -> str:
    """Joins the first few names and counts the rest."""
    every = list(names)
    rest = len(every) - _LISTED
    return ", ".join(every[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
