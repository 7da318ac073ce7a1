"""CHEBI: metabolites, what else they are named with and how they relate, in 199 abstracts and 100 full papers.

Documented layout: ``ChEBI.zip`` with ``ChEBI/abstracts/Annotator1``, ``ChEBI/abstracts/Annotator2`` (the same
abstracts) and ``ChEBI/fullpapers``, each with ``.txt`` and ``.ann`` side by side, as BigBio's ``chebi_nactem`` has it.
One split; the 476 documents of Table 11 can only be reached with both annotators' copies of an abstract.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst.corpora import Corpus, at
from medinst.formats import brat
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document

PARTS = {"abstracts/Annotator1": "A1", "abstracts/Annotator2": "A2", "fullpapers": "F"}


def read(folder: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the documents of all three parts, their ids told apart by the part."""
    for part, mark in PARTS.items():
        if not (folder / part).is_dir():
            quarantine.set_aside(folder / part, 0, "missing-file", part, "no such folder", "one of three parts")
            continue
        for document in brat.read(folder / part, quarantine, (".ann",)):
            yield msgspec.structs.replace(document, id=f"{document.id}_{mark}")


CORPUS = Corpus(
    name="chebi",
    title="ChEBI corpus",
    year=2018,
    homepage="http://www.nactem.ac.uk/chebi",
    licence="CC-BY-4.0",
    articles={"documents": r"(?P<pmid>\d+)_A[12]"},
    urls=("http://www.nactem.ac.uk/chebi/ChEBI.zip",),
    layout="documented",
    splits={"train": at("ChEBI", "**/ChEBI", read=read)},
)
