"""Scores of written texts beside ROUGE-L: METEOR, BERTScore, chrF and BLEU, each where its library is installed.

A text counts up to its first 100,000 characters, many times what a model may write, so that none takes minutes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Protocol

import msgspec

from medinst.metrics.bertscore import BertScore
from medinst.metrics.meteor import Meteor
from medinst.metrics.optional import Lacking, library

LONGEST = 100_000
NONE = "none"
References = Sequence[tuple[str, ...]]


class Scorer(Protocol):
    """What computes one score; ``by`` names it and all that its numbers depend on."""

    @property
    def by(self) -> str:
        """Library, version, data, settings."""

    def mean(self, references: References, predictions: Sequence[str]) -> float:
        """Return the score of n predictions as a fraction."""


class Written(msgspec.Struct, frozen=True):
    """Scores as fractions, by name; ``by``: what computed each of them; ``lacking``: why one is not there."""

    values: dict[str, float]
    by: dict[str, str]
    lacking: dict[str, str]


class Writing:
    """The scorers, each loaded when first needed. ``encoder`` is BERTScore's, ``none`` leaves BERTScore out."""

    def __init__(self, encoder: str = "") -> None:
        self._scorers: dict[str, Callable[[], Scorer]] = {
            "bertscore": functools.cache(lambda: BertScore(encoder)),
            "meteor": functools.cache(Meteor),
            "chrf": functools.partial(Corpus, "CHRF"),
            "bleu": functools.partial(Corpus, "BLEU"),
        }
        if encoder == NONE:
            del self._scorers["bertscore"]

    def scores(self, references: References, predictions: Sequence[str]) -> Written:
        """Return the scores of n predictions, each held against all of its accepted references."""
        found = Written({}, {}, {})
        golds = [tuple([text[:LONGEST] for text in accepted]) for accepted in references]
        answers = [text[:LONGEST] for text in predictions]
        for name, scorer in self._scorers.items() if answers else ():
            try:
                loaded = scorer()
            except Lacking as error:
                found.lacking[name] = str(error)
            else:
                found.values[name] = loaded.mean(golds, answers)
                found.by[name] = loaded.by
        return found


class Corpus:
    """A score of sacrebleu's over all samples at once: ``CHRF`` (Popović 2015) or ``BLEU`` (Papineni et al. 2002).

    Raises:
        Lacking: sacrebleu is not installed.
    """

    def __init__(self, name: str) -> None:
        self._score = getattr(library("sacrebleu.metrics"), name)()

    @property
    def by(self) -> str:
        """The signature, known after the first score."""
        return f"sacrebleu, {self._score.get_signature()}"

    def mean(self, references: References, predictions: Sequence[str]) -> float:
        """Return the score of the whole corpus as a fraction."""
        by_rank = [list(texts) for texts in zip_longest(*references)]  # the first of each sample, the second or None …
        return min(1.0, float(self._score.corpus_score(list(predictions), by_rank).score / 100))
