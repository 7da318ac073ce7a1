"""``medinst export``: the samples of a folder for a training tool, a batch service or a harness, or a run as a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from medinst.build.export.folder import Target
    from medinst.build.export.plan import Plan


def command(
    data: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder that `medinst build`, `bench`, `mix` or `eval` wrote.")
    ],
    to: Annotated[
        Literal[
            "trl",
            "messages",
            "alpaca",
            "sharegpt",
            "llama-factory",
            "axolotl",
            "openai-batch",
            "lm-eval",
            "inspect",
            "medinst32",
        ],
        typer.Option(help="The format."),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default OUT-<format>.")] = None,
    rows: Annotated[list[str] | None, typer.Option(help="Only these rows, commas between, or given again.")] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="Only train, validation or test; likewise. If not said, test alone where models are asked."),
    ] = None,
    shots: Annotated[
        int | None,
        typer.Option(min=0, help="Demonstrations before each question, of a benchmark; lm-eval and inspect: all."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Samples a row and split, drawn by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of --limit.")] = 0,
    publishable: Annotated[
        bool, typer.Option("--publishable", help="Leave out what may not be published: unknown terms, agreements.")
    ] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Parquet files instead of JSON lines.")] = False,
    model: Annotated[str, typer.Option(help="The model: asked in a batch, else named in the commands.")] = "",
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens an answer may have, in a batch.")] = 1024,
    token_key: Annotated[
        Literal["max_completion_tokens", "max_tokens"], typer.Option(help="How the server calls that limit.")
    ] = "max_completion_tokens",
    bench: Annotated[Path | None, typer.Option(help="Of a run: its benchmark, where that was moved.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Write a folder that a training tool, a batch service or a harness takes, with its README, terms and manifest.

    Example: medinst export data --to trl --rows AnEM,BC5CDR --out data-trl
    """
    from medinst.build.export import folder, plan
    from medinst.cli import console, exporting

    place = out or data.resolve().with_name(f"{data.resolve().name}-{to}")
    if exporting.is_run(data, to, bench):
        given = {"--split": split, "--shots": shots, "--limit": limit, "--parquet": parquet, "--model": model}
        exporting.refuse(data, [name for name, value in given.items() if value])
        exporting.run(data, place, bench, rows or [], publishable, dry_run, json)
        return
    splits = split or (["test"] if to in (folder.BATCH, *folder.TESTS) else [])
    if shots is None:
        shots = plan.demonstrations(data) if to in folder.TESTS else 0
    wish = plan.Wish(rows or [], splits, shots, limit, seed, publishable)
    made = plan.make(data, wish)
    for line in made.left_out:
        console.say(f"left out: {line}")
    target = folder.Target(to, parquet, model, max_tokens, token_key)
    folder.check(made, target)
    for line in [*made.notes, *folder.notes(made, target)]:
        console.say(line)
    if dry_run:
        exporting.planned(made, place, json)
    else:
        _write(made, target, place, json)


def _write(made: Plan, target: Target, place: Path, json: bool) -> None:
    """Write an export and say what came of it."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    from medinst.build.export import folder
    from medinst.cli import console

    with console.bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()) as progress:
        task = progress.add_task("exporting", total=len(made.parts))
        done = folder.write(
            made, target, place, lambda part: progress.update(task, advance=1, description=f"{part.row}/{part.split}")
        )
    samples = sum(file.rows for file in folder.data_files(done))
    if json:
        console.emit({"out": str(place), "samples": samples, "note": done.note, "files": done.files})
    console.say(f"{samples:,} samples at {place}; README.md there says how to use them")
