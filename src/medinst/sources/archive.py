"""Unpack an archive into the cache: the whole of it, or nothing and no trace.

The standard library's own extraction follows links, makes devices and trusts sizes. Here each member is checked before
its first byte is written; bytes are copied into a private folder beside the target and moved there at once. Nothing is
synced: what a power cut takes of them is found, as any damage is, when they are next used.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from medinst.errors import ArchiveRefused, IntegrityFailure, MedinstError
from medinst.sources import private
from medinst.sources.digest import changed, digest_file, lines, manifest
from medinst.sources.members import CHUNK, Fault, Member, content, members
from medinst.sources.names import Names

MAX_MEMBERS = 500_000
TRIES = 3
Members = Callable[[Path], Iterator[Member]]
_LOG = logging.getLogger(__name__)


def unpack_once(archive: Path, cache: Path) -> Path:
    """Return the folder that holds the archive's contents; see ``unpacked``."""
    return unpacked(archive, cache)[0]


def gunzipped(packed: Path, cache: Path) -> Path:
    """Return what a gzip file that is no archive holds, unpacked into the cache as an archive is; see ``unpacked``."""
    return unpacked(packed, cache, content)[0] / packed.stem


def unpacked(archive: Path, cache: Path, members: Members = members) -> tuple[Path, bytes]:
    """Return the folder that holds the archive's contents and its manifest, unpacking it into ``cache`` where need be.

    The folder is named by the archive's sha256, so a changed archive is never taken for the old one. What lies there
    is compared, byte for byte, with what was unpacked; where it differs the archive is unpacked again.

    Raises:
        ArchiveRefused: it is damaged or hostile; nothing of it was kept.
        IntegrityFailure: what was unpacked is damaged and cannot be replaced.
        MedinstError: the cache cannot be written.
    """
    target = cache / "unpacked" / digest_file(archive)
    _clean(target.parent)
    for _ in range(TRIES):
        found, fault = _found(target)
        if not fault:
            return target, found
        if target.is_dir():
            _LOG.warning("%s was damaged after it was unpacked: %s. Unpacked again.", target, fault)
            _remove(target, fault)
        unpack(archive, target, members)
    raise IntegrityFailure(
        f"{target}: {fault}, and again after {archive} was unpacked anew. The disk fails, or something writes there; "
        "set MEDINST_CACHE to a folder on another disk."
    )


def unpack(archive: Path, target: Path, members: Members = members) -> None:
    """Unpack a zip or a tar (plain, gz, bz2, xz; known by content, not by name) as the new folder ``target``.

    Several processes may do so at once: each works in a folder of its own, and the first to be done wins. A manifest
    of the bytes that were written is kept in the folder ``manifests`` beside the one that ``target`` lies in.

    Raises:
        ArchiveRefused: it is damaged, or holds something else than files and folders with plain relative names.
        MedinstError: the cache cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clean(target.parent)
        with _private(target.parent) as mine:
            tree = mine / "tree"
            tree.mkdir()
            (mine / "manifest").write_bytes(_copy_all(members(archive), tree))
            note = _note(target)
            note.parent.mkdir(exist_ok=True)
            (mine / "manifest").replace(note)
            _move(tree, target)
    except Fault as fault:
        member = f": {fault.member!r}" if fault.member else ""
        raise ArchiveRefused(
            f"{archive}{member} {fault.what}. Nothing of it was unpacked. "
            "Get the archive again from the corpus's homepage and compare its size with the one given there."
        ) from None
    except OSError as error:
        raise MedinstError(
            f"Cannot unpack {archive} into {target.parent}: {error}. Free space there, or set MEDINST_CACHE to a "
            "folder that can be written."
        ) from error


def _found(target: Path) -> tuple[bytes, str]:
    """Return the manifest of what lies there, and in what it differs from what was unpacked."""
    try:
        recorded = _note(target).read_bytes()
        found = manifest(target)
    except OSError as error:
        return b"", f"{error.filename} cannot be read ({error.strerror})"
    return found, "" if found == recorded else changed(found, recorded)


def _note(target: Path) -> Path:
    return target.parent.with_name("manifests") / target.name


def _remove(target: Path, fault: str) -> None:
    """Take a damaged folder away in one step, so that nobody finds a part of it."""
    try:
        with _private(target.parent) as mine, contextlib.suppress(FileNotFoundError):
            target.rename(mine / "damaged")
    except OSError as error:
        raise IntegrityFailure(
            f"{target}: {fault}, and it cannot be unpacked again: {error}. Set MEDINST_CACHE to a folder that can be "
            "written."
        ) from None


@contextlib.contextmanager
def _private(parent: Path) -> Iterator[Path]:
    """Make a folder that is this process's own, and remove it at the end."""
    folder = parent / f".{private.owner()}.{secrets.token_hex(8)}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_all(found: Iterable[Member], folder: Path) -> bytes:
    """Copy all members into the folder and return the manifest of what was written."""
    names, count, digests = Names(), 0, {}
    for member in found:
        count += 1
        if count > MAX_MEMBERS:
            raise Fault("", f"holds more than {MAX_MEMBERS} members")
        parts = names.take(member.name, member.folder)
        path = folder.joinpath(*parts)
        if member.folder:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            digests[parts] = _copy(member, path)
    if not count:
        raise Fault("", "is empty")
    return lines(digests.items())


def _copy(member: Member, path: Path) -> str:
    """Write a member to a new file and return its sha256; as many bytes must come as were declared, if any."""
    counted, digest = 0, hashlib.sha256()
    with path.open("xb") as file:
        while chunk := member.read(CHUNK):
            counted += len(chunk)
            digest.update(chunk)
            file.write(chunk)
        if member.size not in (counted, -1):
            raise Fault(member.name, f"holds {counted} bytes where {member.size} are declared")
    return digest.hexdigest()


def _move(tree: Path, target: Path) -> None:
    """Move the finished folder into place; where another process was first, its folder stays."""
    try:
        tree.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _clean(parent: Path) -> None:
    """Remove the private folders of this machine's processes that died while unpacking."""
    for folder in parent.glob(".*.*.*"):
        if private.abandoned(folder.name[1:].rpartition(".")[0]):
            shutil.rmtree(folder, ignore_errors=True)
