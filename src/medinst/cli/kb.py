"""``medinst kb``: the documents of a corpus in BigBio's schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    name: Annotated[str, typer.Argument(metavar="CORPUS", help="A corpus of documents with annotations.")],
    out: Annotated[Path, typer.Option(help="Folder to write; loadable by datasets.load_dataset(OUT).")],
    sources: Annotated[
        Path | None, typer.Option(help="Folder of <corpus>/ trees or <corpus>.tar.gz files [MEDINST_SOURCES].")
    ] = None,
    view: Annotated[str, typer.Option(help="Which of the corpus's views.")] = "documents",
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Export a corpus in BigBio's schema bigbio_kb, and count what that schema cannot hold.

    Example: medinst kb bc5cdr --sources corpora --out kb/bc5cdr
    """
    from medinst import corpora
    from medinst.build import bigbio, gate
    from medinst.cli import console
    from medinst.errors import SourceMissing
    from medinst.sources import cache_folder, sources_folder

    corpus = corpora.load(name)
    folder, cache = sources_folder(sources), cache_folder()
    tree = corpus.tree(folder, cache)
    if tree is None:
        raise SourceMissing(f"No files of corpus {name}. {gate.how_to_get(corpus, folder)}")
    gate.require(corpus, tree, cache)
    console.exported(corpus, bigbio.export(corpus, view, tree, out), json)
