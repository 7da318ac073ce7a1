"""Are the files of a corpus those that they were? Asked before each use, of every byte.

In a folder that `medinst fetch` filled (the cache, or one to carry to another machine) every file has a record. In the
cache, what was put there by hand is recorded when it is first used. A user's own folder may change: its files are taken
as they are, but what differs from the pins or from the last use is said. An archive must be what is pinned under its
name, wherever it lies.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
from pathlib import Path
from typing import NoReturn

from medinst.errors import IntegrityFailure
from medinst.sources import pins
from medinst.sources.digest import changed, lines, listed

_INVENTED = Path(__file__).resolve().parent.parent / "invented"
_LOG = logging.getLogger(__name__)


def hold(folder: Path, corpus: str, found: bytes, adopt: bool) -> None:
    """Compare the files of a corpus in a sources folder, as its manifest gives them, with what is recorded of them.

    ``adopt``: record those that nothing is known of, so that they are held to it from now on.

    Raises:
        IntegrityFailure: a file differs from its record or from what is pinned, or is gone.
    """
    files = listed(found)
    recorded = {name: seen.sha256 for name, seen in pins.records(folder, corpus)}
    note = folder / pins.LOCK / f"{corpus}.manifest"
    adopted = listed(note.read_bytes()) if note.is_file() else {}
    for name, sha256 in sorted({**adopted, **recorded}.items()):
        if files.get(name) != sha256:
            _refuse(folder, corpus, name, files.get(name), sha256)
    new = {name: sha256 for name, sha256 in files.items() if name not in recorded and name not in adopted}
    if adopt and new:
        for name, sha256 in sorted(new.items()):
            pin = pins.pinned(corpus, name)
            if pin is not None and pin.sha256 not in (None, sha256):
                _refuse(folder, corpus, name, sha256, pin.sha256)
        _put(note, lines((tuple(name.split("/")), sha256) for name, sha256 in (adopted | new).items()))


def known(corpus: str, found: bytes) -> bool:
    """Say whether every byte of a corpus's folder is pinned, the folder as a whole or each of its files."""
    if hashlib.sha256(found).hexdigest() in pins.trees(corpus):
        return True
    files = listed(found)
    pinned = {name: pins.pinned(corpus, name) for name in files}
    return bool(files) and all(pin is not None and pin.sha256 == files[name] for name, pin in pinned.items())


def compare(folder: Path, corpus: str, found: bytes, cache: Path) -> None:
    """Say what has changed in a folder of the user's own since it was last used, and what differs from the pins.

    What is used now is remembered in the cache, where that can be written. The invented documents have the names of
    real ones.
    """
    if known(corpus, found) or folder.resolve() == _INVENTED:
        return
    for name, sha256 in listed(found).items():
        pin = pins.pinned(corpus, name)
        if pin is not None and pin.sha256 not in (None, sha256):
            _LOG.warning("%s is not the file that is pinned under its name; used as it is.", folder / corpus / name)
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    note = cache / "last-use" / place / f"{corpus}.manifest"
    with contextlib.suppress(OSError):
        before = note.read_bytes() if note.is_file() else found
        if before != found:
            difference = changed(found, before)
            _LOG.warning("%s has changed since its last use: %s. Used as it is now.", folder / corpus, difference)
        if before != found or not note.is_file():
            _put(note, found)


def check_unpacked(corpus: str, archive: Path, sha256: str, found: bytes) -> None:
    """Compare an archive, and what it unpacks to, with what is pinned of them.

    Raises:
        IntegrityFailure: they differ.
    """
    pin = pins.pinned(corpus, archive.name)
    if pin is not None and pin.sha256 not in (None, sha256):
        raise IntegrityFailure(
            f"{archive} has sha256 {sha256}, expected {pin.sha256} as pinned. Get it again: `medinst fetch` (from "
            f"{pin.url}). Where it is a newer release, unpack it yourself: the files of your own folder are used as "
            "they are."
        )
    digest = hashlib.sha256(found).hexdigest()
    if pin is not None and pin.tree not in (None, digest):
        raise IntegrityFailure(
            f"{archive}: what it unpacks to has digest {digest}, expected {pin.tree} as pinned. Delete it and get it "
            f"again: `medinst fetch` (from {pin.url})."
        )


def _refuse(folder: Path, corpus: str, name: str, found: str | None, expected: str | None) -> NoReturn:
    what = f"has sha256 {found}" if found else "is gone"
    raise IntegrityFailure(
        f"{folder / corpus / name} {what}, expected {expected} as recorded or pinned. Get it again with `medinst "
        "fetch`, or copy it from where it is whole. If it was changed on purpose, delete what "
        f"{folder / pins.LOCK} has of {corpus}."
    )


def _put(note: Path, manifest: bytes) -> None:
    """Write a manifest in one step."""
    note.parent.mkdir(parents=True, exist_ok=True)
    private = note.with_name(f".{note.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        private.write_bytes(manifest)
        private.replace(note)
    finally:
        private.unlink(missing_ok=True)
