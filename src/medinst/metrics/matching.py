"""Pairing predicted items with gold ones: as many as can be, each with one that it accepts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from medinst.schema import Gold

Item = tuple[str, ...]
T = TypeVar("T")


def match(gold: Sequence[Gold], items: Sequence[Item]) -> tuple[list[Gold], list[Item]]:
    """Return the gold and the predicted items left over when as many as possible are paired one to one."""
    plain = all(not one.symmetric and all(len(slot) == 1 for slot in one.slots) for one in gold)
    return _match_plain(gold, items) if plain else _match_sets(gold, items)


def _match_plain(gold: Sequence[Gold], items: Sequence[Item]) -> tuple[list[Gold], list[Item]]:
    left = Counter(items)
    left_gold = []
    for one in gold:
        item = tuple(text for slot in one.slots for text in slot)
        if left[item]:
            left[item] -= 1
        else:
            left_gold.append(one)
    return left_gold, list(left.elements())


def _match_sets(gold: Sequence[Gold], items: Sequence[Item]) -> tuple[list[Gold], list[Item]]:
    """Pair by a greatest matching, for a text that two gold items accept must serve the one that has no other."""
    left = Counter(items)
    texts = {text for one in gold for slot in one.slots for text in slot}
    usable = [item for item in left if texts.issuperset(item)]
    if not usable:
        return list(gold), list(items)
    copies = [min(left[item], len(gold)) for item in usable]
    candidates = [item for item, count in zip(usable, copies, strict=True) for _ in range(count)]
    matrix = np.repeat(_accepted(gold, usable), copies, axis=1)
    paired = set()
    for row, column in zip(*linear_sum_assignment(matrix, maximize=True), strict=True):
        if matrix[row, column]:
            paired.add(row)
            left[candidates[column]] -= 1
    return [one for at, one in enumerate(gold) if at not in paired], list(left.elements())


def _accepted(gold: Sequence[Gold], items: Sequence[Item]) -> NDArray[np.int8]:
    """Return a matrix (gold, items) of 0 and 1; only items that share an outer slot with the gold are looked at."""
    by_text = defaultdict(list)
    for column, item in enumerate(items):
        for text in {item[0], item[-1]}:
            by_text[text].append(column)
    matrix = np.zeros((len(gold), len(items)), np.int8)
    for row, one in enumerate(gold):
        columns = {column for text in one.slots[0] for column in by_text[text]}
        matrix[row, [column for column in columns if _accepts(one, items[column])]] = 1
    return matrix


def _accepts(gold: Gold, item: Item) -> bool:
    if len(gold.slots) != len(item):
        return False
    orders = (item, swapped(item)) if gold.symmetric else (item,)
    return any(all(text in slot for slot, text in zip(gold.slots, order, strict=True)) for order in orders)


def swapped(item: tuple[T, ...]) -> tuple[T, ...]:
    """Return the item with its first and last slot exchanged."""
    return (item[-1], *item[1:-1], item[0])
