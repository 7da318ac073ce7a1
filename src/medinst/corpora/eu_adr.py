"""EU-ADR: drugs, diseases, genes and variants, and which of them are associated, in 300 abstracts; one split.

Documented layout: ``euadr_corpus/<PMID>.txt``, a tab-separated line a mention or relation, as BigBio's ``euadr`` reads
it. The release has no texts: they are expected in ``pubmed/<PMID>.txt`` beside it, each the answer of
``https://pubmed.ncbi.nlm.nih.gov/<PMID>/?format=pubmed``. A third of the abstracts is at hand as BigBio rendered them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from medinst.corpora import Corpus, at
from medinst.formats import bigbio, jsonl, offsets
from medinst.formats.quarantine import Quarantine, read_text
from medinst.schema import Argument, Document, Entity, Relation


class Link(NamedTuple):
    """A line about a relation: its type and where its ends are, as ``start:end``."""

    line: int
    raw: str
    kind: str
    ends: tuple[str, str]


class Viewed(msgspec.Struct):
    """A row of the rendering."""

    row: bigbio.Row


def read(folder: Path, quarantine: Quarantine, beside: Path) -> Iterator[Document]:
    """Yield the abstracts of ``folder`` with their texts ``beside``; files with ``_`` in their names are others'."""
    for path in sorted(folder.glob("*.txt")):
        if "_" in path.stem:
            continue
        text = beside / path.name
        if text.is_file():
            yield document(path, quarantine, abstract(read_text(text, quarantine) or ""))
        else:
            quarantine.set_aside(path, 0, "missing-file", path.stem, "no text", f"{beside.name}/{path.name}")


def abstract(record: str) -> str:
    """Return title, one space and abstract of a record in the format of PubMed."""
    fields: dict[str, str] = {}
    name = ""
    for line in record.splitlines():
        if line[4:6] == "- ":
            name = line[:4].strip()
            fields.setdefault(name, line[6:].strip())
        elif line.startswith(" ") and name:
            fields[name] += f" {line.strip()}"
    return f"{fields.get('TI', '')} {fields.get('AB', '')}"


def document(path: Path, quarantine: Quarantine, text: str) -> Document:
    """Return an abstract with the mentions and relations of its file."""
    rows: list[offsets.Row] = []
    links: list[Link] = []
    for number, line in enumerate((read_text(path, quarantine, "latin-1") or "").split("\n"), 1):
        match line.rstrip("\r").split("\t"):
            case [_, _, "concept", _, start, end, _, _, _, kind]:
                rows.append(offsets.Row(number, line, start, end, kind))
            case [_, _, "relation", _, _, _, _, first, second, _, kind]:
                links.append(Link(number, line, kind, (first, second)))
            case [""]:
                pass
            case cells:
                expected = "10 of a concept or 11 of a relation"
                quarantine.set_aside(path, number, "columns", line, f"{len(cells)} columns", expected)
    entities = offsets.entities(text, rows, path, quarantine)
    return Document(path.stem, text, entities, relations=relations(entities, links, path, quarantine))


def rendered(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the abstracts as BigBio renders them: the ends of relations are entities of their own, without a type."""
    for line, _, viewed in jsonl.members(path, quarantine, Viewed, under="rows"):
        found = bigbio.document(viewed.row, path, line, quarantine)
        places = {entity.id: place(entity) for entity in found.entities}
        links = [
            Link(line, relation.id, relation.type, (places[relation.args[0].ref], places[relation.args[1].ref]))
            for relation in found.relations
        ]
        entities = tuple(entity for entity in found.entities if entity.type)
        yield Document(found.id, found.text, entities, relations=relations(entities, links, path, quarantine))


def relations(
    entities: Iterable[Entity], links: Iterable[Link], path: Path, quarantine: Quarantine
) -> tuple[Relation, ...]:
    """Return the relations whose ends are both mentions; where several are at one place, the first."""
    known: dict[str, str] = {}
    for entity in entities:
        known.setdefault(place(entity), entity.id)
    found: list[Relation] = []
    for link in links:
        missing = [end for end in link.ends if end not in known]
        if missing:
            quarantine.set_aside(path, link.line, "unknown-id", link.raw, missing[0], "the offsets of a mention")
            continue
        args = tuple(Argument(f"Arg{at}", known[end]) for at, end in enumerate(link.ends, 1))
        found.append(Relation(f"R{len(found) + 1}", link.kind, args))
    return tuple(found)


def place(entity: Entity) -> str:
    """Return where a mention is, as the lines about relations write it."""
    start, end = entity.spans[0]
    return f"{start}:{end}"


CORPUS = Corpus(
    name="eu-adr",
    title="EU-ADR corpus",
    year=2012,
    homepage="https://www.sciencedirect.com/science/article/pii/S1532046412000573",
    licence="LicenseRef-unknown",
    articles={"documents": r"(?P<pmid>\d{6,8})"},
    urls=("https://biosemantics.erasmusmc.nl/downloads/euadr.tgz",),
    layout="documented",
    splits={
        "train": at("**/euadr_corpus", beside=("pubmed", "**/pubmed"), read=read)
        + at("**/euadr.json", read=rendered, partial=True)
    },
    damage={"unknown-id": 1},
)
