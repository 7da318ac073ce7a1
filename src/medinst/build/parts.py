"""All shards of a plan, run; and the parts of a split held against each other, so that no record is in two of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from medinst.build import engine, shard
from medinst.build.engine import Opener
from medinst.build.plan import Plan, Shard
from medinst.build.shard import Built, Place
from medinst.sources import Tree

_Job = tuple[Shard, Tree, Path | None, Place]


def run(plan: Plan, place: Place, executor: Opener | None, tell: Callable[[Built], None]) -> list[Built]:
    """Build all shards and return what came of them, parts in order; ``tell`` hears of each as it is done.

    A record whose id an earlier part of the split has is set aside: its part is built a second time, without it.
    """
    found: dict[tuple[str, str], dict[int, Built]] = {}
    jobs = plan.shards
    while jobs:
        for built in engine.run(_work, [_job(plan, job, place) for job in jobs], executor):
            found.setdefault((built.shard.row, built.shard.split), {})[built.shard.at] = built
            tell(built)
        jobs = [job for parts in found.values() if len(parts) > 1 for job in doubled(_ordered(parts))]
    return [built for parts in found.values() for built in _ordered(parts)]


def doubled(parts: list[Built]) -> list[Shard]:
    """Return the parts, given in order, that are to be built again without ids that earlier ones have."""
    ids = [np.frombuffer(part.ids, np.uint64) for part in parts]
    every = np.concatenate(ids)
    later = np.ones(len(every), bool)
    later[np.unique(every, return_index=True)[1]] = False
    ends = np.cumsum([len(of_part) for of_part in ids])
    buts = [
        tuple(sorted(of_part[mask].tolist())) for of_part, mask in zip(ids, np.split(later, ends[:-1]), strict=True)
    ]
    return [
        msgspec.structs.replace(part.shard, but=but)
        for part, but in zip(parts, buts, strict=True)
        if part.shard.but != but
    ]


def _ordered(parts: dict[int, Built]) -> list[Built]:
    return [parts[at] for at in sorted(parts)]


def _job(plan: Plan, job: Shard, place: Place) -> _Job:
    unpacked = plan.unpacked.get((job.corpus, job.place)) if job.part else None
    return job, plan.trees[job.corpus], unpacked, place


def _work(job: _Job) -> Built:
    try:
        return shard.build(*job)
    except OSError as error:
        raise OSError(f"{job[0].name}: {error}") from None  # the name is lost on the way from a worker otherwise
