"""A folder of tests for inspect-ai: the samples as a benchmark folder has them, and a file with the task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from medinst.build import parquet
from medinst.build.export import files
from medinst.build.export.plan import Plan
from medinst.build.manifest import SplitEntry
from medinst.build.parquet import FileEntry
from medinst.schema import Sample

TASK = "task.py"
_TASK = '''"""The tests in this folder, for ``inspect eval``; medinst must be installed beside inspect-ai."""

from pathlib import Path

from inspect_ai import Task, task

from medinst.evaluate import inspect_tasks


@task(name="{name}")
def tests(
    shots: int | None = None, rows: str = "", limit: int | None = None, seed: int = 0, allow_remote: bool = False
) -> Task:
    """Ask and score as ``medinst eval`` does."""
    folder = Path(__file__).parent
    return inspect_tasks.medinst32(str(folder), shots, rows, limit, seed, allow_remote=allow_remote)
'''


def write(
    plan: Plan, folder: Path, samples: Callable[[SplitEntry], Iterator[Sample]], name: str
) -> Iterator[FileEntry]:
    """Write the tests into ``folder``, the task under ``name``, and yield the files' entries."""
    for part in plan.parts:
        shown = (msgspec.structs.replace(sample, history=sample.history[: plan.wish.shots]) for sample in samples(part))
        path = f"{part.row}/test-00000-of-00001.parquet"
        if entry := parquet.write(folder / path, shown, path):
            yield entry
    yield files.paper(folder, TASK, _TASK.format(name=name).encode())
