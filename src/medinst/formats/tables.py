"""Tables in plain text, CSV and TSV: records with their line numbers; a row that does not fit is set aside.

RFC 4180 read strictly where cells are quoted: a quote inside a quoted cell is doubled, and a cell may hold line breaks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path

from medinst.formats import limits, streams
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine

# A cell may be longer than the csv module's default limit (131,072): medical-data has one of 197,474 characters.
csv.field_size_limit(limits.MAX_LINE)

_UNDECODED = re.compile("[\udc80-\udcff]")

# The first line of a record, the line after it (both from 0), its cells, and what is wrong with their quotation.
_Found = tuple[int, int, list[str], str]


def rows(
    path: Path,
    quarantine: Quarantine,
    columns: Sequence[str],
    *,
    delimiter: str = ",",
    header: bool = True,
    skip: int = 0,
    quoted: bool | None = None,
    encoding: str = "utf-8",
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by column name) of every row; ``line`` is the first of the row, counted from 1.

    ``columns``: with ``header`` those that the first line must name, others may stand beside them; without, the
    names of all, in order. ``skip`` leaves out lines at the top (with ``header=False``: a header that misnames the
    columns). ``quoted``: whether quotes may enclose a cell, by default where commas delimit; otherwise they are text
    and every line is a row. Blank lines are no rows.

    Set aside: a row with too few or too many cells or with a broken quotation (rule ``columns``; reading goes on at
    the next line), one that is not in ``encoding`` (rule ``encoding``), and the whole file if its header is
    unusable.
    """
    if too_big := limits.too_big(path):
        quarantine.set_aside(path, 0, limits.RULE, "", too_big, f"at most {limits.MAX_WHOLE:,} bytes")
        return
    text = path.read_bytes().decode(encoding, "surrogateescape").removeprefix("\ufeff")
    lines = io.StringIO(text, newline="\n").readlines()
    find = _quoted if (delimiter == "," if quoted is None else quoted) else _plain
    names = () if header else tuple(columns)
    for start, stop, cells, broken in find(lines, skip, delimiter):
        raw = "".join(lines[start:stop]).rstrip("\r\n")
        fault = _undecoded(raw, encoding) or _misfit(cells, broken, names, columns)
        if fault:
            rule, found, expected = fault
            data = raw.encode(encoding, "surrogateescape") if rule == "encoding" else raw
            quarantine.set_aside(path, start + 1, rule, data, found, expected)
            if not names:
                return
        elif names:
            yield start + 1, dict(zip(names, cells, strict=True))
        else:
            names = tuple(cells)
    if not names:
        quarantine.set_aside(path, 0, "columns", "", "an empty file", f"a header with {', '.join(columns)}")


def stream(
    path: Path, quarantine: Quarantine, columns: Sequence[str], *, delimiter: str = ",", part: Part | None = None
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (line, cells of two or more ``columns``) of a file of any size, plain or gzip, with a record a line.

    The header names the columns, others may stand beside them. ``part``: one of ``parts.by_lines``. Set aside is what
    ``rows`` sets aside, but a quoted cell ends on its line; one that does not costs that line only.
    """
    names: tuple[str, ...] = ()
    if part and part[2] and not (names := _header(path, quarantine, columns, delimiter)):
        return
    wanted = itemgetter(*map(names.index, columns)) if names else None
    for line, text in streams.lines(path, quarantine, part=part):
        if not text:
            continue
        cells, broken = _record(text, delimiter)
        if wanted and not broken and len(cells) == len(names):
            yield line, wanted(cells)
        elif fault := _misfit(cells, broken, names, columns):
            quarantine.set_aside(path, line, fault[0], text, *fault[1:])
            if not names:
                return
        else:
            names = tuple(cells)
            wanted = itemgetter(*map(names.index, columns))
    if not names:
        quarantine.set_aside(path, 0, "columns", "", "an empty file", f"a header with {', '.join(columns)}")


def _header(path: Path, quarantine: Quarantine, columns: Sequence[str], delimiter: str) -> tuple[str, ...]:
    """Return the names in the first line that is not blank, none where it is unusable, as the first part has said."""
    unheard = Quarantine(quarantine.corpus, quarantine.split, quarantine.root)
    first = next((text for _, text in streams.lines(path, unheard) if text), "")
    cells, broken = _record(first, delimiter)
    return () if _misfit(cells, broken, (), columns) else tuple(cells)


def _undecoded(raw: str, encoding: str) -> tuple[str, str, str] | None:
    """Return rule, what was found and what was expected of a record with undecodable bytes."""
    byte = _UNDECODED.search(raw)
    return ("encoding", f"byte 0x{ord(byte.group()) - 0xDC00:02x}", f"{encoding} text") if byte else None


def _misfit(
    cells: list[str], broken: str, names: tuple[str, ...], columns: Sequence[str]
) -> tuple[str, str, str] | None:
    """Return the same of a record that does not fit the ``names``, or as a header the ``columns``."""
    if broken:
        return "columns", broken, f"cells quoted as in CSV: {', '.join(names or columns)}"
    if not names and any(cells.count(column) != 1 for column in columns):
        return "columns", f"the header {cells}", f"one with {', '.join(columns)}"
    if names and len(cells) != len(names):
        return "columns", f"{len(cells)} columns", f"{len(names)} columns: {', '.join(names)}"
    return None


def _quoted(lines: list[str], at: int, delimiter: str) -> Iterator[_Found]:
    """Find the records of lines with quoted cells; a broken one is taken to be a single line."""
    while at < len(lines):
        begin = at
        reader = csv.reader((lines[number] for number in range(begin, len(lines))), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                stop = begin + reader.line_num
                if cells:
                    yield at, stop, cells, ""
                at = stop
        except csv.Error as error:
            yield at, at + 1, [], str(error)
            # Any later line that leaves a cell open fails on that line too: tried one by one, the work stays linear.
            failed = begin + reader.line_num - 1
            for number in range(at + 1, failed):
                cells, broken = _record(lines[number], delimiter)
                if cells or broken:
                    yield number, number + 1, cells, broken
            at = max(at + 1, failed)


def _record(line: str, delimiter: str) -> tuple[list[str], str]:
    """Return the cells of a record that ends on its line, and what is wrong with their quotation."""
    if '"' not in line and "\r" not in line and "\n" not in line:
        return line.split(delimiter), ""
    try:
        return next(csv.reader((line,), delimiter=delimiter, strict=True)), ""
    except csv.Error as error:
        return [], str(error)


def _plain(lines: list[str], at: int, delimiter: str) -> Iterator[_Found]:
    """Find the records of lines in which a quote is a character like others."""
    for start, line in enumerate(islice(lines, at, None), at):
        bare = line.rstrip("\r\n")
        if bare:
            yield start, start + 1, bare.split(delimiter), ""
