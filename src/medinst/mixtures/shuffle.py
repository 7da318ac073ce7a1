"""Samples into the files of a mixture in their final order, in bounded memory however many there are.

The files are buckets of the final order. Samples come in the order of the files they are drawn from and are parted
among the buckets; what memory does not hold waits on disk. Then each bucket alone is put in order and written.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from medinst.build import parquet
from medinst.build.parquet import FileEntry
from medinst.mixtures import pool
from medinst.mixtures.pool import Job

# Plain bytes of samples in a file, and in memory before they go to disk.
FILE = 64 << 20
HELD = 256 << 20
THREADS = min(4, os.cpu_count() or 1)
_SPILL = parquet.SCHEMA.append(pa.field("at", pa.int64()))


class Buckets:
    """Samples parted by the file they belong to: in memory, and in ``folder`` what is over ``HELD`` bytes."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self._held: dict[int, list[pa.Table]] = {}
        self._bytes = 0

    def add(self, table: pa.Table) -> None:
        """Take in samples parted by file."""
        files = table["at"].to_numpy() // self.size
        first, last = files[0], files[-1]
        cuts = np.searchsorted(files, np.arange(first, last + 2))
        for number, (start, end) in enumerate(itertools.pairwise(cuts), int(first)):
            if start < end:
                self._held.setdefault(number, []).append(table.slice(start, end - start))
        self._bytes += table.nbytes
        if self._bytes > HELD:
            self._spill()

    def take(self, number: int) -> Iterator[pa.Table]:
        """Yield the samples of one file in their order, a row group at a time; they are in the buckets no more."""
        path = self._path(number)
        pieces = self._held.pop(number, [])
        if path.exists():
            pieces = [*_streams(path), *(table.cast(_SPILL) for table in pieces)]
            path.unlink()
        whole = pa.concat_tables(pieces).combine_chunks()
        sort = np.argsort(whole["at"].to_numpy(), kind="stable")
        whole = whole.drop_columns("at")
        for start in range(0, len(sort), parquet.ROW_GROUP):
            yield whole.take(pa.array(sort[start : start + parquet.ROW_GROUP])).cast(parquet.SCHEMA)

    def _spill(self) -> None:
        """Append all that is held to the files on disk, a stream a file each time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        for number, tables in self._held.items():
            with self._path(number).open("ab") as file, pa.ipc.new_stream(file, _SPILL, options=options) as stream:
                stream.write_table(pa.concat_tables(tables).cast(_SPILL).combine_chunks())
        self._held.clear()
        self._bytes = 0

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:05}.arrows"


def write(todo: Sequence[Job], name: str, folder: Path, tell: Callable[[], None]) -> list[FileEntry]:
    """Write the samples of the jobs to ``folder`` in the order of their ``at``; return the files, named in ``name``.

    ``at`` runs from 0 without a gap. ``tell`` is called once for every job that is read. File boundaries follow from
    the samples alone.

    Raises:
        OSError: there is no room, or the folder cannot be written.
    """
    rows = sum(len(job.at) for job in todo)
    size = file_rows(rows, sum(job.group.bytes * len(job.at) // job.group.rows for job in todo))
    count = -(-rows // size)
    buckets = Buckets(folder, size)

    def finish(number: int) -> FileEntry:
        path = f"train-{number:05}-of-{count:05}.parquet"
        return parquet.write_tables(folder / path, buckets.take(number), f"{name}/{path}")

    with ThreadPoolExecutor(THREADS) as threads:
        for table in fetched(todo, threads, file=size):
            buckets.add(table)
            tell()
        return list(threads.map(finish, range(count)))


def fetched(
    todo: Sequence[Job], threads: ThreadPoolExecutor, columns: Sequence[str] | None = None, file: int = 1 << 62
) -> Iterator[pa.Table]:
    """Yield what the jobs fetch in their order, no more than a few tables ahead."""
    for few in pool.batches(todo, 2 * THREADS):
        yield from threads.map(partial(pool.fetch, columns=columns, file=file), few)


def file_rows(rows: int, size: int) -> int:
    """Return how many of ``rows`` samples of ``size`` bytes in all go into a file: whole row groups."""
    return max(1, FILE * rows // max(size, 1) // parquet.ROW_GROUP) * parquet.ROW_GROUP


def _streams(path: Path) -> Iterable[pa.Table]:
    """Yield the tables of the streams that stand in a file one after the other."""
    with path.open("rb") as file:
        while file.tell() < path.stat().st_size:
            yield pa.ipc.open_stream(file).read_all()
