"""What ``medinst export`` does beside writing samples: a run becomes a log, a plan is only told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from medinst.errors import UsageError

if TYPE_CHECKING:
    from medinst.build.export.plan import Plan


def is_run(data: Path, to: str, bench: Path | None) -> bool:
    """Say whether ``data`` is a run folder, the rest of the command fitting to that.

    Raises:
        UsageError: it is and the format is one of samples, or it is not and ``bench`` is given.
    """
    from medinst.evaluate import store

    found = (data / store.RUN).is_file()
    if found and to != "inspect":
        raise UsageError(f"{data} is a run, which has a log (--to inspect). For --to {to} give the benchmark's folder.")
    if bench and not found:
        raise UsageError(f"--bench goes with a run, and {data} is none: it holds no {store.RUN}. Leave it out.")
    return found


def refuse(data: Path, given: Sequence[str]) -> None:
    """Refuse options that say nothing of a run.

    Raises:
        UsageError: there is one.
    """
    if given:
        raise UsageError(f"{data} is a run: {', '.join(given)} had to be said when it was asked. Leave that out.")


def run(
    data: Path, place: Path, bench: Path | None, wanted: Sequence[str], publishable: bool, dry_run: bool, json: bool
) -> None:
    """Write a run as a log of inspect-ai, or say what would be written."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    from medinst.cli import console
    from medinst.evaluate import inspect_log

    chosen = inspect_log.choose(data, bench, wanted, publishable)
    for line in chosen.left_out:
        console.say(f"left out: {line}")
    if dry_run:
        count = len(chosen.lines)
        console.emit({"out": str(place), "samples": count}) if json else None
        console.say(f"{count:,} samples of {len(chosen.plan.samples)} rows would be written to {place}")
        return
    with console.bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()) as progress:
        task = progress.add_task("exporting", total=len(chosen.lines))
        done = inspect_log.write(chosen, place, lambda row: progress.update(task, advance=1, description=row))
    if json:
        console.emit(done)
    missing = f", {done.missing:,} not asked yet" if done.missing else ""
    console.say(f"{done.samples:,} samples, {done.failed:,} of them failed{missing}, in {done.log}")
    console.say(f"inspect view --log-dir {place}")


def planned(made: Plan, place: Path, json: bool) -> None:
    """Print what would be written."""
    from medinst.cli import console

    counts = [(part.row, part.split, made.most(part)) for part in made.parts]
    console.emit(counts) if json else console.table(("row", "split", "samples>"), counts)
    most = sum(count for _, _, count in counts)
    console.say(f"at most {most:,} samples of {len(counts)} splits would be written to {place}")
