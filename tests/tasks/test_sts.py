"""STS: scores moved to 0-5, and numbers read back from answers."""

from __future__ import annotations

import pytest

from medinst.schema import Answer, Gold, Pair, Target
from medinst.tasks import Refused, Row
from medinst.tasks.sts import gold, parse, samples, write

ROW = Row(corpus="c", metric="mse")


def test_two_sentences():
    ((text, target),) = samples(Pair("1", "It grew. ", "It did grow.", score=3.6), ROW)
    assert text == "Sentence 1: It grew.\nSentence 2: It did grow."
    assert target == Target(score=3.6)
    assert write(target, ROW, text) == "4"
    assert gold(target, ROW, text) == (Gold((frozenset({"4"}),)),)


def test_a_row_may_title_the_texts_itself():
    row = Row(corpus="c", metric="mse", fill={"first": "Term 1", "second": "Term 2"})
    assert next(samples(Pair("1", "a", "b", score=0), row))[0] == "Term 1: a\nTerm 2: b"


@pytest.mark.parametrize(
    ("score", "scale", "output"),
    [
        (0, (0, 1), "0"),
        (1, (0, 1), "5"),
        (2.5, (0, 5), "3"),
        (3.5, (0, 5), "4"),
        (0.3, (0, 1), "2"),
        (0.1, (0, 1), "1"),
        (1440, (0, 1600), "5"),
        (4, (1, 4), "5"),
        (1, (1, 4), "0"),
        (-1, (-1, 1), "0"),
    ],
)
def test_scores_are_moved_and_rounded_half_up(score, scale, output):
    assert write(Target(score=score), Row(corpus="c", metric="mse", scale=scale), "") == output


def test_no_score_makes_no_sample_and_one_outside_the_scale_is_refused():
    assert list(samples(Pair("1", "a", "b"), ROW)) == []
    with pytest.raises(Refused, match=r"found 5\.1, expected 0 to 5"):
        list(samples(Pair("1", "a", "b", score=5.1), ROW))


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("3", "3"),
        (" 3.0\n", "3"),
        ("3.5", "4"),
        ("2.49", "2"),
        ("3.", "3"),
        ("**4**", "4"),
        ("4/5", "4"),
        ("4 / 5", "4"),
        ("5/5.0", "5"),
        ("3 out of 5", "3"),
        ("Similarity: 0", "0"),
        ("The score is 2, I think.", "2"),
        ("4\nbecause 1 and 2 agree", "4"),
        ("On a scale of 0-5: 3", "3"),
        ("Sentence 1 and sentence 2 say nearly the same: 4", "4"),
    ],
)
def test_a_number_is_read(answer, number):
    assert parse(answer, ROW, "") == Answer(((number,),))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Sentence 1: The dose was high.",
        "six",
        "6",
        "-1",
        "5.2",
        "2 or 3",
        "2-3",
        "3,5",
        "1.2.3",
        "v3",
        "9" * 1_000_000,
        "1 2 " * 250_000,
    ],
)
def test_no_number_or_two(answer):
    assert parse(answer, ROW, "") == Answer(unparsed=True)
