"""Strict scores of answers that are labels or short texts: one of a closed set, several of it, or an exact answer."""

from __future__ import annotations

from medinst.errors import UnknownName
from medinst.metrics.metric import Reference, Stats, agreement
from medinst.schema import Answer, Gold, squeeze


def closed_counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return (correct, 1) and then correct, gold and predicted a label of the row; shape (2 + 3 x labels).

    Only a single item is an answer; one outside the set predicts no label.

    Raises:
        UnknownName: the gold label is not one of the row's.
    """
    accepted = reference.gold[0].slots[0]
    answered = answer.items[0][0] if len(answer.items) == 1 else ""
    expected = answered if answered in accepted else min(accepted)
    if expected not in reference.labels:
        raise UnknownName("label", expected, reference.labels)
    gold = [float(label == expected) for label in reference.labels]
    predicted = [float(label == answered) for label in reference.labels]
    correct = float(answered == expected)
    return correct, 1.0, *(one * correct for one in gold), *gold, *predicted


def closed_fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return macro F1 over the labels that occur in gold or in the predictions, and accuracy.

    A label of the closed set that occurs in neither has no F1 and is left out of the mean.
    """
    sums = stats.sum(axis=0)
    correct, gold, predicted = sums[2:].reshape(3, -1)
    occurs = gold + predicted > 0
    f1 = 2 * correct[occurs] / (gold + predicted)[occurs]
    return {"macro_f1": float(f1.mean()), "accuracy": float(sums[0] / sums[1])}


def exact_counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return (correct, 1): the parsed items are the gold ones, letter case and runs of white space aside."""
    same = len(answer.items) == len(reference.gold) and all(map(_accepts, reference.gold, answer.items))
    return float(same), 1.0


def exact_fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return the share of correct answers."""
    correct, samples = stats.sum(axis=0)
    return {"accuracy": float(correct / samples)}


def multi_counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return (matched, gold, predicted) of the label sets, the sample's F1, and 1."""
    predicted = {item[0] for item in answer.items}
    accepted = {gold.slots[0] for gold in reference.gold}
    matched = sum(not predicted.isdisjoint(labels) for labels in accepted)
    return matched, len(accepted), len(predicted), agreement(matched, len(accepted), len(predicted))[0], 1.0


def multi_fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return micro F1, precision and recall, and the mean of the samples' F1."""
    matched, gold, predicted, sample_f1, samples = stats.sum(axis=0)
    f1, precision, recall = agreement(matched, gold, predicted)
    return {"micro_f1": f1, "precision": precision, "recall": recall, "sample_f1": float(sample_f1 / samples)}


def multi_errors(stats: Stats) -> dict[str, int]:
    """Return how many labels are spurious and how many are missing."""
    matched, gold, predicted = map(int, stats.sum(axis=0)[:3])
    return {"spurious": predicted - matched, "missing": gold - matched}


def _accepts(gold: Gold, item: tuple[str, ...]) -> bool:
    return len(gold.slots) == len(item) and all(
        _folded(text) in map(_folded, accepted) for accepted, text in zip(gold.slots, item, strict=True)
    )


def _folded(text: str) -> str:
    return squeeze(text).casefold()
