"""COREF: given a text and one mention in it, find the text's other names for the same thing: ``[mention] [mention]``.

One sample a chain. Its earliest mention is the anchor, which the input names in a last line; the target holds all
mentions in text order, the anchor first.
"""

from __future__ import annotations

from collections.abc import Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Document, Gold, Record, Target, squeeze
from medinst.tasks import Row
from medinst.tasks.grammars import literal, piece_of, repeated, sequence
from medinst.tasks.mentions import answer_of, as_mentions, bare


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield a sample for each chain of two mentions or more."""
    assert isinstance(record, Document)
    entities = {entity.id: entity for entity in (*record.entities, *record.triggers)}
    for chain in record.coreferences:
        mentions = as_mentions(entities[ref] for ref in chain)
        if len(mentions) > 1:
            yield f"{record.text.rstrip()}\nAnchor: {squeeze(mentions[0].text)}", Target(mentions=mentions)


def write(target: Target, row: Row, text: str) -> str:
    """Render all mentions but the anchor."""
    return " ".join(f"[{squeeze(mention.text)}]" for mention in target.mentions[1:])


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return (mention,) for all mentions but the anchor."""
    return tuple(Gold((frozenset((squeeze(mention.text),)),)) for mention in target.mentions[1:])


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read (mention,) items."""
    return answer_of(((mention,) for mention in bare(answer, text)), answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: one mention or more."""
    return repeated(sequence(literal("["), piece_of(text), literal("]")), " ").grammar()
