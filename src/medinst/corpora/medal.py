"""MeDAL: PubMed abstracts in which expansions were replaced by their abbreviations; one abbreviation a record.

The texts are in lower case and without punctuation; ``LOCATION`` counts the words that white space parts, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from medinst.corpora import Corpus, Files, at
from medinst.formats import parts, tables
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document, Entity, Span

_WORD = re.compile(r"\S+")
_BATCH = 250
_FAR = 10**9


def read(path: Path, quarantine: Quarantine, part: Part | None = None) -> Iterator[Document]:
    """Yield the records, known by their line, some at a time: a file has up to three million."""
    rows = tables.stream(path, quarantine, ("ABSTRACT_ID", "TEXT", "LOCATION", "LABEL"), part=part)
    while some := list(islice(rows, _BATCH)):
        spans = words([text for _, (_, text, _, _) in some], [_number(place) for _, (_, _, place, _) in some])
        for (line, (_, text, place, label)), span in zip(some, spans, strict=True):
            if span is None or not label or label.isspace():
                found = f"LOCATION {place!r}, LABEL {label!r}"
                quarantine.set_aside(path, line, "offsets", text, found, "the number of a word and its expansion")
                continue
            entity = Entity("T1", "abbreviation", (span,), text[span[0] : span[1]], (f"MeDAL/{label}",))
            yield Document(f"{line:07d}", text, (entity,))


def _number(place: str) -> int:
    """Return LOCATION as a number, a far too great one where it is none."""
    return int(place) if place.isdecimal() and place.isascii() and len(place) < 10 else _FAR


def words(texts: list[str], numbers: list[int]) -> list[Span | None]:
    """Return where in each text a word stands, by its number from 0; None where the text has fewer words."""
    joined = "\n".join(["", *texts, ""])
    letters = np.frombuffer(joined.encode("utf-8", "surrogatepass"), np.uint8)
    white = np.flatnonzero(letters <= ord(" "))
    plain = joined.isascii() and not (np.diff(white) == 1).any()
    if not plain or np.count_nonzero(letters[white] < ord(" ")) != len(texts) + 1:
        return [_word(text, number) for text, number in zip(texts, numbers, strict=True)]
    # Each word stands between two neighbours in ``white``; a text begins behind a line break.
    starts = np.cumsum([1, *[len(text) + 1 for text in texts]])
    first = np.searchsorted(white, starts - 1)
    at = first[:-1] + numbers
    known = at < first[1:]
    at, starts = at[known], starts[:-1][known]
    spans = zip((white[at] + 1 - starts).tolist(), (white[at + 1] - starts).tolist(), strict=True)
    return [next(spans) if there else None for there in known.tolist()]


def _word(text: str, number: int) -> Span | None:
    """Return the same of one text, of any letters and kinds of white space."""
    word = next(islice(_WORD.finditer(text), number, None), None)
    return None if word is None else word.span()


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"{name}.csv", f"*/{name}.csv", read=read, parts=parts.by_lines, numbered=True)


CORPUS = Corpus(
    name="medal",
    title="MeDAL: medical abbreviation disambiguation",
    year=2020,
    homepage="https://github.com/BruceWen120/medal",
    licence="LicenseRef-NLM-terms",
    urls=(
        "https://zenodo.org/record/4482922/files/train.csv",
        "https://zenodo.org/record/4482922/files/valid.csv",
        "https://zenodo.org/record/4482922/files/test.csv",
    ),
    layout="documented",
    splits={
        "train": split("train") + at("toy_data/sample.csv", read=read, partial=True),
        "validation": split("valid"),
        "test": split("test"),
    },
)
