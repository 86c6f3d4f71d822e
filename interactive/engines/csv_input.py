"""CSV files as logical records, with errors that name the file and the line.

Both engines read through here, so that they agree on what a record is. The rules are TFX's: the first line
holds the column names; a record goes on over line ends until its double quotes are balanced; a blank
line is skipped; everything is UTF-8. Two things differ on purpose: quoted column names lose their
quotes, and a byte-order mark is dropped (TFX makes both a part of the name).
"""

import csv
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from interactive.errors import InputError

# Rows are lists, which the garbage collector walks; a thousand at a time are gone before it looks twice.
# 65536 at a time take more than twice as long.
CHUNK_RECORDS = 1024
_BYTE_ORDER_MARK = "\ufeff"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZ": "bzip2"}
# A record that no CSV text can produce by accident when parsed alone: it shows an unclosed quote before it.
_SENTINEL = ("\0end\0",)


@dataclass(frozen=True)
class CsvHeader:
    """The columns that all files of a split share.

    Attributes:
      names: Column names in the files' order.
      notes: What a person should know about them.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_header(files: Sequence[str]) -> CsvHeader:
    """Reads the column names, and checks that all files agree.

    Args:
      files: CSV files of one split; at least one.

    Raises:
      InputError: A file is missing, a folder, empty, compressed or not UTF-8; its header is broken or
        names a column twice; or two files have different headers.
    """
    first, notes = _file_header(files[0])
    for file in files[1:]:
        names, _ = _file_header(file)
        if names != first:
            raise InputError(_different_headers(files[0], first, file, names))
    return CsvHeader(tuple(first), tuple(notes))


def read_rows(file: str, columns: Sequence[str]) -> Iterator[list[list[str]]]:
    """Parses one file in chunks of rows; blank lines are left out.

    Args:
      file: A CSV file whose header was read.
      columns: Its column names.

    Yields:
      Up to ``CHUNK_RECORDS`` rows, each with one cell a column.

    Raises:
      InputError: A row has too many or too few cells, a quote is not closed, or a line is not UTF-8.
    """
    width = len(columns)
    records = read_records(file)
    while chunk := list(islice(records, CHUNK_RECORDS)):
        rows = _parse(chunk)
        if rows is None:
            raise diagnose(file, columns)
        widths = set(map(len, rows))
        if widths - {0, width}:
            raise diagnose(file, columns)
        yield [row for row in rows if row] if 0 in widths else rows


def read_records(file: str) -> Iterator[str]:
    """Yields the logical records of one file, after its header, with their line ends.

    Args:
      file: A CSV file whose header was read.

    Raises:
      InputError: A line is not UTF-8, or the last record's quotes are not balanced.
    """
    try:
        # Lines end at \\n alone, as in Beam; the CSV parser sees a \\r before it.
        with Path(file).open(encoding="utf-8", newline="\n") as lines:
            next(lines, None)
            while block := list(islice(lines, CHUNK_RECORDS)):
                if '"' in "".join(block):
                    yield from _join_quoted(block, lines, file)
                else:
                    yield from block
    except UnicodeDecodeError as error:
        raise _not_utf8(file) from error


def check_record(record: str, file: str, columns: Sequence[str]) -> None:
    """Checks one logical record, the slow and careful way.

    Args:
      record: From ``read_records``.
      file: Where it comes from.
      columns: The column names.

    Raises:
      InputError: As ``read_rows``.
    """
    rows = _parse([record])
    if rows is None or len(rows[0]) not in (0, len(columns)):
        raise diagnose(file, columns)


def diagnose(file: str, columns: Sequence[str]) -> InputError:
    """Finds the first record of a file that cannot be read, and returns the error that tells of it.

    Args:
      file: A CSV file that failed to parse.
      columns: Its column names.
    """
    line = 2
    for record in read_records(file):
        where = f"{file}, line {line}"
        try:
            rows = _parse_or_raise([record])
        except csv.Error as error:
            return InputError(f"{where} cannot be read as CSV: {error}. Found {_short(record)}.")
        if rows is None:
            return InputError(
                f"{where} has a quoted cell that does not end on its record: {_short(record)}. Close the "
                "quote; a double quote inside a quoted cell is written twice."
            )
        if len(rows[0]) not in (0, len(columns)):
            return InputError(
                f"{where} has {len(rows[0])} cells; expected {len(columns)}, one for each column of the "
                f"header ({', '.join(columns)}). Found {_short(record)}. Quote a cell that contains a comma."
            )
        line += record.count("\n")
    return InputError(f"{file} cannot be read as CSV.")


def _parse(records: list[str]) -> list[list[str]] | None:
    """Parses records; None when one of them is broken in any way."""
    try:
        return _parse_or_raise(records)
    except csv.Error:
        return None


def _parse_or_raise(records: list[str]) -> list[list[str]] | None:
    rows = list(csv.reader([*records, *_SENTINEL]))
    if len(rows) != len(records) + 1 or rows.pop() != list(_SENTINEL):
        return None
    return rows


def _join_quoted(block: list[str], lines: Iterable[str], file: str) -> Iterator[str]:
    """Joins lines until the quotes of each record are balanced; reads on past the block's last record."""
    pending: list[str] = []
    odd = False
    for line in block:
        odd ^= bool(line.count('"') % 2)
        if odd or pending:
            pending.append(line)
            if odd:
                continue
            yield "".join(pending)
            pending.clear()
        else:
            yield line
    if not pending:
        return
    for line in lines:
        pending.append(line)
        if line.count('"') % 2:
            yield "".join(pending)
            return
    raise InputError(
        f"{file} ends inside a quoted cell: the record that begins with {_short(pending[0])} has an odd "
        "number of double quotes. Close the quote; one inside a quoted cell is written twice."
    )


