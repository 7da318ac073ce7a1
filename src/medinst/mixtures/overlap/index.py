"""Test passages made ready to be looked for in training texts, in four ways, of which each can be switched off.

``identifier``: both are of one article. ``text``: the same words in the same order. ``contained``: of the 13-grams of
the shorter text (by its number of them) half or more stand in the other; so an abstract is found by its sentences.
``near``: Jaccard similarity of word 5-grams of 0.8 or more. Equal texts are not listed again under the last two.
Texts of fewer than five words, such as headings and names, are only equal to those of the same corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Self, get_args

import msgspec
import numpy as np

from medinst.mixtures.overlap import documents, near, words
from medinst.mixtures.overlap.documents import Passage
from medinst.mixtures.overlap.postings import Postings, distinct
from medinst.mixtures.overlap.words import I64, Grams, Words
from medinst.schema import Sample

Kind = Literal["identifier", "text", "contained", "near"]
KINDS: tuple[Kind, ...] = get_args(Kind)
N = 13
CONTAINED = 0.5
# Characters of text looked at together.
_RUN = 1 << 22


class Hit(msgspec.Struct, frozen=True, order=True):
    """A test passage found in a text: their places, how, and how much (a share; 1 for identifier and text)."""

    other: int
    test: int
    kind: Kind
    score: float


class Tests:
    """An index of test passages; about 60 bytes a word of theirs, 90 while it is made."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = passages
        self._articles: dict[str, list[int]] = {}
        for at, passage in enumerate(passages):
            if passage.article:
                self._articles.setdefault(passage.article, []).append(at)
        found = words.of([passage.text for passage in passages])
        self._whole = Postings(_whole(found), len(passages))
        self._grams = Postings(words.grams(found, N), len(passages))
        self._shingles = near.shingles(found)
        self._begin = np.searchsorted(self._shingles.owner, np.arange(len(passages) + 1))
        self._bands = Postings(near.bands(self._shingles, len(passages)), len(passages))

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Self:
        """Return the index of the samples' passages."""
        return cls(list(dict.fromkeys(passage for sample in samples for passage in documents.read(sample))))

    def seen(self, samples: Sequence[Sample]) -> list[bool]:
        """Say for each training sample whether it shows a test passage, in any of the four ways."""
        return [bool(kinds) for kinds in self.seen_by(samples)]

    def seen_by(self, samples: Sequence[Sample]) -> list[tuple[Kind, ...]]:
        """Return for each training sample the ways in which it shows a test passage."""
        found = [(at, passage) for at, sample in enumerate(samples) for passage in documents.read(sample)]
        kinds: list[set[Kind]] = [set() for _ in samples]
        for hit in self.hits([passage for _, passage in found]):
            kinds[found[hit.other][0]].add(hit.kind)
        return [tuple(kind for kind in KINDS if kind in its) for its in kinds]

    def hits(self, passages: Sequence[Passage]) -> list[Hit]:
        """Return every hit of a test passage in the given ones, sorted; each is looked at by itself."""
        found = [
            Hit(other, test, "identifier", 1.0)
            for other, passage in enumerate(passages)
            for test in self._articles.get(passage.article, ())
        ]
        for low, high in _runs(passages):
            found += self._by_text(passages[low:high], low)
        return sorted(found)

    def _by_text(self, asked: Sequence[Passage], low: int) -> Iterator[Hit]:
        """Yield the hits by text; ``low`` is the place of the first text."""
        found = words.of([passage.text for passage in asked])
        others, tests, _ = self._whole.meetings(_whole(found))
        same = set(zip(others.tolist(), tests.tolist(), strict=True))
        for other, test in same:
            if found.counts[other] >= near.SHINGLE or self.passages[test].corpus == asked[other].corpus:
                yield Hit(low + other, test, "text", 1.0)
        ways: dict[Kind, Iterator[tuple[int, int, float]]] = {
            "contained": self._contained(found),
            "near": self._near(found),
        }
        for kind, pairs in ways.items():
            for other, test, score in pairs:
                if (other, test) not in same:
                    yield Hit(low + other, test, kind, score)

    def _contained(self, found: Words) -> Iterator[tuple[int, int, float]]:
        """Yield (text, test passage, share of the 13-grams of the shorter)."""
        grams = words.grams(found, N)
        others, tests, shared = self._grams.meetings(grams)
        sizes = _sizes(grams, others, len(found.counts))
        scores = shared / np.minimum(sizes[others], self._grams.sizes[tests])
        for at in np.flatnonzero(scores >= CONTAINED):
            yield int(others[at]), int(tests[at]), float(scores[at])

    def _near(self, found: Words) -> Iterator[tuple[int, int, float]]:
        """Yield (text, test passage, Jaccard similarity)."""
        grams = near.shingles(found)
        others, tests, _ = self._bands.meetings(near.bands(grams, len(found.counts)))
        for other, test in zip(others.tolist(), tests.tolist(), strict=True):
            low, high = np.searchsorted(grams.owner, (other, other + 1))
            own = np.unique(grams.hashes[low:high])
            its = np.unique(self._shingles.hashes[self._begin[test] : self._begin[test + 1]])
            if min(len(own), len(its)) >= near.THRESHOLD * max(len(own), len(its)):
                score = near.jaccard(own, its)
                if score >= near.THRESHOLD:
                    yield other, test, score


def _whole(found: Words) -> Grams:
    """Return each text that has words as one gram."""
    some = np.flatnonzero(found.counts).astype(np.int32)
    return Grams(words.whole(found)[some], some)


def _sizes(grams: Grams, wanted: I64, texts: int) -> I64:
    """Return how many different grams each of the wanted texts has, by place; 0 for the others."""
    asked = np.zeros(texts, np.bool_)
    asked[wanted] = True
    mine = asked[grams.owner]
    owner = distinct(Grams(grams.hashes[mine], grams.owner[mine]))[1]
    return np.bincount(owner, minlength=texts)


def _runs(passages: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """Yield (from, to) of consecutive passages of about ``_RUN`` characters."""
    low = size = 0
    for at, passage in enumerate(passages):
        size += len(passage.text)
        if size >= _RUN:
            yield low, at + 1
            low, size = at + 1, 0
    if low < len(passages):
        yield low, len(passages)
