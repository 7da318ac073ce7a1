"""NLM-Chem: chemicals in 150 full papers, linked to MeSH.

The release is BioC in what is a tar archive whatever its name says, laid out as BigBio's ``nlmchem`` has it. The copy
published with AIONER is PubTator with a block a passage, under the same id and with offsets of its own; only of that,
and only its test split, real files have been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec

from medinst.corpora import Corpus, Files, at
from medinst.formats import bioc, pubtator
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document, Entity

_DESCRIPTOR = re.compile(r"MESH:([CD]\d+)")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return a MESH descriptor as ``MESH/identifier``.

    Raises:
        ValueError: it is none.
    """
    match = _DESCRIPTOR.fullmatch(written)
    if match is None:
        raise ValueError("MESH: and D or C and digits")
    return (f"MESH/{match[1]}",)


marked = partial(bioc.read, identify=identify, parting=",;", skip=("MeSH_Indexing_Chemical",), reach=1, numbered=True)


def whole(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the papers, their passages put together with one space between."""
    passages = pubtator.read(path, quarantine, identify=identify, parting=",")
    for name, parts in groupby(passages, key=lambda passage: passage.id):
        text = ""
        entities: list[Entity] = []
        for part in parts:
            text += " " if text else ""
            entities += [moved(entity, len(text), len(entities) + at) for at, entity in enumerate(part.entities, 1)]
            # A passage without an abstract line ends with the space that would part the two.
            text += part.text.removesuffix(" ")
        yield Document(name, text, tuple(entities))


def moved(entity: Entity, by: int, number: int) -> Entity:
    """Return the mention with its offsets so much further, and as ``T<number>``."""
    spans = tuple((start + by, end + by) for start, end in entity.spans)
    return msgspec.structs.replace(entity, id=f"T{number}", spans=spans)


def split(name: str, copy: str) -> tuple[Files, ...]:
    """Return a split by its name in the release, then in the copy."""
    return at(f"**/BC7T2-NLMChem-corpus-{name}.BioC.xml", read=marked) + at(f"**/NLMchem_{copy}.PubTator", read=whole)


CORPUS = Corpus(
    name="nlm-chem",
    title="NLM-Chem corpus",
    year=2021,
    homepage="https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vii/track-2",
    licence="CC0-1.0",
    articles={"documents": r"(?P<pmid>\d{8})|(?P<pmcid>\d{6,7})"},
    urls=("https://ftp.ncbi.nlm.nih.gov/pub/lu/BC7-NLM-Chem-track/BC7T2-NLMChem-corpus_v2.BioC.xml.gz",),
    splits={"train": split("train", "Train"), "validation": split("dev", "Dev"), "test": split("test", "Test")},
    damage={"realigned": 1},
)
