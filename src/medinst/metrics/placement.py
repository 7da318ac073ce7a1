"""What is wrong with the items that match no gold: each is placed in the text, next to the gold it overlaps most.

An answer of mentions gives no offsets. So a mention is taken to stand wherever in the text it agrees best with the gold
item that it is paired with, and items are paired so that they agree best in all. Letter case does not count here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from medinst.metrics.matching import Item, swapped
from medinst.metrics.metric import Reference
from medinst.schema import Gold, Span, squeeze

# The slot of an item that is a name of a closed set or of a database; all other slots are mentions.
LABEL = {"NER": 1, "NED": 1, "RE": 1, "EE": 0}

_PLACED = 1000
_SECOND = 1 / 1024  # what an overlap under a wrong label weighs: decides only between pairings that are equal otherwise
_WHITE = re.compile(r"\s")

Pieces = tuple[Span, ...]


class Placed(msgspec.Struct, frozen=True):
    """Unmatched items in pairs. ``credit``: the summed likeness of those whose label is right, each under 1 or 1.

    ``boundary``: pairs that differ in a mention only; ``label``: in the label only; ``both``: in both.
    """

    credit: float = 0.0
    boundary: int = 0
    label: int = 0
    both: int = 0


def place(reference: Reference, gold: Sequence[Gold], items: Sequence[Item]) -> Placed:
    """Pair the unmatched gold and predicted items of a sample, each at most once, so that they agree best.

    The likeness of two items is the product over their mentions of the Dice coefficient of the characters they cover.
    A mention that does not stand in the text is like nothing. Only the first 1,000 predicted items are placed.
    """
    if not gold or not items:
        return Placed()
    likeness, right = _likeness(reference, gold, items[:_PLACED])
    best = likeness * np.where(right, 1.0, _SECOND)
    pairs = [(row, column) for row, column in zip(*linear_sum_assignment(best, maximize=True), strict=True)]
    alike = np.array([likeness[pair] for pair in pairs])
    named = np.array([right[pair] for pair in pairs])
    found, exact = alike > 0, alike == 1
    return Placed(
        float(alike[named].sum()),
        int((found & named).sum()),
        int((exact & ~named).sum()),
        int((found & ~exact & ~named).sum()),
    )


def _likeness(
    reference: Reference, gold: Sequence[Gold], items: Sequence[Item]
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
    """Return two matrices (gold, items): the likeness of the mentions, and whether the label is right."""
    at = LABEL.get(reference.category)
    overlap = _Overlap(reference)
    likeness, right = np.zeros((len(gold), len(items))), np.ones((len(gold), len(items)), np.bool_)
    for column, item in enumerate(items):
        if not all(overlap.stands(text) for slot, text in enumerate(item) if slot != at):
            continue
        for row, one in enumerate(gold):
            orders = (item, swapped(item)) if one.symmetric else (item,)
            if len(one.slots) == len(item):
                likeness[row, column] = max(overlap.product(one, order, at) for order in orders)
                right[row, column] = at is None or item[at] in one.slots[at]
    return likeness, right


class _Overlap:
    """How far predicted mentions cover the same characters of one text as gold ones."""

    def __init__(self, reference: Reference) -> None:
        self.text, self.fold = _folded(reference.text)
        self.places: dict[str, list[Pieces]] = {}
        for mention in reference.target.mentions:
            self.places.setdefault(squeeze(mention.text), []).append(mention.spans)
        self.stands = functools.cache(self._stands)
        self.dice = functools.cache(self._dice)

    def _stands(self, mention: str) -> bool:
        """Say whether a mention stands in the text at all."""
        return bool(mention) and self.fold(mention) in self.text

    def product(self, gold: Gold, item: Item, at: int | None) -> float:
        """Return the product over the mentions of an item of the best Dice coefficient with an accepted one."""
        likeness = 1.0
        for slot, accepted in enumerate(gold.slots):
            if slot != at and likeness:
                likeness *= max(self.dice(item[slot], name) for name in accepted)
        return likeness

    def _dice(self, mention: str, name: str) -> float:
        """Return the best Dice coefficient of a mention with a gold one of this name, wherever either may stand."""
        found = self.fold(mention)
        return max((_dice(self.text, found, pieces) for pieces in self.places.get(name, ())), default=0.0)


def _dice(text: str, found: str, pieces: Pieces) -> float:
    """Return the greatest Dice coefficient of a gold mention's characters with those of ``found`` near it."""
    total = len(found) + sum(end - start for start, end in pieces)
    first, last = min(start for start, _ in pieces), max(end for _, end in pieces)
    best, at = 0, text.find(found, max(0, first - len(found) + 1), last + len(found))
    while at >= 0:
        shared = sum(max(0, min(at + len(found), end) - max(at, start)) for start, end in pieces)
        best = max(best, shared)
        at = text.find(found, at + 1, last + len(found))
    return 2 * best / total


def _folded(text: str) -> tuple[str, Callable[[str], str]]:
    """Return the text in lower case, a space for white space of any kind, and what puts a mention in that form.

    A text whose offsets would move stays in its own case.
    """
    spaced = _WHITE.sub(" ", text)
    lower = spaced.lower()
    return (lower, str.lower) if len(lower) == len(spaced) else (spaced, str)
