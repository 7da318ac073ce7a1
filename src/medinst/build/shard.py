"""Building one shard: read its corpus, render its row, write its Parquet file, and leave a marker that says so."""

from __future__ import annotations

import os
import platform
import secrets
from array import array
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from medinst import corpora, tasks
from medinst.build import plan
from medinst.build.order import rank
from medinst.build.parquet import FileEntry, Writer
from medinst.build.plan import Shard
from medinst.errors import MedinstError
from medinst.formats.quarantine import Damage, Quarantine
from medinst.schema import Record
from medinst.sources import Tree, digest_file

HIDDEN = ".unfinished"


class Built(msgspec.Struct, frozen=True):
    """What came of a shard; its marker file is this as JSON.

    ``records`` were read, ``used`` of them made a sample; the difference has no gold of the row's kind or is damaged.
    ``ids``: of a part, the 8-byte hashes of its records' ids. ``again``: an earlier run had built it.
    """

    shard: Shard
    records: int
    used: int
    file: FileEntry | None
    damage: list[Damage]
    ids: bytes = b""
    again: bool = False


class Place(msgspec.Struct, frozen=True):
    """Where shards are built: into ``out``, by way of ``way``, with markers in ``state``."""

    out: Path
    state: Path

    @property
    def way(self) -> Path:
        """The folder of files on their way: ``state``, or hidden in an ``out`` that is a mount.

        A file can only be moved in one step within one file system.
        """
        if not self.out.exists() or self.out.stat().st_dev == self.out.parent.stat().st_dev:
            return self.state
        return self.out / HIDDEN

    def marker(self, shard: Shard) -> Path:
        """Return where the marker of a shard is."""
        return self.state / "done" / f"{shard.file}.json"

    def waiting(self, shard: Shard) -> Path:
        """Return where a finished file waits until the whole build is done, so that ``out`` is always whole."""
        return self.way / "built" / shard.file


def build(shard: Shard, tree: Tree, unpacked: Path | None, place: Place) -> Built:
    """Build a shard, or return what its marker says where that still holds.

    The Parquet file is written under a private name and moved to where it waits; the marker comes last, so that a
    build killed anywhere does again exactly what was not finished.

    Raises:
        MedinstError: this process would not make the same bytes as the one that made the plan.
    """
    if plan.key(shard) != shard.key:
        raise MedinstError(
            f"{shard.name}: the plan was made by another medinst or pyarrow than {platform.node()} has, or its "
            "code was changed meanwhile. Have the same everywhere and run it again."
        )
    done = _done(shard, place)
    if done is not None:
        return done
    private = place.way / "tmp" / f"{shard.row}.{shard.split}.{shard.at}.{secrets.token_hex(8)}.parquet"
    quarantine = Quarantine(shard.corpus, shard.split, tree.roots[0], shard.view)
    row = tasks.load(shard.row)
    writer = Writer(private, tasks.shared(row, shard.split, shard.wording))
    records = used = 0
    ids = array("Q")
    try:
        refuse = partial(_refuse, shard, quarantine)
        for made in tasks.drafts(_records(shard, tree, unpacked, quarantine, ids), row, shard.split, refuse):
            records += made.records
            used += made.used
            if made.used:
                writer.extend(made.columns)
        if shard.row.endswith(tasks.EMPTY) and used == records:
            # No document has gold: the release keeps it back for this split, and these are not empty documents.
            writer.drop()
            used = 0
        file = writer.close(shard.file)
        if file is None:
            place.waiting(shard).unlink(missing_ok=True)
        else:
            move(private, place.waiting(shard))
    finally:
        writer.drop()
    built = Built(shard, records, used, file, quarantine.damage, ids.tobytes())
    put(place.marker(shard), msgspec.json.encode(built), place.state / "tmp")
    return built


def move(path: Path, target: Path) -> None:
    """Move a file in one step, folders made where need be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, target)


def put(path: Path, data: bytes, by_way_of: Path) -> None:
    """Write ``data`` to ``path`` in one step, by way of a private file in another folder."""
    move(write(by_way_of, path.name, data), path)


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write ``data`` to a private file in a folder, synced, and return the file, which is then to be moved."""
    folder.mkdir(parents=True, exist_ok=True)
    private = folder / f"{name}.{secrets.token_hex(8)}"
    with private.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return private


def _done(shard: Shard, place: Place) -> Built | None:
    """Return what the marker says if it is of this very shard and its file is there, waiting or in its place."""
    try:
        built = msgspec.json.decode(place.marker(shard).read_bytes(), type=Built)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    # A plan does not know yet which ids earlier parts have; a marker does.
    if built.shard.key != shard.key or (shard.but and shard.but != built.shard.but):
        return None
    waiting, target = place.waiting(shard), place.out / shard.file
    if built.file is None:
        return None if waiting.exists() else msgspec.structs.replace(built, again=True)
    if not (waiting.is_file() and digest_file(waiting) == built.file.sha256):
        if not (target.is_file() and digest_file(target) == built.file.sha256):
            return None
        waiting.unlink(missing_ok=True)
    return msgspec.structs.replace(built, again=True)


def _records(
    shard: Shard, tree: Tree, unpacked: Path | None, quarantine: Quarantine, ids: array[int]
) -> Iterator[Record]:
    """Yield the records of the shard's part of its files."""
    corpus = corpora.load(shard.corpus)
    found = corpora.find(corpus.view(shard.view)[shard.split], tree)
    if found is None:
        raise MedinstError(
            f"{shard.name}: {shard.place} was there when the build began and is not there now, or not on "
            f"{platform.node()}. Run it again where all see the same files."
        )
    files, path = found
    if unpacked is not None:
        quarantine.standing_for[unpacked] = path
    part = {"part": shard.part} if shard.part else {}
    records = files.read(unpacked or path, quarantine, **part)
    if files.numbered:
        return records
    records = unique(records, path, quarantine)
    return _once(records, path, quarantine, set(shard.but), ids) if shard.part else records


def _once(
    records: Iterable[Record], path: Path, quarantine: Quarantine, but: set[int], ids: array[int]
) -> Iterator[Record]:
    """Yield the records of a part whose ids no earlier part has, by their hashes, which are added to ``ids``."""
    for record in records:
        ids.append(rank(0, record.id))
        if ids[-1] in but:
            quarantine.set_aside(path, 0, *_twice(record))
        else:
            yield record


def _twice(record: Record) -> tuple[str, bytes, str, str]:
    return "duplicate-id", msgspec.json.encode(record), record.id, "an id once a split"


def unique(records: Iterable[Record], path: Path, quarantine: Quarantine) -> Iterator[Record]:
    """Yield the records of ``path``; one whose id was there before is set aside (rule ``duplicate-id``)."""
    seen: set[str] = set()
    for record in records:
        if record.id in seen:
            quarantine.set_aside(path, 0, *_twice(record))
            continue
        seen.add(record.id)
        yield record


def _refuse(shard: Shard, quarantine: Quarantine, record: Record, error: tasks.Refused) -> None:
    """Set aside a record that the row cannot use."""
    raw = msgspec.json.encode(record).decode()
    quarantine.damage.append(
        Damage(
            corpus=shard.corpus,
            split=shard.split,
            file=record.id,
            line=0,
            rule=error.rule,
            found=error.found,
            expected=error.expected,
            raw=raw,
            view=shard.view,
            row=shard.row,
        )
    )
