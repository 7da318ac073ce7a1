"""What a build says before it begins, while it runs, and when it is stopped."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

import grown
from medinst.build import estimate, plan, shard
from medinst.build.parquet import FileEntry
from medinst.cli import building
from medinst.formats import parts
from medinst.reference import table11
from medinst.sources import cache_folder
from support import FIXTURES, run


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return grown.write(tmp_path_factory.mktemp("progress"), 400)


def test_what_a_dry_run_estimates(sources, tmp_path):
    done = run("build", "MeDAL", "SciELO", "--sources", sources, "--out", tmp_path / "out", "--dry-run", "--json")
    said = json.loads(done.stdout)
    for job in said["shards"]:
        assert 0 < job["estimate"]["samples"] <= job["size"] / 30 + 1
    assert said["estimate"]["samples"] == sum(job["estimate"]["samples"] for job in said["shards"])
    assert said["estimate"]["bytes"] > 0
    assert "about" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_large_file_is_taken_to_have_what_is_printed(sources):
    (job,) = plan.make(["MeDAL"], sources, cache_folder()).shards
    assert estimate.of([shard_of(job, 10**10)]).samples == table11()["MeDAL"].train


def shard_of(job, size):
    return plan.Shard(job.row, job.split, job.corpus, job.view, job.place, False, job.digest, job.key, size=size)


def board(shards, workers):
    screen = Console(file=io.StringIO(), force_terminal=True, width=120)
    bars = Progress(TextColumn("{task.description}"), TextColumn("{task.fields[note]}"), console=screen)
    return building._Board(shards, workers, bars), bars


def built(job, rows, again=False):
    return shard.Built(job, rows, rows, FileEntry(job.file, "", rows, 1), [], again=again)


def test_a_line_a_running_row(sources, monkeypatch):
    monkeypatch.setattr(parts, "SIZE", 4000)
    shards = plan.make(["MeDAL", "SciELO"], sources, cache_folder()).shards
    lines, bars = board(shards, 2)
    assert {task.description for task in bars.tasks} <= {"building", "MeDAL", "SciELO"}
    lines.tell(built(shards[0], 50, again=True))
    assert {task.fields["note"] for task in bars.tasks} == {""}  # what was there before says nothing of the speed
    for job in shards[1:-1]:
        lines.tell(built(job, 50))
    (bottom,) = (task for task in bars.tasks if task.description == "building")
    assert f"{50 * (len(shards) - 2):,} samples" in bottom.fields["note"]
    assert "/s, 0:00:0" in bottom.fields["note"]
    lines.tell(built(shards[-1], 50))
    assert [task.description for task in bars.tasks] == ["building"]
    assert bars.tasks[0].finished


def test_plain_lines_where_nobody_watches(sources, tmp_path):
    done = run("build", "MeDAL", "--sources", sources, "--out", tmp_path / "out")
    assert "\x1b" not in done.stderr
    assert "MeDAL/train: 399 samples (399 samples, " in done.stderr
    assert "399 samples, as before" in run("build", "MeDAL", "--sources", sources, "--out", tmp_path / "out").stderr


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_ctrl_c_on_a_terminal(tmp_path, engine):
    """As a terminal does it: SIGINT to the command and to its workers; nothing of them is left."""
    ours, theirs = pty.openpty()
    words = ["build", "--sources", str(FIXTURES), "--out", str(tmp_path / "out"), "--engine", engine]
    process = subprocess.Popen(
        [sys.executable, "-m", "medinst", *words], stdout=theirs, stderr=theirs, stdin=theirs, start_new_session=True
    )
    os.close(theirs)
    said = b""
    while b"building" not in said:
        said += os.read(ours, 1 << 16)
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    try:
        while piece := os.read(ours, 1 << 16):
            said += piece
    except OSError:
        pass  # Linux says so when the other side is closed
    os.close(ours)
    assert process.wait(30) == 130
    assert b"run the same command again to go on" in said
    assert b"Traceback" not in said
    gone = time.monotonic() + 10
    while anyone(process.pid) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not anyone(process.pid)


def anyone(group):
    """Say whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
