"""What an export takes from a folder: the splits, the samples of them, and what is left out and why."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from medinst import corpora, tasks
from medinst.build import gate, manifest, parquet
from medinst.build.manifest import Manifest, SplitEntry
from medinst.build.order import rank
from medinst.errors import IntegrityFailure, MedinstError, UsageError, nearest
from medinst.schema import SPLITS, Sample

KIND = "export"
_NAME = re.compile(r"\w[\w.-]*")


class Wish(msgspec.Struct, frozen=True):
    """What a user asks for; empty ``rows`` or ``splits`` mean all. ``limit``: samples of a row's split, by ``seed``."""

    rows: Sequence[str] = ()
    splits: Sequence[str] = ()
    shots: int = 0
    limit: int | None = None
    seed: int = 0
    publishable: bool = False


class Plan(msgspec.Struct, frozen=True):
    """``parts`` of the folder ``data`` to write; ``barred`` corpora and why; what that leaves out, a line a corpus.

    ``shown``: the corpora that a row's demonstrations come from. ``notes``: what the user should know.
    """

    data: Path
    source: Manifest
    wish: Wish
    parts: list[SplitEntry]
    barred: dict[str, str]
    left_out: list[str]
    shown: dict[str, list[str]]
    notes: list[str]

    def most(self, part: SplitEntry) -> int:
        """Return how many samples of a part will be written; fewer of a mixture, where some corpora are barred."""
        return part.samples if self.wish.limit is None else min(self.wish.limit, part.samples)

    def samples(self, part: SplitEntry) -> Iterator[Sample]:
        """Yield the samples of a part that are to be written, in the order of its files.

        Raises:
            IntegrityFailure: the files hold another number of samples than the manifest says.
        """
        taken = _drawn(self, part) if self.wish.limit is not None else None
        count = 0
        for sample in parquet.read(self.data, part.row, part.split):
            if sample.corpus not in self.barred and (taken is None or count in taken):
                yield sample
            count += 1
        if count != part.samples:
            raise IntegrityFailure(
                f"{self.data / part.row}: {count} samples of {part.split}, {manifest.NAME} says {part.samples}. "
                "Build the folder again."
            )


def demonstrations(data: Path) -> int:
    """Return how many demonstrations the samples of a folder have at most.

    Raises:
        UsageError: it is no finished folder.
    """
    parts = [entry for entry in manifest.read(data).splits if entry.samples]
    return max((len(turns) for part in parts for (turns,) in columns(data, part, "history")), default=0)


def make(data: Path, wish: Wish) -> Plan:
    """Return the plan of an export from a dataset, benchmark or mixture folder.

    Raises:
        UsageError: no such folder, row or split, or no demonstrations for ``shots``.
        MedinstError: nothing is left to export.
    """
    source = manifest.read(data)
    if KIND in source.note:
        raise UsageError(f"{data} is an export itself. Give the folder that it was made from.")
    asked = _asked(data, source, wish)
    shown = _shown(source, wish.shots)
    barred = _barred(source, shown) if wish.publishable else {}
    parts = []
    blamed: dict[str, dict[str, None]] = {}
    for entry in asked:
        own, others = _own(entry), shown.get(entry.row, [])
        against = [name for name in (*own, *others) if name in barred]
        for name in against:
            blamed.setdefault(name, {})[entry.row] = None
        if not barred.keys() >= set(own) and barred.keys().isdisjoint(others):
            parts.append(entry)
    left_out = [f"{barred[name]} ({', '.join(rows)})" for name, rows in blamed.items()]
    if not parts:
        raise MedinstError("\n  ".join([f"Nothing of {data} is left to export.", *left_out]))
    return Plan(data, source, wish, parts, barred, left_out, shown, _bare(data, parts, wish.shots))


def _asked(data: Path, source: Manifest, wish: Wish) -> list[SplitEntry]:
    """Return the entries that the wish names and that have samples."""
    filled = [entry for entry in source.splits if entry.samples]
    for kind, names, there in (
        ("row", _parted(wish.rows), [entry.row for entry in filled]),
        ("split", _parted(wish.splits), list(SPLITS)),
    ):
        for name in names:
            if name not in there:
                near = ", ".join(nearest(name, there)) or ", ".join(dict.fromkeys(there))
                raise UsageError(f"{data} has no samples of a {kind} {name!r}. Nearest: {near}.")
    rows, splits = _parted(wish.rows), _parted(wish.splits)
    found = [e for e in filled if (not rows or e.row in rows) and (not splits or e.split in splits)]
    if not found:
        raise UsageError(f"{data} has no samples of {', '.join(splits) or 'any split'} in the rows asked for.")
    for entry in found:
        if not _NAME.fullmatch(entry.row):
            raise IntegrityFailure(
                f"{data / manifest.NAME}: {entry.row!r} is no name of a row. Build the folder again."
            )
    return found


def _parted(names: Sequence[str]) -> list[str]:
    return [part for name in names for part in name.split(",")]


def _barred(source: Manifest, shown: dict[str, list[str]]) -> dict[str, str]:
    """Return the corpora of samples and demonstrations that must not be published, and why."""
    own = {name for entry in source.splits for name in _own(entry)}
    names = sorted(own.union(*shown.values()))
    found = {name: gate.left_out(corpora.load(name), "any", True) for name in names}
    return {name: why for name, why in found.items() if why}


def _own(entry: SplitEntry) -> list[str]:
    """Return the corpora of a split's samples themselves: one, or those of a mixture."""
    return [entry.corpus] if entry.corpus else entry.corpora


def _shown(source: Manifest, shots: int) -> dict[str, list[str]]:
    """Return the corpora of the demonstrations that are shown, by row, as a benchmark's manifest lists them."""
    found: dict[str, list[str]] = {}
    listed = source.note.get("demonstrations", [])
    for line in listed if isinstance(listed, list) else []:
        row, _, name = line.partition(": ")
        if len(found.setdefault(row, [])) < shots:
            found[row].append(tasks.load(name.partition("/")[0]).corpus)
    return found


def _bare(data: Path, parts: Sequence[SplitEntry], shots: int) -> list[str]:
    """Return a note for every row's split with a sample of fewer demonstrations than asked for.

    Raises:
        UsageError: no row has any.
    """
    if not shots:
        return []
    counts = {f"{part.row}/{part.split}": [len(turns) for (turns,) in columns(data, part, "history")] for part in parts}
    if not any(map(any, counts.values())):
        raise UsageError(f"--shots {shots}: no sample has demonstrations. Export a folder that `medinst bench` made.")
    least = {name: min(found, default=shots) for name, found in counts.items()}
    return [f"{name} has {count} of {shots} demonstrations" for name, count in least.items() if count < shots]


def _drawn(plan: Plan, part: SplitEntry) -> set[int]:
    """Return the places of the first ``limit`` samples in hash order: those that ``medinst eval --limit`` takes."""
    seed = plan.wish.seed
    named = enumerate(columns(plan.data, part, "id", "corpus"))
    places = ((rank(seed, name), name, at) for at, (name, corpus) in named if corpus not in plan.barred)
    return {at for _, _, at in heapq.nsmallest(plan.wish.limit or 0, places)}


def columns(data: Path, part: SplitEntry, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield some columns of every sample of a part."""
    for path in parquet.files(data, part.row, part.split):
        with parquet.opened(path) as table:
            for batch in table.iter_batches(parquet.ROW_GROUP, columns=names):
                yield from zip(*(batch[name].to_pylist() for name in names), strict=True)
