"""BioRED: six kinds of entities and eight kinds of relations between their identifiers, in 600 abstracts."""

from __future__ import annotations

import re
from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import bioc, pubtator

_NUMBER = re.compile(r"\d+")
_DESCRIPTOR = re.compile(r"[CD]\d+(?:\|[CD]\d+)*")
_CELL_LINE = re.compile(r"CVCL_\w+")
_DATABASES = {
    "GeneOrGeneProduct": ("NCBIGene", _NUMBER),
    "OrganismTaxon": ("NCBITaxon", _NUMBER),
    "ChemicalEntity": ("MESH", _DESCRIPTOR),
    "DiseaseOrPhenotypicFeature": ("MESH", _DESCRIPTOR),
    "CellLine": ("Cellosaurus", _CELL_LINE),
}


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return the identifier as ``DB/identifier``; the type of the mention decides on the database.

    Variants without a dbSNP number are in tmVar's notation (``c|SUB|C|677|T``) and a few in others.

    Raises:
        ValueError: the database of the type has no such identifiers.
    """
    if kind == "SequenceVariant":
        return (f"dbSNP/{written}",) if written.startswith("rs") else (f"tmVar/{written}",)
    if kind == "DiseaseOrPhenotypicFeature" and written.startswith("OMIM:"):
        return (f"OMIM/{written[5:]}",)
    database, form = _DATABASES.get(kind, ("", None))
    if form is None or not form.fullmatch(written):
        raise ValueError(f"an identifier of {database or 'a known type'}")
    return (f"{database}/{written}",)


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release; its two layouts hold the same."""
    plain = partial(pubtator.read, identify=identify, parting=",")
    roles = {"entity1": "Arg1", "entity2": "Arg2"}
    marked = partial(bioc.read, identify=identify, parting=",", roles=roles)
    return at(f"**/{name}.PubTator", read=plain) + at(f"**/{name}.BioC.XML", read=marked)


CORPUS = Corpus(
    name="biored",
    title="BioRED: a biomedical relation extraction dataset",
    year=2022,
    homepage="https://ftp.ncbi.nlm.nih.gov/pub/lu/BioRED/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://ftp.ncbi.nlm.nih.gov/pub/lu/BioRED/BIORED.zip",),
    splits={"train": split("Train"), "validation": split("Dev"), "test": split("Test")},
)
