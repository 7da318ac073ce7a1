"""Bytes of a file on their way: each process writes in a folder of its own, and goes on with what a dead one left.

Such a folder lies in ``unfinished``, on the disk of the target. It holds the bytes and a checkpoint with the digest
of those that are known to be good; its name says which file it is for and whose it is. Nobody touches the folder of a
living process, so nothing depends on locks; they only save doing the work twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from medinst.sources import private

EVERY = 16 * 2**20  # bytes between checkpoints
_CHUNK = 1 << 20
_Made = TypeVar("_Made")


class Checkpoint(msgspec.Struct, forbid_unknown_fields=True):
    """How far a download has come.

    ``source``: sha256 of the address (which may hold secrets); ``validator``: the server's ETag or date of this very
    version; ``total``: bytes of the whole, where announced; ``have`` bytes are there, ``sha256`` is theirs.
    """

    source: str
    validator: str = ""
    total: int | None = None
    have: int = 0
    sha256: str = ""


class Partial:
    """A file on its way. ``state.have`` counts what is written; ``stitched``: not all of it from one response."""

    def __init__(self, folder: Path, state: Checkpoint, file: BinaryIO, digest: hashlib._Hash) -> None:
        self.folder, self.state, self._file, self._digest = folder, state, file, digest
        self._safe = state.have
        self.stitched = state.have > 0

    @property
    def path(self) -> Path:
        """The bytes so far."""
        return self.folder / "bytes"

    def sha256(self) -> str:
        """Return the digest of what is written so far."""
        return self._digest.hexdigest()

    def restart(self, validator: str = "", total: int | None = None) -> None:
        """Begin again with nothing, of the version that ``validator`` names."""
        self._file.seek(0)
        self._file.truncate()
        self._digest, self._safe, self.stitched = hashlib.sha256(), 0, False
        self.state = Checkpoint(self.state.source, validator, total)

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.state.have += len(chunk)
        if self.state.have - self._safe >= EVERY:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Bring the bytes to disk and then note their number and digest."""
        self.sync()
        self.state.sha256 = self.sha256()
        new = self.folder / "new"
        new.write_bytes(msgspec.json.encode(self.state))
        new.replace(self.folder / "checkpoint")
        self._safe = self.state.have

    def sync(self) -> None:
        """Bring the bytes to disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def move(self, target: Path) -> None:
        """Put the finished file in its place in one step."""
        self.sync()
        self._file.close()
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)
        private.sync(target.parent)
        self.drop()

    def leave(self) -> None:
        """Keep what came for whoever tries next; where nothing did, or it cannot be kept, leave nothing."""
        if self.state.have:
            with contextlib.suppress(OSError):
                self.checkpoint()
                self._file.close()
                self.folder.rename(_new(self.folder.parent, self.folder.name.partition(".")[0], nobodys=True))
                return
        self.drop()

    def drop(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):  # the disk may be full; the file goes anyway
            self._file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def take(unfinished: Path, target: Path, url: str) -> Partial:
    """Return what there is already of ``target`` from ``url`` and is nobody's any more, else an empty ``Partial``."""
    key, source = _key(unfinished, target), hashlib.sha256(url.encode()).hexdigest()
    taken = None
    for left in sorted(_left(unfinished, key), key=_size, reverse=True):
        mine = _new(unfinished, key)
        try:
            left.rename(mine)
        except OSError:
            continue  # another process took it first
        found = _resumed(mine, source) if taken is None else None
        taken = taken or found
        if found is None:
            shutil.rmtree(mine, ignore_errors=True)
    if taken is not None:
        return taken
    folder = _new(unfinished, key)
    _made(unfinished, folder.mkdir)
    return Partial(folder, Checkpoint(source), (folder / "bytes").open("w+b"), hashlib.sha256())


def clear(unfinished: Path, target: Path) -> None:
    """Remove what is nobody's of ``target``."""
    for left in _left(unfinished, _key(unfinished, target)):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.asynccontextmanager
async def alone(unfinished: Path, target: Path) -> AsyncIterator[None]:
    """Let the processes that want ``target`` in one after the other, where files can be locked here.

    The last one out removes ``unfinished`` if nothing is in it.
    """
    path = unfinished / f"{_key(unfinished, target)}.lock"
    handle = _made(unfinished, lambda: os.open(path, os.O_CREAT | os.O_RDWR, 0o666))
    try:
        while not _locked(handle):
            await asyncio.sleep(0.05)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)
        with contextlib.suppress(OSError):
            unfinished.rmdir()


def _locked(handle: int) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # no locks on this file system
    return True


def _resumed(folder: Path, source: str) -> Partial | None:
    """Return a folder's ``Partial`` cut to its checkpoint, or None where its bytes cannot be trusted."""
    try:
        state = msgspec.json.decode((folder / "checkpoint").read_bytes(), type=Checkpoint)
        file = (folder / "bytes").open("r+b")
    except (OSError, msgspec.DecodeError):
        return None
    digest, left = hashlib.sha256(), state.have
    while left > 0 and (chunk := file.read(min(left, _CHUNK))):
        digest.update(chunk)
        left -= len(chunk)
    if left or state.source != source or digest.hexdigest() != state.sha256:
        file.close()
        return None
    file.seek(state.have)
    file.truncate()
    return Partial(folder, state, file, digest)


def _key(unfinished: Path, target: Path) -> str:
    """Return what names the target; the same for all who reach the cache by other paths."""
    return hashlib.sha256(os.path.relpath(target, unfinished).encode()).hexdigest()[:16]


def _new(unfinished: Path, key: str, nobodys: bool = False) -> Path:
    owner = private.NOBODY if nobodys else private.owner()
    return unfinished / f"{key}.{owner}.{secrets.token_hex(8)}"


def _left(unfinished: Path, key: str) -> Iterator[Path]:
    """Yield the folders of dead processes, and those left on purpose."""
    for folder in unfinished.glob(f"{key}.*.*.*"):
        if private.abandoned(folder.name.partition(".")[2].rpartition(".")[0]):
            yield folder


def _size(folder: Path) -> int:
    try:
        return (folder / "bytes").stat().st_size
    except OSError:
        return 0


def _made(parent: Path, make: Callable[[], _Made]) -> _Made:
    """Make something in ``parent``, which another process may just be removing because it is empty."""
    for _ in range(1000):
        parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            return make()
    raise FileNotFoundError(f"{parent} keeps vanishing")
