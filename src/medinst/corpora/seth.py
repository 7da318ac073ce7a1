"""SETH: genetic variants, genes, and which variant belongs to which gene, in 630 abstracts; one split only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst.corpora import PMID, Corpus, at
from medinst.formats import detached
from medinst.formats.quarantine import Quarantine, read_text
from medinst.schema import Document


def read(corpus: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the abstracts of ``corpus.txt`` (PMID and text a line) with the annotations in the folder beside it.

    One file has lines of events without any argument, left over from a tool; what they name are mentions.
    """
    texts = abstracts(corpus, quarantine)
    for document in detached.read(texts, corpus.parent.glob("annotations/*.ann"), quarantine):
        entities = (*document.entities, *document.triggers)
        yield msgspec.structs.replace(document, entities=entities, triggers=(), events=())


def abstracts(path: Path, quarantine: Quarantine) -> Iterator[tuple[str, str]]:
    """Yield (PMID, text) of every line."""
    content = read_text(path, quarantine) or ""
    for number, line in enumerate(content.split("\n"), 1):
        pmid, tab, text = line.partition("\t")
        if tab:
            yield pmid, text
        elif line.strip():
            quarantine.set_aside(path, number, "columns", line, "1 column", "PMID and text")


CORPUS = Corpus(
    name="seth",
    title="SETH corpus",
    year=2016,
    homepage="https://github.com/rockt/SETH",
    licence="Apache-2.0",
    articles=PMID,
    urls=("https://github.com/rockt/SETH/archive/refs/heads/master.zip",),
    splits={"train": at("**/SETH-corpus/corpus.txt", read=read)},
)
