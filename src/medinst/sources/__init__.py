"""Where the bytes of a corpus come from: the user's sources folder, then the cache. Nothing is written elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import platformdirs

from medinst.errors import UsageError
from medinst.sources import pins, trust
from medinst.sources.archive import unpacked
from medinst.sources.digest import digest_file as digest_file
from medinst.sources.digest import digest_tree as digest_tree
from medinst.sources.digest import manifest, under


class Tree(msgspec.Struct, frozen=True):
    """The files of a corpus.

    ``roots``: where to look, in order; ``digest``: sha256 over all their names and bytes; ``known``: whether all of
    these bytes are pinned, or taken as they were found.
    """

    corpus: str
    roots: tuple[Path, ...]
    digest: str
    known: bool = False

    def find(self, place: str) -> Path | None:
        """Return the first path that fits ``place`` (relative, ``*`` allowed), or None."""
        for root in self.roots:
            if "*" not in place:
                if (root / place).exists():
                    return root / place
            else:
                for path in sorted(root.glob(place)):
                    return path
        return None


def cache_folder() -> Path:
    """Return the cache folder: ``MEDINST_CACHE``, else the user's cache directory."""
    return Path(os.environ.get("MEDINST_CACHE") or platformdirs.user_cache_path("medinst"))


def sources_folder(folder: Path | None) -> Path | None:
    """Return the sources folder: the flag, else ``MEDINST_SOURCES``, else None.

    Raises:
        UsageError: it is named and is not a folder.
    """
    chosen = folder or (Path(os.environ["MEDINST_SOURCES"]) if os.environ.get("MEDINST_SOURCES") else None)
    if chosen is not None and not chosen.is_dir():
        raise UsageError(
            f"No sources folder at {chosen}. Give a folder of <corpus>/ trees or <corpus>.tar.gz files "
            "with --sources or MEDINST_SOURCES."
        )
    return chosen


def locate(
    corpus: str, archives: Iterable[str], sources: Path | None, cache: Path, also: Iterable[str] = ()
) -> Tree | None:
    """Return the files of a corpus, every byte of them checked, or None where none are at hand.

    ``DIR/<corpus>/`` is read in place, ``DIR/<corpus>.tar.gz`` unpacked into the cache first; so are the official
    ``archives`` found at the top of either (``BIORED.zip`` in ``biored/``). ``also``: further folders or archives of
    ``DIR`` that are searched after the corpus's own.

    Raises:
        ArchiveRefused: an archive is damaged or hostile; nothing of it was kept.
        IntegrityFailure: a file is not what was recorded or pinned of it.
    """
    archives = tuple(archives)
    found = [tree for name in (corpus, *also) if (tree := _locate(name, archives, sources, cache))]
    if len(found) < 2:
        return msgspec.structs.replace(found[0], corpus=corpus) if found else None
    digest = hashlib.sha256("".join(tree.digest for tree in found).encode()).hexdigest()
    known = all(tree.known for tree in found)
    return Tree(corpus, tuple(root for tree in found for root in tree.roots), digest, known)


def _locate(name: str, archives: tuple[str, ...], sources: Path | None, cache: Path) -> Tree | None:
    for base in (sources, cache / "sources"):
        if base is None:
            continue
        root = base / name
        packed = base / f"{name}.tar.gz"
        if root.is_dir():
            files = manifest(root)
            trust.hold(base, name, files, adopt=base != sources)
            if base == sources:
                trust.compare(base, name, files, cache)
            packed = root / packed.name  # as it comes from a site's mirror
        if packed.is_file():
            root, files = unpacked(packed, cache)
            if (root / name).is_dir():
                root, files = root / name, under(files, name)
        elif not root.is_dir():
            continue
        inner = [
            path for inside in archives if (root / inside).is_file() for path in _inner(name, root / inside, cache)
        ]
        return Tree(name, (root, *inner), hashlib.sha256(files).hexdigest(), trust.known(name, files))
    return None


def _inner(corpus: str, archive: Path, cache: Path) -> list[Path]:
    """Return the folder that an archive was unpacked to, and the one in it with the layout of the corpus's folder."""
    folder, files = unpacked(archive, cache)
    trust.check_unpacked(corpus, archive, folder.name, files)
    pin = pins.pinned(corpus, archive.name)
    return [folder, folder / pin.inside] if pin is not None and pin.inside else [folder]
