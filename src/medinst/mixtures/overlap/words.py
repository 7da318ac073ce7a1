"""Texts as 64-bit hashes of their words, and of every n words in a row: what all comparing of texts works on.

A word is a run of letters and digits in lower case, so that neither punctuation nor the way a corpus parts tokens
counts; a Chinese, Japanese or Korean character is a word of its own. The hashes are polynomials modulo 2**64, taken
from running sums over the bytes: no word becomes a Python object. They are the same on every machine.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

# Bytes of text worked on at a time: all arrays of one piece then stay in a processor's cache.
PIECE = 1 << 16
_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_ALONE = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")
_BETWEEN = re.compile(r"[\W_]+")


class Words(msgspec.Struct, frozen=True):
    """The words of some texts: ``hashes`` of all in a row, and where each text's ``begin``; at last the end."""

    hashes: U64
    begin: I64

    @property
    def counts(self) -> I64:
        """Return how many words each text has."""
        return np.diff(self.begin)


class Grams(msgspec.Struct, frozen=True):
    """Hashes of every n words in a row and, ascending, the place of the text that each is of, its ``owner``."""

    hashes: U64
    owner: I32


def plain(text: str) -> str:
    """Return a text with all that is not a letter or a digit as a space; plain ASCII is left to the table of bytes."""
    if text.isascii():
        return text
    return _BETWEEN.sub(" ", _ALONE.sub(r" \1 ", unicodedata.normalize("NFKC", text).casefold()))


def of(texts: Sequence[str]) -> Words:
    """Return the words of texts."""
    found = [_piece(part) for part in _pieces([plain(text).encode() for text in texts])]
    counts = [words.counts for words in found]
    begin = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.concatenate(counts or [begin[:0]]), out=begin[1:])
    return Words(np.concatenate([words.hashes for words in found] or [np.empty(0, np.uint64)]), begin)


def grams(words: Words, n: int) -> Grams:
    """Return the hashes of every ``n`` words in a row within a text, repeats included; a shorter text has none."""
    owner = np.repeat(np.arange(len(words.begin) - 1, dtype=np.int32), words.counts)
    windows = max(len(owner) - n + 1, 0)
    within = owner[:windows] == owner[len(owner) - windows :]
    hashes = [np.empty(0, np.uint64)]
    for at in range(0, windows, PIECE):
        piece = words.hashes[at : min(at + PIECE, windows) + n - 1]
        up, down = _powers(len(piece))
        sums = np.zeros(len(piece) + 1, np.uint64)
        np.cumsum(piece * up[: len(piece)], out=sums[1:])
        found = (sums[n:] - sums[:-n]) * down[: len(piece) - n + 1]
        hashes.append(mixed(found[within[at : at + PIECE]]))
    return Grams(np.concatenate(hashes), owner[:windows][within])


def whole(words: Words) -> U64:
    """Return one hash a text, of all its words in order; 0 for a text without words."""
    hashes = np.zeros(len(words.begin) - 1, np.uint64)
    at = 0
    while at < len(hashes):
        low = words.begin[at]
        until = max(at + 1, int(np.searchsorted(words.begin, low + PIECE, "right")) - 1)
        part = words.begin[at : until + 1] - low
        hashes[at:until] = _spans(words.hashes[low : low + part[-1]], part[:-1], part[1:])
        at = until
    return hashes


def _pieces(parts: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield consecutive texts of about ``PIECE`` bytes together."""
    piece: list[bytes] = []
    size = 0
    for part in parts:
        piece.append(part)
        size += len(part)
        if size >= PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _piece(parts: Sequence[bytes]) -> Words:
    """Return the words of a few texts in UTF-8."""
    letters = _letters()[np.frombuffer(b"\n".join(parts) + b"\n", np.uint8)]
    inside = np.zeros(len(letters) + 1, np.bool_)
    np.not_equal(letters, 0, out=inside[1:])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    sizes = np.fromiter((len(part) + 1 for part in parts), np.int64, len(parts))
    begin = np.zeros(len(parts) + 1, np.int64)
    begin[1:] = np.searchsorted(starts, np.cumsum(sizes))
    return Words(_spans(letters, starts, ends), begin)


def _spans(values: U64, starts: I64, ends: I64) -> U64:
    """Return a hash of ``values[start:end]`` for each span: a polynomial at ``_BASE``, its bits mixed."""
    up, down = _powers(len(values))
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values * up[: len(values)], out=sums[1:])
    return mixed((sums[ends] - sums[starts]) * down[starts])


def mixed(hashes: U64) -> U64:
    """Mix the bits of hashes, in place, so that every bit depends on every bit."""
    for _ in range(2):
        hashes ^= hashes >> _HALF
        hashes *= _MIX
    hashes ^= hashes >> _HALF
    return hashes


def _powers(count: int) -> tuple[U64, U64]:
    """Return the powers of ``_BASE`` and of its inverse modulo 2**64, ``count`` of each or more."""
    return _table(max(count, 2 * PIECE).bit_length())


@functools.lru_cache(maxsize=2)
def _table(bits: int) -> tuple[U64, U64]:
    up, down = (np.full(1 << bits, base, np.uint64) for base in (_BASE, pow(_BASE, -1, 1 << 64)))
    up[0] = down[0] = 1
    return np.multiply.accumulate(up), np.multiply.accumulate(down)


@functools.cache
def _letters() -> U64:
    """Return a number for every byte: 0 between words, the same for a letter in either case."""
    numbers = mixed(np.arange(1, 257, dtype=np.uint64) * np.uint64(_BASE))
    for byte in range(128):
        letter = chr(byte)
        numbers[byte] = numbers[ord(letter.lower())] if letter.isalnum() else 0
    return numbers
