"""What is known of the bytes of each corpus: pinned digests and mirrors (``pins.tsv``), and those of the first use.

``pins.tsv`` is written by ``benchmarks/pins.py`` and holds addresses and digests only. A ``file`` row is about an
official URL, a ``mirror`` row about a copy at a named commit of a public repository, a ``tree`` row about a whole
corpus folder. Files that nothing is known of are recorded when they are first used, one small file each under
``.lock`` of the folder they lie in, and are held to that from then on.
"""

from __future__ import annotations

import csv
import functools
import os
import re
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from medinst.errors import IntegrityFailure
from medinst.schema import UNREADABLE
from medinst.sources.names import safe_parts

LOCK = ".lock"
_UNNAMED = re.compile(r"[^A-Za-z0-9._-]+")


class Place(msgspec.Struct, frozen=True):
    """One address of one file. ``sha256`` (hex) and ``size`` (bytes) are None where nobody has pinned them.

    ``name`` is where the file belongs in the corpus's folder, with ``/`` between folders. The places of a corpus that
    are not ``mirror`` are what its authors offer, and all of them are wanted; the mirrors together stand in for
    whichever of those cannot be had. Of an archive, ``tree`` is the digest of what it unpacks to, and ``inside`` the
    folder in it that has the layout of the corpus's folder.
    """

    url: str
    sha256: str | None
    size: int | None
    name: str
    tree: str | None = None
    inside: str = ""
    mirror: bool = False


class Pin(msgspec.Struct, frozen=True):
    """A row of ``pins.tsv``; what is not known is empty."""

    corpus: str
    kind: str
    name: str
    url: str
    sha256: str
    size: str
    tree: str
    inside: str

    def place(self) -> Place:
        """Return the row as a place."""
        size = int(self.size) if self.size else None
        mirror = self.kind == "mirror"
        return Place(self.url, self.sha256 or None, size, self.name, self.tree or None, self.inside, mirror)


class Bytes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The recorded sha256 (hex) and size (bytes) of a file."""

    sha256: str
    size: int


@functools.cache
def _pins() -> dict[str, tuple[Pin, ...]]:
    """Return the rows of ``pins.tsv`` by corpus."""
    text = (resources.files(__package__) / "pins.tsv").read_text("utf-8")
    found: dict[str, list[Pin]] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        pin = msgspec.convert(row, Pin)
        found.setdefault(pin.corpus, []).append(pin)
    return {corpus: tuple(pins) for corpus, pins in found.items()}


def places(corpus: str, urls: tuple[str, ...]) -> tuple[Place, ...]:
    """Return where the files of a corpus can be had: its official URLs in order, then the mirrors."""
    pins = _pins().get(corpus, ())
    known = {pin.url: pin.place() for pin in pins if pin.kind == "file"}
    official = [known.get(url) or Place(url, None, None, name_of(url)) for url in urls]
    return (*official, *(pin.place() for pin in pins if pin.kind == "mirror"))


def name_of(url: str) -> str:
    """Return the file name that a URL gives: the last part of its path, or of its fragment or query where it has none.

    A URL such as ``…/uc?id=17`` has no file name; its query stands in, so that two such files can lie side by side.
    """
    parts = urlsplit(url)
    path = unquote(parts.fragment or parts.path).removesuffix("/download").rstrip("/")
    name = path.rpartition("/")[2]
    return name if "." in name else _UNNAMED.sub("-", f"{name}?{parts.query}").strip("-")


def trees(corpus: str) -> frozenset[str]:
    """Return the digests of corpus folders that are known to be whole and unchanged."""
    return frozenset(pin.tree for pin in _pins().get(corpus, ()) if pin.kind == "tree")


def pinned(corpus: str, name: str) -> Place | None:
    """Return what is pinned of a file by its name in the corpus's folder, or None."""
    return next((pin.place() for pin in _pins().get(corpus, ()) if pin.kind != "tree" and pin.name == name), None)


def recorded(cache: Path, corpus: str, name: str) -> Bytes | None:
    """Return what was recorded of a file in the cache when it was first used, or None."""
    return recorded_in(cache / "sources", corpus, name)


def record(cache: Path, corpus: str, name: str, sha256: str, size: int) -> None:
    """Record a file in the cache, unless that was done before.

    Raises:
        IntegrityFailure: other bytes were recorded for it.
    """
    record_in(cache / "sources", corpus, name, sha256, size)


def recorded_in(folder: Path, corpus: str, name: str) -> Bytes | None:
    """Return what is recorded of a file of a sources folder, or None.

    Raises:
        IntegrityFailure: the record is damaged.
    """
    path = _record(folder, corpus, name)
    try:
        line = path.read_bytes().partition(b"\n")[0]
        return msgspec.json.decode(line, type=Bytes) if line else None
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise IntegrityFailure(
            f"{path}: {error}; expected the sha256 and size of {corpus}/{name}. Delete it and {name}, then get the "
            "file again with `medinst fetch`."
        ) from None


def record_in(folder: Path, corpus: str, name: str, sha256: str, size: int) -> None:
    """Record a file of a sources folder, unless that was done before.

    Raises:
        IntegrityFailure: other bytes were recorded for it.
    """
    path, mine = _record(folder, corpus, name), Bytes(sha256, size)
    before = recorded_in(folder, corpus, name)
    if before is None:
        _write_once(path, msgspec.json.encode(mine) + b"\n")
        before = recorded_in(folder, corpus, name)
    if before != mine:
        raise IntegrityFailure(
            f"{corpus}/{name}: found sha256 {sha256} ({size} bytes), expected {before} as at its first use. Where the "
            f"corpus has a new release, delete {path} and run this again."
        )


def records(folder: Path, corpus: str) -> Iterator[tuple[str, Bytes]]:
    """Yield (name, what is recorded) of every file of a corpus that has a record in a sources folder, sorted.

    Raises:
        IntegrityFailure: a record is damaged.
    """
    root = folder / LOCK / corpus
    for path in sorted(root.rglob("*.json")):
        name = path.relative_to(root).as_posix().removesuffix(".json")
        found = recorded_in(folder, corpus, name)
        if found is not None:
            yield name, found


def _record(folder: Path, corpus: str, name: str) -> Path:
    return folder.joinpath(LOCK, *safe_parts(corpus), *safe_parts(f"{name}.json"))


def _write_once(path: Path, line: bytes) -> None:
    """Write a line in one write: it is there whole or not at all, and of several writers' the first one counts.

    An empty file is that of a process which is about to write, or was killed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(20):
        try:
            path.open("xb").close()
            break
        except FileExistsError:
            if path.stat().st_size:
                return
            time.sleep(0.01)
    with path.open("ab", buffering=0) as file:
        file.write(line)
        os.fsync(file.fileno())
