"""The shape in which MedINST32 was published: a JSON array a test, once with its demonstrations and once without.

``unseen_tests/<row>_test.json`` is the config ``<row>``, ``unseen_tests_zs/<row>_test.json`` the config ``<row>-zs``;
``medinst bench --import`` reads both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from medinst.build.export import files
from medinst.build.export.formats import Record
from medinst.build.export.plan import Plan
from medinst.build.manifest import SplitEntry
from medinst.build.parquet import FileEntry
from medinst.schema import Sample

TO = "medinst32"
FOLDERS = {"": "unseen_tests", "-zs": "unseen_tests_zs"}
SCHEMA = pa.schema(
    {**dict.fromkeys(("instruction", "input", "output"), pa.string()), "history": pa.list_(pa.list_(pa.string()))}
)


def write(plan: Plan, folder: Path, samples: Callable[[SplitEntry], Iterator[Sample]]) -> Iterator[FileEntry]:
    """Write both files of every test into ``folder`` and yield their entries."""
    for part in plan.parts:
        names = [f"{place}/{part.row}_test.json" for place in FOLDERS.values()]
        yield from files.arrays(folder, names, map(_records, samples(part)))


def counted(written: Iterable[FileEntry]) -> list[FileEntry]:
    """Return the files with every sample once: those with demonstrations."""
    return [file for file in written if file.path.startswith(f"{FOLDERS['']}/")]


def configs(written: Sequence[FileEntry]) -> dict[str, str]:
    """Return the file of every config."""
    rows = [file.path.partition("/")[2].removesuffix("_test.json") for file in counted(written)]
    return {f"{row}{end}": f"{place}/{row}_test.json" for end, place in FOLDERS.items() for row in rows}


def _records(sample: Sample) -> tuple[Record, Record]:
    """Return a sample with its demonstrations and without."""
    record = {"instruction": sample.instruction, "input": sample.input, "output": sample.output}
    return record | {"history": sample.history}, record | {"history": []}
