"""Questions answered by a letter: what is read as one, and what names none."""

from __future__ import annotations

import pytest

from medinst import tasks
from medinst.schema import Question
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
        ("none of these", "D"),
        ("poly(A)tail", "B"),
        ("A. B. C. D.", None),
        ("A or B", None),
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


def test_options_are_the_last_four():
    assert lettered.options(TEXT) == {"A": "vitamin D.", "B": "poly(A)tail", "C": "A", "D": "None of these"}
    assert lettered.options("What?\nA. x\nB. y\nD. z") == {}


def test_what_cannot_be_asked():
    row = tasks.load("MMLU-anatomy")
    for choices, answers in ((("a", "b", "c"), ("a",)), (("a", "b", "c", "d"), ("e",)), (("a", "b", "c", "d"), ())):
        with pytest.raises(Refused):
            list(tasks.category("QA").samples(Question("1", "What?", answers, choices=choices), row))
