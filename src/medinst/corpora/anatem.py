"""AnatEM: anatomical entities in 1,212 abstracts and full-text extracts, AnEM extended; also as tagged sentences."""

from __future__ import annotations

from functools import partial

from medinst.corpora import SECTION, Corpus, Files, at
from medinst.formats import brat, iob


def split(name: str) -> tuple[Files, ...]:
    """Return a split of the release."""
    return at(f"standoff/{name}", f"AnatEM-*/standoff/{name}", read=partial(brat.read, suffixes=(".ann",)))


def tagged(name: str) -> tuple[Files, ...]:
    """Return a split of the sentences, which know one type only."""
    return at(f"**/AnatEM-IOB/{name}.tsv", read=iob.read)


CORPUS = Corpus(
    name="anatem",
    title="Extended Anatomical Entity Mention corpus",
    year=2014,
    homepage="http://nactem.ac.uk/anatomytagger/",
    licence="CC-BY-SA-3.0",
    articles=SECTION,
    urls=(
        "http://nactem.ac.uk/anatomytagger/AnatEM-1.0.2.tar.gz",
        "https://github.com/cambridgeltl/MTL-Bioinformatics-2016/archive/df0df02fae6dbb87d88ffcf323b9096528f06f84.zip",
    ),
    splits={"train": split("train"), "validation": split("devel"), "test": split("test")},
    views={"sentences": {"train": tagged("train"), "validation": tagged("devel"), "test": tagged("test")}},
)
