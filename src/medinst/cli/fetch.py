"""``medinst fetch``: the bytes of the corpora, checked, into the cache or into a folder to carry away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from medinst.cli.build import Sources


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ROW|CORPUS]...", help="Whose corpora; none: those of all rows.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Make a sources folder here, to carry to another machine's --sources.")
    ] = None,
    sources: Sources = None,
    mirror: Annotated[
        str,
        typer.Option(
            help="Folder or URL of a site's own mirror, laid out as a sources folder: <corpus>/<file> or "
            "<corpus>.tar.gz; nothing else is asked [MEDINST_MIRROR]."
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched; ask no server.")] = False,
    check_links: Annotated[
        bool, typer.Option("--check-links", help="Only ask every address whether it still gives a file.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a server may be silent.")] = 30.0,
    tries: Annotated[int, typer.Option(min=1, max=100, help="Tries without any progress, for each file.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Fetch corpora: terms first, then bytes, verified. Run it again to go on after a stop.

    Example: medinst fetch BC5CDR --to carried
    """
    from medinst.cli import fetching
    from medinst.sources import cache_folder, sources_folder
    from medinst.sources.bring import site_root
    from medinst.sources.http import Patience
    from medinst.workflows import fetch

    patience = Patience(stall=timeout, tries=tries)
    cache = cache_folder()
    items = fetch.plan(names or [], None if to or check_links else sources_folder(sources), cache)
    site = site_root(mirror or os.environ.get("MEDINST_MIRROR", ""))
    if check_links:
        fetching.links(items, patience, json)
    elif dry_run:
        fetching.preview(items, to or cache / "sources", site, json)
    else:
        fetching.fetch(items, cache, to, site, patience, json, names or [])
