"""The pool of workers: every job once, also when a worker dies."""

from __future__ import annotations

import functools

import pytest

from jobs import die_always, die_once, square
from medinst.build import engine
from medinst.errors import MedinstError


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_once(workers):
    assert sorted(engine.run(square, range(20), engine.opener("processes", workers))) == [n * n for n in range(20)]


def test_a_dead_worker_loses_nothing(tmp_path):
    work = functools.partial(die_once, folder=str(tmp_path))
    assert sorted(engine.run(work, range(20), engine.opener("processes", 2))) == [n * n for n in range(20)]
    assert (tmp_path / "died").exists()


def test_workers_that_always_die_end_the_run():
    with pytest.raises(MedinstError, match="pools of workers died"):
        list(engine.run(die_always, range(3), engine.opener("processes", 2)))
