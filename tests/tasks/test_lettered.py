"""Questions answered by a letter: what is read as one, and what names none."""

from __future__ import annotations

import time

import pytest

from medinst import tasks
from medinst.schema import Answer, Question
from medinst.tasks import Refused, lettered

TEXT = "Which vitamin, if any?\nIt is invented.\nA. vitamin D.\nB. poly(A)tail\nC. A\nD. None of these"


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("A", "A"),
        (" b.\n", "B"),
        ("(C)", "C"),
        ("**D**", "D"),
        ("D) None of these", "D"),
        ("A. vitamin D.", "A"),
        ("B. poly(A)tail", "B"),
        ("C: since A is one", "C"),
        ("The correct answer is: (B).", "B"),
        ("Answer: d\n\nBecause A. is wrong.", "D"),
        ("Answer: **B. two**", "B"),
        ("**Answer:** B", "B"),
        ("The correct answer is **B**.", "B"),
        ("The answer is: **B**", "B"),
        ("The correct answer is:\n\n**B. two**", "B"),
        ("**Answer:**\n`C`\nB is wrong.", "C"),
        ("The answer is B because two.", "B"),
        ("B, since it is a tail", "B"),
        ("[B]", "B"),
        ("[B] poly(A)tail", "B"),
        ("B. A lesion of the nerve", "B"),
        ("none of these", "D"),
        ("poly(A)tail", "B"),
        ("A. B. C. D.", None),
        ("A or B", None),
        ("**A** or **B**", None),
        ("[A] or [B]", None),
        ("[A] or B", None),
        ("[A][B]", None),
        ("[A], B, C", None),
        ("[B] because A is not", None),
        ("(A) and (B)", None),
        ("The answer is: **A** and **B**", None),
        ("The answer is A because B is not.", None),
        ("The answer is:\nA or B", None),
        ("The answer is:\nA. vitamin D.\nB. poly(A)tail", None),
        ("Answer:\n\nA\nB", None),
        ("The answer is a vitamin", None),
        ("Each option:\nA. is wrong.", None),
        ("E", None),
        ("", None),
        ("I think that it might be vitamin D", None),
        (TEXT, None),
    ],
)
def test_read(answer, letter):
    found = lettered.parse(answer, TEXT)
    assert found.items == (((letter,),) if letter else ())
    assert found.unparsed == (letter is None)


def test_signs_of_emphasis_in_an_option_do_not_count():
    found = lettered.parse("B. **HLA-B*27 or D.**", "Which?\nA. a\nB. HLA-B*27 or D.\nC. c\nD. d")
    assert found == Answer((("B",),))


@pytest.mark.parametrize("piece", ["[", "A] ", "is:", "Answer:\n", "or ", "*\n", "_", "B, "])
@pytest.mark.parametrize("start", ["", "A.", "The answer is B because ", "Answer:\n"])
def test_a_long_answer_is_read_at_once(start, piece):
    answer, started = start + piece * (1_000_000 // len(piece)), time.process_time()
    lettered.parse(answer, TEXT)
    assert time.process_time() - started < 1


def test_options_are_the_last_four():
    assert lettered.options(TEXT) == {"A": "vitamin D.", "B": "poly(A)tail", "C": "A", "D": "None of these"}
    assert lettered.options("What?\nA. x\nB. y\nD. z") == {}


def test_what_cannot_be_asked():
    row = tasks.load("MMLU-anatomy")
    for choices, answers in ((("a", "b", "c"), ("a",)), (("a", "b", "c", "d"), ("e",)), (("a", "b", "c", "d"), ())):
        with pytest.raises(Refused):
            list(tasks.category("QA").samples(Question("1", "What?", answers, choices=choices), row))
