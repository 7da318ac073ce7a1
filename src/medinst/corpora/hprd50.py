"""HPRD50: proteins with their identifiers and which of them interact, in 43 abstracts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import ppi


def describe(attributes: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return ``protein`` and the identifiers, which stand where other corpora have the type, joined by ``||``."""
    identifiers = attributes.get("type", "").split("||")
    return "protein", tuple(f"HPRD/{identifier}" for identifier in identifiers if identifier)


def split(name: str) -> tuple[Files, ...]:
    """Return a split of the unified XML."""
    return at(f"**/HPRD50-{name}.xml", read=partial(ppi.documents, describe=describe))


CORPUS = Corpus(
    name="hprd50",
    title="HPRD50",
    year=2007,
    homepage="https://github.com/metalrt/ppi-dataset",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=(
        "https://github.com/metalrt/ppi-dataset/raw/master/csv_output/HPRD50-train.xml",
        "https://github.com/metalrt/ppi-dataset/raw/master/csv_output/HPRD50-test.xml",
    ),
    splits={"train": split("train"), "test": split("test")},
)
