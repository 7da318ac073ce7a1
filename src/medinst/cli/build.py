"""``medinst build``: rows of Table 11 from the corpora at hand into a dataset folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Rows = Annotated[
    list[str] | None, typer.Argument(metavar="[ROW]...", help="Rows by name; none: all whose files are at hand.")
]
Sources = Annotated[
    Path | None, typer.Option(help="Folder of <corpus>/ trees or <corpus>.tar.gz files [MEDINST_SOURCES].")
]


def command(
    out: Annotated[Path, typer.Option(help="Dataset folder to write; loadable by datasets.load_dataset(OUT, ROW).")],
    rows: Rows = None,
    sources: Sources = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    engine: Annotated[
        Literal["processes", "dask"], typer.Option(help="What runs them; dask needs the extra medinst[cluster].")
    ] = "processes",
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler; none: Dask on this machine.")] = "",
    keep_empty: Annotated[
        bool, typer.Option("--keep-empty", help="Also <row>-empty: the documents without gold, answered [].")
    ] = False,
    wording: Annotated[int, typer.Option(min=0, max=2, help="Which of a task's three instructions to use.")] = 0,
    licence: Annotated[
        Literal["permissive", "noncommercial", "any"],
        typer.Option(
            help="permissive: attribution at most; noncommercial: also those to share alike or not for commerce; any."
        ),
    ] = "any",
    publishable: Annotated[
        bool, typer.Option("--publishable", help="Leave out what may not be published: unknown terms, agreements.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be built, how big it is, and what is missing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Build rows from the corpora at hand; run it again to go on after a stop.

    Example: medinst build AnEM BC5CDR-RE --sources corpora --out data
    """
    from medinst.build import origin, plan
    from medinst.build.engine import opener
    from medinst.cli import building, console
    from medinst.sources import cache_folder, sources_folder

    executor = opener(engine, workers, scheduler)
    folder = sources_folder(sources)
    made = plan.make(rows or [], folder, cache_folder(), wording, keep_empty, licence, publishable)
    console.missing(made)
    if dry_run:
        building.planned(made, workers, json)
    else:
        origin.remember(out, folder, cache_folder())
        building.build(made, out, executor, workers, json)
