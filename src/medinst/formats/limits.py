"""How long a line, how big a file and how much of a gzip file is read: hostile data must not fill the memory.

Each limit is far above what any corpus has. What goes over one is set aside (rule ``limit``) with its beginning.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MAX_LINE = 1 << 24  # bytes; the longest of any corpus has 1.5 million
MAX_WHOLE = 1 << 29  # bytes of a file that is read at once; the rest are streamed
MAX_RATIO = 200
RATIO_FREE = 1 << 26  # below this much, any ratio is fine
KEPT = 1000
_BLOCK = 1 << 18
RULE = "limit"
LINE = f"at most {MAX_LINE:,} bytes a line"


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, as far as it can be had; too much for the file's size counts as damage."""

    def __init__(self, path: Path) -> None:
        self.file = gzip.GzipFile(path)
        self.limit = self.left = max(RATIO_FREE, MAX_RATIO * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase's own type is "any buffer"
        data = self.file.read1(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise gzip.BadGzipFile(f"it unpacks to over {self.limit:,} bytes, too much for its size")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.file.close()
        super().close()


def gunzip(path: Path) -> io.BufferedReader:
    """Open a gzip file to be read as the bytes it holds; one that is a bomb fails as a damaged one does."""
    return io.BufferedReader(_Unpacked(path), 1 << 20)


def lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield every line with its end; of one longer than ``MAX_LINE`` its beginning, one byte longer than that."""
    while line := file.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE + 1)


def blocks(file: io.BufferedReader) -> Iterator[bytes]:
    """Yield the same lines, many at a time; one that is too long comes alone."""
    rest = b""
    while chunk := file.read1(_BLOCK):
        rest += chunk
        first = rest.find(b"\n") + 1
        if first > MAX_LINE or (not first and len(rest) > MAX_LINE):
            yield rest[: MAX_LINE + 1]
            while not first and (rest := file.read1(_BLOCK)):
                first = rest.find(b"\n") + 1
            rest = rest[first:]
        if end := rest.rfind(b"\n") + 1:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def too_big(path: Path) -> str:
    """Return what is wrong with a file that is to be read at once, empty where nothing is."""
    size = path.stat().st_size
    return f"{size:,} bytes" if size > MAX_WHOLE else ""
