"""RE: find the relations between the mentions of a text: ``[<entity1> <relation> <entity2>]``, or ``[]``.

Where the source relates concepts, the first mention of each is rendered and any mention of it is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Argument, Document, Gold, Mention, Record, Target, TargetRelation, squeeze
from medinst.tasks import Row, label_of
from medinst.tasks.grammars import piece_of, texts, triples
from medinst.tasks.mentions import angled, answer_of, appearance, as_mentions


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield one sample for a document with a relation of the row between two entities.

    The target holds the mentions that take part, every mention of a concept among them. In a symmetric relation the
    argument that is named first comes first.
    """
    assert isinstance(record, Document)
    by_ref = _by_ref(as_mentions(record.entities))

    def place(arg: Argument) -> tuple[int, int]:
        return appearance(by_ref[arg.ref][0])

    found = []
    for relation in record.relations:
        label = label_of(relation.type, row)
        # An argument may be an event; such a relation is not between two entities.
        if label is not None and len(relation.args) == 2 and all(arg.ref in by_ref for arg in relation.args):
            args = sorted(relation.args, key=place) if label in row.symmetric else relation.args
            found.append(TargetRelation(label, tuple(args)))
    if found or row.keep_empty:
        used = {mention.id: mention for relation in found for arg in relation.args for mention in by_ref[arg.ref]}
        relations = sorted(found, key=lambda relation: [place(arg) for arg in relation.args])
        mentions = sorted(used.values(), key=appearance)
        yield record.text.rstrip(), Target(mentions=tuple(mentions), relations=tuple(relations))


def write(target: Target, row: Row, text: str) -> str:
    """Render each relation between the first mentions of its arguments."""
    by_ref = _by_ref(target.mentions)
    items = []
    for relation in target.relations:
        first, second = (squeeze(by_ref[arg.ref][0].text) for arg in relation.args)
        items.append(f"[<{first}> <{relation.type}> <{second}>]")
    return " ".join(items) or "[]"


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return (texts of argument 1, relation, texts of argument 2) a relation."""
    by_ref = _by_ref(target.mentions)
    items = []
    for relation in target.relations:
        first, second = (frozenset(squeeze(mention.text) for mention in by_ref[arg.ref]) for arg in relation.args)
        items.append(Gold((first, frozenset((relation.type,)), second), relation.type in row.symmetric))
    return tuple(items)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read (entity, relation, entity) items."""
    return answer_of(angled(answer), answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: a list of (entity, relation, entity) items."""
    return triples(piece_of(text), texts(row.labels), piece_of(text)).grammar()


def _by_ref(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return the mentions by what a relation may refer to: their own id and the concepts they carry."""
    by_ref: dict[str, list[Mention]] = {}
    for mention in mentions:
        for ref in dict.fromkeys((mention.id, *mention.ids)):
            by_ref.setdefault(ref, []).append(mention)
    return by_ref
