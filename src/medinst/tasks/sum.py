"""SUM: write a summary of one or more texts. The input is the bare text, several ones parted by a blank line."""

from __future__ import annotations

from collections.abc import Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Gold, Record, Target, TextToText, squeeze
from medinst.tasks import Row
from medinst.tasks.grammars import line
from medinst.tasks.texts import gold_text, parse_text


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield the texts as one sample where there is an answer to them."""
    assert isinstance(record, TextToText)
    answer = squeeze(record.answer)
    if answer:
        yield "\n\n".join([source.strip() for source in record.sources]), Target(answers=(answer,))


def write(target: Target, row: Row, text: str) -> str:
    """Render the answer."""
    return target.answers[0]


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return the answer as the only item."""
    return gold_text(target.answers)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read the whole answer."""
    return parse_text(answer)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: one line of text."""
    return line().grammar()
