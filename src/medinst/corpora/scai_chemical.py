"""SCAI Chemical: names of chemicals in 100 abstracts, by how they are formed.

Layout: the gzipped file of the URL below, in Mac OS Roman.
"""

from __future__ import annotations

from functools import partial

from medinst.corpora import PMID, Corpus, at
from medinst.formats import scai

CORPUS = Corpus(
    name="scai-chemical",
    title="SCAI corpus for chemical entity recognition",
    year=2008,
    homepage="https://www.scai.fraunhofer.de/en/business-research-areas/bioinformatics/downloads/corpora-for-chemical-entity-recognition.html",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=(
        "https://www.scai.fraunhofer.de/content/dam/scai/de/downloads/bioinformatik/Corpora-for-Chemical-Entity-Recognition/chemicals-test-corpus-27-04-2009-v3_iob.gz",
    ),
    layout="documented",
    splits={
        "train": at(
            "**/chemicals-test-corpus-27-04-2009-v3_iob.gz",
            "**/chemicals-test-corpus-27-04-2009-v3.iob",
            "**/chemicals-test-corpus-27-04-2009-v3_iob",
            read=partial(scai.read, encoding="mac_roman"),
        )
    },
)
