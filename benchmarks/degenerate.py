"""What answers without any merit score under both scorers, on every test of a benchmark.

    python benchmarks/degenerate.py --bench BENCH [--out docs/results/degenerate.json]

``nothing`` is the empty list, or every word tagged O; ``majority`` the answer that most of a test's samples have as
gold; ``echo`` the input; ``empty`` no text at all. ``gold`` shows what a perfect answer scores. The page
docs/scoring.md is then made with ``python docs/generate.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from medinst import tasks
from medinst.evaluate import plan, score
from medinst.evaluate.types import Line, Scores
from medinst.schema import Sample

RESULTS = Path(__file__).parent.parent / "docs" / "results" / "degenerate.json"
LISTS = ("NER", "NED", "RE", "EE", "COREF")
Answer = Callable[[Sample], str]


def nothing(sample: Sample) -> str:
    """Return the answer that finds nothing, the input's words as they are where every one has a tag."""
    if tasks.load(sample.row).form == "bio":
        return " ".join(f"{word} [O]" for word in sample.input.split())
    return "[]" if sample.category in LISTS else ""


def majority(samples: Sequence[Sample]) -> Answer:
    """Return a function that always gives the commonest gold answer, the first in the alphabet of equal ones."""
    counted = Counter(sample.output for sample in samples)
    commonest = min(counted, key=lambda output: (-counted[output], output), default="")
    return lambda sample: commonest


def kinds(samples: Sequence[Sample]) -> dict[str, Answer]:
    """Return the answers to one test by name."""
    return {
        "gold": lambda sample: sample.output,
        "nothing": nothing,
        "empty": lambda sample: "",
        "echo": lambda sample: sample.input,
        "majority": majority(samples),
    }


def scored(samples: dict[str, list[Sample]], kind: str) -> Scores:
    """Return the scores of one kind of answer."""
    lines = {
        one.id: Line(one.id, row, "ok", answer(one))
        for row, found in samples.items()
        for answer in (kinds(found)[kind],)
        for one in found
    }
    return score.score(samples, lines, encoder="none")


def main() -> int:
    """Score the answers, write the results and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="folder that `medinst bench` made")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    samples, _ = plan.read(options.bench, plan.rows_of(options.bench), None, 0)
    found = {kind: scored(samples, kind) for kind in kinds(())}
    rows = {}
    for row in samples:
        each = {kind: scores.rows[row] for kind, scores in found.items()}
        rows[row] = {
            "n": each["gold"].n,
            "paper": {"metric": each["gold"].paper.metric} | {kind: one.paper.value for kind, one in each.items()},
            "strict": {"metric": each["gold"].strict["metric"]}
            | {kind: one.strict["value"] for kind, one in each.items()},
        }
    means = {kind: {"paper": scores.paper.mean, "strict": scores.strict.mean} for kind, scores in found.items()}
    data = {"over": found["gold"].paper.mean_rows, "means": means, "rows": rows}
    options.out.write_text(json.dumps(data, indent=1) + "\n", "utf-8", newline="\n")
    print(f"{len(rows)} tests, {sum(map(len, samples.values())):,} samples: {options.out}")
    for kind, mean in means.items():
        print(f"{kind}: {mean['paper']:.3f} paper, {mean['strict']:.3f} strict")
    return 0


if __name__ == "__main__":
    sys.exit(main())
