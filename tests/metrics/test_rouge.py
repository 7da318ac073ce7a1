from __future__ import annotations

import random

import numpy as np
import pytest
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

from medinst.metrics import METRICS, rouge, rouge_l
from medinst.schema import Answer

TEXT = """the generalizations of studies inhibited p53 IL-2 5'-UTR Na+ kinases running relational hopping naïve İD
α-syn dying lies news happily skies a b 10.5 conditional-ly x_y agreed feed 日本 ǅ ſtem"""
WORDS = TEXT.split()


def test_equals_rouge_score_with_its_stemmer():
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    draw = random.Random(7)
    for _ in range(300):
        reference, prediction = (" ".join(draw.choices(WORDS, k=draw.randint(0, 40))) for _ in range(2))
        expected = scorer.score(reference, prediction)["rougeL"].fmeasure
        assert rouge_l(reference, prediction) == pytest.approx(expected, abs=1e-12)


def test_stems_are_nltks_where_the_library_departs():
    stem = PorterStemmer().stem
    draw = random.Random(11)
    endings = ["s", "es", "ed", "eds", "ing", "ings", "y", "ys", "yed", "ies", "ied", "eed", "ceed", "kked", "xxing"]
    endings += ["logi", "bli", "fulli", "ational", "ness", "ll"]
    for _ in range(20_000):
        start = "".join(draw.choices("aeiouyybclstwxzk1", k=draw.randint(2, 6)))
        word = start + "".join(draw.choices(endings, k=draw.randint(0, 3)))
        if len(word) > 3:
            assert rouge.stem(word.encode()).decode() == stem(word), word


def test_no_words_score_nothing():
    assert rouge_l("\ud800 K", "") == rouge_l("", "") == rouge_l("text", "") == rouge_l("日本", "日本") == 0.0


def test_the_best_accepted_answer_counts(reference):
    metric = METRICS["rouge_l"]
    several = reference(output="one thing", answers=("one thing", "another matter"))
    only_output = reference(output="one thing")
    counts = [metric.counts(gold, "Another matter.", Answer()) for gold in (several, only_output)]
    assert metric.fold(np.array(counts), ()) == {"rouge_l": 0.5}
