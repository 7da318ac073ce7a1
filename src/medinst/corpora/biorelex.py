"""BioRelEx: entities of 31 kinds, which are the same and which bind, in 1,606 sentences; the test is not public.

An entity has several names and mentions. All mentions of one carry its place in the list (``entity/3``), by which
interactions name it, and the identifiers it is grounded in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import jsonl
from medinst.formats.quarantine import Quarantine
from medinst.schema import Argument, Document, Entity, Relation

_BINDING = {1: "bind", 0: "may_bind", -1: "does_not_bind"}
# What stands before the identifier in a link to a database.
_DATABASES = {
    "uniprot.org/uniprot/": "UniProt",
    "ebi.ac.uk/interpro/entry/": "InterPro",
    "pfam.xfam.org/family/": "Pfam",
    "pubchem.ncbi.nlm.nih.gov/compound/": "PubChem",
    "pubchem.ncbi.nlm.nih.gov/substance/": "PubChem.Substance",
    "ncbi.nlm.nih.gov/gene/?term=": "NCBIGene",
    "ncbi.nlm.nih.gov/gene/": "NCBIGene",
    "drugbank.ca/drugs/": "DrugBank",
    "enzyme.expasy.org/EC/": "EC",
    "ebi.ac.uk/intenz/query?cmd=SearchEC&ec=": "EC",
    "genome.jp/dbget-bin/www_bget?enzyme+": "EC",
    "genome.jp/kegg-bin/show_pathway?map=": "KEGG",
    "chemspider.com/Chemical-Structure.": "ChemSpider",
}
_LINK = re.compile(rf"https?://(?:www\.)?({'|'.join(map(re.escape, _DATABASES))})([\w.-]+?)(?:\.html|\?.*)?")


class Name(msgspec.Struct, gc=False):
    """Where a name of an entity stands: start and end, several times."""

    mentions: list[tuple[int, int]]


class Grounding(msgspec.Struct, gc=False):
    """A link into a database, and the number of the gene, ``NA`` for what is none."""

    link: str
    entrez_gene: str


class Thing(msgspec.Struct, gc=False):
    """An entity with its names by their text."""

    label: str
    names: dict[str, Name]
    grounding: Grounding | None


class Interaction(msgspec.Struct, gc=False):
    """Two entities by their places in the list; ``label`` is 1, 0 or -1."""

    participants: tuple[int, int]
    label: int


class Sentence(msgspec.Struct, gc=False):
    """A member of the file's list."""

    id: str
    paperid: str
    text: str
    entities: list[Thing]
    interactions: list[Interaction]


def read(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the sentences."""
    for line, _, sentence in jsonl.members(path, quarantine, Sentence):
        yield _Reading(path, quarantine, line).document(sentence)


class _Reading:
    """One sentence; the quarantine knows only where it begins."""

    def __init__(self, path: Path, quarantine: Quarantine, line: int) -> None:
        self.path = path
        self.quarantine = quarantine
        self.line = line

    def document(self, sentence: Sentence) -> Document:
        """Return the sentence with a chain for every entity."""
        chains = [self._mentions(number, thing, sentence.text) for number, thing in enumerate(sentence.entities)]
        relations: list[Relation] = []
        for interaction in sentence.interactions:
            kind = _BINDING.get(interaction.label, "")
            if kind and all(0 <= number < len(chains) and chains[number] for number in interaction.participants):
                args = tuple(Argument(f"Arg{at_}", f"entity/{n}") for at_, n in enumerate(interaction.participants, 1))
                relations.append(Relation(f"R{len(relations) + 1}", kind, args, concepts=True))
            else:
                self._aside("arguments", interaction, "1, 0 or -1, and two entities that are mentioned")
        return Document(
            sentence.id,
            sentence.text,
            tuple(mention for chain in chains for mention in chain),
            relations=tuple(relations),
            coreferences=tuple(tuple(mention.id for mention in chain) for chain in chains),
            doc=sentence.paperid,
        )

    def _mentions(self, number: int, thing: Thing, text: str) -> list[Entity]:
        """Return the mentions of an entity under all its names."""
        ids = (f"entity/{number}", *self._identifiers(thing.grounding))
        mentions: list[Entity] = []
        for name, where in thing.names.items():
            for start, end in where.mentions:
                if name and start >= 0 and text[start:end] == name:
                    mentions.append(Entity(f"T{number}.{len(mentions)}", thing.label, ((start, end),), name, ids))
                else:
                    self._aside("text-mismatch", (start, end, text[max(start, 0) : max(end, 0)]), repr(name))
        return mentions

    def _identifiers(self, grounding: Grounding | None) -> Iterator[str]:
        """Yield ``DB/identifier`` of the link and of the gene."""
        if grounding is None:
            return
        link = _LINK.fullmatch(grounding.link)
        if link:
            yield f"{_DATABASES[link[1]]}/{link[2]}"
        else:
            self._aside("identifier", grounding.link, "a link to an entry of a known database")
        if grounding.entrez_gene.isdecimal():
            yield f"NCBIGene/{grounding.entrez_gene}"

    def _aside(self, rule: str, found: object, expected: str) -> None:
        self.quarantine.set_aside(self.path, self.line, rule, str(found), str(found), expected)


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"1.0alpha7.{name}.json", f"**/1.0alpha7.{name}.json", read=read)


CORPUS = Corpus(
    name="biorelex",
    title="BioRelEx 1.0: biological relation extraction benchmark",
    year=2019,
    homepage="https://github.com/YerevaNN/BioRelEx",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=(
        "https://github.com/YerevaNN/BioRelEx/releases/download/1.0alpha7/1.0alpha7.train.json",
        "https://github.com/YerevaNN/BioRelEx/releases/download/1.0alpha7/1.0alpha7.dev.json",
    ),
    splits={"train": split("train"), "validation": split("dev")},
    damage={"identifier": 5},
)
