"""BC5CDR: chemicals, diseases and which of them induces which, in 1,500 abstracts; also as tagged sentences."""

from __future__ import annotations

import re
from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import bioc, iob, pubtator

_DESCRIPTOR = re.compile(r"[CD]\d+")
_ROLES = ("Chemical", "Disease")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return a MESH descriptor as ``MESH/identifier``.

    Raises:
        ValueError: it is none.
    """
    if not _DESCRIPTOR.fullmatch(written):
        raise ValueError("D or C and digits")
    return (f"MESH/{written}",)


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release.

    BioC first: for composite mentions it has the parts too (``CompositeRole``), which PubTator only spells out.
    """
    full = partial(
        bioc.read, keys=("MESH",), identify=identify, parting="|", roles=dict(zip(_ROLES, _ROLES, strict=True))
    )
    plain = partial(pubtator.read, identify=identify, parting="|", roles=_ROLES)
    stem = f"**/CDR_{name}Set"
    return at(f"{stem}.BioC.xml", read=full) + at(f"{stem}.PubTator.txt", read=plain)


def tagged(name: str) -> tuple[Files, ...]:
    """Return a split of the tagged sentences."""
    return at(f"**/BC5CDR-IOB/{name}.tsv", read=iob.read)


CORPUS = Corpus(
    name="bc5cdr",
    title="BioCreative V chemical-disease relation corpus",
    year=2016,
    homepage="https://biocreative.bioinformatics.udel.edu/tasks/biocreative-v/track-3-cdr/",
    licence="CC-PDM-1.0",
    articles=PMID,
    urls=(
        "https://github.com/JHnlp/BioCreative-V-CDR-Corpus/raw/master/CDR_Data.zip",
        "https://github.com/cambridgeltl/MTL-Bioinformatics-2016/archive/df0df02fae6dbb87d88ffcf323b9096528f06f84.zip",
    ),
    splits={"train": split("Training"), "validation": split("Development"), "test": split("Test")},
    views={"sentences": {"train": tagged("train"), "validation": tagged("devel"), "test": tagged("test")}},
    damage={"text-mismatch": 4},
)
