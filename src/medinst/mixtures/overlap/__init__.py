"""Documents that stand in two places: test passages seen in training, and near-duplicates within a set of texts.

``Tests`` indexes the small side, the tests; training texts stream past it. Nothing here looks at instructions,
options or answers: ``documents`` says what of a sample is its source text.
"""

from __future__ import annotations

from medinst.mixtures.overlap.documents import Passage, article, passages
from medinst.mixtures.overlap.index import KINDS, Hit, Kind, Tests
from medinst.mixtures.overlap.near import repeats
from medinst.mixtures.overlap.unseen import seen

__all__ = ["KINDS", "Hit", "Kind", "Passage", "Tests", "article", "passages", "repeats", "seen"]
