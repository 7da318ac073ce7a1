"""Batches without padding: samples end to end, in an order that recipe and seed alone decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from medinst.train.examples import Example

COLUMNS = ("input_ids", "starts", "labels", "weights")
IGNORED = -100


def order(count: int, epochs: int, seed: int) -> Iterator[list[int]]:
    """Yield the places of ``count`` samples in the order in which each epoch reads them."""
    for epoch in range(epochs):
        yield np.random.default_rng([seed, epoch]).permutation(count).tolist()


def pack(lengths: Sequence[int], order: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Yield batches: samples in ``order`` as long as they have at most ``tokens`` tokens together."""
    batch: list[int] = []
    filled = 0
    for at in order:
        if batch and filled + lengths[at] > tokens:
            yield batch
            batch, filled = [], 0
        batch.append(at)
        filled += lengths[at]
    if batch:
        yield batch


def table(examples: Sequence[Example], epochs: int, tokens: int, seed: int, balance: float) -> pa.Table:
    """Return a table with a batch a row, all epochs one after the other.

    ``input_ids``: the tokens of its samples; ``starts``: where each begins, and the end; ``labels``: the token itself
    where it is learnt, or made unlikely, else -100; ``weights``: what its loss counts, n ** -balance in a sample that
    learns n, negative where it is made unlikely.
    """
    lengths = [len(example) for example in examples]
    rows = [
        _batch([examples[at] for at in batch], balance)
        for order_ in order(len(examples), epochs, seed)
        for batch in pack(lengths, order_, tokens)
    ]
    types = (pa.int32(), pa.int32(), pa.int32(), pa.float32())
    columns = [pa.array([row[place] for row in rows], pa.large_list(kind)) for place, kind in enumerate(types)]
    return pa.table(columns, names=COLUMNS)


def _batch(examples: Sequence[Example], balance: float) -> tuple[np.ndarray, ...]:
    ends = np.cumsum([0, *map(len, examples)], dtype=np.int32)
    ids = np.concatenate([example.ids for example in examples])
    labels, weights = np.full(len(ids), IGNORED, np.int32), np.zeros(len(ids), np.float32)
    for example, begin, end in zip(examples, ends, ends[1:], strict=False):
        learnt = slice(begin + example.start, end)
        labels[learnt] = ids[learnt]
        weights[learnt] = example.answer**-balance
        read = slice(begin + example.said, begin + example.again)
        labels[read], weights[read] = IGNORED, 0
        wrong = [begin + at for at in example.wrong]
        labels[wrong], weights[wrong] = ids[wrong], -(example.answer**-balance)
    return ids, ends, labels, weights
