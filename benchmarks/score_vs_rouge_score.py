"""How many times as fast as rouge_score our ROUGE-L with stems is, its memory of stems empty at the start.

    python benchmarks/score_vs_rouge_score.py [--data OUT] [--rounds 5] [--pairs 300] [--json]

Real texts: the outputs of the rows of TRANSL and SUM, and of the questions answered by a text, in the dataset folder
OUT, each held against the next one and against itself less some words, as an answer would be. Invented ones: texts of
100, 200 and 400 words, drawn from 20,000 made-up words as often as words occur in language. Every round is a process of
its own for either program on one set of pairs, the two in turn; only the scoring is timed, in processor seconds. The
ratio of all is of the sums over the sets. Prints the largest difference between the two as well.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

import rivals
from medinst import tasks
from medinst.build import parquet

Pairs = list[tuple[str, str]]
LENGTHS = (100, 200, 400)
VOCABULARY = 20_000
ENDINGS = ("", "", "", "", "s", "s", "ed", "ing", "ation", "ational", "ness", "ly", "ies", "ment", "al", "ization")

OURS = """
from medinst.metrics.rouge import rouge_l
def score(gold, said): return rouge_l(gold, said)
"""
THEIRS = """
from rouge_score.rouge_scorer import RougeScorer
scorer = RougeScorer(["rougeL"], use_stemmer=True)
def score(gold, said): return scorer.score(gold, said)["rougeL"].fmeasure
"""
RUN = """
import json, sys, time
pairs = json.load(open(sys.argv[1], encoding="utf-8"))
start = time.process_time()
found = [score(gold, said) for gold, said in pairs]
print(json.dumps([time.process_time() - start, found]))
"""


def worn(draw: random.Random, text: str) -> str:
    """Return a text without a fifth of its words."""
    return " ".join(word for word in text.split() if draw.random() < 0.8)


def real(data: Path, count: int) -> dict[str, Pairs]:
    """Return up to ``count`` pairs of every row of generated texts in a dataset folder."""
    draw = random.Random(0)
    found = {}
    for row, splits in sorted(parquet.splits(data).items()):
        if tasks.load(row).metric == "rouge_l":
            texts = [one.output for split in splits for one in islice(parquet.read(data, row, split), count)][:count]
            others = zip(texts, [*texts[1:], texts[0]], strict=True)
            found[row] = [(a, b) if at % 2 else (a, worn(draw, a)) for at, (a, b) in enumerate(others)]
    return {row: pairs for row, pairs in found.items() if len(pairs) >= 20}


def invented(count: int) -> dict[str, Pairs]:
    """Return ``count`` pairs of made-up texts of each length, half of them near each other."""
    draw = random.Random(1)
    stems = ["".join(draw.choices("aeioubcdfglmnprstvy", k=draw.randint(3, 9))) for _ in range(VOCABULARY)]
    words = [stem + draw.choice(ENDINGS) for stem in stems]
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    found = {}
    for length in LENGTHS:
        texts = [" ".join(draw.choices(words, weights, k=length)) for _ in range(count)]
        pairs = zip(texts, [*texts[1:], texts[0]], strict=True)
        found[f"invented, {length} words"] = [
            (a, b) if at % 2 else (a, worn(draw, a)) for at, (a, b) in enumerate(pairs)
        ]
    return found


def once(program: str, file: Path) -> tuple[float, list[float]]:
    """Return the seconds that a program takes for the pairs in a file, in a new process, and its scores."""
    done = subprocess.run([sys.executable, "-c", program + RUN, str(file)], stdout=subprocess.PIPE, check=True)
    seconds, scores = json.loads(done.stdout)
    return seconds, scores


def main() -> int:
    """Compare and return 0, or 1 where the scores differ by more than 1e-12."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="dataset folder that `medinst build` made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=300, help="at most so many a set")
    parser.add_argument("--json", action="store_true", help="print the measure as data")
    options = parser.parse_args()
    sets = (real(options.data, options.pairs) if options.data else {}) | invented(options.pairs)
    totals = [[0.0, 0.0] for _ in range(options.rounds)]
    largest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.json"
        for name, pairs in sets.items():
            file.write_text(json.dumps(pairs), "utf-8")
            ratios = []
            for total in totals:
                theirs, expected = once(THEIRS, file)
                ours, found = once(OURS, file)
                ratios.append(theirs / ours)
                total[0] += theirs
                total[1] += ours
                largest = max([largest, *(abs(a - b) for a, b in zip(expected, found, strict=True))])
            words = statistics.fmean(len(gold.split()) for gold, _ in pairs)
            times = f"{statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f}) times"
            print(f"{name}: {len(pairs)} pairs, {words:.0f} words a gold text: {times}", file=sys.stderr)
    ratios = sorted(theirs / ours for theirs, ours in totals)
    spread = ratios[0], statistics.median(ratios), ratios[-1]
    note = f"{sum(map(len, sets.values())):,} pairs in {len(sets)} sets, cold, largest difference {largest:g}"
    print(f"all: {rivals.SPREAD.format(*spread)}; {note}", file=sys.stderr)
    if options.json:
        print(rivals.measure("score_vs_rouge_score", spread, note))
    return int(largest > 1e-12)


if __name__ == "__main__":
    sys.exit(main())
