"""The members of a zip or tar, one after the other, read as a stream: what each is, and its bytes as they are counted.

Anything but a regular file or a folder is a ``Fault``, and so is every sign that the archive is not as it was packed.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import IO, Protocol

import msgspec

from medinst.sources.xz import unxz

CHUNK = 1 << 20
MAX_BYTES = 64 * 2**30
MAX_RATIO = 200
RATIO_FREE = 64 * 2**20  # below this much, any ratio is fine
MAX_HEADER = 1 << 20  # of a long name or an extended header
_BLOCK = tarfile.BLOCKSIZE
_MANY = 0xFFFF  # stands for any number of members that two bytes cannot hold
_LONG = 0xFFFFFFFF  # the same, of a size that four bytes cannot hold
_DESCRIPTOR = 0x8
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_BROKEN = (  # what the standard library was seen to answer damaged archives with
    *(OSError, EOFError, ValueError, OverflowError, RuntimeError, struct.error),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError),
)
_EXTENDED = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE)
_KINDS = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a FIFO",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}


class Fault(Exception):
    """What is wrong with an archive, in words that follow the member's name (empty: the archive as a whole)."""

    def __init__(self, member: str, what: str) -> None:
        self.member = member
        self.what = what
        super().__init__(f"{member!r} {what}")


class Member(msgspec.Struct):
    """A file or folder: its name as the archive gives it, the size it declares, and a way to read up to n bytes.

    ``read`` is good until the next member is asked for.
    """

    name: str
    folder: bool
    size: int
    read: Callable[[int], bytes]


def members(archive: Path) -> Iterator[Member]:
    """Yield the members of a zip or of a tar (plain, gz, bz2, xz), known by their first bytes.

    Raises:
        Fault: the archive is damaged, unpacks to too much, or holds what is neither a file nor a folder.
    """
    budget = _Budget(archive.stat().st_size)
    with archive.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        if magic.startswith((b"PK\3\4", b"PK\5\6")):
            yield from _zipped(file, budget)
            return
        with _unpacked(archive, file, magic) as unpacked:
            yield from _tarred(unpacked, budget)


def content(packed: Path) -> Iterator[Member]:
    """Yield what a gzip file holds that is no archive, as a member with the file's name less ``.gz``, its size unknown.

    Raises:
        Fault: the file is damaged or unpacks to too much.
    """
    budget = _Budget(packed.stat().st_size)
    with gzip.open(packed) as file:
        yield Member(packed.stem, False, -1, partial(budget.read, file, packed.stem))


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _unpacked(archive: Path, file: IO[bytes], magic: bytes) -> AbstractContextManager[_Readable]:
    if magic.startswith(b"\x1f\x8b"):
        return gzip.open(file)
    if magic.startswith(b"BZh"):
        return bz2.open(file)
    if magic == b"\xfd7zXZ\0":
        return unxz(archive)
    return contextlib.nullcontext(file)


class _Budget:
    """Counts what is declared and what is unpacked; every way of reading to fail becomes a ``Fault``."""

    def __init__(self, packed: int) -> None:
        self.limit = min(MAX_BYTES, max(RATIO_FREE, MAX_RATIO * packed))
        self.total = self.declared = 0

    def declare(self, member: str, size: int) -> None:
        """Take in what a member says of its size, before any of it is read."""
        if size < 0:
            raise Fault(member, f"declares {size} bytes")
        self.declared += size
        if self.declared > self.limit:
            raise Fault(member, f"declares {size} bytes; over {self.limit} are too much for the archive's size")

    def read(self, file: _Readable, member: str, size: int) -> bytes:
        with _reading(member):
            data = file.read(size)
        self.total += len(data)
        if self.total > self.limit:
            raise Fault(member, f"brings what is unpacked over {self.limit} bytes, too much for the archive's size")
        return data

    def exactly(self, file: _Readable, member: str, size: int) -> bytes:
        data = self.read(file, member, size)
        if len(data) < size:
            raise Fault(member, "is cut off: the archive ends too early")
        return data


