"""``medinst eval``: ask a model a benchmark's questions, resumably, and score what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from medinst.evaluate.run import Outcome


def command(
    bench: Annotated[Path, typer.Option(help="Benchmark folder that `medinst bench` made.")],
    model: Annotated[str, typer.Option(help="openai:NAME, hf:FOLDER, gguf:FILE or mock:gold|empty|echo.")],
    out: Annotated[Path, typer.Option(help="Run folder, new or to be resumed.")],
    base_url: Annotated[str, typer.Option(help="Address of an OpenAI-compatible server, for openai:NAME.")] = "",
    shots: Annotated[int, typer.Option(min=0, help="Demonstrations shown before each question.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Samples a row, drawn by --seed; all by default.")] = None,
    rows: Annotated[list[str] | None, typer.Option(help="Only these rows, commas between, or given again.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of --limit and of the bootstrap.")] = 0,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens an answer may have.")] = 1024,
    wording: Annotated[int | None, typer.Option(min=0, max=2, help="Another wording of the instructions.")] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Rows under an agreement may be sent to another machine.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=0, help="Requests at once; 0: as suits the model.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a request may take.")] = 300.0,
    fail_on_error: Annotated[
        float, typer.Option(min=0, max=1, help="End with 3 if more than this share of the samples failed.")
    ] = 0.1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be asked.")] = False,
    score: Annotated[bool, typer.Option("--score/--no-score", help="Score the answers at the end.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Evaluate a model. Run the same command again to resume: only what has no answer is asked.

    Example: medinst eval --bench bench --model gguf: --limit 25 --out run
    """
    from medinst.cli import console
    from medinst.cli import score as scoring
    from medinst.evaluate import plan as plans
    from medinst.evaluate import run, table
    from medinst.evaluate.types import Decoding
    from medinst.models import parse_spec
    from medinst.sources import cache_folder

    asked = parse_spec(model, base_url, timeout, concurrency, cache_folder())
    decoding = Decoding(max_tokens=max_tokens)
    plan = plans.make(bench, asked, rows or [], limit, seed, shots, decoding, wording, allow_remote)
    for note in plan.notes:
        console.say(note)
    if dry_run:
        forecast = run.forecast(plan, out)
        console.emit(forecast) if json else console.table(table.FORECAST, table.forecast(forecast))
        return
    outcome = run.evaluate(plan, asked, out, scored=score)
    if outcome.scores:
        scoring.show(outcome.scores, json)
    _end(outcome, len(plan), out, fail_on_error)


def _end(outcome: Outcome, asked: int, out: Path, fail_on_error: float) -> None:
    """Say how the run ended, and end with 3 where too much of it failed."""
    from medinst.cli import console

    console.say(f"{outcome.answered} of {asked} samples answered, {outcome.failed} failed; see {out}")
    if outcome.failed > fail_on_error * asked:
        console.say(f"More than {fail_on_error:.0%} failed, most often: {outcome.reason}. Run it again to ask those.")
        raise typer.Exit(3)
