"""tmVar: variants in 500 abstracts, with their form in tmVar's notation.

Documented layout: two PubTator files in the folder ``tmVarCorpus``, six columns a mention, as in BigBio's ``tmvar_v1``.
"""

from __future__ import annotations

from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.corpora.tmvar_v2 import identify
from medinst.formats import pubtator


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"**/{name}.PubTator.txt", read=partial(pubtator.read, identify=identify))


CORPUS = Corpus(
    name="tmvar-v1",
    title="tmVar corpus of variants",
    year=2013,
    homepage="https://www.ncbi.nlm.nih.gov/research/bionlp/Tools/tmvar/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://www.ncbi.nlm.nih.gov/CBBresearch/Lu/Demo/tmTools/download/tmVar/tmVarCorpus.zip",),
    layout="documented",
    splits={"train": split("train"), "test": split("test")},
)
