"""``medinst bench``: a benchmark folder, from a dataset folder, from MMLU's files, or from the authors' own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from medinst.mixtures.benchmark import Made
    from medinst.mixtures.published import Imported

Data = Annotated[Path | None, typer.Option(help="Dataset folder that `medinst build` wrote.")]
Sources = Annotated[
    Path | None,
    typer.Option(help="For mmlu-medicine: folder of corpora [MEDINST_SOURCES]; else the one that DATA was built from."),
]


def command(
    out: Annotated[Path, typer.Option(help="Benchmark folder to write; an earlier benchmark there is replaced.")],
    name: Annotated[
        str, typer.Argument(metavar="BENCHMARK", help="Which: medinst32, medinst32-clean or mmlu-medicine.")
    ] = "",
    data: Data = None,
    sources: Sources = None,
    published: Annotated[
        Path | None,
        typer.Option("--import", help="Folder of the authors' MedINST32 JSON, with unseen_tests/<test>_test.json."),
    ] = None,
    paper_splits: Annotated[
        bool,
        typer.Option(
            "--paper-splits", help="AnEM and BioNLP-2009 from validation, on which the published scores stand."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the sampling and of the choice of demonstrations.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")] = False,
) -> None:
    """Make a benchmark: capped tests with their demonstrations; tests that cannot be made are named.

    medinst32-clean is medinst32 less every sample with a document that any training row in the data shows.
    mmlu-medicine: 1,089 questions of six subjects, five of each subject's own shown before.

    Example: medinst bench medinst32 --data data --out bench
    """
    from medinst.cli import console
    from medinst.mixtures import benchmark, mmlu
    from medinst.sources import cache_folder, sources_folder

    _check(name, data, sources, published, paper_splits)
    excess: list[str] = []
    if published is not None:
        _imported(published, out, json)
        return
    if name == mmlu.NAME:
        done = mmlu.make(out, sources_folder(sources), cache_folder(), data, seed)
        made, excess = done.made, done.excess
    else:
        assert data is not None  # checked above
        made = benchmark.make(name, benchmark.medinst32(paper_splits), data, out, seed)
    _made(made, name.endswith(benchmark.CLEAN), out, json)
    if excess:
        console.say("\n".join(["more was set aside than the corpus declares; see quarantine.jsonl", *excess]))
        raise typer.Exit(3)


def _check(name: str, data: Path | None, sources: Path | None, published: Path | None, paper_splits: bool) -> None:
    """Refuse what does not go together."""
    from medinst.errors import UsageError
    from medinst.mixtures import benchmark, mmlu

    if published is not None:
        given = {"a dataset folder": data, "--sources": sources, "--paper-splits": paper_splits}
        if too_many := [what for what, value in given.items() if value]:
            raise UsageError(f"--import reads the authors' own files. Leave {' and '.join(too_many)} out.")
        if name not in ("", benchmark.MEDINST32[0]):
            raise UsageError(f"--import makes MedINST32, not {name}. Leave the name out.")
        return
    if name not in (*benchmark.MEDINST32, mmlu.NAME):
        what = f"Unknown benchmark {name!r}." if name else "Which benchmark?"
        raise UsageError(f"{what} There is: {', '.join(benchmark.MEDINST32)}, {mmlu.NAME}; or give --import FOLDER.")
    if name == mmlu.NAME and paper_splits:
        raise UsageError(f"--paper-splits is about MedINST32, not {name}. Leave it out.")
    if name != mmlu.NAME and sources:
        raise UsageError(f"{name} is made from a dataset folder, --data; --sources is for {mmlu.NAME}.")
    if name != mmlu.NAME and data is None:
        raise UsageError(f"{name} is made from a dataset folder. Give --data, a folder that `medinst build` wrote.")


def _made(made: Made, clean: bool, out: Path, json: bool) -> None:
    """Say what came of a benchmark."""
    from medinst.cli import console

    for row, why in made.missing.items():
        console.say(f"missing: {row}: {why}")
    for row, why in made.bare.items():
        console.say(f"without demonstrations: {row}: {why}")
    samples = {entry.row: entry.samples for entry in made.manifest.splits}
    for row, count in made.seen.items():
        console.say(f"seen in training: {row}: {count} left out, {samples.get(row, 0)} kept")
    if json:
        said = {"tests": samples, "missing": made.missing, "without_demonstrations": made.bare}
        console.emit(said | ({"seen_in_training": made.seen} if clean else {}))
    else:
        _total(samples, len(made.missing), out)


def _total(samples: dict[str, int], missing: int, out: Path) -> None:
    from medinst.cli import console

    total = f"{len(samples)} of {len(samples) + missing} tests"
    console.say(f"{total}, {sum(samples.values()):,} samples at {out}")


def _imported(folder: Path, out: Path, json: bool) -> None:
    """Import the published tests, say what came of it, and end with 3 where records were set aside."""
    from medinst.cli import console
    from medinst.mixtures import published

    found = published.make(folder, out)
    for line in _remarks(found):
        console.say(line)
    samples = {entry.row: entry.samples for entry in found.manifest.splits}
    if json:
        said = {"tests": samples, "missing": found.missing, "without_demonstrations": found.without_shots}
        told = {"not_recognised": list(found.unknown), "text_only": found.text_only, "set_aside": len(found.damage)}
        console.emit(said | told)
    else:
        _total(samples, len(found.missing), out)
    if found.damage:
        first = found.damage[0]
        console.say(
            f"{len(found.damage)} pieces could not be used, see quarantine.jsonl; first: {first.file}:{first.line}: "
            f"found {first.found}, expected {first.expected}"
        )
        raise typer.Exit(3)


def _remarks(found: Imported) -> list[str]:
    samples = {entry.row: entry.samples for entry in found.manifest.splits}
    said = [f"missing: {row}: {why}" for row, why in found.missing.items()]
    said += [
        f"not recognised: {name}" + (f" (nearest: {', '.join(near)})" if near else "")
        for name, near in found.unknown.items()
    ]
    said += [f"without demonstrations: {row}" for row in found.without_shots]
    said += [f"other questions with demonstrations than without: {row}; those with are taken" for row in found.differ]
    said += [
        f"{row}: of {count} of {samples[row]} gold answers only the text is known; the published rule scores them, the "
        "strict one leaves them out"
        for row, count in found.text_only.items()
    ]
    known = found.manifest.note["not_known"]
    return said + [f"not in the published files: {line}" for line in (known if isinstance(known, list) else [])]
