"""tmVar 3: variants with their genes, species, diseases and cell lines in 500 abstracts, linked to databases.

The release is one file without splits. A variant carries its tmVar form and dbSNP number as identifiers; which gene and
which disease it belongs to is said beside them and is not an identifier of the variant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import PMID, Corpus, at
from medinst.formats import pubtator
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document

_NUMBER = re.compile(r"\d+")
_DISEASE = re.compile(r"([CD]\d+)|OMIM[:_](\d+)")
_DBSNP = re.compile(r"(?:rs|RS#:)(\d+)")
_BELONGS_TO = re.compile(r"(?:Gene|Disease|VariantGroup):.*")
_DATABASES = {"Gene": "NCBIGene", "Species": "NCBITaxon", "CellLine": "NCBITaxon"}


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return one of the parts of an identifier column as ``DB/identifier``, several for ``3577,3579``.

    Raises:
        ValueError: the type of the mention has no such identifiers.
    """
    if kind == "Disease":
        return tuple(_disease(one) for one in written.split(","))
    if kind in _DATABASES:
        return tuple(f"{_DATABASES[kind]}/{_number(one)}" for one in written.split(","))
    if "|" in written:
        return (f"tmVar/{written}",)
    if match := _DBSNP.fullmatch(written):
        return (f"dbSNP/rs{match[1]}",)
    if _BELONGS_TO.fullmatch(written):
        return ()
    raise ValueError("tmVar's notation, rs or RS#: and digits, or Gene:, Disease:, VariantGroup:")


def _disease(written: str) -> str:
    match = _DISEASE.fullmatch(written)
    if match is None:
        raise ValueError("D or C and digits, or OMIM_ and digits")
    return f"MESH/{match[1]}" if match[1] else f"OMIM/{match[2]}"


def _number(written: str) -> str:
    if not _NUMBER.fullmatch(written):
        raise ValueError("digits")
    return written


# The offsets of 21904390 drift by up to six characters.
read = partial(pubtator.read, identify=identify, parting=";", reach=8)


def both(path: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the documents of the two files into which a copy has cut the release."""
    yield from read(path, quarantine)
    yield from read(beside, quarantine)


CORPUS = Corpus(
    name="tmvar-v3",
    title="tmVar 3 corpus of variants",
    year=2022,
    homepage="https://github.com/ncbi/tmVar3",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://ftp.ncbi.nlm.nih.gov/pub/lu/tmVar3/tmVar3Corpus.txt",),
    splits={
        "test": at("**/tmVar3Corpus.txt", read=read)
        + at("**/tmVar3_Train.PubTator", beside=("**/tmVar3_Test.PubTator",), read=both)
    },
    damage={"realigned": 21, "identifier": 32},
)
