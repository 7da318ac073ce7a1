"""What a recipe holds out: rows by name, rows of the tests' corpora, and documents that stand in a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst import reference, tasks
from medinst.build import parquet
from medinst.build.manifest import Manifest
from medinst.mixtures.recipe import HeldOut, Recipe
from medinst.mixtures.sampling import take
from medinst.schema import Sample

# Of a larger test split so many are looked for, the first in the order in which a benchmark draws with seed 0.
MOST_TESTS = 20_000


def tests_of(rule: HeldOut) -> list[str]:
    """Return the rows that the benchmark tests."""
    return {"medinst32": list(reference.medinst32())}[rule.benchmark]


def rows_left(recipe: Recipe) -> tuple[list[str], dict[str, str]]:
    """Return the rows of a recipe that may be trained on, and those held out with the reason."""
    rule = recipe.held_out
    if rule is None:
        return recipe.named(), {}
    tested = tests_of(rule)
    corpora = {tasks.load(name).corpus for name in tested}
    out: dict[str, str] = {}
    for name in recipe.named():
        row = tasks.load(name)
        if name.removesuffix(tasks.EMPTY) in tested:
            out[name] = f"a test of {rule.benchmark}"
        elif rule.by != "row" and row.corpus in corpora and name not in rule.keep:
            out[name] = f"of the corpus {row.corpus}, which {rule.benchmark} tests"
    return [name for name in recipe.named() if name not in out], out


def not_at_hand(rule: HeldOut, source: Manifest) -> list[str]:
    """Return the tests of which the dataset folder has no test split, so that their documents cannot be told."""
    there = {entry.row for entry in source.splits if entry.split == "test" and entry.samples}
    return [name for name in tests_of(rule) if name not in there]


def test_samples(rule: HeldOut, data: Path, source: Manifest) -> Iterator[Sample]:
    """Yield the samples of the test splits, of a very large one the first in the benchmark's order."""
    counts = {entry.row: entry.samples for entry in source.splits if entry.split == "test"}
    for name in tests_of(rule):
        samples = parquet.read(data, name, "test") if counts.get(name) else iter(())
        yield from samples if counts.get(name, 0) <= MOST_TESTS else take(samples, MOST_TESTS, 0)
