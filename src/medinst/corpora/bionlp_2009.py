"""BioNLP-ST 2009: proteins in 1,210 abstracts on transcription factors in human blood cells, and their events.

The test abstracts come without events. The release is an archive a split, known by one of its abstracts where its
files stand in no folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import brat
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document

FILES = "http://www.nactem.ac.uk/GENIA/current/Shared-tasks/BioNLP-ST-2009"


def around(text: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the documents of the folder that ``text`` lies in."""
    return brat.read(text.parent, quarantine)


def split(folder: str, pmid: str) -> tuple[Files, ...]:
    """Return a split by its folder's name, or by an abstract that no other split has."""
    return at(folder, read=brat.read) + at(f"{pmid}.txt", f"*/{pmid}.txt", read=around)


CORPUS = Corpus(
    name="bionlp-2009",
    title="BioNLP Shared Task 2009",
    year=2009,
    homepage="http://www.geniaproject.org/shared-tasks/bionlp-shared-task-2009",
    licence="LicenseRef-GENIA",
    articles=PMID,
    urls=(
        f"{FILES}/bionlp09_shared_task_training_data_rev2.tar.gz",
        f"{FILES}/bionlp09_shared_task_development_data_rev1.tar.gz",
        f"{FILES}/bionlp09_shared_task_test_data_without_gold_annotation.tar.gz",
    ),
    splits={
        "train": split("train", "10022882"),
        "validation": split("devel", "10089566"),
        "test": split("test", "10024618"),
    },
)
