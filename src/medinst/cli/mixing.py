"""What ``medinst mix`` prints: a bar, a line a row of what went in, what did not and why, and how much it came to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from medinst.cli import console
from medinst.mixtures import mix
from medinst.mixtures.recipe import Recipe
from medinst.mixtures.selection import Report


def run(name: str, recipe: Recipe, data: Path, out: Path, dry_run: bool, json: bool) -> None:
    """Make a mixture, or only choose its samples, and print what went in."""
    with console.bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()) as bars:
        bar = bars.add_task("reading ids", total=None)

        def tell(stage: str, done: int, total: int) -> None:
            bars.update(bar, description=stage, completed=done, total=total or None)

        report = mix.preview(name, recipe, data, tell) if dry_run else mix.make(name, recipe, data, out, tell)
    if json:
        console.emit(report)
    else:
        _table(report)
    _left_out(report)
    console.say(f"{name}: {report.sentence()} {f'would go to {out}' if dry_run else f'at {out}'}")


def _table(report: Report) -> None:
    columns = ("row", "category", "available>", "compared>", "in a test>", "alike>", "drawn>", "share>")
    rows = [
        (r.row, r.category, r.available, r.compared, r.held_out, r.near_duplicates, r.drawn, f"{r.share:.2%}")
        for r in report.rows
    ]
    console.table(columns, rows)


def _left_out(report: Report) -> None:
    """Say what did not go in, each reason once with its rows, and what is held out."""
    for why in dict.fromkeys(report.missing.values()):
        rows = [row for row, reason in report.missing.items() if reason == why]
        console.say(f"missing: {', '.join(rows)} ({len(rows)}): {why}")
    for why, count in Counter(report.held_out.values()).items():
        console.say(f"held out: {count} rows, {why}")
    if report.tests_missing:
        some = ", ".join(report.tests_missing)
        console.say(f"not known: the documents of {len(report.tests_missing)} tests without a test split here: {some}")
    kinds = sum((Counter(row.kinds) for row in report.rows), Counter())
    if found := sum(row.held_out for row in report.rows):
        evidence = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
        console.say(f"held out: {found:,} samples of documents that stand in a test, by evidence: {evidence}")
    if alike := sum(row.near_duplicates for row in report.rows):
        console.say(f"left out: {alike:,} samples nearly the same as another of their task")
    if report.recipe.total and report.drawn < report.recipe.total:
        console.say(
            f"fewer than asked for: {report.drawn:,} of {report.recipe.total:,}; the rows at hand have no more that "
            "the recipe lets in. Build more rows, or raise a cap."
        )
