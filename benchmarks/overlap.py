"""Training texts that share 13-grams with tests: medinst's index beside a Python dictionary of tuple hashes, in turn.

    python benchmarks/overlap.py [--texts N] [--tests N] [--rounds N] [--json]

The texts are made from a seed: 60 to 179 words each out of 50,000 whose frequency falls as their rank; into one
training text of 40 a stretch of 13 to 60 words of a test is copied. Both ways give (training text, test, how many
different 13-grams they share), indexing the tests included; the program ends with 1 where the two differ.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from medinst.mixtures.overlap import words
from medinst.mixtures.overlap.postings import Postings

N = 13
BATCH = 2_000
Found = list[tuple[int, int, int]]


def made(count: int, rng: np.random.Generator, vocabulary: Sequence[str]) -> list[list[str]]:
    """Return texts as lists of words."""
    texts = []
    for length in rng.integers(60, 180, count):
        ranks = (rng.pareto(1.0, length) * 20).astype(np.int64) % len(vocabulary)
        texts.append([vocabulary[rank] for rank in ranks])
    return texts


def inputs(texts: int, tests: int) -> tuple[list[str], list[str]]:
    """Return training texts and tests, the same for the same numbers."""
    rng = np.random.default_rng(13)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    vocabulary = ["".join(rng.choice(letters, size)) for size in rng.integers(2, 13, 50_000)]
    test = made(tests, rng, vocabulary)
    train = made(texts, rng, vocabulary)
    for text in train[::40]:
        source = test[int(rng.integers(tests))]
        begin = int(rng.integers(len(source) - N))
        at = int(rng.integers(len(text)))
        text[at:at] = source[begin : begin + int(rng.integers(N, 61))]
    return [" ".join(text) for text in train], [" ".join(text) for text in test]


def ours(train: Sequence[str], test: Sequence[str]) -> Found:
    """Look for the tests with medinst's index."""
    index = Postings(words.grams(words.of(test), N), len(test))
    found: Found = []
    for at in range(0, len(train), BATCH):
        met = index.meetings(words.grams(words.of(train[at : at + BATCH]), N))
        found += zip((met[0] + at).tolist(), met[1].tolist(), met[2].tolist(), strict=True)
    return found


def tuples(text: str) -> set[int]:
    """Return the hashes of a text's 13-grams as Python makes them of tuples."""
    found = text.lower().split()
    return set(map(hash, zip(*(found[at:] for at in range(N)), strict=False)))


def baseline(train: Sequence[str], test: Sequence[str]) -> Found:
    """Look for the tests with a dictionary from the hash of a tuple of words to the tests that have it."""
    index: dict[int, list[int]] = {}
    for at, text in enumerate(test):
        for key in tuples(text):
            index.setdefault(key, []).append(at)
    found: Found = []
    for at, text in enumerate(train):
        shared = Counter(place for key in tuples(text) & index.keys() for place in index[key])
        found += [(at, place, count) for place, count in sorted(shared.items())]
    return found


def timed(
    way: Callable[[Sequence[str], Sequence[str]], Found], train: list[str], test: list[str]
) -> tuple[float, Found]:
    """Return the seconds that a way took, and what it found."""
    started = time.perf_counter()
    found = way(train, test)
    return time.perf_counter() - started, found


def main() -> int:
    """Run both ways in turn and print the ratio of their times, the median, with the least and the most of a round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--tests", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    train, test = inputs(options.texts, options.tests)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ratios: list[float] = []
    found: Found = []
    more = 0.0
    for number in range(options.rounds):
        mine, found = timed(ours, train, test)
        if number == 0:
            more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        theirs, expected = timed(baseline, train, test)
        if found != expected:
            print(f"overlap.py: the hits differ: {len(found)} and {len(expected)}", file=sys.stderr)
            return 1
        ratios.append(theirs / mine)
        print(f"round {number + 1}: {ratios[-1]:.2f} times as fast, {len(found)} hits in both", file=sys.stderr)
    measure = {
        "name": "overlap_vs_tuple_hash",
        "ratio": round(statistics.median(ratios), 2),
        "low": round(min(ratios), 2),
        "high": round(max(ratios), 2),
        "command": "python benchmarks/overlap.py",
        "note": f"{options.texts:,} texts against {options.tests:,} tests, {options.rounds} rounds in turn; the same "
        f"{len(found):,} hits; {more:.0f} MB above the texts themselves at the most",
    }
    print(json.dumps({"measures": [measure]}, indent=2) if options.json else f"{measure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
