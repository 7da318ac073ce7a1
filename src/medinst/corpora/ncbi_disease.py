"""NCBI Disease: mentions of diseases in 792 abstracts, linked to MESH and OMIM; also as sentences with tags."""

from __future__ import annotations

import re
from functools import partial

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import iob, pubtator

_DESCRIPTOR = re.compile(r"(?:MESH:)?([CD]\d+)")
_OMIM = re.compile(r"OMIM:(\d+)")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return a MESH descriptor (the prefix is mostly left out) or an OMIM number as ``DB/identifier``.

    Raises:
        ValueError: it is neither.
    """
    if match := _DESCRIPTOR.fullmatch(written):
        return (f"MESH/{match[1]}",)
    if match := _OMIM.fullmatch(written):
        return (f"OMIM/{match[1]}",)
    raise ValueError("D or C and digits, or OMIM: and digits")


def unquoted(text: str) -> str:
    """Return the text as one annotation of 10923035 has it: quotation marks turned into spaces."""
    return text.replace('"', " ")


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release; ``|`` parts the diseases of a composite, ``+`` the parts of one."""
    read = partial(pubtator.read, identify=identify, parting="|+", same=unquoted)
    return at(f"**/NCBI{name}set_corpus.txt", read=read)


def tagged(name: str) -> tuple[Files, ...]:
    """Return a split of the tagged sentences."""
    return at(f"**/NCBI-disease-IOB/{name}.tsv", read=iob.read)


CORPUS = Corpus(
    name="ncbi-disease",
    title="NCBI Disease corpus",
    year=2014,
    homepage="https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/",
    licence="CC0-1.0",
    articles=PMID,
    urls=(
        "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/NCBItrainset_corpus.zip",
        "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/NCBIdevelopset_corpus.zip",
        "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/NCBItestset_corpus.zip",
        "https://github.com/cambridgeltl/MTL-Bioinformatics-2016/archive/df0df02fae6dbb87d88ffcf323b9096528f06f84.zip",
    ),
    splits={"train": split("train"), "validation": split("develop"), "test": split("test")},
    views={"sentences": {"train": tagged("train"), "validation": tagged("devel"), "test": tagged("test")}},
    damage={"duplicate-id": 1, "respelt": 1},
)
