"""LLL05: agents and targets of genic interactions in 77 sentences on Bacillus subtilis; the test has no gold.

The challenge's own two files have a block of lines a sentence: ID, sentence, words with inclusive ends, and which words
are agents, targets and interact. The unified XML divides the same sentences otherwise; it is read where they are not at
hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import PMID, Corpus, at
from medinst.formats import ppi, streams
from medinst.formats.quarantine import Quarantine
from medinst.schema import Argument, Document, Entity, Relation

_WORD = re.compile(r"word\((\w+),'?(.*?)'?,(\d{1,6}),(\d{1,6})\)", re.ASCII)
_NAMED = re.compile(r"\w+\((\w+)(?:,(\w+))?\)", re.ASCII)

Block = dict[str, tuple[int, list[str]]]


def both(path: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the sentences of both XML files."""
    for file in (path, beside):
        yield from ppi.sentences(file, quarantine)


def read(path: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the sentences of both files of the challenge, without and with coreferences."""
    for file in (path, beside):
        block: Block = {}
        for number, line in [*streams.lines(file, quarantine), (0, "")]:
            if line.strip() and not line.startswith("%"):
                key, *cells = line.strip().split("\t")
                block[key] = number, cells
            elif block and not line.strip():
                yield from _Sentence(file, quarantine, block).documents()
                block = {}


class _Sentence:
    """The lines of one sentence."""

    def __init__(self, path: Path, quarantine: Quarantine, block: Block) -> None:
        self.path = path
        self.quarantine = quarantine
        self.block = block
        self.text = "\t".join(self._cells("sentence"))

    def documents(self) -> Iterator[Document]:
        """Yield the sentence, or nothing where it has no id or no text."""
        name = "".join(self._cells("ID"))
        if not name or not self.text:
            line, cells = next(iter(self.block.values()))
            self._aside(line, "columns", "\t".join(cells), f"lines {', '.join(self.block)}", "ID and sentence")
            return
        entities = self._entities()
        relations: list[Relation] = []
        for refs in self._refs("genic_interactions"):
            line = self.block["genic_interactions"][0]
            if len(refs) == 2 and all(ref in entities for ref in refs):
                args = (Argument("agent", refs[0]), Argument("target", refs[1]))
                relations.append(Relation(f"R{len(relations) + 1}", "genic_interaction", args))
            else:
                self._aside(line, "unknown-id", ",".join(refs), ",".join(refs), "two agents or targets")
        found = tuple(entities.values())
        yield Document(name, self.text, found, relations=tuple(relations), doc=name.rpartition("-")[0])

    def _entities(self) -> dict[str, Entity]:
        """Return the words that are agents, targets or both."""
        agents, targets = ({refs[0] for refs in self._refs(key)} for key in ("agents", "targets"))
        entities = {}
        for cell in self._cells("words"):
            word = _WORD.fullmatch(cell)
            kind = "/".join(kind for kind, refs in (("agent", agents), ("target", targets)) if word and word[1] in refs)
            if word and not kind:
                continue
            start, end = (int(word[3]), int(word[4]) + 1) if word else (0, 0)
            actual = self.text[start:end]
            if word and actual and actual == word[2]:
                entities[word[1]] = Entity(word[1], kind, ((start, end),), actual)
            else:
                line = self.block["words"][0]
                self._aside(line, "text-mismatch", cell, repr(actual), "word(id,'text',first,last) of the sentence")
        return entities

    def _refs(self, key: str) -> Iterator[list[str]]:
        """Yield the one or two ids of every ``agent(3)`` or ``genic_interaction(3,8)`` on a line."""
        for cell in self._cells(key):
            named = _NAMED.fullmatch(cell)
            if named:
                yield [ref for ref in named.groups() if ref]
            else:
                self._aside(self.block[key][0], "arguments", cell, repr(cell), f"{key} of one id or two")

    def _cells(self, key: str) -> list[str]:
        return self.block.get(key, (0, []))[1]

    def _aside(self, line: int, rule: str, raw: str, found: str, expected: str) -> None:
        self.quarantine.set_aside(self.path, line, rule, raw, found, expected)


CORPUS = Corpus(
    name="lll05",
    title="LLL05: Learning Language in Logic, genic interaction extraction challenge",
    year=2005,
    homepage="http://genome.jouy.inra.fr/texte/LLLchallenge",
    licence="LicenseRef-unknown",
    articles=PMID,
    access="gone",
    urls=(
        "http://genome.jouy.inra.fr/texte/LLLchallenge/data/LLLChalenge05/data/train/task2/genic_interaction_linguistic_data.txt",
        "http://genome.jouy.inra.fr/texte/LLLchallenge/data/LLLChalenge05/data/train/task2/genic_interaction_linguistic_data_coref.txt",
    ),
    splits={
        "train": at(
            "**/genic_interaction_linguistic_data.txt",
            read=read,
            beside=("**/genic_interaction_linguistic_data_coref.txt",),
        )
        + at("**/LLL-train.xml", read=both, beside=("**/LLL-test.xml",))
    },
)
