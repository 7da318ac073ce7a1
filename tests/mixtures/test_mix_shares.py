"""Shares: in proportion, whole, never more than there is, and what one row cannot give the others do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medinst.mixtures.shares import divide, weights

rows = st.lists(st.tuples(st.integers(0, 5000), st.floats(0.01, 100)), min_size=1, max_size=60)


def test_in_proportion():
    assert divide(100, [1000, 3000, 1000], [1.0, 2.0, 1.0]) == [25, 50, 25]
    assert divide(None, [3, 4], [1.0, 1.0]) == [3, 4]
    assert divide(8, [3, 4], [1.0, 1.0]) == [3, 4]


def test_small_rows_run_out_and_the_others_give_more():
    assert divide(100, [10, 1000, 1000], [1.0, 1.0, 1.0]) == [10, 45, 45]
    assert divide(100, [10, 40, 1000], [1.0, 1.0, 1.0]) == [10, 40, 50]
    assert divide(100, [10, 1000, 1000], [1.0, 1.0, 2.0]) == [10, 30, 60]


def test_rounding_goes_by_largest_remainder_then_order():
    assert divide(10, [9, 9, 9], [1.0, 1.0, 1.0]) == [4, 3, 3]
    assert divide(10, [99, 99, 99], [1.2, 1.3, 1.5]) == [3, 3, 4]


def test_temperature():
    assert weights([100, 400], [1, 1], 1) == [0.25, 1.0]
    assert weights([100, 400], [1, 1], 2) == [0.5, 1.0]
    assert weights([100, 400], [1, 3], math.inf) == [1.0, 3.0]
    assert weights([0, 7], [1, 1], math.inf) == [0.0, 1.0]
    assert weights([], [], 1) == []


@given(rows, st.integers(1, 50_000))
def test_the_sum_is_the_total_or_all_there_is(found, total):
    available, weight = [count for count, _ in found], [share for _, share in found]
    shares = divide(total, available, weight)
    assert sum(shares) == min(total, sum(available))
    assert all(0 <= share <= count for share, count in zip(shares, available, strict=True))


@given(rows, st.integers(1, 50_000))
def test_no_row_gives_more_than_a_heavier_one_that_has_more(found, total):
    available, weight = [count for count, _ in found], [share for _, share in found]
    shares = divide(total, available, weight)
    for share, mine, heavy in zip(shares, available, weight, strict=True):
        for other, theirs, heavier in zip(shares, available, weight, strict=True):
            if heavier >= heavy and theirs >= mine:
                assert share <= other + 1


@pytest.mark.parametrize("total", [1, 7, 52_000, 100_000])
def test_equal_weights_differ_by_one_at_most(total):
    shares = divide(total, [10_000] * 131, [1.0] * 131)
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1
