"""Running ``medinst overlap``: progress, the table, the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.progress import TextColumn

from medinst.cli import console
from medinst.mixtures.overlap.index import KINDS
from medinst.mixtures.overlap.measure import ALL, Overlap, measure
from medinst.report import overlap


def run(data: Sequence[Path], out: Path | None, most: int, json: bool) -> None:
    """Measure, write the files where they are wanted, and print what was found."""
    with console.bars(TextColumn("looking in {task.description}")) as progress:
        task = progress.add_task("")
        found, pairs = measure(data, most, lambda row: progress.update(task, description=row))
    written = overlap.write(found, pairs, out) if out else []
    if json:
        console.emit(found)
    else:
        _table(found)
    console.say(
        f"{sum(bool(test.seen[ALL].documents) for test in found.tests)} of {len(found.tests)} test rows have documents "
        f"that {len({cell.train for cell in found.cells})} of {len(found.mixtures[ALL])} training rows show"
    )
    if written:
        console.say(f"{len(written)} files; begin at {written[0]}")


def _table(found: Overlap) -> None:
    """Print a line for each test row of which something is seen."""
    columns = ("test", "documents>", *(f"{mixture}>" for mixture in found.mixtures), *(f"{kind}>" for kind in KINDS))
    rows = [
        (
            test.row,
            test.documents,
            *(seen.documents for seen in test.seen.values()),
            *(test.seen[ALL].by[kind] for kind in KINDS),
        )
        for test in found.tests
        if test.seen[ALL].documents
    ]
    console.table(columns, rows)
