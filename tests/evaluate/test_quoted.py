"""Answers with places for what they copy: back to the letter, and nothing long left in them."""

from __future__ import annotations

import random

import msgspec
import pytest

from medinst.errors import UsageError
from medinst.evaluate.quoted import LEAST, Quoting, quote, shown, unquote
from small_bench import samples


@pytest.mark.parametrize("seed", range(20))
def test_an_answer_comes_back_to_the_letter_and_copies_nothing_long(seed: int) -> None:
    draw = random.Random(seed)
    sample = msgspec.structs.replace(
        next(samples("AnEM", 1)), history=[["What is a liver, in plain words?", "An organ."]]
    )
    text = shown(sample)
    starts = [draw.randrange(len(text)) for _ in range(8)]
    parts = [text[start : start + draw.randrange(60)] for start in starts]
    answer = "".join(
        part for copied in parts for part in (copied, draw.choice(["", " and ", "\n", "é [x <Y>] ", text]))
    )
    quoting = quote(answer, sample)
    assert unquote(quoting, sample) == answer
    own = [piece for piece in quoting.pieces if isinstance(piece, str)]
    assert not any(piece[at : at + LEAST] in text for piece in own for at in range(len(piece) - LEAST + 1))
    assert msgspec.json.decode(msgspec.json.encode(quoting), type=Quoting) == quoting


def test_tagged_words_are_quoted_but_for_what_is_tagged_otherwise() -> None:
    sample = next(samples("NCBI-disease", 1))
    quoting = quote(sample.output, sample)
    assert unquote(quoting, sample) == sample.output
    assert sum(len(piece) for piece in quoting.pieces if isinstance(piece, str)) < len(sample.output) / 3


def test_an_answer_of_nothing_and_one_of_its_own() -> None:
    sample = next(samples("AnEM", 1))
    assert quote("", sample).pieces == []
    assert quote("none", sample).pieces == ["none"]


def test_quotations_from_another_benchmark_are_refused() -> None:
    sample = next(samples("AnEM", 1))
    quoting = quote(sample.input, sample)
    with pytest.raises(UsageError, match="Give the benchmark that it was made on"):
        unquote(quoting, msgspec.structs.replace(sample, input="Another text."))
    outside = msgspec.structs.replace(quoting, pieces=[(0, 1_000_000)])
    with pytest.raises(UsageError, match="quotes another text"):
        unquote(outside, sample)
