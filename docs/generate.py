"""Write docs/corpora and the pages on constrained answers, overlap, performance, reliability, results and scoring.

They are made from the code and docs/results:

    python docs/generate.py

The counts are those of everything at hand; after a change of a reader make them again first:

    medinst build --sources ../shared/corpora --out data
    medinst reconcile data --json > docs/results/counts.json

Speeds are measured by benchmarks/performance.py, what a model scores, untuned and tuned, by benchmarks/smollm2.py, with
its answers held to their form by benchmarks/constrained.py. What was promised and held is counted by `make faults`; the
head of docs/overlap.md says how its results are made.
"""

from __future__ import annotations

import json
from pathlib import Path

from medinst.workflows import constrained, pages, results, scoring, seen

DOCS = Path(__file__).parent
RELIABILITY = """\
# What is promised, and how often it held

Each promise is tried by tests with seeded cases: real servers, processes and files, killed, cut, flipped and filled up
at places that the seed chooses. `make test` runs some of them, `make faults` all of them; that command wrote these
counts (docs/results/reliability.json). A case survives if everything its test states is true.

| promise | survived | tried | tests |
| --- | ---: | ---: | --- |
"""

PERFORMANCE = """\
# What was measured

Machines differ and are shared, so speeds stand here as ratios: how many times as fast as the other program ours is on
the same work, the two run in turn by one command, with the least and the greatest ratio of a round. Under 1 the other
is the faster; what is no ratio has its unit beside it. `python benchmarks/performance.py` runs the commands and writes
docs/results/performance.json, from which this page is made. Nothing here is asserted by a test.

| measure | beside | aim | ratio | rounds | on what | command |
| --- | --- | ---: | ---: | ---: | --- | --- |
"""
ALSO = """
Measured without another program, or to find differences: `medinst --help` takes under 0.1 s (median of 10,
`python benchmarks/startup.py`); the published rules and the published script differ by 0 on 10,000 outputs a metric
(`python benchmarks/paper_scorer.py --published evaluation.py`).
"""
MEASURES = {
    "build_full_vs_floor": ("encoding, compressing and writing the same files from memory", "0.5"),
    "build_vs_datasets_map": ("`datasets`: `from_generator` and `map`", "5"),
    "read_brat_vs_bigbio": ("BigBio's `parse_brat_file` and `brat_parse_to_bigbio_kb`", "3"),
    "read_iob_vs_bigbio": ("BigBio's loop over lines", "6"),
    "eval_hf_vs_lm_eval": ("lm-eval's `hf` at its best batch size and threads", "1.5"),
    "mix_vs_datasets_interleave_warm": ("`datasets.interleave_datasets`, its cache warm", "1"),
    "overhead_per_sample": ("a time: what asking costs beside a server that answers at once", "under 1 ms"),
    "overlap_vs_tuple_hash": ("hashes of tuples of 13 words in a set", "3"),
    "train_vs_trl": ("TRL's SFTTrainer at its best of plain, grouped by length, packed", "1.3"),
    "score_vs_rouge_score": ("rouge_score with its stemmer, caches cold", "50"),
}
# Measures that are no ratio, and their unit.
UNITS = {"overhead_per_sample": " ms"}


def performance(found: dict[str, list[dict[str, str | float]]]) -> str:
    """Return docs/performance.md of the measures that benchmarks/performance.py collects."""
    rows = []
    for measure in found["measures"]:
        beside, aim = MEASURES.get(str(measure["name"]), ("", ""))
        unit = UNITS.get(str(measure["name"]), "")
        rounds = f"{measure['low']:.2f} to {measure['high']:.2f}{unit}"
        cells = (
            measure["name"],
            beside,
            aim,
            f"{measure['ratio']:.2f}{unit}",
            rounds,
            measure["note"],
            f"`{measure['command']}`",
        )
        rows.append(f"| {' | '.join(map(str, cells))} |\n")
    return PERFORMANCE + "".join(rows) + ALSO


def reliability(found: dict[str, dict[str, object]]) -> str:
    """Return docs/reliability.md of the counts that `make faults` writes."""
    rows = []
    for promise, cases in found.items():
        tests = ", ".join(f"[{name}](../{name})" for name in cases["tests"])
        rows.append(f"| {promise} | {cases['survived']:,} | {cases['tried']:,} | {tests} |\n")
    return RELIABILITY + "".join(rows)


if __name__ == "__main__":
    print(f"{len(pages.write(DOCS))} pages")
    print(seen.write(DOCS).name)
    print(constrained.write(DOCS).name)
    print(scoring.write(DOCS).name)
    if (DOCS / results.RESULTS).is_file():
        print(results.write(DOCS).name)
    measures = json.loads((DOCS / "results" / "performance.json").read_text("utf-8"))
    (DOCS / "performance.md").write_text(performance(measures), "utf-8", newline="\n")
    counts = json.loads((DOCS / "results" / "reliability.json").read_text("utf-8"))
    (DOCS / "reliability.md").write_text(reliability(counts), "utf-8", newline="\n")
