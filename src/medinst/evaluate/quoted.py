"""Answers without the text that they copy: places in what the model was shown stand for it.

A model may repeat its question, and so a file of answers would hold text of corpora that is not to be passed on. What
is written otherwise than there, such as in capitals, is not taken for a copy.
Whoever has the benchmark gets the answers back to the letter.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from medinst import tasks
from medinst.errors import UsageError
from medinst.schema import Sample

LEAST = 16  # characters of a quotation; shorter ones stand as they are
_TRIED = 8  # places of one beginning that are compared for the longest
Piece = str | tuple[int, int]


class Quoting(msgspec.Struct, frozen=True):
    """An answer as its own pieces and quotations, start and end in the text ``shown``, whose digest is ``of``."""

    of: str
    pieces: list[Piece]


def shown(sample: Sample) -> str:
    """Return what quotations are places in: all demonstrations and the input, whatever of them a run showed.

    Where words are to be tagged, the input once more with a tag behind each.
    """
    tagged = " [O] ".join(sample.input.split()) if tasks.load(sample.row).form == "bio" else ""
    return "\n".join([*(turn for pair in sample.history for turn in pair), sample.input, tagged])


def quote(answer: str, sample: Sample) -> Quoting:
    """Return the answer with every piece of at least 16 characters that it copies as a place."""
    text = shown(sample)
    places: dict[str, list[int]] = defaultdict(list)
    for at in range(len(text) - LEAST + 1):
        places[text[at : at + LEAST]].append(at)
    pieces: list[Piece] = []
    at = own = 0
    while at < len(answer):
        start, length = _longest(answer, at, text, places.get(answer[at : at + LEAST], ()))
        if length:
            pieces += [answer[own:at], (start, start + length)] if own < at else [(start, start + length)]
            own = at + length
        at += length or 1
    return Quoting(_digest(text), [*pieces, answer[own:]] if own < len(answer) else pieces)


def unquote(quoting: Quoting, sample: Sample) -> str:
    """Return the answer.

    Raises:
        UsageError: it was made on another sample, or points outside of it.
    """
    text = shown(sample)
    places = [piece for piece in quoting.pieces if not isinstance(piece, str)]
    if quoting.of != _digest(text) or any(not 0 <= start <= end <= len(text) for start, end in places):
        raise UsageError(
            f"{sample.id}: the answer quotes another text than the sample's. Give the benchmark that it was made on, "
            "of the same corpora, seed and version."
        )
    return "".join(piece if isinstance(piece, str) else text[slice(*piece)] for piece in quoting.pieces)


def _longest(answer: str, at: int, text: str, starts: Sequence[int]) -> tuple[int, int]:
    """Return where the text goes on longest as the answer does from ``at`` on, and for how many characters."""
    best = (0, 0)
    for start in starts[:_TRIED]:
        length = LEAST
        while at + length < len(answer) and start + length < len(text) and answer[at + length] == text[start + length]:
            length += 1
        best = max(best, (start, length), key=lambda found: found[1])
    return best


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
