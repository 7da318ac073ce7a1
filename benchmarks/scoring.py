"""Time the scoring of a whole benchmark, and of answers of a million characters.

    python benchmarks/scoring.py --bench BENCH [--hostile-only]

Scores every test sample of BENCH under both rules, with intervals and kinds of errors: once with the gold answers, once
with answers that lack words and hold some of another sample's, once with the answers of other samples. Then one sample
of every row with each of several hostile answers. Prints processor seconds and elapsed ones.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from medinst.evaluate import plan, score
from medinst.evaluate.types import Line
from medinst.schema import Sample

MEGABYTE = 1_000_000
Samples = Mapping[str, Sequence[Sample]]


def worn(draw: random.Random, sample: Sample, other: Sample) -> str:
    """Return the gold answer without some of its words, and with some of another sample's in between."""
    words = [word for word in sample.output.split(" ") if draw.random() < 0.85]
    for word in other.output.split(" ")[:50]:
        if draw.random() < 0.15:
            words.insert(draw.randint(0, len(words)), word)
    return " ".join(words)


ANSWERS: dict[str, Callable[[random.Random, Sample, Sample], str]] = {
    "gold": lambda draw, sample, other: sample.output,
    "worn": worn,
    "another sample's": lambda draw, sample, other: other.output,
}


def repeated(text: str) -> str:
    """Return a megabyte of a text."""
    return (text * (MEGABYTE // max(1, len(text)) + 1))[:MEGABYTE]


def words_of(sample: Sample) -> str:
    """Return a megabyte of items made of the input's own words under the gold answer's labels."""
    words = sample.input.split()
    label = sample.output.rpartition("<")[2].partition(">")[0]
    return repeated(" ".join(f"[{' '.join(words[at : at + 2])} <{label}>]" for at in range(len(words))))


def triples_of(sample: Sample) -> str:
    """Return a megabyte of different triples of the gold answer's own arguments."""
    slots = [part.strip("<>[] ") for part in sample.output.split("> <")] or [""]
    names = list(dict.fromkeys(slots))[:300]
    return " ".join(f"[<{a}> <{b}> <{c}>]" for a in names for b in names[:9] for c in names[:99])[:MEGABYTE]


HOSTILE: dict[str, Callable[[Sample], str]] = {
    "the gold answer over and over": lambda sample: repeated(sample.output + " "),
    "the input over and over": lambda sample: repeated(sample.input + "\n"),
    "items of the input's words": words_of,
    "triples of gold arguments": triples_of,
    "opening brackets": lambda sample: "[" * MEGABYTE,
    "nested brackets": lambda sample: "[" * (MEGABYTE // 2) + "]" * (MEGABYTE // 2),
    "different words": lambda sample: " ".join(map(str, range(MEGABYTE // 7))),
    "one word": lambda sample: "a" * MEGABYTE,
    "digits": lambda sample: "9" * MEGABYTE,
    "commas": lambda sample: ", " * (MEGABYTE // 2),
    "tags": lambda sample: repeated("word [B] "),
    "white space": lambda sample: " " * MEGABYTE,
}


def timed(samples: Samples, answer: Callable[[Sample, Sample], str]) -> tuple[float, float]:
    """Return processor and elapsed seconds of scoring; ``answer`` makes one from a sample and its neighbour."""
    lines = {
        sample.id: Line(sample.id, row, "ok", answer(sample, found[at - 1]))
        for row, found in samples.items()
        for at, sample in enumerate(found)
    }
    start, elapsed = time.process_time(), time.perf_counter()
    score.score(samples, lines, encoder="none")
    return time.process_time() - start, time.perf_counter() - elapsed


def main() -> int:
    """Time it and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="folder that `medinst bench` made")
    parser.add_argument("--hostile-only", action="store_true")
    options = parser.parse_args()
    samples, _ = plan.read(options.bench, plan.rows_of(options.bench), None, 0)
    total = sum(map(len, samples.values()))
    for name, answer in () if options.hostile_only else ANSWERS.items():
        draw = random.Random(0)
        took = timed(samples, lambda sample, other, answer=answer, draw=draw: answer(draw, sample, other))  # type: ignore[misc]  # bound now
        print(
            f"{len(samples)} tests, {total:,} samples, answers: {name}: {took[0]:.2f} s of processor, {took[1]:.2f} s"
        )
    slowest = max(
        (timed({row: found[:1]}, lambda sample, other, make=make: make(sample))[0], row, name)  # type: ignore[misc]  # bound now
        for row, found in samples.items()
        for name, make in HOSTILE.items()
    )
    print(f"slowest of {len(samples) * len(HOSTILE)} answers of 1 MB: {slowest[0]:.2f} s, {slowest[1]}: {slowest[2]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
