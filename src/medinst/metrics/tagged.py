"""Strict scores of tagged words: the answer's words are aligned with the gold's, then whole spans are compared."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rapidfuzz.distance import Levenshtein

from medinst.metrics.metric import Reference, Stats, agreement
from medinst.schema import Answer

Words = tuple[int, ...]


def counts(reference: Reference, prediction: str, answer: Answer) -> tuple[float, ...]:
    """Return (matched, gold, predicted) of the spans, then of the words inside them, then three more numbers.

    A predicted span counts when its words stand for exactly the words of a gold span, none left out or put in.
    Words that the answer adds, a second copy of the sentence say, stand for none, so their spans are wrong ones. The
    three: predicted spans that share words with a gold one, whether there is no gold, whether there are spans then.
    """
    words = [min(gold.slots[0]) for gold in reference.gold]
    tags = [min(gold.slots[1]) for gold in reference.gold]
    places = _places(words, [item[0] for item in answer.items])
    gold = {tuple(range(start, end)) for start, end in _spans(tags)}
    predicted = [tuple(places[start:end]) for start, end in _spans([item[1] for item in answer.items])]
    inside = {place for span in gold for place in span}
    claimed = [place for span in predicted for place in span]
    matched = sum(span in gold for span in predicted)
    spans = matched, len(gold), len(predicted)
    return (
        *(*spans, sum(place in inside for place in claimed), len(inside), len(claimed)),
        *(_paired(gold.difference(predicted), [span for span in predicted if span not in gold]),),
        *(not gold, not gold and bool(predicted)),
    )


def fold(stats: Stats, labels: tuple[str, ...]) -> dict[str, float]:
    """Return F1, precision and recall of whole untyped spans, and the F1 of the words inside spans.

    ``hallucination_rate``: the share of sentences without gold that got a span.
    """
    sums = stats.sum(axis=0)
    f1, precision, recall = agreement(*sums[:3])
    scores = {"span_f1": f1, "precision": precision, "recall": recall, "partial_f1": agreement(*sums[3:6])[0]}
    return scores | ({"hallucination_rate": float(sums[8] / sums[7])} if sums[7] else {})


def errors(stats: Stats) -> dict[str, int]:
    """Return how many spans have a wrong boundary, are spurious or missing; they have no types."""
    sums = stats.sum(axis=0)
    matched, gold, predicted, boundary = (int(sums[at]) for at in (0, 1, 2, 6))
    return {"boundary": boundary, "spurious": predicted - matched - boundary, "missing": gold - matched - boundary}


def _paired(gold: Collection[Words], predicted: Sequence[Words]) -> int:
    """Return how many spans can be paired one to one so that each pair shares a word.

    Both sides are in order and overlap nothing of their own side, so whichever ends first may take the next it meets.
    """
    left = sorted(gold)
    pairs = 0
    for span in sorted(predicted, key=max):
        known = [place for place in span if place >= 0]
        while left and known and left[0][-1] < known[0]:
            left.pop(0)
        if left and known and left[0][0] <= known[-1]:
            left.pop(0)
            pairs += 1
    return pairs


def _places(words: Sequence[str], answered: Sequence[str]) -> list[int]:
    """Return for every answered word the index of the word it stands for, -1 for an added one, by edit distance."""
    places = [-1] * len(answered)
    for edit in Levenshtein.opcodes(words, answered):
        if edit.tag in ("equal", "replace"):
            places[edit.dest_start : edit.dest_end] = range(edit.src_start, edit.src_end)
    return places


def _spans(tags: Sequence[str]) -> list[tuple[int, int]]:
    """Return ``[start, end)`` of the spans; an ``I`` that continues nothing begins one."""
    spans: list[tuple[int, int]] = []
    open_at = -1
    for at, tag in enumerate((*tags, "O")):
        if tag != "I" and open_at >= 0:
            spans.append((open_at, at))
            open_at = -1
        if tag == "B" or (tag == "I" and open_at < 0):
            open_at = at
    return spans