@contextlib.contextmanager
def _reading(member: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise Fault(member, f"cannot be read: {error or type(error).__name__}") from None


def _zipped(file: IO[bytes], budget: _Budget) -> Iterator[Member]:
    with _reading(""):
        archive = zipfile.ZipFile(file)
        announced = _announced(file)
    found = len(archive.infolist())
    if announced not in (found, _MANY):
        raise Fault("", f"lists {found} members where its end announces {announced}")
    for info in archive.infolist():
        name = info.orig_filename  # the other one is cut at a NUL
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Fault(name, "is a symbolic link" if kind == stat.S_IFLNK else "is a device, a FIFO or a socket")
        if info.flag_bits & _ENCRYPTED:
            raise Fault(name, "is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Fault(name, "is packed by a method whose unpacking cannot be bounded; expected deflate")
        folder = name.endswith("/")
        if kind and folder != (kind == stat.S_IFDIR):
            raise Fault(name, "is a folder by its name or by its mode, not by both")
        if folder and info.file_size:
            raise Fault(name, f"is a folder and declares {info.file_size} bytes")
        budget.declare(name, info.file_size)
        with _reading(name):
            if not _agree(file, info):
                raise ValueError("its own header and the archive's list disagree")
            opened = archive.open(info)
        with opened:
            yield Member(name, folder, info.file_size, partial(budget.read, opened, name))


def _announced(file: IO[bytes]) -> int:
    """Return the number of members in a zip's end record; damage in the list before it can hide some."""
    file.seek(-min(file.seek(0, os.SEEK_END), 22 + 0xFFFF), os.SEEK_END)
    tail = file.read()
    (count,) = struct.unpack_from("<H", tail, tail.rindex(b"PK\5\6") + 10)
    return int(count)


def _agree(file: IO[bytes], info: zipfile.ZipInfo) -> bool:
    """Say whether a member's own header tells the same of it as the list at the archive's end, by which it is read."""
    file.seek(info.header_offset)
    flags, method, *told = struct.unpack("<6x2H4x3L", file.read(26))
    listed = info.CRC, info.compress_size, info.file_size
    later = flags & _DESCRIPTOR  # then they stand behind the member's bytes
    told_alike = later or all(one in (other, _LONG) for one, other in zip(told, listed, strict=True))
    return bool(method == info.compress_type and not (flags ^ info.flag_bits) & _ENCRYPTED and told_alike)


def _tarred(file: _Readable, budget: _Budget) -> Iterator[Member]:
    extended: dict[str, str] = {}
    while (block := budget.exactly(file, "", _BLOCK)).strip(b"\0"):
        with _reading(""):
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if header.type in _EXTENDED:
            extended |= _extension(header, file, budget)
            continue
        with _reading(header.name):
            name, size = extended.get("path", header.name), int(extended.get("size", header.size))
        extended = {}
        if header.type not in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE) or header.type == tarfile.GNUTYPE_SPARSE:
            raise Fault(name, f"is {_KINDS.get(header.type, 'of an unknown kind')}")
        body = _Body(file, budget, name, 0 if header.isdir() else size)
        yield Member(name, header.isdir(), body.left, body.read)
        body.finish()
    while rest := budget.read(file, "", CHUNK):
        if rest.strip(b"\0"):
            raise Fault("", "has data after its end")


class _Body:
    """The bytes of one member of a tar, and the zeros that fill its last block."""

    def __init__(self, file: _Readable, budget: _Budget, name: str, size: int) -> None:
        budget.declare(name, size)
        self.take = partial(budget.exactly, file, name)
        self.left = size
        self.fill = -size % _BLOCK

    def read(self, size: int) -> bytes:
        data = self.take(min(size, self.left))
        self.left -= len(data)
        return data

    def finish(self) -> None:
        while self.left:
            self.read(CHUNK)
        self.take(self.fill)


def _extension(header: tarfile.TarInfo, file: _Readable, budget: _Budget) -> dict[str, str]:
    """Return what a header for the next member says of its ``path`` and ``size``."""
    if not 0 <= header.size <= MAX_HEADER:
        raise Fault(header.name, f"is a header of {header.size} bytes")
    data = budget.exactly(file, header.name, header.size + -header.size % _BLOCK)[: header.size]
    with _reading(header.name):
        if header.type == tarfile.GNUTYPE_LONGNAME:
            return {"path": data.rstrip(b"\0").decode()}
        fields = dict(_records(data)) if header.type in (tarfile.XHDTYPE, tarfile.XGLTYPE) else {}
    if any(key.startswith("GNU.sparse.") for key in fields):
        raise Fault(header.name, "is of a sparse file")
    if header.type == tarfile.XGLTYPE:  # such as the commit's name in archives that git makes
        if fields.keys() & {"path", "size"}:
            raise Fault(header.name, "gives all members one name or size")
        return {}
    return fields


def _records(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the ``length key=value`` records of a pax header; raise ValueError where one is malformed."""
    while data:
        digits, _, _ = data.partition(b" ")
        length = int(digits)
        record, data = data[len(digits) + 1 : length], data[length:]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n"):
            raise ValueError("a record of its extended header is malformed")
        yield key.decode(), value[:-1].decode()
