"""AnEM: anatomical entities in 500 abstracts and full-text extracts, with part-of and fragment relations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import SECTION, Corpus, Files, at
from medinst.formats import brat
from medinst.formats.quarantine import Quarantine, read_text
from medinst.schema import Document


def listed(standoff: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the documents of ``standoff`` that ``beside`` names, one name a line."""
    return brat.read(standoff, quarantine, (".ann",), (read_text(beside, quarantine) or "").split())


def split(listing: str) -> tuple[Files, ...]:
    """Return the split of one list file, in the release's folder or as that folder's contents."""
    return at("standoff", "AnEM-*/standoff", read=listed, beside=(listing, f"AnEM-*/{listing}"))


CORPUS = Corpus(
    name="anem",
    title="Anatomical Entity Mention corpus",
    year=2012,
    homepage="http://www.nactem.ac.uk/anatomy/",
    licence="CC-BY-SA-3.0",
    articles=SECTION,
    urls=("http://www.nactem.ac.uk/anatomy/data/AnEM-1.0.4.tar.gz",),
    splits={
        "train": split("development/train-files.list"),
        "validation": split("development/test-files.list"),
        "test": split("test/test-files.list"),
    },
)
