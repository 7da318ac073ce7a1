"""The benchmark MMLU-Medicine: six subjects built from their files, each with its five ``dev`` questions before it.

The questions are built where nobody sees them and never stand in a dataset folder, so that no mixture has them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from medinst import tasks
from medinst.build import dataset, manifest, origin, plan
from medinst.errors import SourceMissing
from medinst.mixtures import benchmark
from medinst.mixtures.benchmark import Made, Test

NAME = "mmlu-medicine"


class MadeMmlu(msgspec.Struct, frozen=True):
    """The benchmark, and a line for every rule by which more was set aside than the corpus declares."""

    made: Made
    excess: list[str]


def tests() -> list[Test]:
    """Return the six subjects."""
    return [Test(row.name, own=True) for row in tasks.of_corpus(NAME)]


def make(out: Path, sources: Path | None, cache: Path, data: Path | None = None, seed: int = 0) -> MadeMmlu:
    """Write the benchmark into ``out`` from the files in ``sources`` or the cache.

    Where they are in neither they are looked for where the dataset folder ``data`` was built from.

    Raises:
        UsageError: ``data`` is no finished dataset folder, or ``out`` cannot be used.
        SourceMissing: the files are nowhere.
        IntegrityFailure: they are not what is known of them.
    """
    if data is not None:
        manifest.read(data)
    rows = [test.row for test in tests()]
    found, missing = _plan(rows, sources, cache)
    if found is None and data is not None and (before := origin.recall(data, cache)):
        found, missing = _plan(rows, before, cache)
    if found is None:
        raise SourceMissing(
            f"{missing[rows[0]]} `medinst bench {NAME}` takes --sources; a folder that `medinst build` was given "
            "before is looked in by itself."
        )
    with tempfile.TemporaryDirectory(prefix="medinst-") as private:
        folder = Path(private) / NAME
        outcome = dataset.build(found, folder, None, lambda built: None)
        lines = b"".join(msgspec.json.encode(item) + b"\n" for item in outcome.damage)
        extra = {"quarantine.jsonl": lines} if outcome.damage else {}
        made = benchmark.make(NAME, tests(), folder, out, seed, missing, extra)
    return MadeMmlu(made, outcome.excess)


def _plan(rows: Sequence[str], sources: Path | None, cache: Path) -> tuple[plan.Plan | None, dict[str, str]]:
    """Return how to build the rows that have files, None where none has, and why the others have not."""
    missing = {}
    for row in rows:
        try:
            plan.make([row], sources, cache, beside=True)
        except SourceMissing as error:
            missing[row] = str(error)
    left = [row for row in rows if row not in missing]
    return (plan.make(left, sources, cache, beside=True) if left else None), missing
