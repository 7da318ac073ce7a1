"""What of a sample is compared: the source texts in its input, and the article that its document is, or is from."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst import corpora, tasks
from medinst.build import parquet
from medinst.schema import Sample
from medinst.tasks import Row

_TITLES = {"STS": ("Sentence 1", "Sentence 2"), "TE": ("Claim", "Evidence"), "TEXTPAIRCLASS": ("Drug", "Text")}
# Samples read at a time.
BATCH = 2_000
COLUMNS = ("id", "row", "corpus", "doc_id", "input")
_CITED = re.compile(r"@cite_\d+\s+")


class Passage(msgspec.Struct, frozen=True, gc=False):
    """A source text, the corpus it stands in, and the article it is of, empty where that is not known."""

    corpus: str
    article: str
    text: str


class Source(msgspec.Struct, frozen=True, gc=False):
    """A passage where it stands: in which sample (its id) of which row and document."""

    sample: str
    row: str
    doc_id: str
    passage: Passage


def article(sample: Sample) -> str:
    """Return the article of a sample, as ``pmid:9974401``, or nothing where the corpus's ids do not say it."""
    return _article(sample.row, sample.doc_id)


def _article(row: str, doc: str) -> str:
    of = _row(row)
    return _corpus(of.corpus).article(of.view, doc)


_row = functools.cache(tasks.load)
_corpus = functools.cache(corpora.load)


def passages(sample: Sample) -> tuple[str, ...]:
    """Return the source texts of a sample's input."""
    return passages_of(_row(sample.row), sample.input)


def passages_of(row: Row, text: str) -> tuple[str, ...]:
    """Return the source texts of an input: without anchor, options and titles; of a question its context if it has one.

    The texts of a pair count each for itself, of a drug and what is said about it the latter; so do the texts that
    are summed up. All else is one text as it stands.
    """
    if row.category == "COREF":
        found = [text.rpartition("\nAnchor: ")[0]]
    elif row.category == "QA":
        asked = text.rpartition("\nOptions:\n")[0] or text
        question, _, context = asked.removeprefix("Question: ").partition("\nContext: ")
        found = [context or question]
    elif row.category in _TITLES:
        found = _pair(row, text)
    elif row.category == "SUM":
        found = [_CITED.sub("", part, count=1) if part.startswith("@") else part for part in text.split("\n\n")]
    else:
        found = [text]
    return tuple(filter(None, map(str.strip, found))) or (text.strip(),)


def read(sample: Sample) -> list[Passage]:
    """Return a sample's source texts with what is known of them."""
    return [Passage(sample.corpus, article(sample), text) for text in passages(sample)]


def sources(folder: Path, row: str, split: str) -> Iterator[list[Source]]:
    """Yield the passages of a split in a dataset folder, those of some samples at a time.

    ``row`` is the name of the folder's row, which in a mixture holds samples of many.

    Raises:
        IntegrityFailure: a file cannot be read or a page differs from its checksum.
    """
    for path in parquet.files(folder, row, split):
        with parquet.opened(path) as table:
            for batch in table.iter_batches(BATCH, columns=list(COLUMNS)):
                yield [
                    Source(sample, name, doc, Passage(corpus, _article(name, doc), text))
                    for sample, name, corpus, doc, given in zip(
                        *(batch[name].to_pylist() for name in COLUMNS), strict=True
                    )
                    for text in passages_of(_row(name), given)
                ]


def _pair(row: Row, text: str) -> list[str]:
    """Return the two texts of a pair, the second only where the first names a drug."""
    first, second = _TITLES[row.category]
    first, second = row.fill.get("first", first), row.fill.get("second", second)
    one, found, other = text.partition(f"\n{second}: ")
    if not found and text.startswith(f"{second}: "):
        one, other = "", text.removeprefix(f"{second}: ")
    return [other] if first == "Drug" else [one.removeprefix(f"{first}: "), other]
