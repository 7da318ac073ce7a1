"""``medinst compare``: runs against the first of them, on the samples that both answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from medinst.evaluate.compare import Comparison, Report


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN_A RUN_B…", help="Run folders; the first is the base.")],
    bench: Annotated[Path | None, typer.Option(help="Benchmark folder, if it has moved since.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the resamples and permutations.")] = 0,
    rounds: Annotated[int, typer.Option(min=100, help="Resamples, and as many permutations.")] = 2000,
    published: Annotated[bool, typer.Option("--published", help="The paper's columns beside ours.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Compare runs: differences with intervals, tests with their correction, and what could be detected at all.

    Example: medinst compare runs/base runs/tuned
    """
    from medinst.cli import console
    from medinst.evaluate import compare

    report = compare.compare(runs, bench, seed, rounds)
    if json:
        console.emit(report)
        return
    for found in report.comparisons:
        _show(found)
    if published:
        _published(report)


def _show(found: Comparison) -> None:
    from medinst.cli import console

    console.say(f"{found.second} (B) against {found.first} (A); difference = B - A, on the samples both answered")
    lines = [
        (
            row,
            one.n,
            *_numbers(one.first, one.second),
            _signed(one.difference),
            f"{_signed(one.low)} {_signed(one.high)}",
            f"{one.p_holm:.3f}",
        )
        for row, one in found.rows.items()
    ]
    if mean := found.mean:
        interval = f"{_signed(mean.low)} {_signed(mean.high)}"
        between = _signed(mean.difference)
        lines.append(("mean", "", *_numbers(mean.first, mean.second), between, interval, f"{mean.p:.3f}"))
    console.table(["row", "n>", "A>", "B>", "B-A>", "95 %>", "p>"], lines)
    for remark in _remarks(found):
        console.say(remark)


def _remarks(found: Comparison) -> list[str]:
    said = [
        f"B is better on {found.wins} rows, A on {found.losses}, neither on {found.ties}; "
        "p is the permutation test's, adjusted after Holm for the number of rows (the mean's is not)"
    ]
    if found.mean:
        said.append(
            f"the mean is over {len(found.mean.rows)} rows; four of five comparisons of this size would find a "
            f"difference of {found.mean.detectable:.3f} in it"
        )
    said += [f"mse, lower is better: {row}" for row, one in found.rows.items() if one.metric == "mse"]
    for row, one in found.rows.items():
        if one.mcnemar and one.mcnemar.p < 0.05:
            test = one.mcnemar
            said.append(
                f"{row}: right only in A {test.first_only}, only in B {test.second_only}, McNemar p {test.p:.3f}"
            )
    return said + [f"left out: {row}: {why}" for row, why in found.left_out.items()]


def _published(report: Report) -> None:
    from medinst.cli import console

    if not report.published:
        console.say("The paper has no scores for these rows.")
        return
    models = list(report.published)
    shown = {row for scores in report.published.values() for row in scores}
    rows = dict.fromkeys(row for found in report.comparisons for row in found.rows)
    lines = [
        [row, *(_printed(report.published[model].get(row)) for model in models)]
        for row in (*rows, "mean", "all questions")
        if row in shown
    ]
    console.table(["row", *(f"{model}>" for model in models)], lines)
    console.say("published scores, under the paper's rules, of its own samples; the mean over the rows above, no mse")
    if "all questions" in shown:
        console.say("all questions: of MMLU-Medicine the paper averages over its 1,089 questions, not over subjects")


def _printed(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _numbers(*values: float) -> list[str]:
    return [f"{value:.3f}" for value in values]


def _signed(value: float) -> str:
    return f"{value:+.3f}"
