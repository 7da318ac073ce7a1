"""The training samples of a row in hash order, and fetching any of them by their places, a row group at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medinst.build import parquet
from medinst.build.manifest import SplitEntry
from medinst.errors import IntegrityFailure
from medinst.mixtures import order

I64 = NDArray[np.int64]
# The same in all samples of a row, or nearly all: fetched as dictionaries.
REPEATED = ("row", "category", "task", "corpus", "split", "instruction", "meta")


class Group(msgspec.Struct, frozen=True):
    """A row group of a Parquet file: where its samples begin among those of the row, how many, their plain bytes."""

    path: Path
    number: int
    begin: int
    rows: int
    bytes: int


class Pool(msgspec.Struct):
    """What a row can give. ``ranks`` ascend, ``places`` are the samples' places in the row's files in that order.

    ``watched``: whether each is first looked at for being in a test; ``good`` says of the first ``looked`` whether
    they may be drawn, ``kinds`` how many may not, by the evidence.
    """

    entry: SplitEntry
    groups: list[Group]
    ranks: order.U64
    places: I64
    good: NDArray[np.bool_]
    watched: bool
    looked: int
    kinds: Counter[str]
    near_duplicates: int = 0

    def first(self, count: int) -> I64:
        """Return the first ``count`` samples in hash order that may be drawn, as indices of ``ranks``."""
        return np.flatnonzero(self.good[: self.looked])[:count]

    def bad(self) -> int:
        """Return how many were looked at and may not be drawn."""
        return self.looked - int(np.count_nonzero(self.good[: self.looked]))


class Job(msgspec.Struct, frozen=True):
    """Samples to be fetched of one row group: ``picks`` are their places in it, ``at`` where each is to go."""

    group: Group
    picks: I64
    at: I64


def load(folder: Path, entry: SplitEntry, seed: int, watched: bool) -> Pool:
    """Read the ids of a row's training samples and return them in hash order.

    Raises:
        IntegrityFailure: a file cannot be read or holds another number of samples than the manifest says.
    """
    groups: list[Group] = []
    ranks: list[order.U64] = []
    begin = 0
    for file in entry.files:
        with parquet.opened(folder / file.path) as table:
            if table.metadata.num_rows != file.rows:
                raise IntegrityFailure(
                    f"{folder / file.path}: {table.metadata.num_rows} samples, the manifest says {file.rows}. "
                    "Build it again."
                )
            for number in range(table.num_row_groups):
                about = table.metadata.row_group(number)
                groups.append(Group(folder / file.path, number, begin, about.num_rows, about.total_byte_size))
                begin += about.num_rows
                ids = table.read_row_group(number, columns=["id"], use_threads=False)["id"].combine_chunks()
                ranks += [order.ranks(chunk, seed) for chunk in _chunks(ids)]
    rank = np.concatenate(ranks) if ranks else np.empty(0, np.uint64)
    places = np.argsort(rank, kind="stable")
    good = np.ones(len(rank), np.bool_)
    return Pool(entry, groups, rank[places], places, good, watched, 0 if watched else len(rank), Counter())


def jobs(pool: Pool, drawn: I64, at: I64) -> list[Job]:
    """Return what to fetch for the samples ``drawn`` (indices of ``ranks``), each with where it goes, in file order."""
    places = pool.places[drawn]
    sort = np.argsort(places, kind="stable")
    places, at = places[sort], at[sort]
    cuts = np.searchsorted(places, [group.begin for group in pool.groups] + [len(pool.ranks)])
    spans = zip(pool.groups, cuts, cuts[1:], strict=False)
    return [Job(group, places[a:b] - group.begin, at[a:b]) for group, a, b in spans if a < b]


def fetch(job: Job, columns: Sequence[str] | None = None, file: int = 1 << 62) -> pa.Table:
    """Return the picked samples with their ``at``, only these ``columns`` where some are named.

    The columns of ``REPEATED`` are dictionaries. Samples are parted by ``file``, the samples in a file of the mixture,
    and otherwise as they stand in the row group: picking in that order is much the fastest.

    Raises:
        IntegrityFailure: the file cannot be read or a page differs from its checksum.
    """
    sort = np.argsort(job.at // file, kind="stable")
    with parquet.opened(job.group.path, REPEATED) as table:
        whole = table.read_row_group(job.group.number, columns=columns, use_threads=False)
        return whole.take(pa.array(job.picks[sort])).append_column("at", pa.array(job.at[sort]))


def batches(todo: Sequence[Job], size: int) -> Iterator[list[Job]]:
    """Yield the jobs, a few at a time."""
    waiting = iter(todo)
    while few := list(islice(waiting, size)):
        yield few


def _chunks(column: pa.Array | pa.ChunkedArray) -> Sequence[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]
