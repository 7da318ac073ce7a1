"""miRNA: microRNAs, genes and proteins, diseases, species and words that relate them, in 301 abstracts.

The release links no mention to a database.
"""

from __future__ import annotations

from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import ppi


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release; ends of mentions point at the last character."""
    return at(f"**/miRNA-{name}-Corpus.xml", read=partial(ppi.documents, inclusive=True))


CORPUS = Corpus(
    name="mirna",
    title="miRNA corpus of SCAI",
    year=2014,
    homepage="https://www.scai.fraunhofer.de/en/business-research-areas/bioinformatics/downloads/download-mirna-test-corpus.html",
    licence="CC-BY-NC-3.0",
    articles=PMID,
    urls=(
        "https://www.scai.fraunhofer.de/content/dam/scai/de/downloads/bioinformatik/miRNA/miRNA-Train-Corpus.xml",
        "https://www.scai.fraunhofer.de/content/dam/scai/de/downloads/bioinformatik/miRNA/miRNA-Test-Corpus.xml",
    ),
    splits={"train": split("Train"), "test": split("Test")},
    damage={"duplicate-id": 3, "xml": 1},
)
