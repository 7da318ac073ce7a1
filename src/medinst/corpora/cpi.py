"""CPI: compounds and proteins, linked to PubChem and UniProt, and which interact, in 2,613 sentences by abstract.

Layout: the XML of the URL below. Interacting pairs have no type, entities have identifiers joined by commas.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from medinst.corpora import PMID, Corpus, at
from medinst.formats import ppi

_DATABASES = {"compound": "PubChem", "protein": "UniProt"}


def describe(attributes: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the type of an entity and its identifiers as ``DB/identifier``; the type decides on the database."""
    kind = attributes.get("type", "")
    written = [identifier.strip() for identifier in attributes.get("origId", "").split(",")]
    return kind, tuple(f"{_DATABASES.get(kind, 'unknown')}/{identifier}" for identifier in written if identifier)


CORPUS = Corpus(
    name="cpi",
    title="CPI-DS: compound-protein interaction data set",
    year=2020,
    homepage="https://github.com/KerstenDoering/CPI-Pipeline",
    licence="ISC",
    articles=PMID,
    urls=("https://github.com/KerstenDoering/CPI-Pipeline/raw/master/data_sets/xml/CPI-DS.xml",),
    layout="documented",
    splits={
        "train": at(
            "CPI-DS.xml",
            "**/data_sets/xml/CPI-DS.xml",
            read=partial(ppi.documents, describe=describe, relation="interacts_with"),
        )
    },
)
