"""NER: find the mentions in a text. Two output forms: a list of typed mentions, or a tag behind every word.

The list is ``[RNA helicase <FamilyName>] [p54 <Gene>]``, or ``[]``. The form ``bio`` is ``ataxia [B] - [I] gene [O]``,
the types erased.
"""

from __future__ import annotations

from collections.abc import Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Document, Gold, Record, Target, squeeze
from medinst.tasks import Row
from medinst.tasks.grammars import listed, literal, piece_of, sequence, tagged, texts
from medinst.tasks.mentions import answer_of, labelled, mentions_of

_TAGS = {"[B]", "[I]", "[O]"}


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield one sample for a document with a mention of the row's types."""
    assert isinstance(record, Document)
    mentions = mentions_of(record, row)
    if mentions or row.keep_empty:
        yield record.text.rstrip(), Target(mentions=mentions)


def write(target: Target, row: Row, text: str) -> str:
    """Render the mentions as the row's form says."""
    if row.form == "bio":
        return " ".join(f"{word} [{tag}]" for word, tag in _tagged(target, text))
    return " ".join(f"[{squeeze(mention.text)} <{mention.type}>]" for mention in target.mentions) or "[]"


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return (mention, label) a mention; in BIO (word, tag) a word."""
    if row.form == "bio":
        pairs = _tagged(target, text)
    else:
        pairs = [(squeeze(mention.text), mention.type) for mention in target.mentions]
    return tuple(Gold((frozenset((first,)), frozenset((second,)))) for first, second in pairs)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read (mention, label) items, or (word, tag) in BIO."""
    if row.form == "bio":
        return answer_of(_words(answer), answer)
    return answer_of(labelled(answer, text, frozenset(row.labels).__contains__), answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: the words of the text with tags, or a list of typed mentions."""
    if row.form == "bio":
        return tagged(text.split()).grammar()
    typed = sequence(literal("["), piece_of(text), literal(" <"), texts(row.labels), literal(">]"))
    return listed(typed).grammar()


def _tagged(target: Target, text: str) -> list[tuple[str, str]]:
    """Return the words of a sentence with their tags; words are what white space parts."""
    begins = {mention.spans[0][0] for mention in target.mentions}
    inside = {at for mention in target.mentions for start, end in mention.spans for at in range(start, end)}
    pairs, end = [], 0
    for word in text.split():
        at = text.index(word, end)
        pairs.append((word, "B" if at in begins else "I" if at in inside else "O"))
        end = at + len(word)
    return pairs


def _words(answer: str) -> Iterator[tuple[str, str]]:
    """Yield every word that a tag follows, with the tag's letter. A word may itself look like a tag."""
    words = answer.split()
    at = 0
    while at + 1 < len(words):
        if words[at + 1] in _TAGS:
            yield words[at], words[at + 1][1]
            at += 2
        else:
            at += 1
