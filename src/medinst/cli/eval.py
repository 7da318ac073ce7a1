"""``medinst eval``: ask a model a benchmark's questions, resumably, and score what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from medinst.evaluate.cost import Prices
    from medinst.evaluate.plan import Plan
    from medinst.evaluate.run import Outcome
    from medinst.evaluate.types import Scores
    from medinst.models import Model


def command(
    bench: Annotated[Path, typer.Option(help="Benchmark folder that `medinst bench` made.")],
    out: Annotated[Path, typer.Option(help="Run folder, new or to be resumed.")],
    model: Annotated[
        str, typer.Option(help="openai:NAME, hf:FOLDER, gguf:FILE or mock:gold|empty|echo; else the preset's own.")
    ] = "",
    preset: Annotated[
        str, typer.Option(help="Settings of a known model: template, stops, shots, prices. E.g. LLaMA3-MI.")
    ] = "",
    base_url: Annotated[str, typer.Option(help="Address of an OpenAI-compatible server, for openai:NAME.")] = "",
    completions: Annotated[
        bool, typer.Option("--completions", help="Fill in the preset's template here, for a server without one.")
    ] = False,
    shots: Annotated[
        int | None, typer.Option(min=0, help="Demonstrations shown; else 5 of MMLU's, the preset's, or none.")
    ] = None,
    choices: Annotated[
        bool | None,
        typer.Option("--choices/--no-choices", help="MMLU: weigh the letters instead of reading answers, if possible."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Samples a row, drawn by --seed; all by default.")] = None,
    rows: Annotated[list[str] | None, typer.Option(help="Only these rows, commas between, or given again.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of --limit and of the bootstrap.")] = 0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="New tokens an answer may have; else the preset's, or 1,024.")
    ] = None,
    wording: Annotated[int | None, typer.Option(min=0, max=2, help="Another wording of the instructions.")] = None,
    constrain: Annotated[
        bool, typer.Option("--constrain", help="Hold every answer to the form its task allows (llama.cpp, vLLM).")
    ] = False,
    dialect: Annotated[
        str, typer.Option(help="What an openai: server is, for --constrain: llama.cpp, vllm or vllm-regex.")
    ] = "",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Rows under an agreement may be sent to another machine.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=0, help="Requests at once; 0: as suits the model.")] = 0,
    requests_per_minute: Annotated[int, typer.Option(min=0, help="How often a server may be asked; 0: as it can.")] = 0,
    tokens_per_minute: Annotated[int, typer.Option(min=0, help="Tokens asked and answered; 0: as many as come.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a request may take.")] = 300.0,
    fail_on_error: Annotated[
        float, typer.Option(min=0, max=1, help="End with 3 if more than this share of the samples failed.")
    ] = 0.1,
    price_in: Annotated[float | None, typer.Option(min=0, help="Dollars a million prompt tokens.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Dollars a million answer tokens.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be asked, and what it costs.")
    ] = False,
    score: Annotated[bool, typer.Option("--score/--no-score", help="Score the answers at the end.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Evaluate a model. Run the same command again to resume: only what has no answer is asked.

    Example: medinst eval --bench bench --model gguf: --limit 25 --out run
    """
    from medinst.cli import console
    from medinst.cli import score as scoring
    from medinst.evaluate import plan as plans
    from medinst.evaluate import run
    from medinst.evaluate.cost import Prices
    from medinst.evaluate.types import Decoding
    from medinst.models import parse_spec, presets
    from medinst.models.pace import Pace
    from medinst.sources import cache_folder

    named = presets.load(preset) if preset else None
    known = named or presets.UNKNOWN
    spec, pace = presets.spec(known, model), Pace(requests_per_minute, tokens_per_minute)
    asked = parse_spec(
        spec, base_url, timeout, concurrency, cache_folder(), dialect, pace, named, completions, dry=dry_run
    )
    decoding = Decoding(known.temperature, max_tokens or known.max_tokens)
    prices = Prices(
        known.price_in if price_in is None else price_in, known.price_out if price_out is None else price_out
    )
    plan = plans.make(
        bench,
        asked,
        rows or [],
        limit,
        seed,
        shots,
        decoding,
        wording,
        allow_remote=allow_remote,
        constrain=constrain,
        choices=choices,
        preset=named,
    )
    for note in plan.notes:
        console.say(note)
    if dry_run:
        _foresee(plan, asked, out, prices, int(asked.identity.get("context", known.context)), json)
        return
    outcome = run.evaluate(plan, asked, out, score, prices)
    if outcome.scores:
        scoring.show(outcome.scores, json)
        if constrain:
            _doubt(outcome.scores)
    _end(outcome, len(plan), out, fail_on_error)


def _foresee(plan: Plan, model: Model, out: Path, prices: Prices, context: int, json: bool) -> None:
    """Say what would be asked and what that costs."""
    from medinst.cli import console
    from medinst.evaluate import cost, table

    ahead = cost.forecast(plan, model, out, prices, context)
    console.emit(ahead) if json else console.table(*table.forecast(ahead))
    for remark in table.forecast_remarks(ahead, context):
        console.say(remark)


def _doubt(scores: Scores) -> None:
    """Say where whole answers have not the form that was asked for: a server may pass over a field it does not know."""
    from medinst.cli import console

    rows = [row for row, score in scores.rows.items() if score.unparsed > score.truncated]
    if rows:
        console.say(
            f"Answers that were not cut could not be read: {', '.join(rows)}. The server seems not to hold them to "
            "their form; is --dialect what it understands?"
        )


def _end(outcome: Outcome, asked: int, out: Path, fail_on_error: float) -> None:
    """Say how the run ended, and end with 3 where too much of it failed."""
    from medinst.cli import console

    console.say(f"{outcome.answered} of {asked} samples answered, {outcome.failed} failed; see {out}")
    if outcome.failed > fail_on_error * asked:
        console.say(f"More than {fail_on_error:.0%} failed, most often: {outcome.reason}. Run it again to ask those.")
        raise typer.Exit(3)
