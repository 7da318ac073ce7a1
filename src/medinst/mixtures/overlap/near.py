"""Near-duplicates: MinHash proposes pairs of texts, the true Jaccard similarity of their word 5-grams decides.

Sixteen bands of four of a signature's 64 numbers: a pair of similarity 0.8 is proposed with probability 0.9998.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medinst.mixtures.overlap import words
from medinst.mixtures.overlap.words import I64, U64, Grams, Words

SHINGLE = 5
THRESHOLD = 0.8
BANDS, WIDTH = 16, 4
_SEED = 42
# Texts signed together.
_SIGNED = 4_096


def shingles(found: Words) -> Grams:
    """Return the word 5-grams of texts; a shorter text is one by itself, one without words has none."""
    grams = words.grams(found, SHINGLE)
    short = np.flatnonzero((found.counts > 0) & (found.counts < SHINGLE)).astype(np.int32)
    owner = np.concatenate([grams.owner, short])
    order = np.argsort(owner, kind="stable")
    return Grams(np.concatenate([grams.hashes, words.whole(found)[short]])[order], owner[order])


def bands(grams: Grams, texts: int) -> Grams:
    """Return the keys of each text's bands, ``BANDS`` a text that has a shingle; equal keys propose a pair."""
    begin = np.searchsorted(grams.owner, np.arange(texts + 1))
    some = np.flatnonzero(begin[1:] > begin[:-1]).astype(np.int32)
    found = [np.empty(0, np.uint64)]
    for at in range(0, len(some), _SIGNED):
        part = some[at : at + _SIGNED]
        edges = np.append(begin[part], begin[part[-1] + 1])
        found.append(_keys(grams.hashes[edges[0] : edges[-1]], edges - edges[0]))
    return Grams(np.concatenate(found), np.repeat(some, BANDS))


def _keys(hashes: U64, begin: I64) -> U64:
    """Return the keys of the bands of texts that all have shingles, text by text."""
    from rensa import RMinHash

    made = RMinHash.digest_matrix_from_flat_token_hashes(hashes, begin.astype(np.uint64), BANDS * WIDTH, _SEED)
    signatures = np.array(made.to_rows(), np.uint64).reshape(-1, BANDS, WIDTH)
    keys = np.tile(np.arange(BANDS, dtype=np.uint64), (len(signatures), 1))
    for at in range(WIDTH):
        keys = words.mixed((keys << np.uint64(32)) ^ keys ^ signatures[:, :, at])
    return keys.ravel()


def jaccard(one: U64, other: U64) -> float:
    """Return the Jaccard similarity of two sets of shingles, sorted and each once."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / max(len(one) + len(other) - shared, 1)


def repeats(texts: Sequence[str], threshold: float = THRESHOLD) -> list[int]:
    """Return for each text the place of the first earlier one that it nearly repeats, else -1.

    Compared are only texts that themselves repeat none, so that keeping those with -1 leaves no near-duplicates.
    """
    grams = shingles(words.of(texts))
    keys = bands(grams, len(texts))
    owned: dict[int, list[int]] = {}
    for owner, key in zip(keys.owner.tolist(), keys.hashes.tolist(), strict=True):
        owned.setdefault(owner, []).append(key)
    begin = np.searchsorted(grams.owner, np.arange(len(texts) + 1))
    kept: dict[int, list[int]] = {}
    found = [-1] * len(texts)
    for at, its in owned.items():
        earlier = sorted({place for key in its for place in kept.get(key, ())})
        found[at] = _first(grams.hashes, begin, at, earlier, threshold)
        if found[at] < 0:
            for key in its:
                kept.setdefault(key, []).append(at)
    return found


def _first(hashes: U64, begin: NDArray[np.intp], at: int, earlier: Sequence[int], threshold: float) -> int:
    """Return the first of the earlier texts that is as similar to the text at ``at``, else -1."""

    def its(place: int) -> U64:
        return np.unique(hashes[begin[place] : begin[place + 1]])

    own = its(at) if earlier else hashes[:0]
    return next((place for place in earlier if jaccard(own, its(place)) >= threshold), -1)
