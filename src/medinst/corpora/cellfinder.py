"""CellFinder: anatomy, cells, cell lines, genes and species in ten full papers on stem cells.

Documented layout: ``cellfinder1_brat.tar.gz`` holds ``<PMID>.txt`` and ``<PMID>.ann`` without a folder; which papers
are the test is in BigBio's ``cellfinder``, not in the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import brat
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document

PAPERS = "https://www.informatik.hu-berlin.de/de/forschung/gebiete/wbi/resources/cellfinder/"


def listed(first: Path, quarantine: Quarantine, names: tuple[str, ...]) -> Iterator[Document]:
    """Yield the named papers, which lie beside the first of them."""
    return brat.read(first.parent, quarantine, (".ann",), names)


def split(*names: str) -> tuple[Files, ...]:
    """Return the split of the named papers; the archive has nothing else to know it by than their files."""
    return at(f"{names[0]}.txt", f"**/{names[0]}.txt", read=partial(listed, names=names))


CORPUS = Corpus(
    name="cellfinder",
    title="CellFinder corpus",
    year=2012,
    homepage=PAPERS,
    licence="CC-BY-SA-3.0",
    articles=PMID,
    urls=(f"{PAPERS}cellfinder1_brat.tar.gz",),
    layout="documented",
    splits={
        "train": split("16316465", "17381551", "17389645", "18162134", "18286199"),
        "test": split("15971941", "16623949", "16672070", "17288595", "17967047"),
    },
)
