"""TE: one label for a claim and its evidence, or for two other texts, titled as the row says."""

from __future__ import annotations

from collections.abc import Iterator

from medinst.models import Grammar
from medinst.schema import Answer, Gold, Pair, Record, Target
from medinst.tasks import Row, label_of
from medinst.tasks.closed import gold_labels, one_of
from medinst.tasks.grammars import texts
from medinst.tasks.texts import pair_input


def samples(record: Record, row: Row) -> Iterator[tuple[str, Target]]:
    """Yield the pair as one sample unless the row drops its label."""
    assert isinstance(record, Pair)
    label = label_of(record.label, row)
    if label is not None:
        yield pair_input(record, row, "Claim", "Evidence"), Target(labels=(label,))


def write(target: Target, row: Row, text: str) -> str:
    """Render the label."""
    return target.labels[0]


def gold(target: Target, row: Row, text: str) -> tuple[Gold, ...]:
    """Return the label as the only item."""
    return gold_labels(target.labels)


def parse(answer: str, row: Row, text: str) -> Answer:
    """Read one label of the row."""
    return one_of(answer, row.labels)


def grammar(row: Row, text: str) -> Grammar:
    """Return the form of an answer: one label of the row."""
    return texts(row.labels).grammar()
