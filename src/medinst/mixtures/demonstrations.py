"""Demonstrations: what stands in ``history`` before a test's question, the same two for every sample of a test.

They come from training splits of rows outside the benchmark, of the test's category and output format, and never
share a document with the test. Of a row's first 10,000 training samples, those of at most 2,000 characters (question
and answer) are taken, 16 are drawn by hash, and the shortest of these is shown: short ones leave room for the
question, and a draw keeps them from being the shortest of all, which is seldom typical.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from medinst import tasks
from medinst.build import parquet
from medinst.mixtures import overlap
from medinst.mixtures.sampling import rank, take
from medinst.models import prompts
from medinst.schema import Sample, Target, squeeze

SHOTS = 2
POOL = 10_000
DRAWN = 16
LONGEST = 2_000


def style(sample: Sample) -> str:
    """Return a sample's output format within its category: ``bio``, ``options``, ``labels`` (QA), else empty."""
    row = tasks.load(sample.row)
    if row.form:
        return row.form
    if sample.category == "QA" and row.labels:
        return "labels"
    return "options" if msgspec.json.decode(sample.target, type=Target).choices else ""


def turns(demonstrations: Iterable[Sample]) -> list[list[str]]:
    """Return samples as [user, assistant] pairs; a user turn is instruction, newline, input."""
    return [[prompts.question(sample), sample.output] for sample in demonstrations]


def choose(data: Path, test: Sample, split: str, outside: Sequence[str], seed: int) -> list[Sample]:
    """Return up to two demonstrations for the row of ``test``, from up to two rows; none where no row offers one.

    ``split``: the one the test is drawn from; no document of it may show. ``outside``: the rows of ``data`` that may
    be drawn on; those of the test's category and output format are gone through in hash order of (seed, test, row).
    """
    same = sorted(
        (name for name in outside if tasks.load(name).category == test.category),
        key=lambda name: rank(seed, f"{test.row}\0{name}"),
    )
    documents = documents_of(parquet.read(data, test.row, split)) if same else set()
    drawn: list[list[Sample]] = []
    for name in same:
        fitting = _fitting(data, name, style(test), documents)
        if found := sorted(take(fitting, DRAWN, seed, salt=test.row), key=_length):
            drawn.append(found)
        if len(drawn) == SHOTS:
            break
    return drawn[0][:SHOTS] if len(drawn) == 1 else [found[0] for found in drawn]


def documents_of(samples: Iterable[Sample]) -> set[str]:
    """Return keys of what samples hold: documents by corpus, articles by number, texts with white space squeezed.

    Two corpora that annotate one article name it by the same number, of PubMed or PMC.
    """
    return {key for sample in samples for key in _keys(sample)}


def _keys(sample: Sample) -> list[str]:
    keys = [f"{sample.corpus}\0{sample.doc_id}", squeeze(sample.input)]
    return [*keys, article] if (article := overlap.article(sample)) else keys


def _fitting(data: Path, row: str, wanted: str, documents: set[str]) -> Iterable[Sample]:
    """Yield a row's training samples that are short enough, answer in the wanted format and are not in the test."""
    for sample in islice(parquet.read(data, row, "train"), POOL):
        if _length(sample) <= LONGEST and style(sample) == wanted and documents.isdisjoint(_keys(sample)):
            yield sample


def _length(sample: Sample) -> int:
    return len(sample.input) + len(sample.output)
