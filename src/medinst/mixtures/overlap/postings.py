"""Which of the indexed texts hold a hash: a sorted table, with a bitmap before it that turns most hashes away."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from medinst.mixtures.overlap.words import I32, I64, U64, Grams

# A bitmap of 64 MiB at most; meetings of hashes worked on at a time.
_BITS = 26
MOST = 1 << 22


class Postings:
    """An index of the hashes of texts. ``sizes``: how many different hashes each of the texts has."""

    def __init__(self, grams: Grams, texts: int) -> None:
        hashes, self._texts = distinct(grams)
        self.sizes = np.bincount(self._texts, minlength=texts)
        first = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])[: len(hashes)])
        self.keys: U64 = hashes[first]
        self._begin: I64 = np.append(first, len(hashes))
        self._shift = np.uint64(64 - min(_BITS, max(10, (8 * len(first)).bit_length())))
        self._bitmap = np.zeros(1 << (64 - int(self._shift)), np.bool_)
        self._bitmap[self.keys >> self._shift] = True

    def meetings(self, grams: Grams) -> tuple[I64, I64, I64]:
        """Return (owner, indexed text, how many different hashes they share), a line a pair that shares any, sorted."""
        owner, places = self._known(grams)
        found = [self._shared(owner[part], places[part]) for part in self._parts(owner, places)]
        if not found:
            none = np.empty(0, np.int64)
            return none, none, none
        owners, texts, counts = (np.concatenate(column) for column in zip(*found, strict=True))
        return owners, texts, counts

    def _known(self, grams: Grams) -> tuple[I64, I64]:
        """Return (owner, place in ``keys``) of the hashes that are in the index, each once, sorted."""
        if not len(self.keys):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        maybe = np.flatnonzero(self._bitmap.take((grams.hashes >> self._shift).view(np.int64), mode="clip"))
        hashes, owner = grams.hashes[maybe], grams.owner[maybe]
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        known = self.keys[places] == hashes
        met = np.unique(owner[known].astype(np.int64) * len(self.keys) + places[known])
        return met // len(self.keys), met % len(self.keys)

    def _parts(self, owner: I64, places: I64) -> list[slice]:
        """Return slices of whole owners, each of about ``MOST`` meetings."""
        if not len(owner):
            return []
        load = np.cumsum(self._begin[places + 1] - self._begin[places]) // MOST
        cuts = np.flatnonzero(load[1:] != load[:-1]) + 1
        cuts = np.unique(np.searchsorted(owner, owner[cuts]))
        edges = [0, *(int(cut) for cut in cuts if cut), len(owner)]
        return [slice(low, high) for low, high in pairwise(edges)]

    def _shared(self, owner: I64, places: I64) -> tuple[I64, I64, I64]:
        sizes = self._begin[places + 1] - self._begin[places]
        ends = np.cumsum(sizes)
        at = np.arange(ends[-1]) + np.repeat(self._begin[places] - (ends - sizes), sizes)
        texts = len(self.sizes)
        pairs, counts = np.unique(np.repeat(owner, sizes) * texts + self._texts[at], return_counts=True)
        return pairs // texts, pairs % texts, counts


def distinct(grams: Grams) -> tuple[U64, I32]:
    """Return every (hash, owner) once, sorted by hash, then owner."""
    order = np.argsort(grams.hashes, kind="stable")
    hashes, owner = grams.hashes[order], grams.owner[order]
    new = np.ones(len(hashes), np.bool_)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    return hashes[new], owner[new]
