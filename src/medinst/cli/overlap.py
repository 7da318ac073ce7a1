"""``medinst overlap``: which documents of the tests are seen in training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="OUT...", help="Dataset folders, whose rows are taken together; mixtures too."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for a page with a heat map, the matrix, all findings and all pairs.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Of a larger test split look for so many samples.")] = 20_000,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Say which test documents are seen in training: by article number, equal text, 13-grams, near-duplicates.

    Example: medinst overlap data --out overlap
    """
    from medinst.cli import overlapping

    overlapping.run(data, out, most, json)
