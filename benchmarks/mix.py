"""Mixing 100,000 samples out of 1,000,000 in 100 rows: ``medinst mix`` beside ``datasets.interleave_datasets``, warm.

    python benchmarks/mix.py [--folder FOLDER] [--rounds 7] [--rows 100] [--samples 10000] [--json]

Both draw at random from the same invented dataset folder, shuffle over all rows, and write the same columns to
Parquet. Ours starts from the folder's Parquet files, checks their pages, writes as ``medinst build`` does (zstd 3, page
checksums, 10,000 rows a row group, synced), and adds manifest, card and report. The rival is warm: all sets are loaded
and converted to its memory-mapped cache before the clock starts; it interleaves, selects and writes with its own
``to_parquet``. Beside it stands the rival helped: its table put in one piece and written by pyarrow as ours is. Ratios
are of rounds in turn in one process; processor seconds are shown, since ours uses several threads. Ends with 0; with 1
where not all gave the same number of samples; with 2 without the rival (``pip install datasets``).
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from medinst import tasks
from medinst.build import dataset, manifest, parquet
from medinst.build.manifest import SplitEntry
from medinst.mixtures import mix
from medinst.mixtures.recipe import Recipe
from medinst.schema import Sample

NAME = "mix_vs_datasets_interleave_warm"
DRAWN = 10  # one in so many


def main() -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--folder", type=Path, help="keep the invented dataset folder here, or use the one that is there"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=100, help="how many rows, at most 163")
    parser.add_argument("--samples", type=int, default=10_000, help="samples a row")
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder and options.folder.parent)))
        data = options.folder or work / "data"
        if not data.exists():
            invent(data, list(tasks.rows())[: options.rows], options.samples)
        os.environ["HF_DATASETS_CACHE"], os.environ["HF_HUB_OFFLINE"] = str(work / "cache"), "1"
        try:
            rival = Rival(data, work / "rival.parquet")
        except ModuleNotFoundError as error:
            parser.error(f"cannot load the rival: {error}. pip install datasets.")
        return compare(data, rival, work, options.rounds, options.json)


def compare(data: Path, rival: Rival, work: Path, rounds: int, as_json: bool) -> int:
    """Run both in turn, print what they took, and return the exit code."""
    total = rival.samples // DRAWN
    recipe = Recipe(total=total, temperature="inf")
    fresh = (work / f"mixtures{number}" for number in itertools.count())

    def ours() -> None:
        mix.make("mixed", recipe, data, next(fresh), lambda *_: None)

    ways = {"theirs": lambda: rival.mix(total), "helped": lambda: rival.mix(total, helped=True), "ours": ours}
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            took[name].append(timed(way))
    same = rival.count() == sum(file.rows for file in entries(work / "mixtures0")) == total
    plain, helped = ratios(took["theirs"], took["ours"]), ratios(took["helped"], took["ours"])
    measure = {
        "name": NAME,
        "ratio": plain[1],
        "low": plain[0],
        "high": plain[2],
        "command": f"python benchmarks/mix.py --rounds {rounds}",
        "note": (
            f"{total:,} of {rival.samples:,} samples in {len(rival.sets)} rows, {rounds} rounds in turn; the rival is "
            f"datasets {rival.version}, its sets loaded before; with its table written by pyarrow instead of by its "
            f"own to_parquet {helped[1]} ({helped[0]} to {helped[2]})"
        ),
    }
    if as_json:
        print(json.dumps({"measures": [measure]}, indent=2))
    else:
        for name, runs in took.items():
            print(f"  {name:7}", *(f"{wall:.2f} ({cpu:.2f})" for wall, cpu in runs), "seconds (of processors)")
        print(f"  ratio {plain[1]} ({plain[0]} to {plain[2]}); {measure['note']}")
    return 0 if same else 1


def ratios(theirs: list[tuple[float, float]], own: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the least, the median and the greatest ratio of the seconds of two, round by round."""
    found = sorted(rival[0] / mine[0] for rival, mine in zip(theirs, own, strict=True))
    return round(found[0], 2), round(statistics.median(found), 2), round(found[-1], 2)


class Rival:
    """``datasets`` with every set loaded; equal chances for all sets, stopped when the first is used up."""

    def __init__(self, data: Path, path: Path) -> None:
        import datasets

        datasets.disable_progress_bars()
        self.version, self.path = datasets.__version__, path
        self._interleave = datasets.interleave_datasets
        files = sorted(data.glob("*/train-*.parquet"))
        self.sets: list[Any] = [datasets.load_dataset("parquet", data_files=str(file), split="train") for file in files]
        self.samples = sum(map(len, self.sets))

    def mix(self, total: int, helped: bool = False) -> None:
        """Write ``total`` samples drawn from all sets."""
        chances = [1 / len(self.sets)] * len(self.sets)
        shuffled = self._interleave(self.sets, probabilities=chances, seed=0, stopping_strategy="first_exhausted")
        chosen = shuffled.select(range(total))
        if helped:
            table = chosen.with_format("arrow")[:].combine_chunks().cast(parquet.SCHEMA)
            parquet.write_tables(self.path, [table], self.path.name)
        else:
            chosen.to_parquet(str(self.path))

    def count(self) -> int:
        """Return how many samples it wrote."""
        return int(pq.read_metadata(self.path).num_rows)


def entries(out: Path) -> list[parquet.FileEntry]:
    """Return the files of a folder of mixtures."""
    return [file for split in manifest.read(out).splits for file in split.files]


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds and the processor seconds that a piece of work takes."""
    start, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - spent


def invent(folder: Path, rows: list[str], count: int) -> None:
    """Write a dataset folder of invented samples: random words, 400 to 1,600 characters, after real instructions."""
    chance = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(3, 11))) for _ in range(20_000)]
    pool = " ".join(chance.choices(words, k=1_500_000))
    splits = []
    for name in rows:
        row, path = tasks.load(name), f"{name}/train-00000-of-00001.parquet"
        writer = parquet.Writer(folder / path)
        for at in range(count):
            start, size = chance.randrange(len(pool) - 2000), chance.randint(400, 1600)
            text, answer = pool[start : start + size], pool[start + 50 : start + 50 + chance.randint(20, 200)]
            writer.add(
                Sample(
                    id=f"{name}/train/{at:08}/0",
                    row=name,
                    category=row.category,
                    task=row.task,
                    wording=0,
                    corpus=row.corpus,
                    doc_id=f"{at:08}",
                    split="train",
                    instruction=tasks.instruction(name),
                    input=text,
                    output=answer,
                    history=[],
                    target=json.dumps({"answers": [answer]}),
                    meta="{}",
                )
            )
        file = writer.close(path)
        files = [file] if file else []
        splits.append(
            SplitEntry(
                name, "train", row.category, row.corpus, row.view, "", "real", False, "", count, count, count, files
            )
        )
    dataset.finish(folder, splits, {}, "invented", "invented")


if __name__ == "__main__":
    sys.exit(main())
