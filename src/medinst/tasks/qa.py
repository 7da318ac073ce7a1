"""QA: answer a question, with a context and options where the source has them.

Rows with labels (yes, no, maybe) are answered by one of them; questions with options by the text of one, and its
letter is understood; all others by free text. Rows of the form ``letter`` are in ``lettered``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from itertools import chain, count, islice, product
from string import ascii_uppercase

from medinst.models import Grammar
from medinst.schema import Answer, Gold, Question, Record, Target, squeeze
from medinst.tasks import Refused, Row, grammars, label_of, lettered
from medinst.tasks.closed import fold, one_of, standing
from medinst.tasks.texts import gold_text, parse_text, titled

_OPTIONS = "\nOptions:\n"
_LETTER = re.compile(lettered.LEAD + r"[(\[]?([a-z]{1,3})[)\]]?[.:]?", re.IGNORECASE)
_BRACKETED = re.compile(r"(?<!\w)([A-Za-z]{1,3})\)")


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield the question as one sample where it has an answer."""
    assert isinstance(record, Question)
    if row.form == lettered.FORM:
        yield from lettered.samples(record)
        return
    answers = tuple(squeeze(answer) for answer in record.answers if answer.strip())
    if record.answers and not answers:
        raise Refused("columns", f"the answers {record.answers}", "one that is not blank")
    if row.labels:
        answers = tuple(label for answer in answers if (label := label_of(answer, row)) is not None)
    choices = tuple([_option(choice) for choice in record.choices])
    if choices and not set(answers) <= set(choices):
        raise Refused("unknown-label", repr(answers), f"one of {choices}")
    if answers:
        text = titled(("Question", record.question), ("Context", record.context))
        if choices:
            each = zip(_letters(len(choices)), choices, strict=True)
            text += _OPTIONS + "\n".join([f"({letter}) {choice}" for letter, choice in each])
        yield text, Target(choices=choices, answers=answers)


def write(target: Target, row: Row, text: str) -> str:
    """Render the first accepted answer, or its letter."""
    return lettered.letters(target)[0] if row.form == lettered.FORM else target.answers[0]


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return one item: any of the accepted answers."""
    return lettered.gold(target) if row.form == lettered.FORM else gold_text(target.answers)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read one item: a label of the row, the text of an option, or the whole answer."""
    if row.form == lettered.FORM:
        return lettered.parse(answer, text)
    if row.labels:
        return one_of(answer, row.labels)
    options = _options(text)
    return _chosen(answer, options) if options else parse_text(answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: a label of the row, a letter or the text of an option, or one line of text."""
    if row.form == lettered.FORM:
        return grammars.texts(lettered.LETTERS).grammar()
    closed = row.labels or tuple(_options(text).values())
    return (grammars.texts(closed) if closed else grammars.line()).grammar()


@functools.lru_cache(maxsize=1 << 14)
def _option(choice: str) -> str:
    """Return the text of an option on one line; many have the same ones, such as identifiers."""
    return squeeze(choice)


@functools.lru_cache(maxsize=1024)
def _letters(number: int) -> tuple[str, ...]:
    """Return as many of A to Z, AA, AB and so on."""
    every = chain.from_iterable(map("".join, product(ascii_uppercase, repeat=size)) for size in count(1))
    return tuple(islice(every, number))


def _options(text: str) -> dict[str, str]:
    """Return the options of an input by their letters, none where it has none."""
    _, found, listing = text.rpartition(_OPTIONS)
    lines = listing.split("\n") if found else []
    options = {}
    for letter, line in zip(_letters(len(lines)), lines, strict=True):
        if not line.startswith(f"({letter}) "):
            return {}
        options[letter] = line.removeprefix(f"({letter}) ")
    return options


def _chosen(answer: str, options: dict[str, str]) -> Answer:
    """Read the option that an answer names by its text or its letter; one that names two names none."""
    texts = tuple(dict.fromkeys(options.values()))
    line = lettered.said(answer)
    alone = _LETTER.fullmatch(line)
    found = [text for text in texts if text == squeeze(answer)]
    if not found:
        found = [text for text in texts if fold(text) == fold(answer)]
    if not found and alone:
        found = _lettered(alone.groups(), options)
    if not found:
        found = list(dict.fromkeys([*_lettered(_BRACKETED.findall(line), options), *_standing(line, texts)]))
    return Answer(((found[0],),)) if len(found) == 1 else Answer(unparsed=True)


def _standing(line: str, texts: tuple[str, ...]) -> list[str]:
    """Return the texts that stand in a plain line; signs of emphasis in a text, as in ``B*27``, do not count."""
    found = standing(line, tuple(map(lettered.plain, texts)))
    return [text for text in texts if lettered.plain(text) in found]


def _lettered(letters: Iterable[str], options: dict[str, str]) -> list[str]:
    """Return the options with these letters, of either case."""
    return [options[letter.upper()] for letter in letters if letter.upper() in options]
