"""Bring the files of one corpus into a sources folder: each from its places in order, held to what is known of it.

What the authors offer is wanted whole. Where a part of it cannot be had, something else that is whole stands in for it:
the packed folder of the corpus, where a site's mirror has one, or the pinned mirrors.
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
from medinst.sources import pins, room
from medinst.sources.digest import UNFINISHED, digest_file, listed
from medinst.sources.download import Got, download
from medinst.sources.http import Session
from medinst.sources.names import safe_parts
from medinst.sources.network import Unreached, shown
from medinst.sources.partial import alone, clear
from medinst.sources.pins import Place

_NEW = (
    "It must be what was recorded at its first use. Where the corpus has a new release, delete what {folder} has of "
    "{corpus} and run this again."
)

Kind = Literal["official", "packed", "mirror"]
Tell = Callable[[str, int, int | None], None]


class File(msgspec.Struct, frozen=True):
    """What became of a file: ``name`` in the corpus's folder; ``url`` without secrets; sha256 (hex), size (bytes).

    ``why``: of a failure, what every place answered; of a file fetched again, what was wrong with the one before.
    ``exit_code``: of a failure, that of its gravest error; ``unreached``: the hosts, where none could be reached.
    """

    corpus: str
    name: str
    status: Literal["present", "fetched", "failed"]
    url: str = ""
    sha256: str = ""
    size: int = 0
    why: str = ""
    exit_code: int = 0
    unreached: list[str] = []
    kind: Kind = "official"


def whole(files: Sequence[File]) -> bool:
    """Say whether the files hold all of at least one kind that was tried."""
    failed = {file.kind for file in files if file.status == "failed"}
    return bool({file.kind for file in files} - failed)


def wanted(corpus: str, urls: tuple[str, ...], site: str = "") -> dict[Kind, dict[str, list[Place]]]:
    """Return the places of each file by kind and name; the later kinds stand in for the earlier.

    ``site``: the root of a site's own mirror, in the layout of a sources folder; then nothing else is asked.
    """
    kinds: dict[Kind, dict[str, list[Place]]] = {"official": {}, "packed": {}, "mirror": {}}
    for place in pins.places(corpus, urls):
        if not place.name:
            continue  # a page with words for people
        kind: Kind = "mirror" if place.mirror and place.name not in kinds["official"] else "official"
        kinds[kind].setdefault(place.name, []).append(place)
    if site:
        for files in kinds.values():
            for name, places in files.items():
                known = next((place for place in places if place.sha256), places[0])
                files[name] = [msgspec.structs.replace(known, url=_at(site, corpus, name))]
        packed = f"{corpus}.tar.gz"
        kinds["packed"][packed] = [Place(_at(site, packed), None, None, packed)]
    return kinds


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
    into, files = _Into(session, corpus, folder, stock, tell), list[File]()
    for kind, named in wanted(corpus, urls, site).items():
        files += await asyncio.gather(*(into.bring(places, kind) for places in named.values()))
        if whole(files):
            break
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


class _Into:
    """A corpus's folder, into which files are brought, one process at a time where files can be locked."""

    def __init__(self, session: Session, corpus: str, folder: Path, stock: Path | None, tell: Tell) -> None:
        self.session, self.corpus, self.folder, self.stock, self.tell = session, corpus, folder, stock, tell

    async def bring(self, places: list[Place], kind: Kind) -> File:
        """Return what became of a file that can be had at ``places``."""
        name = places[0].name
        target = self.folder.joinpath(*safe_parts(self.corpus), *safe_parts(name))
        try:
            found = await self._one(name, places, target)
        except MedinstError as error:
            found = self._failed(name, "", [error])
        except OSError as error:
            found = self._failed(name, "", [MedinstError(room.missing(places[0], target, places[0].size, str(error)))])
        return msgspec.structs.replace(found, kind=kind)

    async def _one(self, name: str, places: list[Place], target: Path) -> File:
        unfinished = self.folder / UNFINISHED
        allowed = expected(self.folder, self.corpus, name, places)
        got, damage = await _present(target, allowed)
        if got is None or unfinished.is_dir():  # a process may have been killed just after it had finished
            async with alone(unfinished, target):
                got, damage = await _present(target, allowed)
                if got is None:
                    fetched = await self._fetched(name, places, target, allowed, damage)
                    got, _ = await _present(target, allowed) if fetched.status == "failed" else (None, "")
                    if got is None:
                        return fetched  # or else another process, for which there were no locks, has brought it
                clear(unfinished, target)
        pins.record_in(self.folder, self.corpus, name, got.sha256, got.size)
        return File(self.corpus, name, "present", sha256=got.sha256, size=got.size)

    async def _fetched(
        self, name: str, places: list[Place], target: Path, allowed: frozenset[str], damage: str
    ) -> File:
        """Return the file from the first place that gives it."""
        errors: list[MedinstError] = []
        for place in [*self._stocked(name, allowed), *places]:
            held = place if place.sha256 or len(allowed) != 1 else msgspec.structs.replace(place, sha256=min(allowed))
            try:
                got = await self._from(held, target)
            except MedinstError as error:
                errors.append(error)
                continue
            pins.record_in(self.folder, self.corpus, name, got.sha256, got.size)
            return File(self.corpus, name, "fetched", shown(place.url), got.sha256, got.size, damage)
        if allowed and not places[0].sha256 and any(isinstance(error, IntegrityFailure) for error in errors):
            errors.append(IntegrityFailure(_NEW.format(folder=self.folder / pins.LOCK, corpus=self.corpus)))
        return self._failed(name, damage, errors)

    async def _from(self, place: Place, target: Path) -> Got:
        """Download a file, or copy it where this session has it already: corpora may share an archive."""
        async with self.session.turns[place.url]:
            brought = self.session.brought.get(place.url)
            source = msgspec.structs.replace(place, url=brought.as_uri()) if brought else place
            unfinished, tell = self.folder / UNFINISHED, partial(self.tell, place.name)
            got = await download(self.session, source, target, unfinished, tell)
            clear(unfinished, target)
            self.session.brought.setdefault(place.url, target.absolute())
            return got

    def _failed(self, name: str, damage: str, errors: Sequence[MedinstError]) -> File:
        """Return the failure of all places."""
        codes = {error.exit_code for error in errors} | ({IntegrityFailure.exit_code} if damage else set())
        why = " ".join(dict.fromkeys(map(str, errors)))
        hosts = [error.host for error in errors if isinstance(error, Unreached)]
        unreached = list(dict.fromkeys(hosts)) if len(hosts) == len(errors) and not damage else []
        why = f"{damage}. {why}" if damage else why
        return File(self.corpus, name, "failed", why=why, exit_code=gravest(codes), unreached=unreached)

    def _stocked(self, name: str, allowed: frozenset[str]) -> list[Place]:
        """Return the file in ``stock`` as a place, if what is known of it there and here agrees."""
        if self.stock is None or not (path := self.stock / self.corpus / name).is_file():
            return []
        recorded = pins.recorded_in(self.stock, self.corpus, name)
        if recorded is None or (allowed and recorded.sha256 not in allowed):
            return []
        return [Place(path.absolute().as_uri(), recorded.sha256, recorded.size, name)]


async def _present(target: Path, allowed: frozenset[str]) -> tuple[Got | None, str]:
    """Return the file if it is there as it should be, else None and what is wrong with it."""
    if not target.is_file():
        return None, ""
    sha256, size = await asyncio.to_thread(digest_file, target), target.stat().st_size
    if allowed and sha256 not in allowed:
        return None, f"{target} had sha256 {sha256}, expected {' or '.join(sorted(allowed))}"
    return Got(target, sha256, size), ""


def gravest(codes: Set[int]) -> int:
    """Return the gravest of some exit codes: a full disk before wrong bytes before a server that fails."""
    return min(codes, key=lambda code: {1: 0, 5: 1, 4: 2}.get(code, 3))


def _at(site: str, *names: str) -> str:
    parts = urlsplit(site)
    return parts._replace(path="/".join((parts.path.rstrip("/"), *map(quote, names)))).geturl()
