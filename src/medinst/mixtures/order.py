"""The hash order of many samples at once: as ``sampling.rank`` in what it promises, in numpy for millions of ids.

A sample's rank depends on the seed and its id alone, so the first n of a row are a random draw of it, and adding a
row changes no other's. The rank is a 64-bit multiply-and-shift hash over the id's bytes, eight at a time.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
_SHIFT = np.uint64(33)
_FIRST, _SECOND = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)


def ranks(ids: pa.Array, seed: int) -> U64:
    """Return the rank of every id of a string array: 64 bits, the same on every machine."""
    _, ends, text = ids.buffers()
    at = np.frombuffer(ends, np.int32)[ids.offset : ids.offset + len(ids) + 1].astype(np.int64)
    # Eight zero bytes behind the last id, so that eight can be read from every byte on.
    buffer = np.zeros(at[-1] - at[0] + 8, np.uint8)
    if text is not None:
        buffer[:-8] = np.frombuffer(text, np.uint8)[at[0] : at[-1]]
    words = np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))
    start, length = at[:-1] - at[0], np.diff(at)
    found = _mixed(length.astype(np.uint64) ^ _key(seed))
    for read in range(0, int(length.max(initial=0)), 8):
        live = np.flatnonzero(length > read)
        missing = np.maximum(8 - (length[live] - read), 0).astype(np.uint64)
        found[live] = _mixed(found[live] ^ (words[start[live] + read] << (np.uint64(8) * missing)))
    return found


def shuffled(rank: U64, seed: int) -> U64:
    """Return a second, independent rank: drawn samples have low ranks, in the mixture they stand anywhere."""
    return _mixed(rank ^ _key(~seed))


def _key(seed: int) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "big"))


def _mixed(values: U64) -> U64:
    """Return values in which every bit depends on every bit (the finaliser of MurmurHash3)."""
    values = (values ^ (values >> _SHIFT)) * _FIRST
    values = (values ^ (values >> _SHIFT)) * _SECOND
    return values ^ (values >> _SHIFT)
