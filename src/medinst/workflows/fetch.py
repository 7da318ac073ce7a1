"""``medinst fetch``: the corpora of rows, their terms first and then their bytes, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec

from medinst import corpora, tasks
from medinst.build import gate
from medinst.corpora import Corpus
from medinst.errors import IntegrityFailure, MedinstError, RemoteFailure, SourceMissing, UnknownName
from medinst.sources.bring import File, bring, gravest, wanted, whole
from medinst.sources.http import Patience, Session
from medinst.sources.network import shown

AT_ONCE = 6  # corpora

_NO_WAY_OUT = """\
no server could be reached ({hosts}). If this machine needs a proxy, set HTTPS_PROXY; if your site has a mirror, name \
it with --mirror or MEDINST_MIRROR. If there is no way out of here, fetch on another machine and carry the folder here:
  there: medinst fetch{rows} --to carried
  here:  medinst build --sources carried --out data"""

Status = Literal["at hand", "ready", "fetched", "incomplete", "failed", "manual"]
Tell = Callable[[str, str, int, int | None], None]


class Item(msgspec.Struct, frozen=True):
    """A corpus to fetch for the rows that were asked for. ``rows``: (row, view) of each."""

    corpus: Corpus
    rows: tuple[tuple[str, str], ...]
    status: Literal["", "at hand", "manual"] = ""
    why: str = ""

    def terms(self) -> str:
        """Return what a user should know before the bytes come."""
        corpus = self.corpus
        return f"{corpus.name}: {corpus.title} ({corpus.year}). {corpus.licence}, {corpus.access}. {corpus.homepage}"


class Planned(msgspec.Struct, frozen=True):
    """A file that would be fetched: what is pinned of it, and its places without secrets; ``here``: its bytes now."""

    corpus: str
    name: str
    pinned: bool
    size: int | None
    here: int | None
    places: list[str]
    stand_in: bool


class Result(msgspec.Struct, frozen=True):
    """What became of a corpus. ``missing``: rows' splits without files; ``why``: of a failure or a manual corpus."""

    corpus: str
    licence: str
    access: str
    status: Status
    files: list[File] = []
    missing: list[str] = []
    why: str = ""
    exit_code: int = 0


def plan(names: Iterable[str], sources: Path | None, cache: Path) -> list[Item]:
    """Return the corpora of the named rows and corpora, of all rows where none is named.

    Those that lie in the user's ``sources`` folder need not be fetched; those not open to all never are.

    Raises:
        UnknownName: there is neither a row nor a corpus of that name.
    """
    rows: dict[str, list[tuple[str, str]]] = {}
    named = list(names)
    for name in named or tasks.rows():
        known = tasks.rows() | tasks.beside()
        if name not in known and name not in corpora.names():
            raise UnknownName("row or corpus", name, [*known, *corpora.names()])
        found = [known[name]] if name in known else tasks.of_corpus(name)
        for row in found:
            rows.setdefault(row.corpus, []).append((row.name, row.view))
    return [_item(corpora.load(name), tuple(dict.fromkeys(found)), sources, cache) for name, found in rows.items()]


def folders(corpus: Corpus) -> list[tuple[str, tuple[str, ...]]]:
    """Return the names and official URLs of the sources folders that a corpus is read from."""
    return [(corpus.name, corpus.urls), *((name, ()) for name in corpus.also)]


def _item(corpus: Corpus, rows: tuple[tuple[str, str], ...], sources: Path | None, cache: Path) -> Item:
    manual = corpus.access != "open" or not any(wanted(corpus.name, corpus.urls).values())
    for folder in filter(None, (sources, cache / "sources" if manual else None)):
        if (folder / corpus.name).is_dir() or (folder / f"{corpus.name}.tar.gz").is_file():
            return Item(corpus, rows, "at hand", f"in {folder}")
    return Item(corpus, rows, "manual", gate.how_to_get(corpus, sources)) if manual else Item(corpus, rows)


def preview(items: Iterable[Item], folder: Path, site: str) -> list[Planned]:
    """Return the files that would be fetched into ``folder``, without asking any server."""
    found = []
    for name, urls in (each for item in items if not item.status for each in folders(item.corpus)):
        for kind, group in wanted(name, urls, site).items():
            for file, places in group.items():
                path = folder / name / file
                first = places[0]
                here = path.stat().st_size if path.is_file() else None
                shown_places = [shown(place.url) for place in places]
                pinned = bool(first.sha256 or first.tree)
                found.append(Planned(name, file, pinned, first.size, here, shown_places, kind != "official"))
    return found


