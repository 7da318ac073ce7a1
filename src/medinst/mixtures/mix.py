"""``medinst mix``: a mixture of training samples, drawn from a dataset folder after a recipe.

A folder of mixtures is a dataset folder with a configuration a recipe; several recipes stay side by side in it. A
mixture is written beside its place and moved there whole.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import importlib.resources
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

import medinst
from medinst.build import dataset, lock, manifest, shard
from medinst.build.manifest import Manifest, SplitEntry
from medinst.build.parquet import FileEntry
from medinst.build.shard import Place
from medinst.errors import MedinstError, UsageError
from medinst.mixtures import pool, selection, shuffle
from medinst.mixtures.recipe import Recipe
from medinst.mixtures.selection import Report, Selection
from medinst.sources import digest_file

KIND = "mixture"
REPORT = "mix.json"
TITLE = "Mixtures of MedINST, made by medinst"

Tell = Callable[[str, int, int], None]


class Done(msgspec.Struct, frozen=True):
    """The marker of a finished mixture: the digest of all that its bytes depend on, its files, what went in."""

    key: str
    files: list[FileEntry]
    report: Report


def preview(name: str, recipe: Recipe, data: Path, tell: Tell) -> Report:
    """Return what a mixture would hold; nothing is written.

    Raises:
        UsageError: ``data`` is no finished dataset folder.
        MedinstError: it has none of the rows of the recipe.
    """
    return selection.select(name, recipe, data, tell).report


def make(name: str, recipe: Recipe, data: Path, out: Path, tell: Tell) -> Report:
    """Write the mixture ``name`` into the folder ``out`` from the dataset folder ``data``; equal inputs, equal bytes.

    What is there already and still right is not made again. Other mixtures in ``out`` stay.

    Raises:
        UsageError: ``data`` is no finished dataset folder, or ``out`` holds something else than mixtures.
        MedinstError: ``data`` has none of the rows, or ``out`` cannot be written.
        IntegrityFailure: a file of ``data`` is damaged.
    """
    source = manifest.read(data)
    place = Place(out.absolute(), dataset.state_of(out))
    marker = place.state / "done" / f"{name}.json"
    with _written(out), _gone_if_empty(place.state):
        _check_place(out, data, marker.parent)
        with lock.held(place.state / "lock", f"The folder of mixtures {out}"), _tidied(place, marker.parent):
            done = _done(marker, _key(recipe, data), out)
            if done is None:
                chosen = selection.select(name, recipe, data, tell)
                done = Done(_key(recipe, data), _write(chosen, name, place.way / "mixing", tell), chosen.report)
            _finish(name, done, source, place)
            shard.move(shard.write(place.state / "tmp", marker.name, msgspec.json.encode(done)), marker)
    return done.report


@contextlib.contextmanager
def _tidied(place: Place, markers: Path) -> Iterator[None]:
    """Clear what a killed run left, and in the end what this one leaves."""
    markers.mkdir(exist_ok=True)
    aside = [folder / name for folder in {place.state, place.out / shard.HIDDEN} for name in ("mixing", "old", "tmp")]
    with _gone_if_empty(markers), _gone_if_empty(place.out / shard.HIDDEN):
        try:
            for left in aside:
                shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            for left in aside:
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _gone_if_empty(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _write(chosen: Selection, name: str, aside: Path, tell: Tell) -> list[FileEntry]:
    """Write the files of a mixture aside.

    Raises:
        MedinstError: there is no room for them.
    """
    there = next(folder for folder in aside.parents if folder.exists())
    parts = zip(chosen.pools, chosen.drawn, chosen.places, strict=True)
    todo = [job for one, drawn, at in parts for job in pool.jobs(one, drawn, at)]
    read = itertools.accumulate(len(job.at) for job in todo)
    try:
        if shutil.disk_usage(there).free < chosen.needed():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return shuffle.write(todo, name, aside, lambda: tell("mixing", next(read), chosen.report.drawn))
    except OSError as error:
        raise MedinstError(
            f"{name} could not be written: {error.strerror or error}. At least {chosen.needed():,} bytes are needed, "
            f"{shutil.disk_usage(there).free:,} are free in {there}. What was finished before is whole; make room, "
            "then run this again."
        ) from None


def _install(aside: Path, target: Path) -> None:
    """Put a mixture that was written aside in the place of an earlier one."""
    if not aside.exists():
        return
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        target.rename(aside.with_name("old"))
    aside.rename(target)


def _finish(name: str, done: Done, source: Manifest, place: Place) -> None:
    """Write the papers of the folder, over all mixtures that are in it, and move everything in."""
    out = place.out
    entries, reports = [_entry(name, done, source)], {name: done.report}
    if (out / manifest.NAME).is_file():
        earlier = msgspec.json.decode((out / REPORT).read_bytes(), type=dict[str, Report])
        for entry in manifest.read(out).splits:
            if entry.row != name and (out / entry.row).is_dir():
                entries.append(entry)
                reports[entry.row] = earlier[entry.row]
    entries.sort(key=lambda entry: entry.row)
    reports = dict(sorted(reports.items()))
    papers = {REPORT: msgspec.json.format(msgspec.json.encode(reports), indent=1) + b"\n"}
    numbers = "; ".join(f"{key}: {one.sentence()}" for key, one in reports.items())
    lead = (
        f"Training samples in shuffled order. {numbers}. Load one with `datasets.load_dataset(folder, name)`. "
        f"What went in: {REPORT}. Terms: LICENSES.md."
    )
    move = functools.partial(_install, place.way / "mixing", out / name)
    dataset.finish(out, entries, papers, TITLE, lead, {KIND: list(reports)}, move)


def _entry(name: str, done: Done, source: Manifest) -> SplitEntry:
    rows = [row for row in done.report.rows if row.drawn]
    mixed = {row.row for row in rows}
    used = [entry for entry in source.splits if entry.split == "train" and entry.row in mixed]
    return SplitEntry(
        row=name,
        split="train",
        category=KIND,
        corpus="",
        view="",
        place="",
        layout="real" if all(entry.layout == "real" for entry in used) else "documented",
        partial=any(entry.partial for entry in used),
        digest=done.report.input,
        records=done.report.available,
        used=done.report.drawn,
        samples=done.report.drawn,
        files=done.files,
        corpora=sorted({row.corpus for row in rows}),
    )


def _key(recipe: Recipe, data: Path) -> str:
    parts = (pa.__version__, medinst.__version__, _code(), digest_file(data / manifest.NAME))
    return hashlib.sha256(" ".join(parts).encode() + msgspec.json.encode(recipe)).hexdigest()


@functools.cache
def _code() -> str:
    """Return the sha256 of the code that a mixture's bytes depend on."""
    package = importlib.resources.files(medinst)
    digest = hashlib.sha256()
    with importlib.resources.as_file(package) as root:
        for path in [root / "build" / "parquet.py", *sorted((root / "mixtures").rglob("*.py"))]:
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _done(marker: Path, key: str, out: Path) -> Done | None:
    """Return what the marker says if it is of this very mixture and the files are as it says."""
    try:
        done = msgspec.json.decode(marker.read_bytes(), type=Done)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    whole = all((out / file.path).is_file() and digest_file(out / file.path) == file.sha256 for file in done.files)
    return done if done.key == key and whole else None


def _check_place(out: Path, data: Path, markers: Path) -> None:
    """Refuse a place that holds anything but mixtures, and one inside the dataset folder."""
    if out.resolve().is_relative_to(data.resolve()):
        raise UsageError(f"--out {out} lies in the dataset folder {data}. Give a folder elsewhere.")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    begun = markers.is_dir() and not (out / manifest.NAME).exists()
    finished = (out / manifest.NAME).is_file() and KIND in manifest.read(out).note
    if not out.is_dir() or not (begun or finished):
        raise UsageError(f"{out} exists and is not a folder of mixtures. Give a new folder for --out.")


@contextlib.contextmanager
def _written(out: Path) -> Iterator[None]:
    """Turn the system's refusal to write into a message that names the place."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise MedinstError(f"{out} could not be written: {why}. Mend that, or give another folder for --out.") from None
