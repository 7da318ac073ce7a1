"""Files too big to hold: their lines, and the lines of two files side by side, one at a time, plain or gzip."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from medinst.formats import limits, parts
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine

# What reading raises over a gzip file that is damaged, cut short or none.
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
WHOLE = "a whole gzip file"

_CHUNK = 1 << 20


def opened(path: Path, part: Part | None = None) -> io.BufferedReader:
    """Open a file, or a part of one, to be read as bytes, a ``.gz`` file unpacked on the way."""
    if part:
        return parts.opened(path, part)
    return limits.gunzip(path) if path.suffix == ".gz" else path.open("rb")


def lines(
    path: Path, quarantine: Quarantine, encoding: str = "utf-8", part: Part | None = None
) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line without its end) of every line. A byte order mark is dropped.

    ``part``: one of ``parts.by_lines``; the lines are numbered as in the whole file.
    Set aside (rule ``encoding``): a line that is not in the encoding, and what follows a fault of a gzip file; (rule
    ``limit``): a line that is too long to be read.
    """
    number = part[2] if part else 0
    with opened(path, part) as file:
        try:
            for block in limits.blocks(file):
                texts = _texts(block, number, encoding)
                if texts is None:
                    yield from _one_by_one(block, number, encoding, path, quarantine)
                    number += block.count(b"\n") + (not block.endswith(b"\n"))
                else:
                    yield from enumerate(texts, number + 1)
                    number += len(texts)
        except DAMAGED as error:
            quarantine.set_aside(path, number + 1, "encoding", "", str(error), WHOLE)


def _texts(block: bytes, before: int, encoding: str) -> list[str] | None:
    """Return the lines of a block, None where some of them cannot be used."""
    if len(block) > limits.MAX_LINE:
        return None
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError:
        return None
    if not before:
        text = text.removeprefix("\ufeff")
    found = text.removesuffix("\n").split("\n")
    return [line.removesuffix("\r") for line in found] if "\r" in text else found


def _one_by_one(
    block: bytes, before: int, encoding: str, path: Path, quarantine: Quarantine
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a block with their numbers after setting aside those that cannot be used."""
    for number, line in enumerate(block.removesuffix(b"\n").split(b"\n"), before + 1):
        if len(line) >= limits.MAX_LINE:
            quarantine.set_aside(path, number, limits.RULE, line[: limits.KEPT], "a longer one", limits.LINE)
            continue
        data = line.removesuffix(b"\r")
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            found = f"byte 0x{data[error.start]:02x}"
            quarantine.set_aside(path, number, "encoding", data, found, f"{encoding} text")
        else:
            yield number, text.removeprefix("\ufeff") if number == 1 else text


def aligned(
    first: Path, second: Path, quarantine: Quarantine, part: Part | None = None
) -> Iterator[tuple[int, str, str]]:
    """Yield (number, line of the first file, line of the second) where neither is blank; both blank are no pair.

    ``part``: one of ``parts.by_pairs``, which has counted the lines.
    Set aside (rule ``columns``): both files where their numbers of lines differ, since no pair can be trusted then,
    and a pair with one blank side. A line set aside by ``lines`` takes the other side with it.
    """
    counts = (0, 0) if part else (_count(first), _count(second))
    if counts[0] != counts[1]:
        found = f"{counts[0]} lines, {counts[1]} in {second.name}"
        quarantine.set_aside(first, 0, "columns", "", found, "as many lines in both files")
        return
    others = lines(second, quarantine, part=part and (*part[3:], part[2]))
    at, other = next(others, (0, ""))
    for number, line in lines(first, quarantine, part=part):
        while 0 < at < number:
            at, other = next(others, (0, ""))
        if at != number:
            continue
        if line.strip() and other.strip():
            yield number, line, other
        elif line.strip() or other.strip():
            quarantine.set_aside(first, number, "columns", f"{line}\t{other}", "a blank line", "both sides of a pair")
    for _ in others:
        pass  # what is wrong with the last lines is to be seen as well


def _count(path: Path) -> int:
    """Return the number of lines; the last one need not be ended."""
    count, last = 0, b"\n"
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            count += chunk.count(b"\n")
            last = chunk[-1:]
    return count + (last != b"\n")
