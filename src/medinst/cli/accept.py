"""``medinst accept``: record that the terms of a corpus are accepted, which a corpus under an agreement asks for."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="A corpus whose terms you have read and accept.")],
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Accept the terms of a corpus; nothing under an agreement is built before. `medinst show CORPUS` says where.

    Example: medinst accept bioasq-task-b
    """
    from medinst import corpora
    from medinst.build import gate
    from medinst.cli import console
    from medinst.sources import cache_folder, terms

    found = corpora.load(corpus)
    given = terms.accept(cache_folder(), found.name, found.licence, found.homepage)
    if json:
        console.emit(given)
    else:
        console.say(f"{found.name}: {found.title} ({found.year}), {found.access}. {gate.agreement(found)}.")
        console.say(f"Accepted by you as at {found.homepage}. What is made from it carries these terms.")
