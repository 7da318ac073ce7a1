from __future__ import annotations

import itertools
import random

from medinst.metrics.matching import match
from medinst.schema import Gold


def accepts(gold, item):
    orders = [item, (item[-1], *item[1:-1], item[0])] if gold.symmetric else [item]
    return any(all(text in slot for slot, text in zip(gold.slots, order, strict=True)) for order in orders)


def best(gold, items):
    """Return the size of a greatest matching by trying every order."""
    padded = [*items, *[None] * len(gold)]
    return max(
        sum(item is not None and accepts(one, item) for one, item in zip(gold, order, strict=True))
        for order in itertools.permutations(padded, len(gold))
    )


def test_a_text_goes_to_the_gold_that_has_no_other():
    wide, narrow = Gold((frozenset("ab"),)), Gold((frozenset("a"),))
    assert match([wide, narrow], [("a",), ("b",)]) == ([], [])
    assert match([wide, narrow], [("a",)])[1] == []
    assert len(match([wide, narrow], [("a",)])[0]) == 1


def test_matching_is_the_greatest_possible():
    draw = random.Random(5)
    for _ in range(300):
        gold = [
            Gold(tuple(frozenset(draw.choices("abc", k=draw.randint(1, 2))) for _ in range(2)), draw.random() < 0.3)
            for _ in range(draw.randint(1, 4))
        ]
        items = [tuple(draw.choices("abcd", k=2)) for _ in range(draw.randint(0, 4))]
        left_gold, left_items = match(gold, items)
        matched = len(gold) - len(left_gold)
        assert matched == best(gold, items)
        assert len(left_items) == len(items) - matched


def test_repeats_beyond_gold_are_left_over():
    for gold in (Gold((frozenset("a"),)), Gold((frozenset("ab"),))):
        assert match([gold], [("a",)] * 3) == ([], [("a",)] * 2)


def test_an_item_of_another_shape_matches_nothing():
    gold = Gold((frozenset("ab"), frozenset("x")))
    assert match([gold], [("a",), ("a", "x", "y")]) == ([gold], [("a",), ("a", "x", "y")])
