"""Where a large file may be cut, by its bytes alone, so that several workers can read one corpus.

A part is a few whole numbers that its reader understands; the records of all parts are those of the whole file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np

Part = tuple[int, ...]

SIZE = 64 << 20
_CHUNK = 1 << 20
_LONGEST = 1 << 26

# Up to and including the next bracket that does not stand in a string.
_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+[\[\]{}]', re.DOTALL)
# What may stand before the first member of an array or object, and between two of them; then a key, if any.
_KEY = rb'(?:"(?:[^"\\]++|\\.)*+"[ \t\r\n]*:[ \t\r\n]*)?'
_FIRST = re.compile(rb"[ \t\r\n]*()" + _KEY, re.DOTALL)
_NEXT = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*()" + _KEY, re.DOTALL)


def by_lines(path: Path) -> list[Part]:
    """Return (start, end, lines before) of each part, in bytes; none where the file is too small to be cut."""
    starts = _line_starts(path)
    return _parts(path, starts, _lines_before(path, starts)) if len(starts) > 1 else []


def by_pairs(first: Path, second: Path) -> list[Part]:
    """Return (start, end, lines before, start and end in ``second``) of the parts of two files aligned by line.

    None where their numbers of lines differ, or a file is too small.
    """
    starts = _line_starts(first)
    if len(starts) < 2:
        return []
    before = _lines_before(first, [*starts, first.stat().st_size])
    others = _offsets(second, before)
    if len(others) != len(before) or others[-1] != second.stat().st_size:
        return []
    return [(*part, *other) for part, other in zip(_parts(first, starts, before), pairwise(others), strict=True)]


def by_members(path: Path) -> list[Part]:
    """Return (start, end, lines before, members before) of the parts of one JSON array or object of containers.

    A part begins with a member's first byte, the first one with the file's, and ends where the next begins. None
    where the file is too small, or not an array or object of arrays or objects to its end.
    """
    count = path.stat().st_size // SIZE
    if count < 2:
        return []
    try:
        with path.open("rb") as file:
            return _cut(_Walk(file), path.stat().st_size, count)
    except ValueError:
        return []


def opened(path: Path, part: Part) -> io.BufferedReader:
    """Open a file of which only the bytes of a part are read."""
    return io.BufferedReader(_Range(path, part[0], part[1]), _CHUNK)


class _Range(io.RawIOBase):
    """The bytes of a file from ``start`` to ``end``."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        self.file = path.open("rb", buffering=0)
        self.file.seek(start)
        self.left = end - start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase's own type is "any buffer"
        count = self.file.readinto(buffer[: self.left]) or 0
        self.left -= count
        return count

    def close(self) -> None:
        self.file.close()
        super().close()


def _line_starts(path: Path) -> list[int]:
    """Return 0 and the first line starts behind equal shares of the file."""
    size = path.stat().st_size
    starts = [0]
    with path.open("rb") as file:
        for at in (size * number // (size // SIZE) for number in range(1, size // SIZE)):
            file.seek(max(at, starts[-1]))
            while (piece := file.readline(_CHUNK)) and not piece.endswith(b"\n"):
                pass
            if starts[-1] < file.tell() < size:
                starts.append(file.tell())
    return starts


def _lines_before(path: Path, starts: list[int]) -> list[int]:
    """Return the number of lines before each of the byte offsets; the file's last line need not be ended."""
    counts, lines = [0], 0
    for start, end in pairwise(starts):
        last = b"\n"
        with opened(path, (start, end)) as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                lines += _newlines(chunk)
                last = chunk
        lines += not last.endswith(b"\n")
        counts.append(lines)
    return counts


def _offsets(path: Path, lines: list[int]) -> list[int]:
    """Return the byte offset behind each of the numbers of lines; where there are fewer lines, fewer offsets."""
    found, done, base = [0], 0, 0
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            here = _newlines(chunk)
            at, passed = 0, done
            while len(found) < len(lines) and lines[len(found)] <= done + here:
                for _ in range(lines[len(found)] - passed):
                    at = chunk.index(b"\n", at) + 1
                passed = lines[len(found)]
                found.append(base + at)
            done, base, last = done + here, base + len(chunk), chunk[-1:]
    if base and last != b"\n" and lines[len(found) :] == [done + 1]:
        found.append(base)
    return found


def _newlines(chunk: bytes) -> int:
    """Return how many there are, several times as fast as ``bytes.count``."""
    return int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == ord("\n")))


def _parts(path: Path, starts: list[int], before: list[int]) -> list[Part]:
    ends = [*starts[1:], path.stat().st_size]
    return [(start, end, lines) for start, end, lines in zip(starts, ends, before, strict=False)]


class _Walk:
    """Walks over the members of the outermost array or object; a ValueError says that the text is not one of these."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.text = b""
        self.at = self.base = self.lines = 0

    def members(self) -> Iterator[int]:
        """Yield the offset of the first byte of every member."""
        opening = self.bracket()
        if opening.removeprefix(b"\xef\xbb\xbf").strip() not in (b"[", b"{"):
            raise ValueError("neither an array nor an object")
        between = _FIRST
        while (gap := self.bracket())[-1:] in (b"[", b"{"):
            found = between.fullmatch(gap, 0, len(gap) - 1)
            if found is None or (b":" in gap) != opening.endswith(b"{"):
                raise ValueError("a member that is no container")
            yield self.base + self.at - len(gap) + found.start(1)
            depth = 1
            while depth:
                depth += 1 if self.bracket()[-1:] in (b"[", b"{") else -1
            between = _NEXT
        if gap[:-1].strip() or self.text[self.at :].strip() or self.file.read().strip():
            raise ValueError("more than one value")

    def newlines(self, before: int) -> int:
        """Return the number of newlines before the offset of the last member."""
        return self.lines + self.text.count(b"\n", 0, before - self.base)

    def bracket(self) -> bytes:
        """Return the text up to and including the next bracket outside of strings, reading on where need be."""
        while (found := _BRACKET.match(self.text, self.at)) is None:
            self.lines += self.text.count(b"\n", 0, self.at)
            self.base += self.at
            self.text, self.at = self.text[self.at :], 0
            more = self.file.read(max(_CHUNK, len(self.text)))
            if not more or len(self.text) > _LONGEST:
                raise ValueError("the text ends within a member")
            self.text += more
        self.at = found.end()
        return found.group()


def _cut(walk: _Walk, size: int, count: int) -> list[Part]:
    starts: list[Part] = [(0, 0, 0)]
    for number, start in enumerate(walk.members()):
        if number and start >= size * len(starts) // count:
            starts.append((start, walk.newlines(start), number))
    ends = [*(start[0] for start in starts[1:]), size]
    return [(start, end, *before) for (start, *before), end in zip(starts, ends, strict=True)] if ends[1:] else []
