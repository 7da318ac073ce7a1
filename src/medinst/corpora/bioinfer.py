"""BioInfer: proteins, genes and RNAs and which of them interact, in 1,100 sentences, by sentence."""

from __future__ import annotations

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import ppi


def split(name: str) -> tuple[Files, ...]:
    """Return a split of the unified XML."""
    return at(f"**/BioInfer-{name}.xml", read=ppi.sentences)


CORPUS = Corpus(
    name="bioinfer",
    title="BioInfer: Bio Information Extraction Resource",
    year=2007,
    homepage="https://github.com/metalrt/ppi-dataset",
    licence="CC-BY-2.0",
    articles=PMID,
    urls=(
        "https://github.com/metalrt/ppi-dataset/raw/master/csv_output/BioInfer-train.xml",
        "https://github.com/metalrt/ppi-dataset/raw/master/csv_output/BioInfer-test.xml",
    ),
    splits={"train": split("train"), "test": split("test")},
)
