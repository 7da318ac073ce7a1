"""Too little room: known beforehand, or found out on the way; what was there before stays whole. Two builds at once."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time

import pytest

import grown
from medinst.build import dataset, estimate, manifest, plan
from medinst.build.dataset import state_of
from medinst.errors import MedinstError
from medinst.sources import cache_folder
from support import FIXTURES, run, tree


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return grown.write(tmp_path_factory.mktemp("room"), 4000)


def build(row, sources, out):
    dataset.build(plan.make([row], sources, cache_folder()), out, None, lambda built: None)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.promise("a disk that is full during a build: told with the bytes needed and free, earlier results whole")
def test_a_full_disk(sources, tmp_path, workers):
    """A limit on the size of files fails as a full disk does, in the middle of one."""
    out = tmp_path / "out"
    build("AnEM", FIXTURES, out)
    before = tree(out)
    command = [sys.executable, "-m", "medinst", "build", "SciELO", "--sources", sources, "--out", out]
    limited = subprocess.run(
        [*command, "--workers", str(workers)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert limited.returncode == 1
    assert "Traceback" not in limited.stderr
    said = r"SciELO/train: .*About [\d,]+ bytes are still to be written to .*, [\d,]+ are free"
    assert re.search(said, limited.stderr)
    assert tree(out) == before
    assert manifest.faults(out) == []
    assert not (state_of(out) / "tmp").exists()
    build("SciELO", sources, out)
    assert {entry.row for entry in manifest.read(out).splits} == {"AnEM", "SciELO"}
    assert manifest.faults(out) == []


def test_room_is_looked_for_first(sources, tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "_free", lambda out: 1000)
    with pytest.raises(MedinstError, match=r"too little room. About [\d,]+ bytes .* 1,000 are free"):
        build("SciELO", sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_second_of_two_builds_is_refused(sources, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "medinst", "build", "SciELO", "--sources", str(sources), "--out", str(out)]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not (state_of(out) / "lock").exists():
        assert first.poll() is None
        time.sleep(0.005)
    first.send_signal(signal.SIGSTOP)
    second = run("build", "SciELO", "--sources", sources, "--out", out)
    assert second.returncode == 1
    assert f"in use by process {first.pid} on {os.uname().nodename}" in second.stderr
    first.send_signal(signal.SIGCONT)
    assert first.wait(60) == 3  # the damage in it
    assert manifest.faults(out) == []
