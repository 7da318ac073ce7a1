"""JNLPBA: five kinds of GENIA's terms as tagged sentences of 2,404 abstracts, the shared task of 2004.

The release has no validation split. It is the last tenth of the training abstracts, as in the copies others published.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from medinst.corpora import MEDLINE, Corpus, Files, at
from medinst.formats import iob
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document, Entity

NAMES = {"PRGE": "protein", "CLTP": "cell_type", "CLLN": "cell_line"}


def part(path: Path, quarantine: Quarantine, last: bool) -> Iterator[Document]:
    """Yield the sentences of the last tenth of the abstracts of ``path``, or of all the others."""
    sentences = list(iob.read(path, quarantine))
    abstracts = list(dict.fromkeys(sentence.doc for sentence in sentences))
    tail = set(abstracts[-max(round(len(abstracts) / 10), 1) :])
    return (sentence for sentence in sentences if (sentence.doc in tail) is last)


def renamed(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the sentences of a copy, its labels turned back into those of the release."""
    for sentence in iob.read(path, quarantine):
        yield msgspec.structs.replace(sentence, entities=tuple(map(_named, sentence.entities)))


def _named(entity: Entity) -> Entity:
    return msgspec.structs.replace(entity, type=NAMES.get(entity.type, entity.type))


def copies(*names: str) -> tuple[Files, ...]:
    """Return a split of the copies, which have a file for every split."""
    return at(*(f"**/*JNLPBA*/{name}.tsv" for name in names), read=renamed)


CORPUS = Corpus(
    name="jnlpba",
    title="JNLPBA 2004 shared task on the recognition of bio-entities",
    year=2004,
    homepage="http://www.geniaproject.org/shared-tasks/bionlp-jnlpba-shared-task-2004",
    licence="CC-BY-3.0",
    articles=MEDLINE,
    urls=(
        "http://www.nactem.ac.uk/GENIA/current/Shared-tasks/JNLPBA/Train/Genia4ERtraining.tar.gz",
        "http://www.nactem.ac.uk/GENIA/current/Shared-tasks/JNLPBA/Evaluation/Genia4ERtest.tar.gz",
    ),
    splits={
        "train": at("**/Genia4ERtask2.iob2", read=partial(part, last=False)) + copies("train"),
        "validation": at("**/Genia4ERtask2.iob2", read=partial(part, last=True)) + copies("valid", "devel"),
        "test": at("**/Genia4EReval2.iob2", read=iob.read) + copies("test"),
    },
)
