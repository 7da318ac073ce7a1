"""What commands print: JSON alone on stdout, tables, pages; all talk goes to stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from medinst.build.bigbio import Exported
from medinst.build.dataset import Outcome
from medinst.build.dataset import build as build_dataset
from medinst.build.plan import Plan
from medinst.build.reconcile import Cell
from medinst.build.shard import Built
from medinst.corpora import Corpus
from medinst.errors import IntegrityFailure

_OUT = Console(highlight=False)
if not _OUT.is_terminal:
    _OUT.width = 240  # what reads a pipe wants a row a line
_ERR = Console(stderr=True, highlight=False)


def emit(value: object) -> None:
    """Print a value as JSON on stdout."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def width() -> int:
    """Return how many characters a line of stdout may have."""
    return _OUT.width


def say(text: str) -> None:
    """Print a line of talk on stderr, as it is."""
    _ERR.print(Text(text), soft_wrap=True)


def bars(*columns: ProgressColumn) -> Progress:
    """Return progress bars on stderr, for a terminal only; ``say`` may be used beside them."""
    return Progress(*columns, console=_ERR, transient=True, disable=not _ERR.is_terminal)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on stdout; a column name that ends in ``>`` is set to the right, numbers get thousands commas."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        right = column.endswith(">")
        drawn.add_column(column.rstrip(">"), justify="right" if right else "left", no_wrap=column != columns[-1])
    for row in rows:
        drawn.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
    # A narrow terminal wraps lines; numbers and names are never cut.
    needed = max(_OUT.width, _OUT.measure(drawn, options=_OUT.options.update(width=1000)).maximum)
    _OUT.print(drawn, width=needed, soft_wrap=True)


def page(fields: Mapping[str, Any]) -> None:
    """Print a page of named fields on stdout, nested ones indented."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _OUT.print(Text(name, style="bold"))
            for key, inner in value.items():
                _OUT.print(Text(f"  {key}: {inner}"))
        elif value not in ("", None, []):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            _OUT.print(Text.assemble((f"{name}: ", "bold"), text))


def entries(found: Sequence[Mapping[str, Any]]) -> None:
    """Print catalogue entries as a table."""
    names = ("row", "category", "corpus", "licence", "access", "layout")
    rows = [(*(entry[name] for name in names), *entry["printed"].values()) for entry in found]
    table((*names, "train>", "validation>", "test>"), rows)
    corpora = {entry["corpus"] for entry in found}
    real = sum(entry["layout"] == "real" for entry in found)
    say(
        f"{len(found)} rows from {len(corpora)} corpora: {real} read from real files, {len(found) - real} written from "
        "the documented layout only; the counts are those printed in the paper's Table 11"
    )


def cells(found: Sequence[Cell]) -> None:
    """Print cells of Table 11 beside ours as a table."""
    rows = [
        (c.row, c.category, c.split, c.printed, "" if c.ours is None else c.ours, c.status, c.reason) for c in found
    ]
    table(("row", "category", "split", "printed>", "ours>", "status", "reason"), rows)


def missing(plan: Plan) -> None:
    """Say on stderr which rows and splits have no files at hand, are left out, or are read from files as found."""
    for heading, found in (("left out", plan.left_out), ("not at hand", plan.missing)):
        for item in found:
            say(f"{heading}: {item.row}{'/' + item.split if item.split else ''}: {item.why}")
    names = plan.taken_as_found()
    if names:
        few = ", ".join([*names[:6], *(["…"] if len(names) > 6 else [])])
        say(f"no digest is known of the files of {len(names)} corpora, they are taken as they are: {few}")


def planned(plan: Plan, json: bool) -> None:
    """Print what a build would do."""
    if json:
        emit({"shards": msgspec.to_builtins(plan.shards), **_not_built(plan)})
    else:
        rows = [(job.row, job.split, job.corpus, job.place, "yes" if job.partial else "") for job in plan.shards]
        table(("row", "split", "corpus", "place", "partial"), rows)
    say(f"{len(plan.shards)} splits of {len({job.row for job in plan.shards})} rows would be built")
    refused(plan, "the rest would be built")


def refused(plan: Plan, rest: str) -> None:
    """End with the messages of refused archives if there are any."""
    if plan.refused:
        raise IntegrityFailure("\n  ".join([f"refused, {rest}:", *plan.refused.values()]))


def build(plan: Plan, out: Path, workers: int, json: bool) -> None:
    """Run a build with a progress bar, print what came of it, and end with the exit code it deserves."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with bars(*columns) as progress:
        task = progress.add_task("building", total=len(plan.shards))

        def tell(built: Built) -> None:
            progress.update(task, advance=1, description=built.shard.name)
            if not _ERR.is_terminal:
                say(f"{built.shard.name}: {built.file.rows if built.file else 0} samples")

        outcome = build_dataset(plan, out, workers, tell)
    _report(plan, outcome, out, json)
    refused(plan, "the rest was built")
    if outcome.excess:
        say("\n".join(["more was set aside than the corpora declare; see quarantine.jsonl", *outcome.excess]))
        raise typer.Exit(3)


def _report(plan: Plan, outcome: Outcome, out: Path, json: bool) -> None:
    samples = sum(built.file.rows for built in outcome.built if built.file)
    rows = len({built.shard.row for built in outcome.built})
    if json:
        emit(
            {
                "rows": rows,
                "splits": len(outcome.built),
                "samples": samples,
                "quarantined": len(outcome.damage),
                "excess": outcome.excess,
                **_not_built(plan),
            }
        )
    else:
        say(f"{samples:,} samples in {rows} rows at {out}; {len(outcome.damage)} pieces in quarantine.jsonl")


def _not_built(plan: Plan) -> dict[str, Any]:
    return {
        "missing": msgspec.to_builtins(plan.missing),
        "left_out": msgspec.to_builtins(plan.left_out),
        "refused": list(plan.refused.values()),
        "as_found": plan.taken_as_found(),
    }


def exported(corpus: Corpus, done: Sequence[Exported], json: bool) -> None:
    """Print what came of an export in BigBio's schema, and end with the exit code it deserves."""
    if json:
        emit([{**msgspec.to_builtins(made), "damage": len(made.damage)} for made in done])
    else:
        kinds = [", ".join(f"{count:,} {kind}" for kind, count in made.lost.items()) for made in done]
        rows = [(made.split, made.documents, len(made.damage), lost) for made, lost in zip(done, kinds, strict=True)]
        table(("split", "documents>", "quarantined>", "changed or left out to fit the schema"), rows)
    declared = sum((Counter(made.declared) for made in done), Counter(corpus.damage))
    excess = Counter(item.rule for made in done for item in made.damage) - declared
    if excess:
        say(f"more was set aside than {corpus.name} declares, by rule: {dict(excess)}; see quarantine.jsonl")
        raise typer.Exit(3)
