"""QA rows of the form ``letter``: four options, answered by the letter of one, as examinations of models ask it.

The question and its options stand in the input as they do in the source, ``A. …`` to ``D. …`` on lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from medinst.schema import Answer, Gold, Question, Target, squeeze
from medinst.tasks import Refused
from medinst.tasks.closed import fold

FORM = "letter"
LETTERS = ("A", "B", "C", "D")
LEAD = r"(?:(?:the )?(?:(?:correct|best|final|right) )?(?:answer|option|choice)(?: is)?:? ?)?"
_LETTER = re.compile(
    LEAD + r"[(\[]?([a-d])(?:[.:)]+(?P<marked>.*)|(?:\][.:]?|,? (?:because|since|as)\b)(?P<reason>.*))?",
    re.IGNORECASE,
)
_MARKED = re.compile(r"(?<!\w)[A-D](?=[.:)])")
_ALONE = re.compile(r"(?<!\w)[A-D](?!\w)")
_JOINED = re.compile(  # of what follows a letter: "or B", "B", "B, C", but not "A patient"
    r"\W*(?:(?i:or|and)\W+(?=[A-D](?!\w))|(?=[A-D](?:\W*$|[,/&]| (?i:or|and)\b)))([A-D])"
)
_FOLLOWS = re.compile(r"\b(?:answer|(?:correct|best|final|right) (?:option|choice)|is) ?:$", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-+] ?)?[(\[]?([A-Za-z])(?:[.:)\]]|$)")
_EMPHASIS = str.maketrans("", "", "*_`")


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
    named, offered = _LETTER.fullmatch(said(answer)), options(text)
    if named:
        letter, rest = named[1].upper(), named["marked"] or named["reason"] or ""
        if not _others(named) - {letter} or (rest and fold(rest) == fold(plain(offered.get(letter, "")))):
            return Answer(((letter,),))
    same = [letter for letter, choice in offered.items() if fold(choice) == fold(answer)]
    return Answer(((same[0],),)) if len(same) == 1 else Answer(unparsed=True)


def plain(text: str) -> str:
    """Return the text on one line, without the signs of emphasis."""
    return squeeze(text.translate(_EMPHASIS))


def said(answer: str) -> str:
    """Return the answer's first line that is not blank, plain; with the next where it only says that this has it.

    Without that one where it begins a list of options, which names none of them.
    """
    lines = [plain(line) for line in islice(filter(str.strip, answer.split("\n")), 3)]
    items = {item[1].upper() for line in lines[1:] if (item := _ITEM.match(line))}
    follows = lines and _FOLLOWS.search(lines[0]) and len(items) < 2
    return " ".join(lines[: 2 if follows else 1]).strip(" \"'")


def _others(named: re.Match[str]) -> set[str]:
    """Return the letters named behind the first; in a reason or behind ``[A]``, marked or not."""
    rest = named["marked"] or ""
    joined = _JOINED.match(rest)
    return {*_MARKED.findall(rest), *(joined.groups() if joined else ()), *_ALONE.findall(named["reason"] or "")}


def options(text: str) -> dict[str, str]:
    """Return the options of an input by their letters, none where it does not end with four."""
    found = {}
    for letter in reversed(LETTERS):
        text, there, choice = text.rpartition(f"\n{letter}. ")
        if not there:
            return {}
        found[letter] = choice
    return found
