"""What ``medinst fetch`` prints: terms before bytes, a bar a file with size and rate, and what came of each corpus."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from medinst.cli import console
from medinst.errors import RemoteFailure
from medinst.sources.http import Patience
from medinst.workflows import fetch as fetches
from medinst.workflows import links as checks
from medinst.workflows.fetch import Item, Result
from medinst.workflows.links import Link


def preview(items: list[Item], folder: Path, site: str, json: bool) -> None:
    """Print which files would be fetched into ``folder``."""
    planned = fetches.preview(items, folder, site)
    if json:
        terms = [{"corpus": i.corpus.name, "terms": i.terms(), "status": i.status, "why": i.why} for i in items]
        console.emit({"corpora": terms, "files": msgspec.to_builtins(planned)})
        return
    _terms(items)
    rows = [
        (f.corpus, f.name, "" if f.size is None else f.size, "" if f.here is None else f.here, _kind(f), f.places[0])
        for f in planned
    ]
    console.table(("corpus", "file", "bytes>", "here>", "", "from"), rows)


def _kind(file: fetches.Planned) -> str:
    return f"{'pinned' if file.pinned else 'recorded at first use'}{', stands in' if file.stand_in else ''}"


def fetch(
    items: list[Item], cache: Path, to: Path | None, site: str, patience: Patience, json: bool, named: bool
) -> None:
    """Fetch, with a bar a file, and print what came of it.

    Raises:
        MedinstError: something that was wanted is not there; of the class of the gravest reason.
    """
    _terms(items)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with console.bars(*columns) as bars:
        results = fetches.run(items, cache, to, site, patience, _Bars(bars).tell, _say)
    if json:
        console.emit({"corpora": msgspec.to_builtins(results)})
    counts = {
        status: sum(result.status == status for result in results)
        for status in dict.fromkeys(r.status for r in results)
    }
    console.say(", ".join(f"{count} {status}" for status, count in counts.items()) + f"; see {to or cache / 'sources'}")
    if failure := fetches.failure(results, named):
        raise failure


def links(items: list[Item], patience: Patience, json: bool) -> None:
    """Ask every address and print what it answers.

    Raises:
        RemoteFailure: one that should give a file to everybody does not.
    """
    found = checks.check(items, patience, _say_link)
    if json:
        console.emit(msgspec.to_builtins(found))
    dead = checks.dead(found)
    console.say(f"{len(found)} addresses, {len(found) - len(dead)} as they should be")
    if dead:
        raise RemoteFailure(
            "These should give a file and do not:\n" + "\n".join(f"  {x.corpus}: {x.url}: {x.why}" for x in dead)
        )


def _terms(items: list[Item]) -> None:
    for item in items:
        console.say(item.terms())
    for item in items:
        if item.status == "manual":
            console.say(f"by hand: {item.corpus.name}: {item.why}")


def _say(result: Result) -> None:
    if result.status == "manual":
        return
    size = sum(file.size for file in result.files)
    console.say(
        f"{result.corpus}: {result.status}" + (f", {size:,} bytes in {len(result.files)} files" if size else "")
    )
    if result.why and not any(file.why for file in result.files):
        console.say(f"  {result.why}")
    for file in result.files:
        if file.status != "present" and file.why:
            console.say(f"  {file.name}: {file.status}: {file.why}")
    if result.missing:
        console.say(f"  no files for {', '.join(result.missing)}")


def _say_link(link: Link) -> None:
    if not link.ok:
        console.say(f"{link.corpus}: {link.url}: {link.why}")


class _Bars:
    """A bar for each file on its way, gone when it is there."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._files: dict[tuple[str, str], TaskID] = {}

    def tell(self, corpus: str, name: str, have: int, total: int | None) -> None:
        key = corpus, name
        if key not in self._files:
            self._files[key] = self._bars.add_task(f"{corpus}/{name}", total=total)
        self._bars.update(self._files[key], completed=have, total=total, visible=have != total)
