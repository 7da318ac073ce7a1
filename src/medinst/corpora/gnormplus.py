"""GNormPlus: genes, families and domains in 694 abstracts, genes linked to NCBI Gene.

The release has PubTator and BioC, the latter read as BigBio's ``gnormplus`` does: offsets count characters of title,
space and abstract, some one too many. Real files have only been read of the copy published with AIONER, in PubTator.
The abstracts of the test collection on gene indexing (NLMIAT) are a part of the training split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, Reader, at
from medinst.formats import bioc, pubtator
from medinst.formats.quarantine import Quarantine
from medinst.schema import Record

_GENE = re.compile(r"(\d+)(?:\([Tt]ax:\d+\))?")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return the number of a gene, which its species in brackets may follow, as ``NCBIGene/number``.

    Raises:
        ValueError: it is none.
    """
    match = _GENE.fullmatch(written)
    if match is None:
        raise ValueError("digits, then maybe (Tax:digits)")
    return (f"NCBIGene/{match[1]}",)


def unquoted(text: str) -> str:
    """Return the text as some annotations have it: quotation marks gone, apostrophes doubled, capitals lost."""
    return text.replace('"', " ").replace("''", "'").lower()


marked = partial(
    bioc.read,
    keys=("Gene", "FamilyName", "DomainMotif"),
    identify=identify,
    parting=",",
    reach=1,
    same=unquoted,
    numbered=True,
    absolute=True,
)
plain = partial(pubtator.read, identify=identify, parting=",", reach=1, same=unquoted)


def both(path: Path, quarantine: Quarantine, beside: Path, read: Reader) -> Iterator[Record]:
    """Yield the documents of the two files of the training split."""
    for half in (path, beside):
        yield from read(half, quarantine)


def train(suffix: str, read: Reader) -> tuple[Files, ...]:
    """Return the training split in one of the formats of the release."""
    return at(f"**/BC2GNtrain.{suffix}", beside=(f"**/NLMIAT.{suffix}",), read=partial(both, read=read))


CORPUS = Corpus(
    name="gnormplus",
    title="GNormPlus corpus",
    year=2015,
    homepage="https://www.ncbi.nlm.nih.gov/research/bionlp/Tools/gnormplus/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://www.ncbi.nlm.nih.gov/CBBresearch/Lu/Demo/tmTools/download/GNormPlus/GNormPlusCorpus.zip",),
    splits={
        "train": train("PubTator.txt", plain)
        + train("BioC.xml", marked)
        + at("**/GNormPlus_Train.PubTator", read=plain),
        "test": at("**/BC2GNtest.PubTator.txt", read=plain)
        + at("**/BC2GNtest.BioC.xml", read=marked)
        + at("**/GNormPlus_Test.PubTator", read=plain),
    },
    damage={"realigned": 35, "respelt": 4},
)
