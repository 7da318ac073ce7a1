"""A target from its rendered answer alone: as much of the gold as can be known where only texts were published.

What the text does not say is not there: further accepted answers, the other mentions of a concept, arguments that are
no themes, a score's fraction. A mention is put where its words first stand behind the beginning of the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from medinst.schema import Argument, Event, Gold, Mention, Sample, Span, Target, TargetRelation, squeeze
from medinst.tasks import Row, category, terms
from medinst.tasks.ned import NIL

Items = Sequence[tuple[str, ...]]

MOST_WORK = 10**8  # items times characters; of the tests no answer comes near
_TEXT_ONLY = "text_only"
_NOWHERE = ((0, 0),)
_NEXT_ID = re.compile(r",(?=[^\s,/]+/)")
_SIGNS = re.compile(r"[\W_]+")


def read(output: str, row: Row, text: str) -> Target | None:
    """Return the target that ``output`` renders under a row, None where the row's parser does not read all of it."""
    module = category(row.category)
    answer = module.parse(output, row, text)
    if answer.unparsed or len(answer.items) * len(text) > MOST_WORK:
        return None
    target = _MAKE.get(row.category, _labels)(answer.items, row, text)
    if not _same(module.gold(target, row, text), answer.items):
        return None
    # Of these the answer may say more than its item: the letter of an option, a number's form.
    free = row.category in ("QA", "STS")
    return target if free or _plain(module.write(target, row, text)) == _plain(output) else None


def fields(output: str, row: Row, text: str) -> dict[str, str]:
    """Return the ``target`` and ``meta`` of a sample with this gold answer, marked where only its text is known."""
    target = read(output, row, text)
    meta = msgspec.json.decode(terms(row.corpus)) | ({} if target else {_TEXT_ONLY: True})
    return {
        "target": msgspec.json.encode(target or Target()).decode(),
        "meta": msgspec.json.encode(meta).decode(),
    }


def text_only(sample: Sample) -> bool:
    """Say whether of a sample's gold only the text is known, so that no strict score can be had of it."""
    return f'"{_TEXT_ONLY}"' in sample.meta


def _same(gold: Sequence[Gold], items: Items) -> bool:
    """Say whether the gold accepts just these items in this order."""
    return len(gold) == len(items) and all(
        len(one.slots) == len(item) and all(text in slot for slot, text in zip(one.slots, item, strict=True))
        for one, item in zip(gold, items, strict=True)
    )


def _plain(text: str) -> list[str]:
    """Return the letters and digits of a text, sorted: a mention's identifiers may come in any order."""
    return sorted(_SIGNS.sub("", text).casefold())


class _Places:
    """Finds mentions in a text one after another."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def mention(self, number: int, text: str, kind: str, ids: tuple[str, ...] = ()) -> Mention:
        """Return the next mention, at 0 to 0 where the text does not hold its words."""
        spans = self._find(text, self.at) or self._find(text, 0)
        if spans:
            self.at = spans[0][0]
        return Mention(f"T{number}", text, kind, spans or _NOWHERE, ids)

    def _find(self, mention: str, start: int) -> tuple[Span, ...]:
        """Return where a mention stands from ``start`` on, in one piece or in one for each of its words."""
        at = self.text.find(mention, start)
        if at >= 0:
            return ((at, at + len(mention)),)
        spans: list[Span] = []
        for word in mention.split():
            at = self.text.find(word, start)
            if at < 0:
                return ()
            start = at + len(word)
            # White space of any kind joins what it parts into one piece.
            if spans and self.text[spans[-1][1] : at].isspace():
                spans[-1] = (spans[-1][0], start)
            else:
                spans.append((at, start))
        return tuple(spans)


def _listed(items: Items, row: Row, text: str) -> Target:
    """Read the mentions of NER, with types, or of NED, with identifiers."""
    if row.form == "bio":
        return _tagged(items, row, text)
    if row.form == "expansion":
        return _answer(items, row, text)
    places = _Places(text)
    found = []
    for number, (mention, label) in enumerate(items, 1):
        ids = () if label == NIL else tuple(_NEXT_ID.split(label))
        kind = (label, ()) if row.category == "NER" else ("", ids)
        found.append(places.mention(number, mention, *kind))
    return Target(mentions=tuple(found))


def _tagged(items: Items, row: Row, text: str) -> Target:
    """Read the tags of a sentence's words; a type that they do not say is that of a row with only one."""
    kind = row.labels[0] if len(row.labels) == 1 else ""
    spans: list[Span] = []
    end, inside = 0, False
    for word, tag in items:
        at = text.find(word, end)
        if at < 0:
            return Target()
        end = at + len(word)
        if tag == "I" and inside:
            spans[-1] = (spans[-1][0], end)
        elif tag == "B":
            spans.append((at, end))
        inside = tag != "O"
    named = enumerate(spans, 1)
    return Target(mentions=tuple(Mention(f"T{n}", text[a:b], kind, ((a, b),)) for n, (a, b) in named))


def _relations(items: Items, row: Row, text: str) -> Target:
    mentions = _named([text for first, _, second in items for text in (first, second)], text)
    found = (
        TargetRelation(kind, (Argument("Arg1", mentions[first].id), Argument("Arg2", mentions[second].id)))
        for first, kind, second in items
    )
    return Target(mentions=tuple(mentions.values()), relations=tuple(found))


def _events(items: Items, row: Row, text: str) -> Target:
    mentions = _named([text for _, trigger, theme in items for text in (trigger, theme)], text)
    found = (
        Event(f"E{number}", kind, mentions[trigger].id, (Argument("Theme", mentions[theme].id),))
        for number, (kind, trigger, theme) in enumerate(items, 1)
    )
    return Target(mentions=tuple(mentions.values()), events=tuple(found))


def _named(texts: Sequence[str], text: str) -> dict[str, Mention]:
    """Return a mention a different text, each at the first place where it stands."""
    return {name: _Places(text).mention(n, name, "") for n, name in enumerate(dict.fromkeys(texts), 1)}


def _chain(items: Items, row: Row, text: str) -> Target:
    body, _, anchor = text.rpartition("\nAnchor: ")
    places = _Places(body)
    texts = [squeeze(anchor), *(mention for (mention,) in items)]
    return Target(mentions=tuple(places.mention(number, name, "") for number, name in enumerate(texts, 1)))


def _score(items: Items, row: Row, text: str) -> Target:
    low, high = row.scale
    return Target(score=low + int(items[0][0]) * (high - low) / 5)


def _answer(items: Items, row: Row, text: str) -> Target:
    return Target(answers=(items[0][0],))


def _labels(items: Items, row: Row, text: str) -> Target:
    return Target(labels=tuple(label for (label,) in items))


_MAKE: dict[str, Callable[[Items, Row, str], Target]] = {
    "NER": _listed,
    "NED": _listed,
    "RE": _relations,
    "EE": _events,
    "COREF": _chain,
    "QA": _answer,
    "STS": _score,
    "TRANSL": _answer,
    "SUM": _answer,
}
