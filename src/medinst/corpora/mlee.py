"""MLEE: events from molecules to organs in 262 abstracts on the growth of blood vessels.

A copy without ``.a1`` files lacks all entities, so the events and chains that point at them are set aside there. Its
folder ``train`` holds the release's training and development abstracts, ``valid`` the development ones that it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import SECTION, Corpus, Files, Reader, at
from medinst.formats import brat
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document


def training(folder: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the documents of ``folder`` that are not in ``beside``, the validation folder."""
    held_out = {path.name for path in beside.glob("*.txt")}
    names = sorted(path.stem for path in folder.glob("*.txt") if path.name not in held_out)
    return brat.read(folder, quarantine, names=names)


def release(place: str) -> tuple[Files, ...]:
    """Return a split of the release."""
    return at(f"standoff/{place}", f"MLEE-*/standoff/{place}", read=brat.read)


def bare(folder: str, unknown: int, read: Reader = brat.read, beside: tuple[str, ...] = ()) -> tuple[Files, ...]:
    """Return a split of the copy without entities, where so many pieces point at what is not there."""
    return at(folder, read=read, partial=True, beside=beside, damage={"unknown-id": unknown})


CORPUS = Corpus(
    name="mlee",
    title="Multi-Level Event Extraction corpus",
    year=2012,
    homepage="http://www.nactem.ac.uk/MLEE/",
    licence="CC-BY-NC-SA-3.0",
    articles=SECTION,
    urls=("http://www.nactem.ac.uk/MLEE/MLEE-1.0.2-rev1.tar.gz",),
    splits={
        "train": release("development/train") + bare("train", 3310, training, beside=("valid",)),
        "validation": release("development/test") + bare("valid", 935),
        "test": release("test/test") + bare("test", 1998),
    },
)
