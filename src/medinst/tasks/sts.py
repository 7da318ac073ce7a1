"""STS: how similar two texts are, as one integer from 0 to 5.

The source's score is moved linearly from the row's scale to 0-5 and rounded half up; the target keeps it as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from medinst.models import Grammar
from medinst.schema import Answer, Gold, Pair, Record, Target
from medinst.tasks import Refused, Row
from medinst.tasks.closed import first_line
from medinst.tasks.grammars import signs
from medinst.tasks.texts import pair_input

_NAMED = re.compile(r"\bsentences? ?[12]\b", re.IGNORECASE)  # the texts' own names in the question
_OUT_OF = re.compile(r" ?(?:/|\bout of\b) ?5(?:\.0)?\b")
_NUMBER = re.compile(r"(?<![\w.,-])[-+]?\d{1,3}(?:\.\d{1,6})?(?!\w|[.,]\d| ?[-–] ?\d)", re.ASCII)


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield the pair as one sample where it has a score."""
    assert isinstance(record, Pair)
    if record.score is None:
        return
    low, high = row.scale
    if not low <= record.score <= high:
        raise Refused("score", str(record.score), f"{low} to {high}")
    yield pair_input(record, row, "Sentence 1", "Sentence 2"), Target(score=record.score)


def write(target: Target, row: Row, text: str) -> str:
    """Render the score as an integer from 0 to 5."""
    low, high, score = (Decimal(str(number)) for number in (*row.scale, target.score))
    return _rounded((score - low) * 5 / (high - low))


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return the integer as the only item, nothing where the score is not known."""
    if target.score is None:
        return ()
    return (Gold((frozenset((write(target, row, text),)),)),)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read the only number of the answer's first line, rounded half up; ``4/5`` and ``4 out of 5`` are 4.

    The numbers of ``Sentence 1`` and ``Sentence 2`` are names. Different numbers, or one outside 0 to 5, are no answer.
    """
    found = {Decimal(number) for number in _NUMBER.findall(_OUT_OF.sub("", _NAMED.sub("", first_line(answer))))}
    if len(found) != 1 or not 0 <= min(found) <= 5:
        return Answer(unparsed=True)
    return Answer(((_rounded(min(found)),),))


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: one digit."""
    return signs("[0-5]").grammar()


def _rounded(value: Decimal) -> str:
    return str(int(value.quantize(Decimal(1), ROUND_HALF_UP)))
