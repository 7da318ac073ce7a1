"""Inputs of several labelled parts, and answers that are plain text."""

from __future__ import annotations

from medinst.schema import Answer, Gold, Pair, squeeze
from medinst.tasks import Row


def titled(*parts: tuple[str, str]) -> str:
    """Return ``title: text`` lines for the parts that have a text."""
    return "\n".join([f"{title}: {bare}" for title, text in parts if (bare := text.strip())])


def pair_input(pair: Pair, row: Row, first: str, second: str) -> str:
    """Return both texts of a pair under their titles, which a row may replace in its ``fill``."""
    return titled((row.fill.get("first", first), pair.first), (row.fill.get("second", second), pair.second))


def gold_text(answers: tuple[str, ...]) -> tuple[Gold, ...]:
    """Return one item, for which any of the answers is accepted."""
    return (Gold((frozenset(map(squeeze, answers)),)),)


def parse_text(answer: str) -> Answer:
    """Read the whole answer as one text, runs of white space as one space."""
    text = squeeze(answer)
    return Answer(((text,),)) if text else Answer(unparsed=True)