def _file_header(file: str) -> tuple[list[str], list[str]]:
    path = Path(file)
    if path.is_dir():
        raise InputError(f"{file} is a folder; expected a CSV file. Narrow the split's pattern.")
    try:
        with path.open("rb") as start:
            line = start.readline()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}; expected a CSV file.") from error
    for magic, kind in _COMPRESSED.items():
        if line.startswith(magic) and (kind == "gzip" or path.suffix in (".zip", ".bz2")):
            raise InputError(f"{file} is compressed with {kind}; unpack it, expected plain CSV text.")
    if not line.strip():
        what = "is empty" if path.stat().st_size == 0 else "begins with a blank line"
        raise InputError(f"{file} {what}; expected a first line with the column names.")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(file) from error
    return _parse_header(file, text)


def _parse_header(file: str, text: str) -> tuple[list[str], list[str]]:
    notes = []
    if text.startswith(_BYTE_ORDER_MARK):
        text = text.removeprefix(_BYTE_ORDER_MARK)
        notes.append(f"{file} begins with a byte-order mark, which was left out of the first name")
    text = text.strip()
    rows = _parse([text])
    if rows is None or text.count('"') % 2:
        raise InputError(
            f"the first line of {file} has a quote that does not end on that line; expected all column "
            f"names on one line. Found {_short(text)}."
        )
    names = rows[0]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            f"{file} has the column {', '.join(map(repr, repeated))} more than once; expected each name "
            f"once. Found {', '.join(names)}."
        )
    if '"' in text:
        notes.append("column names were quoted; the quotes are no part of the names")
    if "" in names:
        notes.append(f"column {names.index('') + 1} of {file} has an empty name")
    return names, notes


def _different_headers(one: str, names: list[str], other: str, others: list[str]) -> str:
    parts = []
    missing = [name for name in names if name not in others]
    extra = [name for name in others if name not in names]
    if missing:
        parts.append(f"{other} lacks {', '.join(map(repr, missing))}")
    if extra:
        parts.append(f"{other} has {', '.join(map(repr, extra))} besides")
    for name in missing:
        near = difflib.get_close_matches(name, extra, n=1)
        if near:
            parts.append(f"{name!r} is close to {near[0]!r}")
    if not parts:
        parts.append(f"the order differs: {', '.join(names)} against {', '.join(others)}")
    return f"all files of a split must have the same header as {one}; {'; '.join(parts)}."


def _not_utf8(file: str) -> InputError:
    with Path(file).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return InputError(
                    f"{file}, line {number} is not UTF-8: byte 0x{line[error.start]:02x} at column "
                    f"{error.start + 1}. Save the file as UTF-8; many older files are latin-1 or cp1252."
                )
    return InputError(f"{file} is not UTF-8.")


def _short(text: str) -> str:
    text = text.rstrip("\r\n")
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
