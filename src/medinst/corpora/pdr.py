"""PDR: plants, diseases, and whether the one treats or causes the other, in 179 abstracts, where two annotators agree.

Documented layout: ``Plant-Disease_Corpus`` with ``<PMID>.txt``, the first annotator's ``.ann`` and the second's
``.ann2``. Which annotations agree is as BigBio's ``pdr`` has it, on which the paper stands. One split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from medinst.corpora import PMID, Corpus, at
from medinst.formats import brat
from medinst.formats.quarantine import Quarantine
from medinst.schema import Argument, Document, Entity, Event

ROLES = ("Theme", "Cause")


def read(folder: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the abstracts with what the two annotators agree on."""
    annotators = (brat.read(folder, quarantine, (suffix,)) for suffix in (".ann", ".ann2"))
    for first, second in zip(*annotators, strict=True):
        yield agreed(first, second)


def agreed(first: Document, second: Document) -> Document:
    """Return the document as both have it: the longer of two mentions that meet, under the first annotator's id."""
    entities, same = [], {}
    for mine in first.entities:
        theirs = next((other for other in second.entities if other.type == mine.type and _meet(mine, other)), None)
        if theirs:
            entities.append(msgspec.structs.replace(max(theirs, mine, key=_length), id=mine.id))
            same[theirs.id] = mine.id
    own = {entity.id: entity.id for entity in entities}
    triggers, events = _events(first, second, own, same)
    chains = {frozenset(chain) for chain in _renamed(second.coreferences, same)}
    return Document(
        first.id,
        first.text,
        tuple(entities),
        tuple(triggers),
        events=tuple(events),
        coreferences=tuple(chain for chain in _renamed(first.coreferences, own) if frozenset(chain) in chains),
    )


def _events(
    first: Document, second: Document, own: Mapping[str, str], same: Mapping[str, str]
) -> tuple[list[Entity], list[Event]]:
    """Return events of one type, theme and cause whose triggers meet, and the longer trigger of each."""
    own_places, places = ({trigger.id: trigger for trigger in one.triggers} for one in (first, second))
    others = [(_meaning(event, same), places[event.trigger]) for event in second.events]
    triggers, events = {}, []
    for event in first.events:
        mine, meaning = own_places[event.trigger], _meaning(event, own)
        theirs = next((trigger for other, trigger in others if other == meaning and _meet(mine, trigger)), None)
        if theirs and "" not in meaning:
            triggers[mine.id] = msgspec.structs.replace(max(mine, theirs, key=_length), id=mine.id)
            events.append(Event(event.id, event.type, mine.id, tuple(map(Argument, ROLES, meaning[1:]))))
    return list(triggers.values()), events


def _meaning(event: Event, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return type, theme and cause by their common ids, empty where there is none."""
    first = {arg.role: names.get(arg.ref, "") for arg in reversed(event.args)}
    return event.type, *(first.get(role, "") for role in ROLES)


def _renamed(chains: Iterable[tuple[str, ...]], names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the chains by common ids, those with two members or more left."""
    for chain in chains:
        members = tuple(dict.fromkeys(names[member] for member in chain if member in names))
        if len(members) > 1:
            yield members


def _meet(mine: Entity, theirs: Entity) -> bool:
    """Say whether a piece of the first annotator's begins or ends within one of the second's, or at its end."""
    return any(start <= end <= stop for span in mine.spans for end in span for start, stop in theirs.spans)


def _length(entity: Entity) -> int:
    return len(entity.text)


CORPUS = Corpus(
    name="pdr",
    title="Plant-disease relation corpus",
    year=2019,
    homepage="http://gcancer.org/pdr/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("http://gcancer.org/pdr/Plant-Disease_Corpus.tar.gz",),
    layout="documented",
    splits={"train": at("**/Plant-Disease_Corpus", read=read)},
)
