"""IEPA: biochemicals and which of them interact, in 200 abstracts; 140 have an interaction.

Layout: the unified XML of the URLs below. Its entities have no type.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import ppi


def describe(attributes: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the one type of the corpus."""
    return "biochemical", ()


def split(name: str) -> tuple[Files, ...]:
    """Return a split of the unified XML."""
    return at(f"IEPA-{name}.xml", f"**/IEPA-{name}.xml", read=partial(ppi.documents, describe=describe))


CORPUS = Corpus(
    name="iepa",
    title="Interaction Extraction Performance Assessment corpus",
    year=2002,
    homepage="http://psb.stanford.edu/psb-online/proceedings/psb02/abstracts/p326.html",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=(
        "https://raw.githubusercontent.com/metalrt/ppi-dataset/master/csv_output/IEPA-train.xml",
        "https://raw.githubusercontent.com/metalrt/ppi-dataset/master/csv_output/IEPA-test.xml",
    ),
    layout="documented",
    splits={"train": split("train"), "test": split("test")},
)
