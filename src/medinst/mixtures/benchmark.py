"""A benchmark folder: the tests of a table, capped by seeded sampling, each with its demonstrations in ``history``.

It is a dataset folder of ``test`` splits with the same papers and manifest. It is made beside its place and moved
there whole, so that a folder with its name is a finished one.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from medinst import reference, tasks
from medinst.build import dataset, lock, manifest, parquet
from medinst.build.manifest import Manifest, SplitEntry
from medinst.errors import MedinstError, UsageError
from medinst.mixtures import demonstrations, overlap
from medinst.mixtures.place import writable
from medinst.mixtures.sampling import take
from medinst.schema import Sample, Split
from medinst.sources import digest_file

KIND = "benchmark"


# The paper took these from the other split, which official names call the development one; its scores stand on them.
PAPER_SPLITS: dict[str, Split] = {"AnEM": "validation", "BioNLP-2009": "validation"}


class Test(msgspec.Struct, frozen=True):
    """One test: a row, the split it is drawn from, and how many samples at most (None: all).

    ``own``: its demonstrations are the row's own training samples, all of them, as they stand there.
    """

    row: str
    split: Split = "test"
    cap: int | None = None
    own: bool = False


class Made(msgspec.Struct, frozen=True):
    """What a benchmark came to; ``missing`` and ``bare`` (tests without demonstrations) say why, by row.

    ``seen``: by row, how many of the samples drawn were left out as seen in training; only of a clean benchmark.
    """

    manifest: Manifest
    missing: dict[str, str]
    bare: dict[str, str]
    seen: dict[str, int] = {}


def medinst32(paper_splits: bool = False) -> list[Test]:
    """Return the paper's 32 tests in print order; ``paper_splits``: from the splits that the paper drew them from."""
    splits = PAPER_SPLITS if paper_splits else {}
    return [Test(test.test, splits.get(test.test, "test"), test.size_cap) for test in reference.medinst32().values()]


# A clean one is the benchmark less every sample with a document that any training row of the data shows.
CLEAN = "-clean"
MEDINST32 = ("medinst32", "medinst32-clean")


