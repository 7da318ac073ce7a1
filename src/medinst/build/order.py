"""The order in which samples are drawn: by a hash of seed and sample id, whatever else there is to draw from."""

from __future__ import annotations

import hashlib


def rank(seed: int, key: str) -> int:
    """Return the place of ``key`` in the order of ``seed``: 64 bits of BLAKE2b, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest(), "big")
