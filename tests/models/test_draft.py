"""Guesses at a text's next tokens."""

from __future__ import annotations

from medinst.models.draft import FEWEST, MOST, Draft


def test_nothing_is_guessed_of_a_new_text() -> None:
    assert Draft([]).guess(9) == []
    assert Draft([1, 2, 3, 4, 5]).guess(9) == []


def test_what_followed_before_is_guessed() -> None:
    assert Draft([1, 2, 3, 4, 5, 1, 2, 3]).guess(9) == [4, 5][:FEWEST]
    assert Draft([1, 2, 3, 4, 5, 1, 2, 3]).guess(1) == [4]
    assert Draft([1, 2, 3, 4, 5, 1, 2, 3]).guess(0) == []


def test_the_latest_place_counts() -> None:
    assert Draft([1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3]).guess(1) == [5]


def test_a_right_guess_makes_the_next_one_longer_round_and_round() -> None:
    draft = Draft([8, 9] * 3)
    draft.judge(FEWEST, FEWEST)
    assert draft.guess(9) == [8, 9, 8, 9]
    for _ in range(5):
        draft.judge(len(draft.guess(99)), len(draft.guess(99)))
    assert draft.guess(99) == [8, 9] * (MOST // 2)


def test_a_wrong_guess_makes_it_as_long_as_what_was_right() -> None:
    draft = Draft([8, 9] * 3)
    for right in (2, 4, 8):
        draft.judge(right, right)
    draft.judge(MOST, 5)
    assert len(draft.guess(99)) == 5
    draft.judge(5, 0)
    assert len(draft.guess(99)) == FEWEST
