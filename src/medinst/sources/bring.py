"""Bring the files of one corpus into a sources folder: each from its places in order, held to what is known of it.

What the authors offer is wanted whole. Where a part of it cannot be had, the pinned mirrors together stand in for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

from medinst.errors import IntegrityFailure, MedinstError, UsageError
from medinst.sources import pins
from medinst.sources.digest import UNFINISHED, digest_file, listed
from medinst.sources.download import download
from medinst.sources.http import Session, shown
from medinst.sources.names import safe_parts
from medinst.sources.partial import alone, clear
from medinst.sources.pins import Place

_NEW = (
    "It must be what was recorded at its first use. Where the corpus has a new release, delete what {folder} has of "
    "{corpus} and run this again."
)

Tell = Callable[[str, int, int | None], None]


class File(msgspec.Struct, frozen=True):
    """What became of a file: ``name`` in the corpus's folder; ``url`` without secrets; sha256 (hex), size (bytes).

    ``why``: of a failure, what every place answered; of a file fetched again, what was wrong with the one before.
    ``exit_code``: of a failure, that of its gravest error.
    """

    corpus: str
    name: str
    status: Literal["present", "fetched", "failed"]
    url: str = ""
    sha256: str = ""
    size: int = 0
    why: str = ""
    exit_code: int = 0
    mirror: bool = False


def whole(files: Sequence[File]) -> bool:
    """Say whether all that the authors offer is there, or all mirrors that stand in for it."""
    official = [file for file in files if not file.mirror]
    mirrors = [file for file in files if file.mirror]
    return any(group and all(file.status != "failed" for file in group) for group in (official, mirrors))


def wanted(corpus: str, urls: tuple[str, ...], site: str = "") -> tuple[dict[str, list[Place]], dict[str, list[Place]]]:
    """Return the places of each file by name, those of the authors' files and those of the mirrors that stand in.

    ``site``: the root of a site's own mirror, in the layout of a sources folder; then nothing else is asked.
    """
    official: dict[str, list[Place]] = {}
    mirrors: dict[str, list[Place]] = {}
    for place in pins.places(corpus, urls):
        if not place.name:
            continue  # a page with words for people
        group = official if not place.mirror or place.name in official else mirrors
        group.setdefault(place.name, []).append(place)
    if site:
        for group in (official, mirrors):
            for name, places in group.items():
                group[name] = [msgspec.structs.replace(places[0], url=_at(site, corpus, name))]
    return official, mirrors


def site_root(text: str) -> str:
    """Return the root of a site's mirror as a URL; a folder may be given instead.

    Raises:
        UsageError: it is neither. The text is not quoted, as it may hold a password.
    """
    if text and "://" not in text and not text.startswith("file:"):
        if not Path(text).is_dir():
            raise UsageError("--mirror (MEDINST_MIRROR) is neither a folder nor a URL of http, https or file.")
        return Path(text).absolute().as_uri()
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if text and not known and not text.startswith("file:/"):
        raise UsageError("--mirror (MEDINST_MIRROR) is no URL of http, https or file.")
    return text


async def bring(
    session: Session,
    corpus: str,
    urls: tuple[str, ...],
    folder: Path,
    site: str = "",
    stock: Path | None = None,
    tell: Tell = lambda name, have, total: None,
) -> list[File]:
    """Bring the files of ``corpus`` to ``folder``/<corpus>/ and record their digests there; never raises for a file.

    ``stock``: another sources folder whose recorded or pinned files are copied instead of asked for. ``tell`` hears of
    each file's bytes and total as they come.
    """
    official, mirrors = wanted(corpus, urls, site)

    async def one(name: str, places: list[Place], mirror: bool) -> File:
        try:
            found = await _one(session, corpus, places, folder, stock, tell)
        except (MedinstError, OSError) as error:
            code = error.exit_code if isinstance(error, MedinstError) else MedinstError.exit_code
            found = File(corpus, name, "failed", why=str(error), exit_code=code)
        return msgspec.structs.replace(found, mirror=mirror)

    files = list(await asyncio.gather(*(one(name, places, False) for name, places in official.items())))
    if not whole(files):
        files += await asyncio.gather(*(one(name, places, True) for name, places in mirrors.items()))
    return files


def expected(folder: Path, corpus: str, name: str, places: Sequence[Place]) -> frozenset[str]:
    """Return the digests a file may have: those pinned, else the one recorded at its first use, else none.

    Raises:
        IntegrityFailure: the record is damaged.
    """
    if pinned := {place.sha256 for place in places if place.sha256}:
        return frozenset(pinned)
    if recorded := pins.recorded_in(folder, corpus, name):
        return frozenset({recorded.sha256})
    note = folder / pins.LOCK / f"{corpus}.manifest"  # of files that were put there by hand
    adopted = listed(note.read_bytes()).get(name) if note.is_file() else None
    return frozenset({adopted} if adopted else ())


async def _one(
    session: Session, corpus: str, places: list[Place], folder: Path, stock: Path | None, tell: Tell
) -> File:
    """Return a file that is there as it should be, or bring it from the first place that gives it.

    Raises:
        IntegrityFailure: its record is damaged.
    """
    name = places[0].name
    target = folder.joinpath(*safe_parts(corpus), *safe_parts(name))
    allowed = expected(folder, corpus, name, places)
    damage = ""
    if target.is_file():
        sha256, size = await asyncio.to_thread(digest_file, target), target.stat().st_size
        if not allowed or sha256 in allowed:
            await _tidy(folder / UNFINISHED, target)
            pins.record_in(folder, corpus, name, sha256, size)
            return File(corpus, name, "present", sha256=sha256, size=size)
        damage = f"{target} had sha256 {sha256}, expected {' or '.join(sorted(allowed))}"
    errors: list[MedinstError] = []
    for place in [*_stocked(stock, corpus, name, allowed), *places]:
        held = place if place.sha256 or len(allowed) != 1 else msgspec.structs.replace(place, sha256=min(allowed))
        try:
            got = await download(session, held, target, folder / UNFINISHED, partial(tell, name))
        except MedinstError as error:
            errors.append(error)
            continue
        pins.record_in(folder, corpus, name, got.sha256, got.size)
        return File(corpus, name, "fetched", shown(place.url), got.sha256, got.size, damage)
    if allowed and not places[0].sha256 and any(isinstance(error, IntegrityFailure) for error in errors):
        errors.append(IntegrityFailure(_NEW.format(folder=folder / pins.LOCK, corpus=corpus)))
    return _failed(corpus, name, damage, errors)


def _failed(corpus: str, name: str, damage: str, errors: list[MedinstError]) -> File:
    """Return the failure of all places."""
    codes = {error.exit_code for error in errors} | ({IntegrityFailure.exit_code} if damage else set())
    why = " ".join(dict.fromkeys(map(str, errors)))
    return File(corpus, name, "failed", why=f"{damage}. {why}" if damage else why, exit_code=gravest(codes))


def gravest(codes: Set[int]) -> int:
    """Return the gravest of some exit codes: a full disk before wrong bytes before a server that fails."""
    return min(codes, key=lambda code: {1: 0, 5: 1, 4: 2}.get(code, 3))


def _stocked(stock: Path | None, corpus: str, name: str, allowed: frozenset[str]) -> list[Place]:
    """Return the file in ``stock`` as a place, if what is known of it there and here agrees."""
    if stock is None or not (path := stock / corpus / name).is_file():
        return []
    recorded = pins.recorded_in(stock, corpus, name)
    if recorded is None or (allowed and recorded.sha256 not in allowed):
        return []
    return [Place(path.absolute().as_uri(), recorded.sha256, recorded.size, name)]


async def _tidy(unfinished: Path, target: Path) -> None:
    """Remove what a process left that was killed just after it had finished the file."""
    if unfinished.is_dir():
        async with alone(unfinished, target):
            clear(unfinished, target)


def _at(site: str, corpus: str, name: str) -> str:
    parts = urlsplit(site)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{quote(corpus)}/{quote(name)}").geturl()
