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

    ``shared``: columns in which all samples have the same value; ``add`` then takes the values of the others, in
    their order. The caller gives a private path and moves the finished file into place; ``close`` syncs it.
    """

    def __init__(self, path: Path, shared: Mapping[str, object] | None = None) -> None:
        self.path = path
        self.rows = 0
        self._batch: list[tuple[object, ...]] = []
        self._pieces: list[pa.RecordBatch] = []
        self._own = pa.schema([field for field in SCHEMA if field.name not in (shared or {})])
        self._writer: pq.ParquetWriter | None = None
        self._shared = dict(shared or {})
        self._same = self._repeated(0)

    def add(self, sample: Sample | tuple[object, ...]) -> None:
        """Take in one sample."""
        self._batch.append(sample if isinstance(sample, tuple) else msgspec.structs.astuple(sample))
        if len(self._batch) == _PIECE:
            self._convert()
            if len(self._pieces) == ROW_GROUP // _PIECE:
                self._flush()

    def close(self, name: str) -> FileEntry | None:
        """Finish the file and return its entry under ``name``, or None if there was no sample."""
        self._convert()
        self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return _finished(self.path, name, self.rows)

    def drop(self) -> None:
        """Forget all samples and remove what was written of them, unless it was moved away."""
        self._batch.clear()
        self._pieces.clear()
        if self._writer is not None:
            self._writer.is_open = False  # or it would try to finish the file, and complain where the disk is full
            self._writer = None
        self.path.unlink(missing_ok=True)

    def _convert(self) -> None:
        """Turn the batch into arrays while the processor still has it at hand; a row group is too much for that."""
        if self._batch:
            columns = zip(*self._batch, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, self._own, strict=True)]
            self._pieces.append(pa.record_batch(arrays, schema=self._own))
            self._batch.clear()

    def _flush(self) -> None:
        if not self._pieces:
            return
        if self._writer is None:
            self._writer = _create(self.path)
        own = pa.concat_batches(self._pieces)
        if len(self._same) < len(own):
            self._same = self._repeated(len(own))
        same = self._same[: len(own)]
        arrays = [(same if name in self._shared else own).column(name) for name in SCHEMA.names]
        self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA), row_group_size=ROW_GROUP)
        self.rows += len(own)
        self._pieces.clear()

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
