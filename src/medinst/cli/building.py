"""What ``medinst build`` prints: what would be built, a line a running row while it is, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from medinst.build import dataset, estimate
from medinst.build.dataset import Outcome
from medinst.build.engine import Opener
from medinst.build.plan import Plan, Shard
from medinst.build.shard import Built
from medinst.cli import console
from medinst.errors import IntegrityFailure


def planned(plan: Plan, workers: int, json: bool) -> None:
    """Print what a build would do, and about how many samples, bytes and seconds that is."""
    order = sorted(plan.shards, key=lambda job: (job.row, job.split, job.at))
    found = [estimate.of([job]) for job in order]
    whole = estimate.of(order)
    seconds = round(whole.seconds / workers)
    if json:
        shards = [
            msgspec.to_builtins(job) | {"estimate": msgspec.to_builtins(one)}
            for job, one in zip(order, found, strict=True)
        ]
        total = {"samples": whole.samples, "bytes": whole.bytes, "seconds": seconds}
        console.emit({"shards": shards, "estimate": total, **_not_built(plan)})
    else:
        rows = [
            (
                job.row,
                job.split,
                f"{job.at + 1}/{job.of}",
                one.samples,
                one.bytes,
                "yes" if job.partial else "",
                job.place,
            )
            for job, one in zip(order, found, strict=True)
        ]
        console.table(("row", "split", "part>", "samples, about>", "bytes, about>", "partial", "place"), rows)
    splits, names = len({(job.row, job.split) for job in order}), len({job.row for job in order})
    console.say(
        f"{splits} splits of {names} rows would be built in {len(order)} parts: about {whole.samples:,} samples, "
        f"{whole.bytes / 1e6:,.0f} MB and {_clock(seconds)} with {workers} workers"
    )
    _refused(plan, "the rest would be built")


def build(plan: Plan, out: Path, executor: Opener | None, workers: int, json: bool) -> None:
    """Run a build, show how it goes, print what came of it, and end with the exit code it deserves."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    with console.bars(*columns) as bars:
        outcome = dataset.build(plan, out, executor, _Board(plan.shards, workers, bars).tell)
    _report(plan, outcome, out, json)
    _refused(plan, "the rest was built")
    if outcome.excess:
        console.say("\n".join(["more was set aside than the corpora declare; see quarantine.jsonl", *outcome.excess]))
        raise typer.Exit(3)


class _Board:
    """How a build goes: a line a running row and one for all of it, or where nobody watches, a line a finished shard.

    Which shards run is not asked for: they are begun in order, so they are the first that are not done.
    """

    def __init__(self, shards: Iterable[Shard], workers: int, bars: Progress) -> None:
        self.waiting = {(job.row, job.split, job.at): job for job in shards}
        self.workers = workers
        self.bars = bars
        self.began = time.monotonic()
        self.rows = {row: _Row() for row, _, _ in self.waiting}
        self.all = _Row()
        for job in self.waiting.values():
            for line in (self.rows[job.row], self.all):
                line.total += job.size + 1
        self.lines: dict[str, TaskID] = {}
        self.bottom = bars.add_task("building", total=self.all.total, note="")
        self._draw()

    def tell(self, built: Built) -> None:
        """Take in a shard that is done."""
        job = built.shard
        known = self.waiting.pop((job.row, job.split, job.at), None)
        for line in (self.rows[job.row], self.all):
            line.add(built, known)
        if self.bars.disable:
            samples = built.file.rows if built.file else 0
            console.say(f"{job.name}: {samples} samples{', as before' if built.again else ''} ({self.all.note()})")
        self._draw()

    def _draw(self) -> None:
        running = list(dict.fromkeys(row for row, _, _ in list(self.waiting)[: self.workers]))
        for row in [row for row in self.lines if row not in running]:
            self.bars.remove_task(self.lines.pop(row))
        for row in running:
            line = self.rows[row]
            if row not in self.lines:
                line.began = line.began or time.monotonic()
                self.lines[row] = self.bars.add_task(row, total=line.total, note="")
            self.bars.update(self.lines[row], completed=line.done, note=line.note())
        self.all.began = self.all.began or time.monotonic()
        self.bars.update(self.bottom, completed=self.all.done, note=self.all.note())


class _Row:
    """How far a row is: bytes of its sources, and samples made since ``began``."""

    def __init__(self) -> None:
        self.total = self.done = self.skipped = self.samples = 0
        self.began = 0.0

    def add(self, built: Built, known: Shard | None) -> None:
        """Take in a shard that is done; what an earlier run had built says nothing of the speed."""
        size = known.size + 1 if known else 0
        self.done += size
        if built.again:
            self.skipped += size
        else:
            self.samples += built.file.rows if built.file else 0

    def note(self) -> str:
        """Return the samples so far, samples a second, and the time that is left, as far as they are known."""
        fresh, seconds = self.done - self.skipped, time.monotonic() - self.began if self.began else 0.0
        if not fresh or not seconds:
            return ""
        left = (self.total - self.done) / fresh * seconds
        return f"{self.samples:,} samples, {self.samples / seconds:,.0f}/s, {_clock(left)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _report(plan: Plan, outcome: Outcome, out: Path, json: bool) -> None:
    samples = sum(built.file.rows for built in outcome.built if built.file)
    rows = len({built.shard.row for built in outcome.built})
    if json:
        console.emit(
            {
                "rows": rows,
                "splits": len({(one.shard.row, one.shard.split) for one in outcome.built}),
                "samples": samples,
                "quarantined": len(outcome.damage),
                "excess": outcome.excess,
                **_not_built(plan),
            }
        )
    else:
        console.say(f"{samples:,} samples in {rows} rows at {out}; {len(outcome.damage)} pieces in quarantine.jsonl")


def _not_built(plan: Plan) -> dict[str, Any]:
    return {
        "missing": msgspec.to_builtins(plan.missing),
        "left_out": msgspec.to_builtins(plan.left_out),
        "refused": list(plan.refused.values()),
        "as_found": plan.taken_as_found(),
    }


def _refused(plan: Plan, rest: str) -> None:
    """End with the messages of refused archives if there are any."""
    if plan.refused:
        raise IntegrityFailure("\n  ".join([f"refused, {rest}:", *plan.refused.values()]))
