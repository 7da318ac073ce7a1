"""``medinst bench``: a benchmark folder from a dataset folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    name: Annotated[str, typer.Argument(metavar="BENCHMARK", help="Which: medinst32, or medinst32-clean.")],
    data: Annotated[Path, typer.Option(help="Dataset folder that `medinst build` wrote.")],
    out: Annotated[Path, typer.Option(help="Benchmark folder to write; an earlier benchmark there is replaced.")],
    seed: Annotated[int, typer.Option(help="Seed of the sampling and of the choice of demonstrations.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Make a benchmark: capped tests with their demonstrations; tests that cannot be made are named.

    medinst32-clean is medinst32 less every sample with a document that any training row in the data shows.

    Example: medinst bench medinst32 --data data --out bench
    """
    from medinst.cli import console
    from medinst.errors import UsageError
    from medinst.mixtures import benchmark

    if name not in benchmark.BENCHMARKS:
        raise UsageError(f"Unknown benchmark {name!r}. There is: {', '.join(benchmark.BENCHMARKS)}.")
    made = benchmark.make(name, benchmark.BENCHMARKS[name](), data, out, seed)
    for row, why in made.missing.items():
        console.say(f"missing: {row}: {why}")
    for row, why in made.bare.items():
        console.say(f"without demonstrations: {row}: {why}")
    samples = {entry.row: entry.samples for entry in made.manifest.splits}
    for row, count in made.seen.items():
        console.say(f"seen in training: {row}: {count} left out, {samples.get(row, 0)} kept")
    if json:
        said = {"tests": samples, "missing": made.missing, "without_demonstrations": made.bare}
        console.emit(said | ({"seen_in_training": made.seen} if name.endswith(benchmark.CLEAN) else {}))
    else:
        total = f"{len(samples)} of {len(samples) + len(made.missing)} tests"
        console.say(f"{total}, {sum(samples.values()):,} samples at {out}")
