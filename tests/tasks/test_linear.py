"""Every parser takes time linear in the answer: a hostile megabyte is read in under a second of processor time."""

from __future__ import annotations

import time

import pytest

from medinst import tasks
from medinst.schema import Answer
from medinst.tasks import Row

MEGABYTE = 1_000_000
TEXT = "the liver met [the portal] vein <x> (in) case 5.\nOptions:\n(A) the liver\n(B) a vein\n(C) neither"
LETTERED = "Which?\nA. the liver\nB. a vein\nC. neither\nD. both"
# Signs of items without their ends, ends without beginnings, items by the thousand, and what each reader looks for.
PIECES = (
    *("[", "]", "[]", "[<", ">]", "<", "> ", "> \t<", "[the liver] [", "[a [b <{label}>]", "<{label}>] "),
    *("[a <{label}>] ", "[<a> <{label}> <b>] ", "[<a> <{label}> <b> ", "[a <{base}1,{base}2>] ", ",{base}"),
    *("a [B] ", "[B] ", "{label} ", "{label},", "{label}-", ",", ", ", "\n", " ", "\u3000", "x", "é🧬", "*", "\\"),
    *("5 ", "5", "5 out of 5 ", "1.1", "-", "sentence 1 ", "A) ", "A. ", "the answer is ", "the liver ", "(", '"'),
)
SHARES = 6  # of the pieces, one a seed
ROWS = [*tasks.rows().values(), *tasks.beside().values()]
LARGEST = {(row.category, row.form, bool(row.labels)): row for row in sorted(ROWS, key=lambda row: len(row.labels))}


def seconds(row: Row, piece: str, size: int) -> float:
    """Return the processor time for such an answer, alone and behind the beginning of an item."""
    label, base = (row.labels or ("liver",))[0], f"{(row.databases or ('MESH',))[0]}/"
    piece = piece.format(label=label, base=base)
    answer = (piece * (size // len(piece) + 1))[:size]
    module, text = tasks.category(row.category), LETTERED if row.form == "letter" else TEXT
    started = time.process_time()
    assert isinstance(module.parse(answer, row, text), Answer)
    assert isinstance(module.parse(f"[<{answer}>]", row, text), Answer)
    return (time.process_time() - started) / 2


@pytest.mark.seeds(1, SHARES)
@pytest.mark.parametrize("row", LARGEST.values(), ids=lambda row: row.name)
def test_a_hostile_megabyte_takes_less_than_a_second(row: Row, seed: int) -> None:
    slow = {piece: spent for piece in PIECES[seed::SHARES] if (spent := seconds(row, piece, MEGABYTE)) > 1}
    assert not slow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_row_is_slow(row: Row) -> None:
    slow = {piece: spent for piece in PIECES if (spent := seconds(row, piece, MEGABYTE // 100)) > 0.1}
    assert not slow
