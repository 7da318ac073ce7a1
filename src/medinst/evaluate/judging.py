"""The answers of one row held against their gold, and the numbers that its scores are folded from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import compress
from string import ascii_uppercase

import msgspec
import numpy as np

from medinst import tasks
from medinst.evaluate.plan import CHOICES
from medinst.evaluate.types import Line
from medinst.metrics import Metric, Reference
from medinst.metrics.metric import Stats
from medinst.schema import Answer, Sample
from medinst.tasks import judge as judges
from medinst.tasks import targets


class Judged(msgspec.Struct, frozen=True):
    """What is known of a row's answered samples: gold, raw and parsed answers, and the metric's numbers, (n, k).

    ``strictly`` says of which samples the gold is known as more than a text, so that they have a strict score.
    """

    metric: Metric
    references: list[Reference]
    outputs: list[str]
    answers: list[Answer]
    strictly: list[bool]

    @property
    def stats(self) -> Stats:
        """The strict metric's numbers, a line a sample that has any."""
        each = compress(zip(self.references, self.outputs, self.answers, strict=True), self.strictly)
        return np.array([self.metric.counts(*one) for one in each], dtype=np.float64)

    @property
    def docs(self) -> list[str]:
        """The documents that these samples are of."""
        return [found.doc for found in compress(self.references, self.strictly)]

    def paper(self) -> float | None:
        """Return the published rule's score, None where there is no answer or the score is not defined."""
        return (
            finite(self.metric.paper([one.output for one in self.references], self.outputs)) if self.outputs else None
        )


def judge(name: str, samples: Sequence[Sample], lines: Mapping[str, Line]) -> Judged:
    """Hold the answers that a row's samples got against their gold; samples without an answer are left out."""
    row = tasks.load(name)
    module = tasks.category(row.category)
    answered = [(sample, said(lines[sample.id])) for sample in samples if ok(lines.get(sample.id))]
    return Judged(
        judges.metric(row),
        [judges.reference(row, one.input, one.output, one.target, one.doc_id) for one, _ in answered],
        [output for _, output in answered],
        [module.parse(output, row, sample.input) for sample, output in answered],
        [not targets.text_only(sample) for sample, _ in answered],
    )


def ok(line: Line | None) -> bool:
    """Say whether there is an answer."""
    return line is not None and line.status == "ok"


def finite(value: float) -> float | None:
    """Return the number, None where it is not one."""
    return float(value) if math.isfinite(value) else None


def said(line: Line) -> str:
    """Return the answer, which is the letter of the likeliest choice where the likelihood of choices was asked for."""
    likely = line.choice_logprobs
    if likely and len(likely) == len(CHOICES) and tasks.load(line.row).metric == "choice":
        return ascii_uppercase[likely.index(max(likely))]
    return line.output
