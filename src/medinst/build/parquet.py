"""Samples to Parquet and back: the one place that knows the column schema.

zstd 3 with page checksums, exactly 10,000 rows a row group: equal samples, equal pyarrow, equal bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from medinst.errors import IntegrityFailure
from medinst.schema import Sample
from medinst.sources import digest_file

ROW_GROUP = 10_000
_PIECE = 1_000
SCHEMA = pa.schema(
    [
        pa.field(
            name,
            {"wording": pa.int8(), "history": pa.list_(pa.list_(pa.string()))}.get(name, pa.string()),
        )
        for name in Sample.__struct_fields__
    ]
)


class FileEntry(msgspec.Struct, frozen=True):
    """A file of a dataset folder as its manifest lists it; ``path`` is relative, with ``/``."""

    path: str
    sha256: str
    rows: int
    bytes: int


class Writer:
    """Writes the samples of one file as they come, a row group at a time; nothing is created before the first sample.

    ``shared``: columns in which all samples have the same value. The caller gives a private path and moves the finished
    file into place; ``close`` syncs it.
    """

    def __init__(self, path: Path, shared: Mapping[str, object] | None = None) -> None:
        self.path = path
        self.rows = 0
        self._samples: list[Sample] = []
        self._pieces: list[pa.RecordBatch] = []
        self._waiting = 0
        self._own = pa.schema([field for field in SCHEMA if field.name not in (shared or {})])
        self._writer: pq.ParquetWriter | None = None
        self._shared = dict(shared or {})
        self._same = self._repeated(0)

    def add(self, sample: Sample) -> None:
        """Take in one sample, where none of its columns are shared."""
        self._samples.append(sample)
        if len(self._samples) == _PIECE:
            self._take_samples()

    def extend(self, columns: Mapping[str, Sequence[object]]) -> None:
        """Take in samples by those of their columns that are not shared."""
        # As arrays while the processor still has the values at hand; a row group is too much for that.
        arrays = [pa.array(columns[field.name], field.type) for field in self._own]
        self._pieces.append(pa.record_batch(arrays, schema=self._own))
        self._waiting += len(self._pieces[-1])
        if self._waiting >= ROW_GROUP:
            self._flush()

    def close(self, name: str) -> FileEntry | None:
        """Finish the file and return its entry under ``name``, or None if there was no sample."""
        self._take_samples()
        if self._waiting:
            self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return _finished(self.path, name, self.rows)

    def drop(self) -> None:
        """Forget all samples and remove what was written of them, unless it was moved away."""
        self._samples.clear()
        self._pieces.clear()
        self._waiting = 0
        if self._writer is not None:
            self._writer.is_open = False  # or it would try to finish the file, and complain where the disk is full
            self._writer = None
        self.path.unlink(missing_ok=True)

    def _take_samples(self) -> None:
        if self._samples:
            values = zip(*map(msgspec.structs.astuple, self._samples), strict=True)
            self.extend(dict(zip(SCHEMA.names, values, strict=True)))
            self._samples.clear()

    def _flush(self) -> None:
        """Write what waits, in row groups; what does not fill one waits on, unless it is all there is."""
        own = pa.concat_batches(self._pieces)
        self._pieces.clear()
        for start in range(0, len(own), ROW_GROUP):
            group = own.slice(start, ROW_GROUP)
            if start and len(group) < ROW_GROUP:
                self._pieces.append(group)
            else:
                self._write(group)
        self._waiting = sum(map(len, self._pieces))

    def _write(self, own: pa.RecordBatch) -> None:
        """Write a row group."""
        if self._writer is None:
            self._writer = _create(self.path)
        if len(self._same) < len(own):
            self._same = self._repeated(len(own))
        same = self._same[: len(own)]
        arrays = [(same if name in self._shared else own).column(name) for name in SCHEMA.names]
        self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA), row_group_size=ROW_GROUP)
        self.rows += len(own)

    def _repeated(self, count: int) -> pa.RecordBatch:
        """Return the shared values, each as often as there are rows."""
        schema = pa.schema([SCHEMA.field(name) for name in self._shared])
        columns = ([value] * count for value in self._shared.values())
        return pa.record_batch(
            [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema
        )


def write(path: Path, samples: Iterable[Sample], name: str = "") -> FileEntry | None:
    """Write samples to ``path`` and return the file's entry under ``name`` (else its own), None if there are none."""
    writer = Writer(path)
    for sample in samples:
        writer.add(sample)
    return writer.close(name or path.name)


def write_tables(path: Path, tables: Iterable[pa.Table], name: str) -> FileEntry:
    """Write tables, each a row group, to ``path`` and return the file's entry under ``name``."""
    rows = 0
    with _create(path) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=ROW_GROUP)
            rows += table.num_rows
    return _finished(path, name, rows)


def _create(path: Path) -> pq.ParquetWriter:
    path.parent.mkdir(parents=True, exist_ok=True)
    return pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=3, write_page_checksum=True)


def _finished(path: Path, name: str, rows: int) -> FileEntry:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return FileEntry(name, digest_file(path), rows, path.stat().st_size)


def files(folder: Path, row: str, split: str) -> list[Path]:
    """Return the Parquet files of one split of one row, in order."""
    return sorted((folder / row).glob(f"{split}-*.parquet"))


def read(folder: Path, row: str, split: str) -> Iterator[Sample]:
    """Yield the samples of one split of one row in their order, page checksums verified.

    Raises:
        IntegrityFailure: a file cannot be read or a page differs from its checksum.
    """
    for path in files(folder, row, split):
        with opened(path) as table:
            for batch in table.iter_batches(ROW_GROUP):
                yield from samples(batch)


@contextmanager
def opened(path: Path, repeated: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file of a dataset folder for reading with its page checksums verified.

    ``repeated``: columns to be read as dictionaries, which is faster where few values are repeated.

    Raises:
        IntegrityFailure: the file cannot be read or, inside the block, a page differs from its checksum.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=list(repeated)) as table:
            yield table
    except (pa.ArrowException, OSError) as error:
        folder = path.parent.parent
        raise IntegrityFailure(f"{path}: {error}. Build it again; `medinst verify {folder}` checks the rest.") from None


def samples(batch: pa.RecordBatch | pa.Table) -> Iterator[Sample]:
    """Yield the samples of a batch or table."""
    columns = [batch.column(name).to_pylist() for name in Sample.__struct_fields__]
    return (Sample(*values) for values in zip(*columns, strict=True))


def splits(folder: Path) -> dict[str, list[str]]:
    """Return the rows of a dataset or benchmark folder with the splits that have files."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        found.setdefault(path.parent.name, []).append(path.name.partition("-")[0])
    return {row: list(dict.fromkeys(names)) for row, names in found.items()}
