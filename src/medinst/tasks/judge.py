"""Answers held against gold, for tools that go through samples one by one: a sample's numbers, then a row's scores."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from medinst.metrics import METRICS, Metric, Reference
from medinst.schema import Target
from medinst.tasks import EMPTY, Row, category

TOO_FEW = 10  # answered samples of a row, of which no mean over rows is taken


class Judged(msgspec.Struct, frozen=True):
    """What a row's scores need of one answer; ``numbers`` are those of the row's strict metric."""

    gold: str
    output: str
    numbers: tuple[float, ...]
    rouge_l: float
    unparsed: bool


def reference(row: Row, text: str, output: str, target: str, doc: str) -> Reference:
    """Return the gold of a sample of ``row``: its input, the answer as written, its target's JSON, its document."""
    decoded = msgspec.json.decode(target, type=Target)
    gold = category(row.category).gold(decoded, row, text)
    return Reference(output, gold, decoded, row.labels, doc, text, row.category)


def metric(row: Row) -> Metric:
    """Return what a row is scored by; documents without gold of their own (``<row>-empty``) by whether that is said."""
    return METRICS["empty" if row.name.endswith(EMPTY) else row.metric]


def names(row: Row) -> tuple[str, str, str]:
    """Return what a row's three scores are called where means over rows are taken of scores of one name.

    Squared errors, and rows of documents without gold, are in no mean.
    """
    if row.name.endswith(EMPTY):
        return "paper_empty", "strict_empty", "rouge_l_empty"
    return ("paper_mse", "strict_mse", "rouge_l") if metric(row).lower_is_better else ("paper", "strict", "rouge_l")


def judge(row: Row, gold: Reference, text: str, output: str) -> Judged:
    """Hold an answer to a sample of ``row`` against its gold; ``text`` is the sample's input."""
    answer = category(row.category).parse(output, row, text)
    numbers = tuple(map(float, metric(row).counts(gold, output, answer)))
    rouge_l = METRICS["rouge_l"].counts(gold, output, answer)[0]
    return Judged(gold.output, output, numbers, float(rouge_l), answer.unparsed)


def paper(row: Row, golds: Sequence[str], outputs: Sequence[str]) -> float:
    """Return the score under the published rule, of at least one answer."""
    return metric(row).paper(golds, outputs)


def strict(row: Row, numbers: Sequence[Sequence[float]]) -> float:
    """Return the strict score, of the numbers of at least one answer."""
    found = metric(row)
    return found.fold(np.array(numbers, dtype=np.float64), row.labels)[found.strict_name]
