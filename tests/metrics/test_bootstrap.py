from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from medinst.metrics import METRICS, interval
from medinst.metrics.bootstrap import weights
from medinst.schema import Answer

FOLD = METRICS["exact_match"].fold


def answers(correct, wrong):
    return np.array([(1.0, 1.0)] * correct + [(0.0, 1.0)] * wrong)


def test_agrees_with_the_binomial_for_independent_samples():
    low, high = interval(answers(140, 60), FOLD, [str(at) for at in range(200)], (), resamples=4000)
    expected = stats.binom.ppf((0.025, 0.975), 200, 0.7) / 200
    assert (low, high) == pytest.approx(tuple(expected), abs=0.01)


def test_samples_of_one_document_are_drawn_together():
    alone = interval(answers(50, 50), FOLD, [str(at) for at in range(100)], ())
    together = interval(answers(50, 50), FOLD, [str(at // 10) for at in range(100)], ())
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])
    assert interval(answers(5, 5), FOLD, ["one"] * 10, ()) == (0.5, 0.5)


def test_the_seed_decides():
    clusters = [str(at) for at in range(60)]
    drawn = [interval(answers(30, 30), FOLD, clusters, (), seed=seed, resamples=50) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_every_resample_draws_as_many_clusters_as_there_are(monkeypatch):
    monkeypatch.setattr("medinst.metrics.bootstrap._DRAWS_AT_ONCE", 70)
    blocks = list(weights(20, 10, np.random.default_rng(0)))
    assert [len(block) for block in blocks] == [3, 3, 3, 1]
    assert all((block.sum(axis=1) == 20).all() for block in blocks)


@pytest.mark.parametrize("name", METRICS)
def test_every_headline_follows_from_the_sums(name, reference):
    metric = METRICS[name]
    labels = ("a", "b")
    draw = np.random.default_rng(3)
    width = len(_counts(metric, reference, labels))
    rows = np.array([_counts(metric, reference, labels) for _ in range(5)]) + draw.integers(0, 2, (5, width)) * 1.0
    summed = metric.fold(rows.sum(axis=0)[np.newaxis], labels)
    name, value = next(iter(metric.fold(rows, labels).items()))
    assert name == metric.strict_name
    assert summed[name] == pytest.approx(value)


def _counts(metric, reference, labels):
    if metric is METRICS["mse"]:
        return metric.counts(reference(("3",)), "", Answer())
    shape = ("a", "B") if metric is METRICS["bio_label_macro_f1"] else ("a",)
    return metric.counts(reference(shape, labels=labels, output="a"), "a", Answer((shape,)))
