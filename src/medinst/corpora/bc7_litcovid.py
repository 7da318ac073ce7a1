"""BC7-LitCovid: abstracts on COVID-19 with one or more of seven topics, from BioCreative VII.

Columns as in BigBio's ``bc7_litcovid``, which reads Dev as test and the test as validation; here each file is what its
name says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import tables
from medinst.formats.quarantine import Quarantine
from medinst.schema import Labelled


def read(path: Path, quarantine: Quarantine) -> Iterator[Labelled]:
    """Yield the abstracts; an article without one is set aside."""
    for line, row in tables.rows(path, quarantine, ("pmid", "abstract", "label")):
        if row["abstract"].strip():
            yield Labelled(row["pmid"], row["abstract"], tuple(filter(None, row["label"].split(";"))))
        else:
            quarantine.set_aside(path, line, "columns", row["pmid"], "no abstract", "an article with an abstract")


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"BC7-LitCovid-{name}.csv", read=read)


CORPUS = Corpus(
    name="bc7-litcovid",
    title="BioCreative VII LitCovid track",
    year=2021,
    homepage="https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vii/track-5/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=(
        "https://ftp.ncbi.nlm.nih.gov/pub/lu/LitCovid/biocreative/BC7-LitCovid-Train.csv",
        "https://ftp.ncbi.nlm.nih.gov/pub/lu/LitCovid/biocreative/BC7-LitCovid-Dev.csv",
        "https://ftp.ncbi.nlm.nih.gov/pub/lu/LitCovid/biocreative/BC7-LitCovid-Test-GS.csv",
    ),
    layout="documented",
    splits={"train": split("Train"), "validation": split("Dev"), "test": split("Test-GS")},
)
