"""``medinst build``: run a plan into a dataset folder, and finish the folder with its papers and its manifest."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
import pyarrow as pa

import medinst
from medinst import corpora, tasks
from medinst.build import card, croissant, estimate, gate, lock, manifest, parts, shard
from medinst.build.engine import Opener
from medinst.build.manifest import Manifest, SplitEntry
from medinst.build.parquet import FileEntry
from medinst.build.plan import Plan
from medinst.build.shard import Built, Place
from medinst.errors import MedinstError, UsageError
from medinst.formats.quarantine import Damage
from medinst.schema import SPLITS
from medinst.sources import digest_file

TITLE = "MedINST, rebuilt"
LEAD = (
    "Biomedical instruction data built by medinst from the corpora's own releases, after the MedINST paper "
    "(arXiv 2410.13458). Load one row with `datasets.load_dataset(folder, row)`. Terms: LICENSES.md."
)


class Outcome(msgspec.Struct):
    """What a build did. ``excess``: damage beyond what corpora declare, a line each."""

    built: list[Built]
    damage: list[Damage]
    excess: list[str]


def state_of(out: Path) -> Path:
    """Return the folder for markers, locks and unfinished files of a build into ``out``: a hidden neighbour of it."""
    out = out.absolute()
    if not out.name:
        raise UsageError(f"--out {out} is the root of a file system. Give a folder in it.")
    return out.with_name(f".{out.name}.medinst")


def build(plan: Plan, out: Path, executor: Opener | None, tell: Callable[[Built], None]) -> Outcome:
    """Build every shard of the plan into ``out`` and finish the folder; ``tell`` hears of each as it is done.

    Rows that an earlier build put into ``out`` and this plan does not name stay, as its manifest lists them. Until
    all shards are built, ``out`` stays as it was, and what is built waits beside it.

    Raises:
        UsageError: ``out`` holds files that no build of medinst made.
        MedinstError: another process builds there, workers keep dying, or the disk is full.
    """
    place = Place(out.absolute(), state_of(out))
    _refuse_inside(plan, out)
    with lock.held(place.state / "lock", f"The dataset folder {out}"):
        kept = _kept(plan, out)
        _refuse_left_out(plan, kept, out)
        shutil.rmtree(place.way / "tmp", ignore_errors=True)
        estimate.make_room(plan, place)
        try:
            built = parts.run(plan, place, executor, tell)
            entries = sorted([*_entries(built), *kept], key=_catalogue_order)
            damage = _quarantine(built, kept, out)
            lines = b"".join(msgspec.json.encode(item) + b"\n" for item in damage)
            note = _wishes(plan)
            finish(out, entries, {"quarantine.jsonl": lines}, TITLE, LEAD, note, lambda: _move(built, entries, place))
        except OSError as error:
            raise MedinstError(estimate.too_little(plan, place, str(error))) from None
        finally:
            _tidy(place)
    return Outcome(built, damage, _excess(damage, entries))


def finish(
    out: Path,
    entries: Sequence[SplitEntry],
    extra: dict[str, bytes],
    title: str,
    lead: str,
    note: dict[str, str | int | list[str]] | None = None,
    move: Callable[[], None] = lambda: None,
) -> Manifest:
    """Write the card, the licences, croissant.json and ``extra`` files into ``out``, and the manifest last.

    ``move`` brings the Parquet files into ``out`` when all the others are written and only need to be moved as well.
    """
    place = Place(out.absolute(), state_of(out))
    terms = card.terms(entries)
    papers = {
        "LICENSES.md": card.licences(terms).encode(),
        "README.md": card.readme(entries, title, lead).encode(),
        "croissant.json": croissant.describe(entries, terms, title, lead),
        **extra,
    }
    files = [
        FileEntry(name, hashlib.sha256(data).hexdigest(), data.count(b"\n"), len(data))
        for name, data in sorted(papers.items())
    ]
    result = Manifest(medinst.__version__, pa.__version__, list(entries), files, note or {}, terms)
    papers[manifest.NAME] = msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"
    written = {name: shard.write(place.way / "tmp", name, papers[name]) for name in papers}
    move()
    for name, private in written.items():
        shard.move(private, out / name)
    _tidy(place)
    return result


def _move(built: Iterable[Built], entries: Iterable[SplitEntry], place: Place) -> None:
    """Bring the Parquet files that wait to their places, and remove those that no entry lists."""
    for result in built:
        waiting = place.waiting(result.shard)
        if result.file is not None and waiting.is_file():
            shard.move(waiting, place.out / result.file.path)
            with contextlib.suppress(OSError):
                waiting.parent.rmdir()
    _remove_stale(place.out, entries)


def _tidy(place: Place) -> None:
    """Remove what no later build needs."""
    shutil.rmtree(place.way / "tmp", ignore_errors=True)
    for folder in (place.way / "built", place.state / "tmp", place.way, place.state):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _entries(built: Iterable[Built]) -> Iterator[SplitEntry]:
    """Yield the entry of every split from its shards, which stand side by side and in order."""
    for _, group in groupby(built, lambda one: (one.shard.row, one.shard.split)):
        made = list(group)
        job, files = made[0].shard, [one.file for one in made if one.file]
        yield SplitEntry(
            row=job.row,
            split=job.split,
            category=tasks.load(job.row).category,
            corpus=job.corpus,
            view=job.view,
            place=job.place,
            layout=corpora.load(job.corpus).layout,
            partial=job.partial,
            digest=job.digest,
            records=sum(one.records for one in made),
            used=sum(one.used for one in made),
            samples=sum(file.rows for file in files),
            files=files,
        )


def _catalogue_order(entry: SplitEntry) -> tuple[int, bool, int]:
    rows, row = list(tasks.rows()), entry.row.removesuffix(tasks.EMPTY)
    return rows.index(row) if row in rows else len(rows), entry.row != row, SPLITS.index(entry.split)


def _kept(plan: Plan, out: Path) -> list[SplitEntry]:
    """Return the entries of an earlier build in ``out`` that this plan does not rebuild and whose files are there."""
    if not out.exists() or not any(out.iterdir()):
        return []
    if not (out / manifest.NAME).is_file():
        if (state_of(out) / "done").is_dir():
            return []
        raise UsageError(f"{out} holds files that are not of a medinst build. Give an empty or a new folder for --out.")
    earlier = manifest.read(out).splits
    if any(entry.corpora for entry in earlier):
        raise UsageError(f"{out} is a folder of mixtures. Give another folder for --out.")
    planned = {(job.row, job.split) for job in plan.shards}
    return [
        entry
        for entry in earlier
        if (entry.row, entry.split) not in planned and all(_is_there(out, file) for file in entry.files)
    ]


def _is_there(out: Path, file: FileEntry) -> bool:
    path = out / file.path
    return path.is_file() and digest_file(path) == file.sha256


def _refuse_inside(plan: Plan, out: Path) -> None:
    """Refuse a folder within the files of a corpus: what is built there would change what it is built from."""
    for tree in plan.trees.values():
        for root in tree.roots:
            if out.resolve().is_relative_to(root.resolve()):
                raise UsageError(
                    f"--out {out} lies in the files of corpus {tree.corpus} ({root}). Give a folder elsewhere."
                )


def _refuse_left_out(plan: Plan, kept: Iterable[SplitEntry], out: Path) -> None:
    """Refuse a folder in which an earlier build put what this one is to leave out."""
    for entry in kept:
        why = gate.left_out(corpora.load(entry.corpus), plan.licence, plan.publishable)
        if why:
            raise UsageError(f"{out} has {entry.row} from an earlier build. {why}. Give a new folder for --out.")


def _wishes(plan: Plan) -> dict[str, str | int | list[str]]:
    """Return what the manifest says of the wishes that left rows out; nothing where there were none."""
    if plan.licence == "any" and not plan.publishable:
        return {}
    rows = sorted({item.row for item in plan.left_out})
    return {"licence": plan.licence, "publishable": "yes" if plan.publishable else "no", "left_out": rows}


def _quarantine(built: Iterable[Built], kept: Iterable[SplitEntry], out: Path) -> list[Damage]:
    """Return all damage, each piece once however many rows read it, sorted; what was kept brings its own along."""
    found = {item for result in built for item in result.damage}
    sources = {(entry.corpus, entry.view, entry.split) for entry in kept}
    path = out / "quarantine.jsonl"
    if sources and path.is_file():
        rows = {entry.row for entry in kept}
        earlier = [msgspec.json.decode(line, type=Damage) for line in path.read_bytes().splitlines()]
        for item in earlier:
            if (item.corpus, item.view, item.split) in sources and (not item.row or item.row in rows):
                found.add(item)
    return sorted(found, key=msgspec.structs.astuple)


def _remove_stale(out: Path, entries: Iterable[SplitEntry]) -> None:
    """Remove Parquet files in row folders that no entry lists: parts of an earlier build with more of them."""
    listed = {file.path for entry in entries for file in entry.files}
    for path in sorted(out.glob("*/*.parquet")):
        if path.relative_to(out).as_posix() not in listed:
            path.unlink()
            with contextlib.suppress(OSError):
                path.parent.rmdir()


def _excess(damage: Iterable[Damage], entries: Iterable[SplitEntry]) -> list[str]:
    """Return where more was set aside than the corpus and the files read declare, a line for each corpus and rule."""
    counts = Counter((item.corpus, item.rule) for item in damage)
    of_files: Counter[tuple[str, str]] = Counter()
    for name, view, split, partial in {(entry.corpus, entry.view, entry.split, entry.partial) for entry in entries}:
        declared = corpora.load(name).declared(view, split, partial)
        of_files.update({(name, rule): count for rule, count in declared.items()})
    lines = []
    for (name, rule), count in sorted(counts.items()):
        allowed = corpora.load(name).damage.get(rule, 0) + of_files[name, rule]
        if count > allowed:
            first = next(item for item in damage if (item.corpus, item.rule) == (name, rule))
            lines.append(
                f"{name}: {count} pieces fell to rule {rule!r}, the corpus declares {allowed}; first: "
                f"{first.file}:{first.line}: found {first.found}, expected {first.expected}"
            )
    return lines
