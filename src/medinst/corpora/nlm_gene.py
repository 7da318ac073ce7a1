"""NLM-Gene: genes of 28 species, their families and domains in 550 abstracts, linked to NCBI Gene.

The release is BioC, a file an abstract, and a list of PMIDs a split, laid out as BigBio's ``nlm_gene`` says. The copy
published with AIONER is PubTator; of the release one abstract only has been read from real files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import bioc, pubtator
from medinst.formats.quarantine import Quarantine, named, read_text
from medinst.schema import Document

_GENES = re.compile(r"\d+(?:-\d+)*")
_UNKNOWN = re.compile(r"-\d{3}")
_FAMILY = ("222", "333")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return the numbers of genes as ``NCBIGene/number``; a code such as ``-111`` says why there is none.

    Raises:
        ValueError: it is neither.
    """
    if _UNKNOWN.fullmatch(written):
        return ()
    if not _GENES.fullmatch(written):
        raise ValueError("digits, or - and three digits")
    return tuple(f"NCBIGene/{gene}" for gene in written.split("-"))


def kind(infons: Mapping[str, str]) -> str:
    """Return the type of an annotation; a code tells families from genes."""
    stated = infons.get("type", "")
    return "FamilyName" if stated == "Gene" and infons.get("code") in _FAMILY else stated


def plain_text(text: str) -> str:
    """Return the text as some annotations have it: with plain spaces, without capitals."""
    return text.replace("\N{NO-BREAK SPACE}", " ").lower()


marked = partial(
    bioc.read,
    keys=("NCBI Gene identifier",),
    identify=identify,
    parting=",;|",
    kind=kind,
    reach=7,
    same=plain_text,
    numbered=True,
)
plain = partial(pubtator.read, identify=identify, parting=",;|", reach=7, same=plain_text)


def listed(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the abstracts whose PMIDs ``path`` lists, from the folder ``FINAL`` beside it."""
    for pmid in (read_text(path, quarantine) or "").split():
        file = named(path.parent / "FINAL", f"{pmid}.BioC.XML")
        if file:
            yield from marked(file, quarantine)
        else:
            quarantine.set_aside(path, 0, "missing-file", pmid, "no such file", f"FINAL/{pmid}.BioC.XML")


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"**/Pmidlist.{name}.txt", read=listed) + at(f"**/NLMgene_{name}.PubTator", read=plain)


CORPUS = Corpus(
    name="nlm-gene",
    title="NLM-Gene corpus",
    year=2021,
    homepage="https://zenodo.org/record/5089049",
    licence="CC0-1.0",
    articles=PMID,
    urls=("https://zenodo.org/record/5089049/files/NLM-Gene-Corpus.zip",),
    splits={"train": split("Train"), "test": split("Test")},
    damage={"realigned": 10, "respelt": 1},
)
