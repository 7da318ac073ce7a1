"""What a metric is, and what a sample's answer is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from medinst.schema import Answer, Gold, Target

Stats = NDArray[np.float64]


class Reference(msgspec.Struct, frozen=True):
    """The gold of one sample: the rendered answer, its items, its structure, the row's closed labels, the document.

    ``text`` is the input, into which the target's spans point; the ``category`` says what an item's slots are.
    """

    output: str
    gold: tuple[Gold, ...]
    target: Target
    labels: tuple[str, ...]
    doc: str
    text: str = ""
    category: str = ""


class Metric(msgspec.Struct, frozen=True):
    """A published rule and the strict one beside it; both need at least one sample. Scores are fractions, MSE is not.

    ``paper`` takes gold outputs and raw predictions. ``counts`` takes a reference, the raw prediction and what was
    parsed of it, and returns k numbers; an unparsed answer has no items. ``fold`` takes the numbers of n samples,
    shape (n, k), and the row's labels; its first entry is ``strict_name`` and must depend on the numbers only through
    their sums over the samples (``interval`` relies on it). An entry that is not defined on the samples is left out.
    ``errors`` takes the same numbers and counts the kinds of wrong items, where the metric tells them apart.
    """

    paper_name: str
    paper: Callable[[Sequence[str], Sequence[str]], float]
    strict_name: str
    counts: Callable[[Reference, str, Answer], tuple[float, ...]]
    fold: Callable[[Stats, tuple[str, ...]], dict[str, float]]
    lower_is_better: bool = False
    errors: Callable[[Stats], dict[str, int]] | None = None


def agreement(matched: float, gold: float, predicted: float) -> tuple[float, float, float]:
    """Return F1, precision and recall of ``matched`` items; all 1.0 where there was nothing to find and nothing found.

    Otherwise precision without predictions and recall without gold are 0.0.
    """
    if not gold and not predicted:
        return 1.0, 1.0, 1.0
    f1 = 2 * matched / (gold + predicted)
    return float(f1), float(matched / predicted if predicted else 0.0), float(matched / gold if gold else 0.0)
