from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy import stats

from medinst.metrics import METRICS, paired

FOLD = METRICS["exact_match"].fold


def answers(correct):
    return np.stack([np.asarray(correct, dtype=float), np.ones(len(correct))], axis=1)


def systems(seed=1, count=150, gain=0.15):
    draw = np.random.default_rng(seed)
    hard = draw.random(count)
    return answers(hard < 0.5), answers(hard + draw.normal(0, 0.2, count) < 0.5 + gain)


def drawn(first, second, clusters=None, rounds=4000, seed=0):
    return paired.draws(first, second, FOLD, clusters or [str(at) for at in range(len(first))], (), seed, rounds)


def test_bootstrap_agrees_with_scipy():
    first, second = systems()
    ours = paired.difference(drawn(first, second))
    found = stats.bootstrap(
        (second[:, 0] - first[:, 0],), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)
    )
    assert (ours.low, ours.high) == pytest.approx(tuple(found.confidence_interval), abs=0.015)
    assert ours.detectable == pytest.approx(2.8016 * found.standard_error, rel=0.06)


@pytest.mark.parametrize("gain", [0.0, 0.04, 0.15])
def test_permutation_agrees_with_scipy(gain):
    first, second = systems(gain=gain)
    found = stats.permutation_test(
        (first[:, 0], second[:, 0]),
        lambda a, b: np.mean(b) - np.mean(a),
        permutation_type="samples",
        n_resamples=4000,
        rng=np.random.default_rng(3),
    )
    assert paired.difference(drawn(first, second)).p == pytest.approx(found.pvalue, abs=0.03)


def test_a_system_against_itself():
    first, _ = systems()
    found = paired.difference(drawn(first, first))
    assert (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_documents_are_drawn_and_swapped_whole():
    first, second = answers([0] * 40), answers([1] * 20 + [0] * 20)
    alone = paired.difference(drawn(first, second))
    together = paired.difference(drawn(first, second, [str(at // 10) for at in range(40)]))
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert alone.p < 0.001
    assert together.p == pytest.approx(0.5, abs=0.04)  # two documents differ: both swapped alike, half the time


def test_no_true_difference_is_rarely_found():
    found = [paired.difference(drawn(*systems(seed, gain=0), rounds=300)).p for seed in range(60)]
    assert sum(p < 0.05 for p in found) <= 8


def test_the_mean_of_rows_is_the_mean_of_their_draws():
    rows = [drawn(*systems(seed), rounds=500, seed=seed) for seed in (1, 2)]
    whole = paired.mean(rows)
    assert whole.observed == pytest.approx((rows[0].observed + rows[1].observed) / 2)
    assert whole.resampled.std() == pytest.approx(np.hypot(*(row.resampled.std() for row in rows)) / 2, rel=0.15)


def test_mcnemar_is_the_binomial_of_the_discordant():
    found = paired.mcnemar([1, 1, 1, 0, 0, 1, 1], [1, 0, 0, 1, 0, 0, 0])
    assert (found.first_only, found.second_only) == (4, 1)
    assert found.p == pytest.approx(2 * (comb(5, 0) + comb(5, 1)) / 2**5)
    assert paired.mcnemar([1, 0], [1, 0]).p == 1.0


def test_holm():
    assert paired.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert paired.holm([0.9, 0.8]) == [1.0, 1.0]
    assert paired.holm([]) == []
