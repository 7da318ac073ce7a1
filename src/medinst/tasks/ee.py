"""EE: find the events of a text and the entities they are about: ``[<type> <trigger> <theme>]``, or ``[]``.

One item a pair of trigger and entity theme. Themes that are events themselves are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Argument, Document, Event, Gold, Record, Target, squeeze
from medinst.tasks import Row, label_of
from medinst.tasks.grammars import piece_of, texts, triples
from medinst.tasks.mentions import angled, answer_of, appearance, as_mentions


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield one sample for a document with an event that has an entity as theme.

    The target holds these events with all their arguments that are entities or such events, and the mentions of both.
    """
    assert isinstance(record, Document)
    entities = {mention.id: mention for mention in as_mentions(record.entities)}
    triggers = {mention.id: mention for mention in as_mentions(record.triggers)}
    found = []
    for event in record.events:
        label = label_of(event.type, row)
        if label is not None and any(_is_theme(arg) and arg.ref in entities for arg in event.args):
            found.append(Event(event.id, label, event.trigger, event.args))
    if found or row.keep_empty:
        known = entities.keys() | {event.id for event in found}
        events = [
            Event(event.id, event.type, event.trigger, tuple(arg for arg in event.args if arg.ref in known))
            for event in sorted(found, key=lambda event: appearance(triggers[event.trigger]))
        ]
        used = {event.trigger for event in events} | {arg.ref for event in events for arg in event.args}
        mentions = sorted((m for key, m in (entities | triggers).items() if key in used), key=appearance)
        yield record.text.rstrip(), Target(mentions=tuple(mentions), events=tuple(events))


def write(target: Target, row: Row, text: str) -> str:
    """Render the pairs of trigger and theme, in order of the triggers."""
    return " ".join(f"[<{kind}> <{trigger}> <{theme}>]" for kind, trigger, theme in _pairs(target)) or "[]"


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return (type, trigger, theme) a pair."""
    return tuple(Gold(tuple(frozenset((slot,)) for slot in pair)) for pair in _pairs(target))


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read (type, trigger, theme) items."""
    return answer_of(angled(answer), answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: a list of (type, trigger, theme) items."""
    return triples(texts(row.labels), piece_of(text), piece_of(text)).grammar()


def _pairs(target: Target) -> Iterator[tuple[str, str, str]]:
    """Yield the (type, trigger, theme) texts of a target."""
    texts = {mention.id: squeeze(mention.text) for mention in target.mentions}
    for event in target.events:
        for arg in event.args:
            if _is_theme(arg) and arg.ref in texts:
                yield event.type, texts[event.trigger], texts[arg.ref]


def _is_theme(arg: Argument) -> bool:
    """Say whether an argument is a theme; further ones of an event are numbered (``Theme2``)."""
    return arg.role.startswith("Theme")
