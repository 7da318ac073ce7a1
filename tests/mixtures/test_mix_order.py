"""The hash order of many ids: the same on every machine, whatever the array they stand in."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa

from medinst.mixtures.order import ranks, shuffled

IDS = [f"AnEM/train/{'x' * (at % 23)}{at}/0" for at in range(3000)]


def plain(text: str, seed: int) -> int:
    """Return the rank by the plain arithmetic that ``ranks`` does in numpy."""
    import hashlib

    def mixed(value: int) -> int:
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            value = ((value ^ (value >> 33)) * factor) % 2**64
        return value ^ (value >> 33)

    data = text.encode()
    found = mixed(len(data) ^ int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "big"))
    for at in range(0, len(data), 8):
        word = data[at : at + 8]
        found = mixed(found ^ int.from_bytes(b"\0" * (8 - len(word)) + word, "little"))
    return found


def test_as_plain_arithmetic_says():
    ids = ["", "a", "12345678", "123456789", "Ünïcode", *IDS[:50]]
    for seed in (0, 1, 2**63 - 1):
        assert ranks(pa.array(ids), seed).tolist() == [plain(one, seed) for one in ids]


def test_a_golden_value():
    assert ranks(pa.array(["AnEM/train/1/0"]), 0).tolist() == [plain("AnEM/train/1/0", 0)] == [GOLDEN]


GOLDEN = 8401547389768565291


def test_the_array_around_an_id_does_not_matter():
    whole = ranks(pa.array(IDS), 3)
    assert ranks(pa.array(IDS)[100:200], 3).tolist() == whole[100:200].tolist()
    assert ranks(pa.array(IDS[::-1]), 3).tolist() == whole[::-1].tolist()
    assert len(ranks(pa.array([], pa.string()), 3)) == 0


def test_no_two_alike_and_no_bit_favoured():
    for found in (ranks(pa.array(IDS), 0), shuffled(ranks(pa.array(IDS), 0), 0)):
        assert len(np.unique(found)) == len(IDS)
        bits = np.unpackbits(found.view(np.uint8)).reshape(len(IDS), 64).mean(0)
        assert bits.min() > 0.45
        assert bits.max() < 0.55


def test_seeds_and_the_second_order_are_independent():
    orders = [ranks(pa.array(IDS), 0), ranks(pa.array(IDS), 1), shuffled(ranks(pa.array(IDS), 0), 0)]
    for first in orders:
        for second in orders:
            if first is not second:
                assert abs(np.corrcoef(first.argsort().argsort(), second.argsort().argsort())[0, 1]) < 0.1


def test_every_id_is_as_likely_to_come_first():
    ids = random.Random(0).sample(IDS, 50)
    first = np.zeros(50)
    for seed in range(2000):
        first[ranks(pa.array(ids), seed).argsort()[:5]] += 1
    assert first.min() > 140
    assert first.max() < 265
