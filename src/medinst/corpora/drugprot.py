"""DrugProt: chemicals, genes and thirteen ways in which they relate, in 4,250 abstracts; the test set has no gold."""

from __future__ import annotations

from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import biocreative


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release, which misspells its abstracts."""
    read = partial(biocreative.read, columns=("pmid", "type", "arg1", "arg2"))
    return at(f"**/{name}/drugprot_{name}_abstracs.tsv", read=read)


CORPUS = Corpus(
    name="drugprot",
    title="DrugProt: BioCreative VII drug-protein relation corpus",
    year=2021,
    homepage="https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vii/track-1/",
    licence="CC-BY-4.0",
    articles=PMID,
    urls=("https://zenodo.org/record/5119892/files/drugprot-training-development-test-background.zip",),
    splits={"train": split("training"), "validation": split("development")},
)
