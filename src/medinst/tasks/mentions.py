"""What the categories with mentions share: gold mentions of a row, and reading bracketed items back from an answer.

Published text is never escaped, so a mention may hold brackets. An item is read to the delimiter that must end it, and
the text it was taken from decides what cannot be seen in the answer: which opening bracket is the item's own. An item
that is not closed costs itself only. All readers take time linear in the length of the answer.

A mention that holds the end of an item itself (``>]`` in a relation) cannot be read back.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator

from medinst.schema import Answer, Document, Entity, Mention, squeeze
from medinst.tasks import Row, label_of

_BRACKET = re.compile(r"[\[\]]")
_LABEL_END = re.compile(r"<([^<>\[\]]+)>\]")
_BETWEEN = re.compile(r">\s*<")
_OPENINGS = 4  # how many opening signs of an item are tried, so that reading stays linear


def mentions_of(document: Document, row: Row) -> tuple[Mention, ...]:
    """Return the document's entities of the row's types, by their labels, in order of appearance."""
    found = []
    for entity in document.entities:
        label = label_of(entity.type, row)
        if label is not None:
            found.append(Mention(entity.id, entity.text, label, entity.spans, entity.ids))
    return tuple(sorted(found, key=appearance))


def as_mentions(entities: Iterable[Entity]) -> tuple[Mention, ...]:
    """Return entities as mentions of the source's own types, in order of appearance."""
    found = [Mention(entity.id, entity.text, entity.type, entity.spans, entity.ids) for entity in entities]
    found.sort(key=appearance)
    return tuple(found)


def appearance(mention: Mention) -> tuple[int, int]:
    """Return what mentions are sorted by: where they begin, then where they end."""
    return mention.spans[0][0], mention.spans[-1][1]


def labelled(answer: str, text: str, known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield (mention, label) of every ``[mention <label>]`` in the answer.

    A label that is not ``known`` ends an item too, a wrong one, but only behind white space: ``Ca<sup>2+</sup>]i`` is
    a mention.
    """
    stands = _stands_in(text)
    start = 0
    for end in _LABEL_END.finditer(answer):
        if not (known(end[1]) or answer[end.start() - 1].isspace()):
            continue
        opened = answer.find("[", start, end.start())
        if opened >= 0:
            yield _own(answer[opened + 1 : end.start()], stands), end[1]
        start = end.end()


def angled(answer: str) -> Iterator[tuple[str, str, str]]:
    """Yield the slots of every ``[<first> <second> <third>]`` in the answer.

    An item begins at the last ``[<`` that leaves three slots; a mention may hold another one.
    """
    start = 0
    while (end := answer.find(">]", start)) >= 0:
        opened = end
        for _ in range(_OPENINGS):
            opened = answer.rfind("[<", start, opened)
            slots = _BETWEEN.split(answer[opened + 2 : end]) if opened >= 0 else []
            if len(slots) == 3:
                yield squeeze(slots[0]), squeeze(slots[1]), squeeze(slots[2])
            if opened < 0 or len(slots) >= 3:
                break
        start = end + 2


def bare(answer: str, text: str) -> Iterator[str]:
    """Yield every ``[mention]`` in the answer; one with a ``]`` in it is read as far as it stands in the text."""
    stands = _stands_in(text)
    start = 0
    while (opened := answer.find("[", start)) >= 0:
        closed = answer.find("]", opened)
        if closed < 0:
            return
        further = answer.find("]", closed + 1) if closed > opened + 1 else -1
        while further >= 0 and stands(squeeze(answer[opened + 1 : further])):
            closed, further = further, answer.find("]", further + 1)
        mention = _own(answer[opened + 1 : closed], stands)
        if mention:
            yield mention
        start = closed + 1


def answer_of(items: Iterable[tuple[str, ...]], answer: str) -> Answer:
    """Return the items as an answer; unparsed where there are none and the answer is not the empty list ``[]``."""
    found = tuple(items)
    return Answer(found, unparsed=not found and answer.strip() != "[]")


def _stands_in(text: str) -> Callable[[str], bool]:
    """Return a function that says whether a squeezed string stands in the text, and remembers what it said."""
    return functools.cache(squeeze(text).__contains__)


def _own(raw: str, stands: Callable[[str], bool]) -> str:
    """Return the mention in ``raw``: all of it where that stands in the text, else what follows an unclosed ``[``."""
    mention = squeeze(raw)
    if "[" not in mention or stands(mention):
        return mention
    unclosed = [-1]
    for bracket in _BRACKET.finditer(mention):
        if bracket[0] == "[":
            unclosed.append(bracket.start())
        elif len(unclosed) > 1:
            unclosed.pop()
    return mention[unclosed[-1] + 1 :].strip()
