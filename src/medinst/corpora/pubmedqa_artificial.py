"""PubMedQA-artificial: 211,269 abstracts whose title was turned into a question that it answers with yes or no.

The layout is that of the part labelled by experts, file names as in BigBio's ``pubmed_qa``.
"""

from __future__ import annotations

from medinst.corpora import PMID, Corpus, at
from medinst.formats import parts
from medinst.formats.pubmedqa import read

CORPUS = Corpus(
    name="pubmedqa-artificial",
    title="PubMedQA, the part made by rules (PQA-A)",
    year=2019,
    homepage="https://pubmedqa.github.io/",
    licence="MIT",
    articles=PMID,
    urls=("https://drive.google.com/uc?export=download&id=1kaU0ECRbVkrfjBAKtVsPCRF6qXSouoq9",),
    layout="documented",
    splits={
        "train": at("pqaa_train_set.json", "*/pqaa_train_set.json", read=read, parts=parts.by_members),
        "validation": at("pqaa_dev_set.json", "*/pqaa_dev_set.json", read=read),
    },
)
