"""BioNLP-ST 2013 GRO: 300 abstracts on gene regulation with the classes of the Gene Regulation Ontology.

The test abstracts come without events and relations.
"""

from __future__ import annotations

from medinst.corpora import SECTION, Corpus, at
from medinst.formats import brat

CORPUS = Corpus(
    name="bionlp-2013-gro",
    title="BioNLP Shared Task 2013: Gene Regulation Ontology",
    year=2013,
    homepage="https://github.com/openbiocorpora/bionlp-st-2013-gro",
    licence="LicenseRef-GENIA",
    articles=SECTION,
    urls=("https://github.com/openbiocorpora/bionlp-st-2013-gro/archive/refs/heads/master.zip",),
    splits={
        "train": at("**/original-data/train", read=brat.read),
        "validation": at("**/original-data/devel", read=brat.read),
        "test": at("**/original-data/test", read=brat.read),
    },
)
