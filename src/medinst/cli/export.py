"""``medinst export``: the samples of a folder in the format of a training tool or of a batch service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from medinst.build.export.plan import Plan


def command(
    data: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that `medinst build`, `bench` or `mix` wrote.")],
    to: Annotated[
        Literal["trl", "messages", "alpaca", "sharegpt", "llama-factory", "axolotl", "openai-batch"],
        typer.Option(help="The format."),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default OUT-<format>.")] = None,
    rows: Annotated[list[str] | None, typer.Option(help="Only these rows, commas between, or given again.")] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="Only train, validation or test; likewise. A batch is of test if not said.")
    ] = None,
    shots: Annotated[int, typer.Option(min=0, help="Demonstrations before each question, of a benchmark.")] = 0,
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Write a folder that a training tool or a batch service takes, with its README, terms and manifest.

    Example: medinst export data --to trl --rows AnEM,BC5CDR --out data-trl
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    from medinst.build.export import folder, plan
    from medinst.cli import console

    splits = split or (["test"] if to == folder.BATCH else [])
    wish = plan.Wish(rows or [], splits, shots, limit, seed, publishable)
    target = folder.Target(to, parquet, model, max_tokens, token_key)
    made = plan.make(data, wish)
    place = out or data.resolve().with_name(f"{data.resolve().name}-{to}")
    for line in made.left_out:
        console.say(f"left out: {line}")
    for line in made.notes:
        console.say(line)
    folder.check(made, target)
    if dry_run:
        _planned(made, place, json)
        return
    with console.bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()) as progress:
        task = progress.add_task("exporting", total=len(made.parts))
        done = folder.write(
            made, target, place, lambda part: progress.update(task, advance=1, description=f"{part.row}/{part.split}")
        )
    samples = sum(file.rows for file in folder.data_files(done))
    if json:
        console.emit({"out": str(place), "samples": samples, "note": done.note, "files": done.files})
    console.say(f"{samples:,} samples at {place}; README.md there says how to use them")


def _planned(made: Plan, place: Path, json: bool) -> None:
    """Print what would be written."""
    from medinst.cli import console

    counts = [(part.row, part.split, made.most(part)) for part in made.parts]
    console.emit(counts) if json else console.table(("row", "split", "samples>"), counts)
    most = sum(count for _, _, count in counts)
    console.say(f"at most {most:,} samples of {len(counts)} splits would be written to {place}")
