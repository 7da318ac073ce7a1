"""QA: labels, options and free text."""

from __future__ import annotations

import pytest

from medinst.schema import Answer, Gold, Question, Target
from medinst.tasks import Refused, Row
from medinst.tasks.qa import gold, parse, samples, write

CLOSED = Row(corpus="c", metric="m", labels=("yes", "no", "maybe"))
OPEN = Row(corpus="c", metric="m")
CHOICES = ("Iron", "Iron\ndeficiency", "E. coli", "None of these")
QUESTION = Question("1", "What is\nit? ", ("Iron\ndeficiency",), context=" Pale.", choices=CHOICES)
INPUT = (
    "Question: What is\nit?\nContext: Pale.\nOptions:\n(A) Iron\n(B) Iron deficiency\n(C) E. coli\n(D) None of these"
)
NO_ANSWER = Answer(unparsed=True)


def test_options_are_rendered():
    ((text, target),) = samples(QUESTION, OPEN)
    assert text == INPUT
    assert target == Target(
        choices=("Iron", "Iron deficiency", "E. coli", "None of these"), answers=("Iron deficiency",)
    )
    assert write(target, OPEN, text) == "Iron deficiency"
    assert gold(target, OPEN, text) == (Gold((frozenset({"Iron deficiency"}),)),)


def test_labels_are_rendered_without_options():
    ((text, target),) = samples(Question("1", "Is it?", ("maybe",), context="We saw."), CLOSED)
    assert text == "Question: Is it?\nContext: We saw."
    assert target == Target(answers=("maybe",))


def test_free_answers_take_the_best_and_accept_all():
    ((text, target),) = samples(Question("1", "Why?", ("So\n it is.", " ", "Because.")), OPEN)
    assert text == "Question: Why?"
    assert write(target, OPEN, text) == "So it is."
    assert gold(target, OPEN, text) == (Gold((frozenset({"So it is.", "Because."}),)),)


def test_more_options_than_letters():
    choices = tuple(f"option {number}" for number in range(30))
    ((text, _),) = samples(Question("1", "Which?", ("option 29",), choices=choices), OPEN)
    assert text.endswith("\n(Z) option 25\n(AA) option 26\n(AB) option 27\n(AC) option 28\n(AD) option 29")
    assert parse("(AD)", OPEN, text) == Answer((("option 29",),))


def test_no_answer_makes_no_sample():
    assert list(samples(Question("1", "Why?", ()), OPEN)) == []


def test_a_blank_answer_is_refused():
    for choices in ((), ("a", "")):
        with pytest.raises(Refused, match="columns: found the answers"):
            list(samples(Question("1", "Why?", ("", " "), choices=choices), OPEN))


def test_an_answer_outside_the_options_is_refused():
    with pytest.raises(Refused, match="unknown-label"):
        list(samples(Question("1", "Which?", ("c",), choices=("a", "b")), OPEN))
    with pytest.raises(Refused, match="unknown-label"):
        list(samples(Question("1", "Is it?", ("never",)), CLOSED))


@pytest.mark.parametrize(
    "answer",
    [
        "Iron deficiency",
        "iron  deficiency.",
        "B",
        "b",
        "B.",
        "(B)",
        "B)",
        "**B**",
        "B) Iron deficiency",
        "(B) Iron deficiency",
        "B. Iron deficiency",
        "B: iron deficiency",
        "Answer: B",
        "The correct answer is (B).",
        "The correct answer is **B**.",
        "**Answer:** B",
        "The answer is: **B**",
        "The correct answer is:\n\n**B**",
        "Based on this, the answer is:\n\n**(B)** Iron *deficiency*\nIt is common.",
        "The answer is iron deficiency, since she is pale.",
        "Option B\nIron is too general.",
        "(B) because she is pale",
    ],
)
def test_an_option_is_read_by_text_or_letter(answer):
    assert parse(answer, OPEN, INPUT) == Answer((("Iron deficiency",),))


def test_text_goes_before_letters():
    assert parse("E. coli", OPEN, INPUT) == Answer((("E. coli",),))
    assert parse("B", OPEN, "Question: Which?\nOptions:\n(A) B\n(B) A") == Answer((("B",),))


@pytest.mark.parametrize(
    "answer",
    [
        *("", "E", "(A) or (B)", "(C) Iron deficiency", "iron or E. coli", "A patient is pale", "irony", "[]"),
        *("**A** or **B**", "The answer is:\n(A) or (B)", "The answer is:\n(A) Iron\n(B) Iron deficiency"),
        "Let us go through the options:\n(A) Iron is too general.",
    ],
)
def test_no_option_or_two(answer):
    assert parse(answer, OPEN, INPUT) == NO_ANSWER


def test_signs_of_emphasis_in_an_option_do_not_count():
    text = "Question: Which?\nOptions:\n(A) HLA-B*27\n(B) HLA_DR"
    assert parse("It is **HLA-B*27**, as it were", OPEN, text) == Answer((("HLA-B*27",),))
    assert parse("It is HLA_DR, as it were", OPEN, text) == Answer((("HLA_DR",),))


def test_labels_and_free_text_are_read():
    assert parse("Answer: Maybe.", CLOSED, "") == Answer((("maybe",),))
    assert parse("perhaps", CLOSED, "") == NO_ANSWER
    assert parse(" It is\nso. ", OPEN, "Question: Why?") == Answer((("It is so.",),))
    assert parse(" \n", OPEN, "Question: Why?") == NO_ANSWER


def test_a_question_that_speaks_of_options_has_none():
    assert parse("B", OPEN, "Question: Which?\nOptions:\n- a\n- b") == Answer((("B",),))


@pytest.mark.parametrize("piece", ["B) ", "(B", "iron ", "(A)(B)", "the answer is ", "\n", "*"])
def test_a_long_answer_is_read(piece):
    assert isinstance(parse(piece * (1_000_000 // len(piece)), OPEN, INPUT), Answer)
