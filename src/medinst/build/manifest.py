"""``manifest.json``: what a dataset folder holds, from what, with a digest of every file; and checking it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from medinst.build.parquet import FileEntry
from medinst.errors import IntegrityFailure, UsageError
from medinst.schema import UNREADABLE, Split
from medinst.sources import digest_file

NAME = "manifest.json"
COMPILED = "__pycache__"  # what Python leaves beside the scoring of an export that was run


class SplitEntry(msgspec.Struct, frozen=True):
    """One split of one row: where its records came from, how many there were, and the files made of them.

    ``records`` were read and ``used`` of them made ``samples``. ``digest`` is that of the corpus's tree, ``place``
    the file or folder in it; ``partial`` says that these are known to be fewer than the release's. ``layout`` is the
    corpus's: ``documented`` means that the reader has not yet been run on the real files. ``corpora``: of a mixture,
    those whose samples went in, its ``corpus`` is empty; of a benchmark, its own and those of its demonstrations.
    """

    row: str
    split: Split
    category: str
    corpus: str
    view: str
    place: str
    layout: str
    partial: bool
    digest: str
    records: int
    used: int
    samples: int
    files: list[FileEntry]
    corpora: list[str] = []


class Terms(msgspec.Struct, frozen=True):
    """The terms of a corpus that samples were made from: an SPDX expression and how its files are given out."""

    corpus: str
    licence: str
    access: str
    homepage: str


class Manifest(msgspec.Struct, frozen=True):
    """A dataset or benchmark folder. ``files`` are those beside the Parquet files. Nothing here names time or place."""

    medinst: str
    pyarrow: str
    splits: list[SplitEntry]
    files: list[FileEntry] = []
    note: dict[str, str | int | list[str]] = {}
    terms: list[Terms] = []

    def all_files(self) -> list[FileEntry]:
        """Return every file of the folder except the manifest itself."""
        return [*self.files, *(file for split in self.splits for file in split.files)]


def read(folder: Path) -> Manifest:
    """Return the manifest of a folder.

    Raises:
        UsageError: the folder has none.
        IntegrityFailure: it cannot be read.
    """
    path = folder / NAME
    if not path.is_file():
        raise UsageError(f"{folder} holds no {NAME}: it is not a folder that `medinst build` or `bench` finished.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except UNREADABLE as error:
        raise IntegrityFailure(f"{path}: {error}. Build the folder again.") from None


def faults(folder: Path) -> list[str]:
    """Return what differs from the manifest, a line each: missing, changed and unknown files."""
    manifest = read(folder)
    found = []
    known = {NAME}
    for entry in manifest.all_files():
        known.add(entry.path)
        path = folder / entry.path
        if not path.is_file():
            found.append(f"{entry.path}: missing")
        elif (digest := digest_file(path)) != entry.sha256:
            found.append(f"{entry.path}: sha256 is {digest}, expected {entry.sha256}")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        aside = name.startswith(".unfinished/") or COMPILED in name.split("/")
        if path.is_file() and name not in known and not aside:
            found.append(f"{name}: not in the manifest")
    return found