def make(
    name: str,
    tests: Sequence[Test],
    data: Path,
    out: Path,
    seed: int,
    missing: Mapping[str, str] | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> Made:
    """Write the benchmark ``name`` into ``out`` from the dataset folder ``data``.

    Samples stand in hash order of (seed, id), so the first n of a test are a random draw of it. Demonstrations come
    from training splits in ``data`` of rows that are neither in ``tests`` nor in MedINST32. Equal inputs, equal bytes.
    A name that ends in ``-clean`` leaves out what is seen in training after drawing, so that what is left is a part
    of the benchmark without that ending. ``missing``: why tests that are not in ``data`` are not, where that is known
    better. ``extra``: further files of the folder.

    Raises:
        UsageError: ``data`` is no finished dataset folder, or ``out`` holds something else than a
            benchmark or cannot be written.
        MedinstError: ``data`` has none of the tests.
    """
    source = manifest.read(data)
    with writable(out):
        _check_place(out)
    known = missing or {}
    absent = {test.row: known.get(test.row, why) for test in tests if (why := _why_missing(test, source))}
    present = [test for test in tests if test.row not in absent]
    if not present:
        raise MedinstError(
            f"{data} has none of the {len(tests)} tests of {name}; first: {tests[0].row}: {absent[tests[0].row]} "
            "Build rows that the benchmark needs: `medinst build --sources DIR --out OUT`."
        )
    state = dataset.state_of(out)
    with contextlib.ExitStack() as stack:
        with writable(out):
            stack.enter_context(lock.held(state / "lock", f"The benchmark folder {out}"))
        drawn = {test: take(parquet.read(data, test.row, test.split), test.cap, seed) for test in present}
        seen = _leave_out_seen(drawn, absent, data) if name.endswith(CLEAN) else {}
        made = _write(state / "next" / out.name, name, drawn, absent, seen, data, source, seed, extra or {})
        _move(state / "next" / out.name, out, state)
    with contextlib.suppress(OSError):
        state.rmdir()
    return made


def _write(
    folder: Path,
    name: str,
    tests: dict[Test, list[Sample]],
    missing: dict[str, str],
    seen: dict[str, int],
    data: Path,
    source: Manifest,
    seed: int,
    extra: Mapping[str, bytes],
) -> Made:
    """Write the tests, with the samples drawn, and the papers of the benchmark into a new folder."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    outside = _outside(tests, source)
    entries, shown, bare = [], [], {}
    for test, samples in tests.items():
        if test.own:
            shots = list(parquet.read(data, test.row, "train"))
        else:
            shots = demonstrations.choose(data, samples[0], test.split, outside, seed)
        shown += [f"{test.row}: {shot.id}" for shot in shots]
        if not shots:
            whose = "it" if test.own else f"another row that answers as {test.row} does"
            bare[test.row] = f"{data.name} has no training split of {whose}."
        entries.append(_entry(folder, samples, shots, _find(test, source)))
    note: dict[str, str | int | list[str]] = {
        KIND: name,
        "seed": seed,
        "input": digest_file(data / manifest.NAME),
        "demonstrations": shown,
        "without_demonstrations": list(bare),
        "missing": [f"{row}: {why}" for row, why in missing.items()],
    }
    if name.endswith(CLEAN):
        note["seen_in_training"] = [f"{row}: {count}" for row, count in seen.items()]
    if swapped := [f"{test.row}: {test.split}" for test in tests if test.split != "test"]:
        note["other_splits"] = swapped
    lead = _lead(name, tests, missing, seed)
    made = dataset.finish(folder, entries, dict(extra), f"{name}, made by medinst", lead, note)
    return Made(made, missing, bare, seen)


def _outside(tests: Collection[Test], source: Manifest) -> list[str]:
    """Return the rows with training samples that demonstrations may be taken from: of Table 11, and no tests."""
    taken = {test.row for test in tests} | reference.medinst32().keys() | tasks.beside().keys()
    there = dict.fromkeys(entry.row for entry in source.splits if entry.split == "train" and entry.samples)
    return [row for row in there if row not in taken]


def _leave_out_seen(drawn: dict[Test, list[Sample]], missing: dict[str, str], data: Path) -> dict[str, int]:
    """Take the samples seen in training out of ``drawn`` and return how many by row; a row of which none is left goes.

    Raises:
        MedinstError: nothing is left.
    """
    gone = overlap.seen([sample for samples in drawn.values() for sample in samples], data)
    seen = {}
    for test, samples in list(drawn.items()):
        drawn[test] = [sample for sample in samples if sample.id not in gone]
        if count := len(samples) - len(drawn[test]):
            seen[test.row] = count
        if not drawn[test]:
            missing[test.row] = f"all {len(samples)} samples are seen in training rows of the dataset folder."
            del drawn[test]
    if not drawn:
        raise MedinstError(
            f"{data}: every sample of every test is seen in training. Use the benchmark that is not clean."
        )
    return seen


def _entry(folder: Path, samples: Sequence[Sample], shots: Sequence[Sample], source: SplitEntry) -> SplitEntry:
    """Write the samples of one test and return its entry."""
    history = demonstrations.turns(shots)
    path = f"{source.row}/test-00000-of-00001.parquet"
    writer = parquet.Writer(folder / path)
    for sample in samples:
        writer.add(msgspec.structs.replace(sample, history=history))
    file = writer.close(path)
    corpora = sorted({source.corpus, *(shot.corpus for shot in shots)})
    return msgspec.structs.replace(
        source, split="test", samples=len(samples), files=[file] if file else [], corpora=corpora
    )


def _find(test: Test, source: Manifest) -> SplitEntry:
    return next(entry for entry in source.splits if (entry.row, entry.split) == (test.row, test.split))


def _why_missing(test: Test, source: Manifest) -> str:
    """Return why the dataset folder cannot give a test, an empty text if it can."""
    counts = {entry.split: entry.samples for entry in source.splits if entry.row == test.row}
    if counts.get(test.split):
        return ""
    if not counts:
        return "the dataset folder has no such row; its sources were not at hand when it was built."
    others = ", ".join(sorted(split for split, count in counts.items() if count))
    only = f"only of {others}" if others else "nor of another"
    return f"the dataset folder has no samples of its {test.split} split, {only}."


def _lead(name: str, tests: Collection[Test], missing: dict[str, str], seed: int) -> str:
    total = len(tests) + len(missing)
    lead = (
        f"The benchmark {name}: {len(tests)} of {total} tests, sampled with seed {seed}, demonstrations in `history`."
    )
    if other := [f"{test.row} ({test.split})" for test in tests if test.split != "test"]:
        lead += f" Not from the test split by its official name: {', '.join(other)}."
    return lead + (f" Missing: {', '.join(missing)}." if missing else "")


def _check_place(out: Path) -> None:
    """Refuse a place that holds anything but a benchmark."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        finished = out.is_dir() and (out / manifest.NAME).is_file()
        if not finished or KIND not in manifest.read(out).note:
            raise UsageError(f"{out} exists and is not a benchmark folder. Give a new folder for --out.")


def _move(folder: Path, out: Path, state: Path) -> None:
    """Put the finished folder in its place; an earlier benchmark there goes."""
    shutil.rmtree(state / "old", ignore_errors=True)
    if out.exists():
        out.rename(state / "old")
    folder.rename(out)
    for name in ("old", "next"):
        shutil.rmtree(state / name, ignore_errors=True)
