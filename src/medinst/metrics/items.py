"""Strict scores of lists of items (mentions, links, relations, events): multisets matched against accepted slots."""

from __future__ import annotations

from medinst.metrics.matching import Item, match
from medinst.metrics.metric import Reference, Stats, agreement
from medinst.metrics.placement import place
from medinst.schema import Answer, Gold

# By category the scores of parts of an item: the slots that a part consists of; an item may have several such parts.
Part = tuple[tuple[int, ...], ...]
PARTS: dict[str, dict[str, Part]] = {
    "NER": {"mention_f1": ((0,),), "type_f1": ((1,),)},
    "NED": {"mention_f1": ((0,),), "id_f1": ((1,),)},
    "RE": {"argument_f1": ((1, 0), (1, 2)), "pair_f1": ((0, 2),)},
    "EE": {"trigger_f1": ((0, 1),), "argument_f1": ((0, 2),)},
}
_NAMES = tuple(dict.fromkeys(name for parts in PARTS.values() for name in parts))
_WHOLE = 11  # how many numbers are of whole items


def counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return numbers of whole items, then (matched, gold, predicted) of every kind of part.

    Of whole items: matched, gold, predicted, credit for partial overlap, F1, 1, the pairs that differ in the boundary,
    in the label, in both, whether there is no gold, and whether there are items all the same. Every predicted item
    counts, repeats too; a gold item is matched at most once.
    """
    gold, items = reference.gold, answer.items
    left_gold, left_items = match(gold, items)
    matched = len(gold) - len(left_gold)
    placed = place(reference, left_gold, left_items)
    f1 = agreement(matched, len(gold), len(items))[0]
    whole = matched, len(gold), len(items), matched + placed.credit, f1, 1.0
    wrong = placed.boundary, placed.label, placed.both, not gold, not gold and bool(items)
    parts = PARTS.get(reference.category, {})
    perfect = not left_gold and not left_items
    by_part = (_part(gold, items, parts[name], perfect) if name in parts else (0, 0, 0) for name in _NAMES)
    return *whole, *map(float, wrong), *(number for numbers in by_part for number in numbers)


def fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return micro F1, precision and recall of whole items, the mean of the samples' F1, F1 with partial credit.

    Then the F1 of parts of items; ``hallucination_rate``: the share of samples without gold that got items.
    """
    sums = stats.sum(axis=0)
    matched, gold, predicted, partial, sample_f1, samples = sums[:6]
    f1, precision, recall = agreement(matched, gold, predicted)
    scores = {
        "micro_f1": f1,
        "precision": precision,
        "recall": recall,
        "sample_f1": float(sample_f1 / samples),
        "partial_f1": agreement(partial, gold, predicted)[0],
    }
    for name, numbers in zip(_NAMES, sums[_WHOLE:].reshape(-1, 3), strict=True):
        if numbers[1] or numbers[2]:
            scores[name] = agreement(*numbers)[0]
    if sums[9]:
        scores["hallucination_rate"] = float(sums[10] / sums[9])
    return scores


def errors(stats: Stats) -> dict[str, int]:
    """Return how many items are wrong, and in what; those that match or pair with none are spurious, or missing."""
    matched, gold, predicted, _, _, _, boundary, label, both = map(int, stats.sum(axis=0)[:9])
    paired = matched + boundary + label + both
    found = {"boundary": boundary, "type": label, "boundary_and_type": both}
    return found | {"spurious": predicted - paired, "missing": gold - paired}


def empty_counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return (said to be empty, 1, has items, items) of a sample whose gold is the empty list."""
    said = not answer.items and not answer.unparsed
    return float(said), 1.0, float(bool(answer.items)), float(len(answer.items))


def empty_fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return the share of samples said to be empty, the share with invented items, and invented items a sample.

    What could not be read is neither.
    """
    said, samples, invented, items = stats.sum(axis=0)
    return {
        "accuracy": float(said / samples),
        "hallucination_rate": float(invented / samples),
        "items_a_sample": float(items / samples),
    }


def _part(gold: tuple[Gold, ...], items: tuple[Item, ...], part: Part, perfect: bool) -> tuple[float, float, float]:
    """Return (matched, gold, predicted) of the parts of items; ``perfect``: the whole items are all matched."""
    expected, predicted = len(gold) * len(part), len(items) * len(part)
    if perfect:
        return expected, expected, predicted
    wanted = [
        Gold(tuple(one.slots[at] for at in slots), one.symmetric and 1 not in slots) for one in gold for slots in part
    ]
    found = [tuple(item[at] for at in slots) for item in items for slots in part]
    return expected - len(match(wanted, found)[0]), expected, predicted
