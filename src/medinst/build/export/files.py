"""Records to files as they come: JSON lines, Parquet, and the numbered parts that a batch service takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from medinst.build.export.formats import Record
from medinst.build.parquet import FileEntry
from medinst.errors import MedinstError
from medinst.sources import digest_file

GROUP = 10_000
# OpenAI's limits for one batch file.
REQUESTS = 50_000
BYTES = 200_000_000


def jsonl(folder: Path, name: str, records: Iterable[Record]) -> FileEntry | None:
    """Write records as JSON lines to ``folder/name`` and return the file's entry, None if there are none."""
    encoder = msgspec.json.Encoder()
    rows = 0
    with _created(folder / name) as file:
        for record in records:
            file.write(encoder.encode(record) + b"\n")
            rows += 1
    return _entry(folder, name, rows)


def arrays(folder: Path, names: Sequence[str], records: Iterable[Sequence[Record]]) -> list[FileEntry]:
    """Write a JSON array, a record a line, to each of the named files, and return their entries.

    ``records``: as many at a time as there are files, one for each. Without any there is no file.
    """
    encoder = msgspec.json.Encoder()
    rows = 0
    with ExitStack() as stack:
        written = [stack.enter_context(_created(folder / name)) for name in names]
        for each in records:
            for file, record in zip(written, each, strict=True):
                file.write((b",\n" if rows else b"[\n") + encoder.encode(record))
            rows += 1
        for file in written:
            file.write(b"\n]\n")
    return [entry for name in names if (entry := _entry(folder, name, rows))]


def parquet(folder: Path, name: str, records: Iterable[Record], schema: pa.Schema) -> FileEntry | None:
    """Write records as Parquet (zstd 3) to ``folder/name`` and return the file's entry, None if there are none."""
    rows, rest = 0, iter(records)
    with _created(folder / name) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(rest, GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema), row_group_size=GROUP)
            rows += len(group)
    return _entry(folder, name, rows)


def parts(folder: Path, records: Iterable[Record], requests: int = REQUESTS, limit: int = BYTES) -> Iterator[FileEntry]:
    """Write records to ``batch-00001.jsonl`` and so on, none with more requests or bytes than allowed.

    Raises:
        MedinstError: one record alone is too large.
    """
    lines = _checked(records, limit)
    line = next(lines, None)
    number = 0
    while line is not None:
        number += 1
        name = f"batch-{number:05d}.jsonl"
        rows = size = 0
        with _created(folder / name) as file:
            while line is not None and rows < requests and size + len(line) <= limit:
                size += file.write(line)
                rows += 1
                line = next(lines, None)
        entry = _entry(folder, name, rows)
        if entry:
            yield entry


def paper(folder: Path, name: str, data: bytes) -> FileEntry:
    """Write a file that holds no samples and return its entry."""
    with _created(folder / name) as file:
        file.write(data)
    return FileEntry(name, digest_file(folder / name), data.count(b"\n"), len(data))


def _checked(records: Iterable[Record], limit: int) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for record in records:
        line = encoder.encode(record) + b"\n"
        if len(line) > limit:
            raise MedinstError(
                f"{record['custom_id']}: its request has {len(line):,} bytes, a batch file may have {limit:,}. "
                "Leave its row out with --rows."
            )
        yield line


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _entry(folder: Path, name: str, rows: int) -> FileEntry | None:
    path = folder / name
    if not rows:
        path.unlink()
        return None
    return FileEntry(name, digest_file(path), rows, path.stat().st_size)
