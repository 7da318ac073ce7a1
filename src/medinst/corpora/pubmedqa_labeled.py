"""PubMedQA-labeled: 1,000 abstracts whose title asks a question that experts answered yes, no or maybe; fold 0."""

from __future__ import annotations

from medinst.corpora import PMID, Corpus, at
from medinst.formats.pubmedqa import read

CORPUS = Corpus(
    name="pubmedqa-labeled",
    title="PubMedQA, the part labelled by experts (PQA-L)",
    year=2019,
    homepage="https://pubmedqa.github.io/",
    licence="MIT",
    articles=PMID,
    urls=("https://drive.google.com/uc?export=download&id=1kQnjowPHOcxETvYko7DRG9wE7217BQrD",),
    also=("pubmedqa-folds",),
    splits={
        "train": at("pqal_fold0/train_set.json", "*/pqal_fold0/train_set.json", read=read),
        "validation": at("pqal_fold0/dev_set.json", "*/pqal_fold0/dev_set.json", read=read),
        "test": at("pqal_test_set.json", "*/pqal_test_set.json", "data/test_set.json", read=read),
    },
)
