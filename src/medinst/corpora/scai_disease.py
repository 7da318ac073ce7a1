"""SCAI Disease: diseases and adverse effects in 400 abstracts.

Layout: the file of the URL below.
"""

from __future__ import annotations

from medinst.corpora import PMID, Corpus, at
from medinst.formats import scai

CORPUS = Corpus(
    name="scai-disease",
    title="SCAI corpus of diseases and adverse effects",
    year=2010,
    homepage="https://www.scai.fraunhofer.de/en/business-research-areas/bioinformatics/downloads/corpus-for-disease-names-and-adverse-effects.html",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://www.scai.fraunhofer.de/content/dam/scai/de/downloads/bioinformatik/Disease-ae-corpus.iob",),
    layout="documented",
    splits={"train": at("**/Disease-ae-corpus.iob", read=scai.read)},
)
