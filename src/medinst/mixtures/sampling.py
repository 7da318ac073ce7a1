"""Seeded sampling by hash order: a sample's place depends on the seed and its id alone.

So adding, removing or reordering rows reshuffles nothing, and the first n of a larger draw are the smaller draw.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from medinst.build.order import rank
from medinst.schema import Sample

__all__ = ["rank", "take"]


def take(samples: Iterable[Sample], n: int | None, seed: int, salt: str = "") -> list[Sample]:
    """Return the first ``n`` samples (None: all) in the hash order of (seed, salt, id).

    ``salt`` gives independent draws under one seed. Holds no more than ``n`` samples at a time.
    """

    def place(sample: Sample) -> tuple[int, str]:
        return rank(seed, f"{salt}{sample.id}"), sample.id

    return sorted(samples, key=place) if n is None else heapq.nsmallest(n, samples, key=place)
