"""ChemProt: chemicals, genes and how the ones act upon the others, in 2,432 abstracts.

A relation has the type of its group (``CPR:3``), as in the shared task, but all groups are there, also those that were
not scored. The release is an archive of archives.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import biocreative
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document
from medinst.sources import cache_folder
from medinst.sources.archive import unpack_once

_COLUMNS = ("pmid", "type", "scored", "name", "arg1", "arg2")

read = partial(biocreative.read, columns=_COLUMNS)


def packed(archive: Path, quarantine: Quarantine, table: str) -> Iterator[Document]:
    """Yield the documents of an archive that holds the folder of a split.

    Raises:
        ArchiveRefused: it is damaged or hostile.
    """
    return read(unpack_once(archive, cache_folder()) / table, quarantine)


def split(folder: str, table: str) -> tuple[Files, ...]:
    """Return a split by its folder and its table of abstracts."""
    place = f"{folder}/{table}"
    return at(f"**/{place}", read=read) + at(f"**/{folder}.zip", read=partial(packed, table=place))


CORPUS = Corpus(
    name="chemprot",
    title="ChemProt: BioCreative VI chemical-protein interaction corpus",
    year=2017,
    homepage="https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vi/track-5/",
    licence="CC-PDM-1.0",
    articles=PMID,
    urls=("https://biocreative.bioinformatics.udel.edu/media/store/files/2017/ChemProt_Corpus.zip",),
    splits={
        "train": split("chemprot_training", "chemprot_training_abstracts.tsv"),
        "validation": split("chemprot_development", "chemprot_development_abstracts.tsv"),
        "test": split("chemprot_test_gs", "chemprot_test_abstracts_gs.tsv"),
    },
)
