"""QA rows of the form ``letter``: four options, answered by the letter of one, as examinations of models ask it.

The question and its options stand in the input as they do in the source, ``A. …`` to ``D. …`` on lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medinst.schema import Answer, Gold, Question, Target
from medinst.tasks import Refused
from medinst.tasks.closed import first_line, fold

FORM = "letter"
LETTERS = ("A", "B", "C", "D")
_LETTER = re.compile(
    r"(?:(?:the )?(?:(?:correct|best|final|right) )?(?:answer|option|choice)(?: is)?:? ?)?\(?([a-d])(?:[.:)]+(.*))?",
    re.IGNORECASE,
)
_MARKED = re.compile(r"(?<!\w)[A-D](?=[.:)])")


def samples(record: Question) -> Iterator[tuple[str, Target]]:
    """Yield the question as one sample."""
    if len(record.choices) != len(LETTERS):
        raise Refused("columns", f"{len(record.choices)} options", f"{len(LETTERS)} options")
    if len(record.answers) != 1 or record.answers[0] not in record.choices:
        raise Refused("unknown-label", repr(record.answers), f"one of {record.choices}")
    options = [f"{letter}. {choice}" for letter, choice in zip(LETTERS, record.choices, strict=True)]
    yield "\n".join([record.question.strip(), *options]), Target(choices=record.choices, answers=record.answers)


def letters(target: Target) -> list[str]:
    """Return the letters of the right options: one, unless two options have the same text."""
    lettered = zip(LETTERS, target.choices, strict=True)
    return [letter for letter, choice in lettered if choice in target.answers]


def gold(target: Target) -> tuple[Gold, ...]:
    """Return the letter as the only item."""
    return (Gold((frozenset(letters(target)),)),)


def parse(answer: str, text: str) -> Answer:
    """Read the letter that the answer's first line is or begins with, or that of the option whose text the answer is.

    A line that marks another option besides, as ``A. B. C. D.`` does, names none, unless the first one's text does so.
    """
    line = first_line(answer).strip(" *_`\"'")
    named, offered = _LETTER.fullmatch(line), options(text)
    if named:
        letter, rest = named[1].upper(), named[2] or ""
        if fold(rest) == fold(offered.get(letter, "")) or not set(_MARKED.findall(rest)) - {letter}:
            return Answer(((letter,),))
    same = [letter for letter, choice in offered.items() if fold(choice) == fold(answer)]
    return Answer(((same[0],),)) if len(same) == 1 else Answer(unparsed=True)


def options(text: str) -> dict[str, str]:
    """Return the options of an input by their letters, none where it does not end with four."""
    found = {}
    for letter in reversed(LETTERS):
        text, there, choice = text.rpartition(f"\n{letter}. ")
        if not there:
            return {}
        found[letter] = choice
    return found
