"""Which samples a mixture takes: shares of the rows, less what stands in a test, less near-duplicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from medinst import tasks
from medinst.build import parquet
from medinst.mixtures import order, overlap, pool, shares, shuffle
from medinst.mixtures.pool import I64, Pool
from medinst.mixtures.recipe import Recipe

# Beyond what is wanted of a row so many more are looked at, so that a few in a test do not need another look.
_MORE = 1_000


def draw(pools: Sequence[Pool], recipe: Recipe, tests: overlap.Tests | None, tell: Callable[[str], None]) -> list[I64]:
    """Return the samples that each row gives, as indices of its pool's ranks.

    ``tests``: what must not be seen; samples are looked at in hash order and no further than the row's share needs,
    with the outcome of having looked at all. The pools keep count of what was left out.
    """
    rows = [tasks.load(one.entry.row) for one in pools]
    most = [_capped(len(one.ranks), recipe.cap_of(row)) for one, row in zip(pools, rows, strict=True)]
    weights = shares.weights(most, [recipe.weight_of(row) for row in rows], float(recipe.temperature))
    with ThreadPoolExecutor(shuffle.THREADS) as threads:

        def look(one: Pool, want: int) -> None:
            if tests is not None:
                tell(one.entry.row)
                _look(one, want, tests, threads)

        if recipe.near_duplicates is None:
            return _shared(pools, most, weights, recipe.total, look)
        drawn = _shared(pools, most, weights, None, look)
        drawn = _pruned(pools, drawn, recipe.near_duplicates, recipe.seed, threads)
    given = shares.divide(recipe.total, [len(some) for some in drawn], weights)
    return [some[:count] for some, count in zip(drawn, given, strict=True)]


def _shared(
    pools: Sequence[Pool],
    most: Sequence[int],
    weights: Sequence[float],
    total: int | None,
    look: Callable[[Pool, int], None],
) -> list[I64]:
    """Return each row's part of ``total``; rows that may not have enough are looked at further until all have."""
    while True:
        there = [min(len(one.ranks) - one.bad(), cap) for one, cap in zip(pools, most, strict=True)]
        wanted = shares.divide(total, there, weights)
        drawn = [one.first(want) for one, want in zip(pools, wanted, strict=True)]
        short = [at for at, some in enumerate(drawn) if len(some) < wanted[at]]
        if not short:
            return drawn
        for at in short:
            look(pools[at], wanted[at])


def places(pools: Sequence[Pool], drawn: Sequence[I64], seed: int) -> list[I64]:
    """Return for every drawn sample its place in the mixture: 0, 1, … in a second hash order over all rows."""
    keys = _keys(pools, drawn, seed)
    at = np.empty(len(keys), np.int64)
    at[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return np.split(at, np.cumsum([len(some) for some in drawn])[:-1])


def _keys(pools: Sequence[Pool], drawn: Sequence[I64], seed: int) -> order.U64:
    return np.concatenate([order.shuffled(one.ranks[some], seed) for one, some in zip(pools, drawn, strict=True)])


def _capped(count: int, cap: int | None) -> int:
    return count if cap is None else min(count, cap)


def _look(one: Pool, want: int, tests: overlap.Tests, threads: ThreadPoolExecutor) -> None:
    """Look at as many more samples of a row as should do for ``want`` good ones."""
    more = want - len(one.first(want))
    end = min(len(one.ranks), one.looked + more + more // 4 + _MORE)
    looked = np.arange(one.looked, end)
    for table in shuffle.fetched(pool.jobs(one, looked, looked), threads):
        kinds = tests.seen_by(list(parquet.samples(table)))
        one.good[table["at"].to_numpy()] = [not found for found in kinds]
        one.kinds.update(kind for found in kinds for kind in found)
    one.looked = end


def _pruned(
    pools: Sequence[Pool], drawn: Sequence[I64], threshold: float, seed: int, threads: ThreadPoolExecutor
) -> list[I64]:
    """Return the drawn samples less near-duplicates: of those of one task, the first in the mixture's order stays."""
    by_task: dict[str, list[int]] = {}
    for number, one in enumerate(pools):
        by_task.setdefault(tasks.load(one.entry.row).task, []).append(number)
    kept = list(drawn)
    for numbers in by_task.values():
        mine, some = [pools[number] for number in numbers], [drawn[number] for number in numbers]
        texts = [text for one, few in zip(mine, some, strict=True) for text in _inputs(one, few, threads)]
        sort = np.argsort(_keys(mine, some, seed), kind="stable")
        alone = np.empty(len(texts), np.bool_)
        alone[sort] = np.array(overlap.repeats([texts[at] for at in sort], threshold), np.int64) < 0
        ends = np.cumsum([len(few) for few in some])
        for number, flags in zip(numbers, np.split(alone, ends[:-1]), strict=True):
            kept[number] = drawn[number][flags]
            pools[number].near_duplicates = int(np.count_nonzero(~flags))
    return kept


def _inputs(one: Pool, drawn: I64, threads: ThreadPoolExecutor) -> list[str]:
    """Return the inputs of drawn samples, in their order."""
    found = [""] * len(drawn)
    for table in shuffle.fetched(pool.jobs(one, drawn, np.arange(len(drawn))), threads, ["input"]):
        for at, text in zip(table["at"].to_pylist(), table["input"].to_pylist(), strict=True):
            found[at] = text
    return found
