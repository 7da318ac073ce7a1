from __future__ import annotations

import random

import pytest
from nltk.stem.porter import PorterStemmer

from medinst.metrics import porter

ENDINGS = [*porter._STEP_2, *porter._STEP_3, *porter._STEP_4, "sion", "tion", "ion", "logi", "logy", "s", "ss", "sses"]
ENDINGS += ["ies", "ied", "eed", "ed", "ing", "ating", "bled", "izing", "tting", "lling", "ly", "y", "e", "ll", "lle"]


def test_equals_nltk_on_made_up_words():
    stem = PorterStemmer().stem
    draw = random.Random(11)
    for _ in range(20_000):
        start = "".join(draw.choices("aeiouyybclstwxz1", k=draw.randint(1, 6)))
        word = start + "".join(draw.choices(ENDINGS, k=draw.randint(0, 3)))
        assert porter.stem(word) == stem(word), word


@pytest.mark.parametrize("word", [*porter.IRREGULAR, "dies", "ponies", "enjoy", "happy", "feed", "agreed", "filing"])
def test_equals_nltk_on_odd_words(word):
    assert porter.stem(word) == PorterStemmer().stem(word)