def run(
    items: list[Item],
    cache: Path,
    to: Path | None,
    site: str,
    patience: Patience,
    tell: Tell,
    done: Callable[[Result], None],
) -> list[Result]:
    """Fetch into the cache, or into the sources folder ``to``; ``done`` hears of each corpus as it is finished.

    In the cache, archives are unpacked and every split that the rows read is looked for.
    """

    async def all_of_them() -> list[Result]:
        slots = asyncio.Semaphore(AT_ONCE)
        async with Session(patience) as session:

            async def one(item: Item) -> Result:
                async with slots:
                    result = await _fetch(session, item, cache, to, site, tell)
                done(result)
                return result

            return list(await asyncio.gather(*map(one, items)))

    return asyncio.run(all_of_them())


async def _fetch(session: Session, item: Item, cache: Path, to: Path | None, site: str, tell: Tell) -> Result:
    corpus = item.corpus
    result = Result(corpus.name, corpus.licence, corpus.access, "failed")
    if item.status:
        return msgspec.structs.replace(result, status=item.status, why=item.why)
    stock = cache / "sources"
    files: list[File] = []
    for name, urls in folders(corpus):

        def heard(file: str, have: int, total: int | None, name: str = name) -> None:
            tell(name, file, have, total)

        files += await bring(session, name, urls, to or stock, site, stock if to else None, heard)
    result = msgspec.structs.replace(result, files=files)
    if to is not None:
        lacking = {name for name, _ in folders(corpus) if not whole([file for file in files if file.corpus == name])}
        if not lacking:
            return msgspec.structs.replace(result, status="fetched")
        status: Status = "failed" if corpus.name in lacking else "incomplete"
        return msgspec.structs.replace(_failed(result), status=status)
    return await asyncio.to_thread(_ready, item, result, cache)


def _ready(item: Item, result: Result, cache: Path) -> Result:
    """Unpack what came and say which splits of which rows can be read."""
    corpus = item.corpus
    try:
        tree = corpus.tree(None, cache)
    except MedinstError as error:
        if any(file.status == "failed" for file in result.files):
            return _failed(result)
        return msgspec.structs.replace(result, why=str(error), exit_code=error.exit_code)
    missing, found = [], 0
    for row, view in item.rows:
        for split, files in corpus.view(view).items():
            if tree is not None and corpora.find(files, tree):
                found += 1
            else:
                missing.append(f"{row}/{split}")
    if not missing:
        return msgspec.structs.replace(result, status="ready")
    result = msgspec.structs.replace(result, missing=missing)
    if not found:
        return _failed(result)
    broken = any(file.status == "failed" for file in result.files)
    return msgspec.structs.replace(_failed(result) if broken else result, status="incomplete")


def _failed(result: Result) -> Result:
    """Return the result with the gravest exit code of its files' failures."""
    codes = [file.exit_code for file in result.files if file.status == "failed"]
    why = f"{len(codes)} of {len(result.files)} files cannot be had" if codes else "its files are not laid out as known"
    return msgspec.structs.replace(result, why=why, exit_code=gravest({*codes} or {MedinstError.exit_code}))


def failure(results: Sequence[Result], names: Sequence[str] = ()) -> MedinstError | None:
    """Return the error that the results amount to, None where all that was wanted can be read.

    ``names``: the rows and corpora asked for by name; then one that is only to be had by hand is a failure.
    """
    bad = [result for result in results if result.exit_code or (names and result.status == "manual")]
    if not bad:
        return None
    files = [file for result in results for file in result.files]
    hosts = sorted({host for file in files for host in file.unreached})
    if hosts and all(file.unreached for file in files if file.status != "present"):
        return RemoteFailure(_NO_WAY_OUT.format(hosts=", ".join(hosts[:5]), rows="".join(f" {name}" for name in names)))
    code = gravest({result.exit_code or SourceMissing.exit_code for result in bad})
    kinds = {RemoteFailure.exit_code: RemoteFailure, IntegrityFailure.exit_code: IntegrityFailure}
    groups = {status: [result.corpus for result in bad if result.status == status] for status in get_args(Status)}
    told = "; ".join(f"{status}: {', '.join(group)}" for status, group in groups.items() if group)
    return kinds.get(code, SourceMissing)(f"{told}; for the reasons given above. Put that right and run this again.")
