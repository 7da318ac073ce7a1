"""The published scoring rules of MedINST, faults included, so that a score can stand beside the paper's Table 3.

Source: ``evaluation.py`` of the authors' repository. What is odd here is odd there; each function's docstring names the
oddity, which is kept because the printed scores have it. All take gold outputs and predictions, at least one each.
"""

from __future__ import annotations

import re
import string
import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np

from medinst.metrics import rouge

_TAG = re.compile(r"\[[BIO]\]")
_BRACKET = re.compile(r"[\[\]]")
_DIGITS = re.compile(r"\d+")
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def bio_label_macro_f1(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return macro F1 over the tags of all samples in one sequence, ``O`` included.

    Words are never compared: a prediction's tags are cut to the gold's number or filled up with a fourth tag, so one
    left-out word shifts all that follow. Where no gold holds a tag the published script stops; here it is 0.0.
    """
    gold_tags: list[str] = []
    predicted_tags: list[str] = []
    for gold, prediction in zip(golds, predictions, strict=True):
        expected = _TAG.findall(gold)
        found = _TAG.findall(prediction)[: len(expected)]
        gold_tags += expected
        predicted_tags += found + ["N"] * (len(expected) - len(found))
    return _macro_f1(gold_tags, predicted_tags) if gold_tags else 0.0


def label_macro_f1(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return macro F1 over the labels that occur in gold only; an answer counts when all of it, normalised, is a label.

    A label that is predicted but never gold costs nothing of its own; the label "A" is normalised to nothing.
    """
    return _macro_f1([normalise(gold) for gold in golds], [normalise(prediction) for prediction in predictions])


def entity_sample_f1(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return the mean over samples of the F1 of bracketed items, compared as normalised strings.

    A sample with no item on either side scores 0. Delimiters vanish in the comparison (``[p54 <Gene>]`` equals
    ``[p54 Gene]``, ``Na+`` equals ``Na-``), and a bracket that is never closed swallows all that follows.
    """
    pairs = zip(golds, predictions, strict=True)
    return sum(_f1(_bracketed(gold), _bracketed(prediction)) for gold, prediction in pairs) / len(golds)


def multilabel_sample_f1(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return the mean over samples of the F1 of labels; only a comma followed by a space parts two labels."""
    pairs = zip(golds, predictions, strict=True)
    return sum(_f1(_labels(gold), _labels(prediction)) for gold, prediction in pairs) / len(golds)


def exact_match(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return the share of predictions that equal gold once normalised; option "A" equals an empty answer."""
    pairs = zip(golds, predictions, strict=True)
    return sum(normalise(gold) == normalise(prediction) for gold, prediction in pairs) / len(golds)


def choice(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return the share of answers that are the right letter and nothing else, as MMLU is scored; not of the script."""
    pairs = zip(golds, predictions, strict=True)
    return sum(gold.strip() == prediction.strip() for gold, prediction in pairs) / len(golds)


def mse(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return the mean squared error of whole scores 0 to 5; 25 a sample where either side is not one such number.

    Only digits are read: ``-3`` is 3, ``3.0`` is two numbers. A run of digits too long for an integer stops the
    published script; here it is a number outside the scale.
    """
    total = 0
    for gold, prediction in zip(golds, predictions, strict=True):
        expected, found = _scores(gold), _scores(prediction)
        total += (expected - found) ** 2 if expected is not None and found is not None else 25
    return total / len(golds)


def rouge_l(golds: Sequence[str], predictions: Sequence[str]) -> float:
    """Return the mean ROUGE-L F-measure with Porter stems; letters outside a-z part words, so 0 for other scripts."""
    pairs = zip(golds, predictions, strict=True)
    return sum(rouge.rouge_l(gold, prediction) for gold, prediction in pairs) / len(golds)


def normalise(text: str) -> str:
    """Return the text in lower case without ASCII punctuation, then without articles, white space squeezed."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def _bracketed(text: str) -> list[str]:
    """Return what stands in the outermost closed brackets, normalised; closing brackets too many are skipped."""
    items, depth, start = [], 0, 0
    for bracket in _BRACKET.finditer(text):
        if bracket.group() == "[":
            depth += 1
            if depth == 1:
                start = bracket.end()
        elif depth:
            depth -= 1
            if depth == 0:
                items.append(normalise(text[start : bracket.start()]))
    return items


def _labels(text: str) -> list[str]:
    return [label.lower().strip() for label in text.split(", ")]


def _scores(text: str) -> int | None:
    """Return the one distinct integer among the text's runs of digits, None where it is not 0 to 5."""
    longest = sys.int_info.default_max_str_digits
    numbers = {int(run) if len(run) <= longest else -1 for run in _DIGITS.findall(text)}
    return numbers.pop() if len(numbers) == 1 and numbers <= {0, 1, 2, 3, 4, 5} else None


def _f1(gold: list[str], predicted: list[str]) -> float:
    """Return the F1 of two multisets, 0 where both are empty; computed from P and R so that the last bit agrees."""
    matched = (Counter(gold) & Counter(predicted)).total()
    if not matched:
        return 0.0
    precision, recall = matched / len(predicted), matched / len(gold)
    return 2 * (precision * recall) / (precision + recall)


def _macro_f1(golds: list[str], predictions: list[str]) -> float:
    """Return the mean F1 over the labels of ``golds``, the mean in numpy's order of addition."""
    gold_counts, predicted_counts = Counter(golds), Counter(predictions)
    hits = Counter(gold for gold, predicted in zip(golds, predictions, strict=True) if gold == predicted)
    scores = [2 * hits[label] / (gold_counts[label] + predicted_counts[label]) for label in sorted(gold_counts)]
    return float(np.mean(scores))
