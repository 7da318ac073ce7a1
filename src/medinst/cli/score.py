"""``medinst score``: score a run again, or predictions made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from medinst.evaluate.types import Scores


def command(
    run: Annotated[Path | None, typer.Argument(metavar="[RUN]", help="Run folder that `medinst eval` made.")] = None,
    predictions: Annotated[Path | None, typer.Option(help='JSONL file, {"id", "output"} a line.')] = None,
    bench: Annotated[Path | None, typer.Option(help="Benchmark folder; for RUN only if it has moved.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the bootstrap; for RUN its own by default.")] = None,
    bertscore: Annotated[
        str, typer.Option(help="Encoder: a folder or a hub's name, @N for layer N; the packaged MiniLM; none.")
    ] = "",
    fail_on_error: Annotated[
        float,
        typer.Option(min=0, max=1, help="End with 3 if more than this share of the samples failed or is missing."),
    ] = 0.1,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Score answers without asking any model: of a run (its scores.json is written anew), or of a file.

    Example: medinst score --predictions answers.jsonl --bench bench
    """
    from medinst.cli import console
    from medinst.errors import UsageError
    from medinst.evaluate import score

    if run is not None and predictions is None:
        scores = score.run(run, bench, seed, bertscore)
    elif run is None and predictions is not None and bench is not None:
        scores, complaints = score.predictions(predictions, bench, seed or 0, bertscore)
        for complaint in complaints:
            console.say(complaint)
    else:
        raise UsageError("Give either a RUN folder, or --predictions FILE and --bench BENCH.")
    show(scores, json)
    if scores.failed > fail_on_error * scores.asked:
        console.say(f"More than {fail_on_error:.0%} failed or are missing: {scores.failed:,} of {scores.asked:,}.")
        raise typer.Exit(3)


def show(scores: Scores, json: bool) -> None:
    """Print scores on stdout, as JSON or as a table with its remarks on stderr."""
    from medinst.cli import console
    from medinst.evaluate import table

    if json:
        console.emit(scores)
        return
    console.table(*table.fitting(scores, console.width()))
    for remark in table.remarks(scores):
        console.say(remark)
