"""TXTCLASS: one label for a text; rows of the form ``several`` any number of them, joined by commas."""

from __future__ import annotations

from collections.abc import Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Gold, Labelled, Record, Target
from medinst.tasks import Row, label_of
from medinst.tasks.closed import gold_labels, one_of, several_of
from medinst.tasks.grammars import repeated, texts

NONE = "none"


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield the text as one sample; without a label only where the row has the label ``none``."""
    assert isinstance(record, Labelled)
    labels = tuple(label for name in record.labels if (label := label_of(name, row)) is not None)
    if not labels and NONE in row.labels:
        labels = (NONE,)
    if labels:
        yield record.text.strip(), Target(labels=labels)


def write(target: Target, row: Row, text: str) -> str:
    """Render the labels."""
    return ", ".join(target.labels)


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return an item a label."""
    return gold_labels(target.labels)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read one label of the row, or several."""
    return several_of(answer, row.labels) if row.form == "several" else one_of(answer, row.labels)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: one label of the row, or up to all of them."""
    label = texts(row.labels)
    return (repeated(label, ", ", most=len(row.labels)) if row.form == "several" else label).grammar()
