"""What ``medinst fetch`` prints: terms before bytes, a bar a file with size and rate, and what came of each corpus."""

from __future__ import annotations

from collections import Counter
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
    stand_in = sum(file.stand_in for file in planned)
    size = sum(file.size or 0 for file in planned if not file.stand_in)
    console.say(
        f"{len(planned) - stand_in} files, {size:,} bytes and what nobody knows yet; {stand_in} may stand in for them; "
        f"they would go to {folder}. Nothing was asked for."
    )


def _kind(file: fetches.Planned) -> str:
    return f"{'pinned' if file.pinned else 'recorded at first use'}{', stands in' if file.stand_in else ''}"


def fetch(
    items: list[Item], cache: Path, to: Path | None, site: str, patience: Patience, json: bool, names: list[str]
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
    counts = Counter(result.status for result in results)
    console.say(", ".join(f"{count} {status}" for status, count in counts.items()) + f", in {to or cache / 'sources'}")
    if to and any(result.status == "fetched" for result in results):
        console.say(f"carry {to} to the other machine; there: medinst build --sources {to.name} --out data")
    if failure := fetches.failure(results, names):
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
    console.say(f"{len(found)} addresses, {sum(link.ok for link in found)} give a file")
    if dead:
        raise RemoteFailure(f"{len(dead)} addresses should give a file to everybody and do not, as said above.")


def _terms(items: list[Item]) -> None:
    for item in items:
        console.say(item.terms())
    for item in items:
        if item.status == "manual":
            console.say(f"by hand: {item.corpus.name}: {item.why}")


def _say(result: Result) -> None:
    if result.status == "manual":
        return
    came = [file for file in result.files if file.status != "failed"]
    size = f", {sum(file.size for file in came):,} bytes in {len(came)} files" if came else ""
    failed = [file for file in result.files if file.status == "failed" and result.exit_code]
    if failed and all(file.unreached for file in failed):
        hosts = dict.fromkeys(host for file in failed for host in file.unreached)
        console.say(f"{result.corpus}: {result.status}{size}: cannot reach {', '.join(hosts)}")
        return
    console.say(f"{result.corpus}: {result.status}{size}")
    if result.why and not failed:
        console.say(f"  {result.why}")
    for file in [*failed, *(file for file in came if file.why)]:
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
