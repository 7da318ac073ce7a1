"""What a recipe takes from a dataset folder: the samples and their places, and the report of what goes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec

from medinst import reference, tasks
from medinst.build import manifest
from medinst.build.manifest import Manifest, SplitEntry
from medinst.errors import MedinstError
from medinst.mixtures import draw, held_out, overlap, pool, shuffle
from medinst.mixtures.pool import I64, Pool
from medinst.mixtures.recipe import Recipe
from medinst.sources import digest_file


class RowReport(msgspec.Struct, frozen=True):
    """What one row gave. ``available``: its training samples in the dataset folder; ``share``: its part of the mixture.

    ``compared``: of how many it was asked whether their document stands in a test; ``held_out``: of how many it does,
    ``kinds`` by the evidence, one found in two ways counted for both. ``near_duplicates``: so many were left out.
    """

    row: str
    category: str
    corpus: str
    available: int
    drawn: int
    share: float
    compared: int
    held_out: int
    kinds: dict[str, int]
    near_duplicates: int


class Report(msgspec.Struct, frozen=True):
    """What went into a mixture, and why the rest did not. ``input``: sha256 of the dataset folder's manifest.

    ``held_out`` and ``missing`` give the reason by row; ``tests_missing``: tests whose documents could not be held
    out because the dataset folder does not have them.
    """

    recipe: Recipe
    input: str
    available: int
    drawn: int
    rows: list[RowReport]
    held_out: dict[str, str]
    missing: dict[str, str]
    tests_missing: list[str]

    def sentence(self) -> str:
        """Return the numbers in words."""
        wanted = self.recipe.total
        asked = f" of {wanted:,} asked for" if wanted is not None and self.drawn < wanted else ""
        rows = sum(row.drawn > 0 for row in self.rows)
        left = len(self.rows) + len(self.missing)
        return f"{self.drawn:,} samples{asked} from {rows} of {left} rows"


class Selection(msgspec.Struct):
    """What is to be mixed: ``drawn`` of each pool, and the ``places`` of these in the mixture."""

    pools: Sequence[Pool]
    drawn: Sequence[I64]
    places: Sequence[I64]
    report: Report

    def needed(self) -> int:
        """Return the bytes of disk that the mixture takes at least: as much as its part of the files drawn from."""
        parts = zip(self.pools, self.drawn, strict=True)
        sizes = [sum(file.bytes for file in one.entry.files) * len(some) // len(one.ranks) for one, some in parts]
        return sum(sizes)


def select(name: str, recipe: Recipe, data: Path, tell: Callable[[str, int, int], None]) -> Selection:
    """Choose the samples of a mixture.

    Raises:
        UsageError: ``data`` is no finished dataset folder.
        MedinstError: it has none of the rows of the recipe.
        IntegrityFailure: a file of it is damaged.
    """
    source = manifest.read(data)
    left, out = held_out.rows_left(recipe)
    entries = {entry.row: entry for entry in source.splits if entry.split == "train" and entry.samples}
    missing = {row: _why_missing(row, source) for row in left if row not in entries}
    present = [entries[row] for row in left if row in entries]
    if not present:
        first = next(iter(missing.items()), ("", "nothing is left of what the recipe names"))
        raise MedinstError(
            f"{data} has no training samples of any of the {len(left)} rows of {name}; first: {': '.join(first)} "
            "Build rows that the recipe needs: `medinst build --sources DIR --out OUT`."
        )
    tests = _tests(recipe, data, source)
    with ThreadPoolExecutor(shuffle.THREADS) as threads:
        pools = list(threads.map(partial(pool.load, data, seed=recipe.seed, watched=tests is not None), present))
    drawn = draw.draw(pools, recipe, tests, lambda row: tell(f"comparing {row} with the tests", 0, 0))
    places = draw.places(pools, drawn, recipe.seed)
    rule = recipe.held_out
    unknown = held_out.not_at_hand(rule, source) if rule and tests is not None else []
    total = sum(map(len, drawn))
    rows = [_row(one, len(some), total) for one, some in zip(pools, drawn, strict=True)]
    available = sum(row.available for row in rows)
    report = Report(recipe, digest_file(data / manifest.NAME), available, total, rows, out, missing, unknown)
    return Selection(pools, drawn, places, report)


def _tests(recipe: Recipe, data: Path, source: Manifest) -> overlap.Tests | None:
    """Return what must not be seen, None where the recipe does not hold out by document."""
    if recipe.held_out is None or recipe.held_out.by != "document":
        return None
    return overlap.Tests.of(held_out.test_samples(recipe.held_out, data, source))


def _row(one: Pool, drawn: int, total: int) -> RowReport:
    entry: SplitEntry = one.entry
    return RowReport(
        row=entry.row,
        category=entry.category,
        corpus=entry.corpus,
        available=len(one.ranks),
        drawn=drawn,
        share=round(drawn / total, 6) if total else 0.0,
        compared=one.looked if one.watched else 0,
        held_out=one.bad(),
        kinds=dict(sorted(one.kinds.items())),
        near_duplicates=one.near_duplicates,
    )


def _why_missing(row: str, source: Manifest) -> str:
    """Return why the dataset folder has no training samples of a row."""
    printed = reference.table11().get(row.removesuffix(tasks.EMPTY))
    if printed and not printed.train:
        return "it has no training split, in the paper neither."
    splits = sorted(entry.split for entry in source.splits if entry.row == row and entry.samples)
    if splits:
        return f"the dataset folder has no samples of its train split, only of {', '.join(splits)}."
    return "the dataset folder has no such row; its sources were not at hand when it was built."
