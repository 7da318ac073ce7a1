"""The same plan on Dask: a real scheduler and two worker processes on 127.0.0.1, of which some are lost."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobs import die_always, square, take_time
from medinst.build import engine
from medinst.errors import MedinstError, RemoteFailure
from support import FIXTURES, run, tree

ROWS = ("AnEM", "AnEM-RE", "SciFact", "BC5CDR", "BC5CDR-RE", "MedQA", "BIOSSES")


class Cluster:
    """A scheduler and two workers, each with a nanny as on a node of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        while not self.file.exists() or not self.file.read_text().strip():
            time.sleep(0.05)
        self.address = json.loads(self.file.read_text())["address"]
        self.nodes = [self.node(), self.node()]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(self.file)]
        tests = Path(__file__).parent.parent
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")])}
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=said, stderr=said, start_new_session=True
            )

    def node(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "--nthreads", "1", "--nworkers", "1", "--no-dashboard")

    def end(self) -> None:
        for process in (*self.nodes, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.end()


def lose(cluster, how, folder):
    """Kill the process that works, or it and its nanny, once work has begun; return its pid."""
    while not list(folder.iterdir()):
        time.sleep(0.01)
    pid = int(next(folder.iterdir()).suffix[1:])
    if how == "a worker":
        os.kill(pid, signal.SIGKILL)
    else:
        os.killpg(os.getpgid(pid), signal.SIGKILL)
    return pid


@pytest.mark.parametrize("how", ["a worker", "a node"])
@pytest.mark.promise("a Dask worker killed or a node lost: every job is done")
def test_what_is_lost_is_done_elsewhere(cluster, tmp_path, how):
    folder = tmp_path / "begun"
    folder.mkdir()
    work = functools.partial(take_time, folder=str(folder))
    results, lost = [], None
    for result in engine.run(work, range(20), engine.opener("dask", 2, cluster.address)):
        results.append(result)
        lost = lost or lose(cluster, how, folder)
    assert sorted(results) == [n * n for n in range(20)]
    assert not os.path.exists(f"/proc/{lost}")


def test_a_build_on_a_cluster_that_loses_a_node_makes_the_same_bytes(cluster, tmp_path):
    words = ["build", *ROWS, "--sources", str(FIXTURES), "--out"]
    assert run(*words, tmp_path / "here").returncode == 0
    command = [sys.executable, "-m", "medinst", *words, str(tmp_path / "there"), "--engine", "dask"]
    with (tmp_path / "stderr").open("w") as said:
        process = subprocess.Popen([*command, "--scheduler", cluster.address], stderr=said)
    while "BC5CDR" not in (tmp_path / "stderr").read_text() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(cluster.nodes[0].pid, signal.SIGKILL)
    assert process.wait(120) == 0, (tmp_path / "stderr").read_text()
    assert tree(tmp_path / "there") == tree(tmp_path / "here")


def test_jobs_that_kill_every_worker_end_the_run(cluster):
    with pytest.raises(MedinstError, match="out of memory"):
        list(engine.run(die_always, [1], engine.opener("dask", 2, cluster.address)))


def test_a_lost_scheduler_ends_the_run(cluster, tmp_path):
    folder = tmp_path / "begun"
    folder.mkdir()
    work = functools.partial(take_time, folder=str(folder))
    results = engine.run(work, range(20), engine.opener("dask", 2, cluster.address))
    next(results)
    os.killpg(cluster.scheduler.pid, signal.SIGKILL)
    with pytest.raises(RemoteFailure, match="What is finished is kept"):
        list(results)


def test_a_cluster_on_this_machine():
    assert sorted(engine.run(square, range(20), engine.opener("dask", 2))) == [n * n for n in range(20)]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--engine", "dask", "--scheduler", "127.0.0.1"), 2, "tcp://HOST:PORT"),
        (("--scheduler", "tcp://127.0.0.1:9"), 2, "with --engine dask"),
    ],
)
def test_a_cluster_that_cannot_be_used(tmp_path, words, code, message):
    done = run("build", "AnEM", "--sources", FIXTURES, "--out", tmp_path / "out", *words)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_scheduler_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(engine, "_CONNECTING", 1)
    with pytest.raises(RemoteFailure, match=r"the Dask scheduler at tcp://127\.0\.0\.1:9 cannot be used"):
        list(engine.run(square, [1], engine.opener("dask", 2, "tcp://127.0.0.1:9")))


def test_without_the_extra(tmp_path):
    hidden = "import sys; sys.modules['distributed'] = None; from medinst.cli import main; main()"
    words = ["build", "AnEM", "--sources", str(FIXTURES), "--out", str(tmp_path / "out"), "--engine", "dask"]
    done = subprocess.run([sys.executable, "-c", hidden, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'medinst[cluster]'" in done.stderr
