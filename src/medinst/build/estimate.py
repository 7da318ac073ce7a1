"""What a build will take, before it is begun: samples, bytes and seconds; and whether the disk has room."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from medinst import tasks
from medinst.build.plan import Plan, Shard
from medinst.build.shard import Place
from medinst.errors import MedinstError
from medinst.reference import table11

# Compressed bytes a sample takes, rounded up from the full builds that benchmarks/build_full.py makes.
_BYTES = {"NER": 270, "NED": 500, "RE": 700, "COREF": 350, "EE": 1000, "QA": 700, "TRANSL": 200, "SUM": 220}
_OTHER_BYTES = 100
_SHORTEST = 30  # bytes of source of the shortest samples there are
# What one process does in a second; a slow guess, since machines differ.
_READ = 40_000_000
_RENDER = 25_000


class Estimate(msgspec.Struct, frozen=True):
    """Samples, compressed bytes, and seconds of one process."""

    samples: int
    bytes: int
    seconds: float


def of(jobs: Iterable[Shard]) -> Estimate:
    """Return what the shards will make and take, from the counts that the paper prints and the size of the sources."""
    samples = size = read = 0
    for job in jobs:
        category = tasks.load(job.row).category
        count = _samples(job)
        samples += count
        size += count * _BYTES.get(category, _OTHER_BYTES)
        read += job.size
    return Estimate(samples, size, round(read / _READ + samples / _RENDER, 1))


def _samples(job: Shard) -> int:
    most = job.size // _SHORTEST + 1
    printed = table11().get(job.row)
    count = printed.samples(job.split) // job.of if printed else 0
    return min(count, most) if count else most // 10


def make_room(plan: Plan, place: Place) -> None:
    """Make sure that there is room for what is still to be built.

    Raises:
        MedinstError: there is not.
    """
    if needed(plan, place) > _free(place.out):
        raise MedinstError(too_little(plan, place, f"{place.out}: the disk has too little room"))


def needed(plan: Plan, place: Place) -> int:
    """Return about how many bytes are still to be written."""
    return of(job for job in plan.shards if not (place.waiting(job).exists() or (place.out / job.file).exists())).bytes


def too_little(plan: Plan, place: Place, why: str) -> str:
    """Return the message for a build that cannot be written."""
    return (
        f"{why}. About {needed(plan, place):,} bytes are still to be written to {place.out}, {_free(place.out):,} are "
        "free there. What is finished is kept, and what an earlier build made is as it was: make room, or mend the "
        "folder's permissions, and run the same command again."
    )


def _free(out: Path) -> int:
    folder = next(parent for parent in (out, *out.parents) if parent.exists())
    return shutil.disk_usage(folder).free
