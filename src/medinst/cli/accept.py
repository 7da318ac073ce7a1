"""``medinst accept``: show the terms of a corpus and record that they are accepted, as an agreement asks for."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="A corpus whose terms you have read and accept.")],
    by: Annotated[str, typer.Option(help="Who accepts; by default who is logged in.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the terms and record nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Accept the terms of a corpus; nothing under an agreement is built before. The record stays in the cache.

    Example: medinst accept bioasq-task-b
    """
    from medinst import corpora
    from medinst.build import gate
    from medinst.cli import console
    from medinst.sources import cache_folder

    found = corpora.load(corpus)
    console.say(gate.wording(found))
    if found.access != "agreement":
        console.say("It is under no agreement: nothing waits for an acceptance.")
    if dry_run:
        return
    given = gate.accept(found, cache_folder(), by)
    console.say(f"Accepted by {given.by} at {given.accepted}. What is made from it carries these terms.")
    if json:
        console.emit(given)
