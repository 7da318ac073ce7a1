"""What an xz file holds. The standard library's own reader sets no limit to the memory that a header asks for."""

from __future__ import annotations

import io
import lzma
from pathlib import Path

MAX_WINDOW = 1 << 27  # bytes; a header can ask for 4 GB
_CHUNK = 1 << 20


def unxz(path: Path) -> io.BufferedReader:
    """Open an xz file to be read as the bytes it holds; one that asks for too much memory fails as a damaged one."""
    return io.BufferedReader(_Xz(path), _CHUNK)


class _Xz(io.RawIOBase):
    """The bytes of one stream after the other."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("rb")
        self.stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, MAX_WINDOW)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase's own type is "any buffer"
        data = b""
        while not data:
            packed = self._packed()
            if self.stream.eof:
                if not packed:
                    return 0
                self.stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, MAX_WINDOW)
            data = self.stream.decompress(packed, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _packed(self) -> bytes:
        """Return the next bytes to unpack: none at the file's end, or while those given last have more to yield."""
        if not self.stream.eof:
            packed = self.file.read(_CHUNK) if self.stream.needs_input else b""
            if self.stream.needs_input and not packed:
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            return packed
        packed = self.stream.unused_data.lstrip(b"\0")
        while not packed and (more := self.file.read(_CHUNK)):  # zeros may stand between two streams
            packed = more.lstrip(b"\0")
        return packed

    def close(self) -> None:
        self.file.close()
        super().close()
