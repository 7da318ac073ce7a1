"""MedMentions: mentions of UMLS concepts in 4,392 abstracts, with their semantic types.

Read is the selection st21pv, whose mentions each have one of 21 types. The full corpus is read like it where only that
is at hand: of the finer types of a mention the first that belongs to one of the 21 counts, and ``Other`` stands for the
rest. Lists of PMIDs say which split an abstract is in. Three abstracts have been read from real files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import pubtator
from medinst.formats.quarantine import Quarantine, read_names
from medinst.schema import Document, Entity

# The 21 types, each with what is below it in the semantic network of the UMLS.
BELOW = {
    "T005": "",
    "T007": "",
    "T017": "T018 T019 T020 T021 T023 T024 T025 T026 T028 T190",
    "T022": "",
    "T031": "",
    "T033": "T034 T184",
    "T037": "",
    "T038": "T039 T040 T041 T042 T043 T044 T045 T046 T047 T048 T049 T050 T191",
    "T058": "T059 T060 T061",
    "T062": "T063",
    "T074": "T203",
    "T082": "T029 T030 T083 T085 T086 T087 T088",
    "T091": "",
    "T092": "T093 T094 T095",
    "T097": "",
    "T098": "",
    "T103": "T104 T109 T110 T111 T114 T115 T116 T118 T119 T120 T121 T122 T123 T124 T125 T126 T127 T129 T130 T131 T192 "
    "T195 T196 T197",
    "T168": "",
    "T170": "T089 T185",
    "T201": "",
    "T204": "T002 T004 T008 T010 T011 T012 T013 T014 T015 T016",
}
_TYPES = {one: kind for kind, below in BELOW.items() for one in (kind, *below.split())}
_CONCEPT = re.compile(r"(?:UMLS:)?(C\d{7})")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return a concept of the UMLS as ``UMLS/identifier``.

    Raises:
        ValueError: it is none.
    """
    match = _CONCEPT.fullmatch(written)
    if match is None:
        raise ValueError("C and seven digits")
    return (f"UMLS/{match[1]}",)


def read(path: Path, quarantine: Quarantine, beside: Path, whole: bool = True) -> Iterator[Document]:
    """Yield the abstracts whose PMIDs ``path`` lists, from the corpus ``beside``; a ``whole`` one has them all."""
    listed = read_names(path, quarantine)
    absent = dict(listed) if whole else {}
    for document in pubtator.read(beside, quarantine, identify=identify, only=listed):
        absent.pop(document.id, None)
        yield msgspec.structs.replace(document, entities=tuple(map(simplified, document.entities)))
    for pmid, line in absent.items():
        quarantine.set_aside(path, line, "unknown-id", pmid, "no such abstract", f"an abstract of {beside.name}")


def simplified(entity: Entity) -> Entity:
    """Return the mention with one of the 21 types, or ``Other``."""
    kinds = (_TYPES[one] for one in entity.type.split(",") if one in _TYPES)
    return msgspec.structs.replace(entity, type=next(kinds, "Other"))


def split(name: str) -> tuple[Files, ...]:
    """Return a split by the name of its list."""
    selection, anywhere = "**/st21pv/data/corpus_pubtator.txt", "**/corpus_pubtator.txt"
    corpora = (selection, f"{selection}.gz", anywhere, f"{anywhere}.gz")
    return at(f"**/corpus_pubtator_pmids_{name}.txt", beside=corpora, read=read)


def sample(name: str) -> tuple[Files, ...]:
    """Return the part of a split that is among the first three abstracts."""
    place = f"**/corpus_pubtator_pmids_{name}.txt"
    return at(place, beside=("corpus_pubtator.first3docs.txt",), read=partial(read, whole=False), partial=True)


CORPUS = Corpus(
    name="medmentions",
    title="MedMentions, st21pv",
    year=2019,
    homepage="https://github.com/chanzuckerberg/MedMentions",
    licence="CC0-1.0",
    articles=PMID,
    urls=(
        "https://github.com/chanzuckerberg/MedMentions/raw/master/st21pv/data/corpus_pubtator.txt.gz",
        "https://github.com/chanzuckerberg/MedMentions/raw/master/full/data/corpus_pubtator_pmids_trng.txt",
        "https://github.com/chanzuckerberg/MedMentions/raw/master/full/data/corpus_pubtator_pmids_dev.txt",
        "https://github.com/chanzuckerberg/MedMentions/raw/master/full/data/corpus_pubtator_pmids_test.txt",
    ),
    splits={
        "train": split("trng") + sample("trng"),
        "validation": split("dev"),
        "test": split("test") + sample("test"),
    },
    damage={"text-mismatch": 2},
)
