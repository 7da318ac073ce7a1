"""PICO-Annotation: participants, interventions and outcomes in 423 sentences on clinical trials, by three experts.

A word belongs to a mention where two of the three say so. Table 11 counts 361 sentences with a mention; there are 363,
and the loader that the paper used leaves out the first two of the file, both of which have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst.corpora import PMID, Corpus, at
from medinst.formats import jsonl
from medinst.formats.quarantine import Quarantine
from medinst.formats.tokens import runs
from medinst.schema import Document, Entity

_KINDS = ("participants", "interventions", "outcomes")


class Votes(msgspec.Struct, gc=False):
    """A list of 0 and 1 for each expert, one a word."""

    annotations: list[list[int]]


def read(path: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the sentences of ``sentences.json``; ``beside`` is the folder of votes."""
    votes = {kind: _votes(beside / f"{kind}_expert.json", quarantine) for kind in _KINDS}
    for line, name, text in jsonl.members(path, quarantine, str):
        words = [match.span() for match in re.finditer(r"\S+", text)]
        entities: list[Entity] = []
        for kind in _KINDS:
            experts = votes[kind].get(name, Votes([])).annotations
            if not experts or any(len(expert) != len(words) for expert in experts):
                found = f"votes on {[len(expert) for expert in experts]} words"
                quarantine.set_aside(path, line, "columns", name, f"{kind}: {found}", f"on {len(words)} words")
                continue
            agreed = [2 * sum(word) > len(experts) for word in zip(*experts, strict=True)]
            for _, first, last in runs(agreed):
                span = (words[first][0], words[last][1])
                entities.append(Entity(f"T{len(entities) + 1}", kind, (span,), text[slice(*span)]))
        yield Document(name, text, tuple(entities), doc=name.partition(":")[0])


def _votes(path: Path, quarantine: Quarantine) -> dict[str, Votes]:
    """Return the votes of a file by sentence."""
    if not path.is_file():
        quarantine.set_aside(path, 0, "missing-file", path.name, "no such file", "the experts' votes")
        return {}
    return {name: votes for _, name, votes in jsonl.members(path, quarantine, Votes)}


CORPUS = Corpus(
    name="pico-annotation",
    title="Annotation of Participants, Interventions, and Outcomes",
    year=2020,
    homepage="https://github.com/Markus-Zlabinger/pico-annotation",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://github.com/Markus-Zlabinger/pico-annotation/archive/refs/heads/master.zip",),
    splits={"train": at("**/data/sentences.json", read=read, beside=("**/data/annotations",))},
)
