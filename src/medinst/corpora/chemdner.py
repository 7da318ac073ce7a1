"""CHEMDNER: chemicals and drugs in 10,000 abstracts, the shared task of BioCreative IV; also as tagged sentences.

Documented layout: BioC as BioCreative VII released it again, laid out as BigBio's ``chemdner`` has it, in what is a tar
archive whatever its name says; the sentences as in BC4CHEMD-IOB of MTL-Bioinformatics-2016. Nine abstracts and half the
sentences of the development split are at hand in other forms.
"""

from __future__ import annotations

from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import bioc, brat, iob

marked = partial(bioc.read, skip=("MeSH_Indexing_Chemical",), numbered=True)


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"**/BC7T2-CHEMDNER-corpus-{name}.BioC.xml", read=marked)


def tagged(name: str) -> tuple[Files, ...]:
    """Return a split of the tagged sentences."""
    return at(f"**/BC4CHEMD-IOB/{name}.tsv", read=iob.read)


CORPUS = Corpus(
    name="chemdner",
    title="CHEMDNER corpus of chemicals and drugs",
    year=2015,
    homepage="https://biocreative.bioinformatics.udel.edu/resources/biocreative-iv/chemdner-corpus/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=(
        "https://ftp.ncbi.nlm.nih.gov/pub/lu/BC7-NLM-Chem-track/BC7T2-CHEMDNER-corpus_v2.BioC.xml.gz",
        "https://github.com/cambridgeltl/MTL-Bioinformatics-2016/archive/df0df02fae6dbb87d88ffcf323b9096528f06f84.zip",
    ),
    layout="documented",
    splits={
        "train": split("training")
        + at("**/mirror-hiroto-brat", read=partial(brat.read, suffixes=(".ann",)), partial=True),
        "validation": split("development"),
        "test": split("evaluation"),
    },
    views={
        "sentences": {
            "train": tagged("train"),
            "validation": tagged("devel")
            + at("**/chemical_chemdner/devel.tsv", read=partial(iob.read, kind="Chemical"), partial=True),
            "test": tagged("test"),
        }
    },
)
