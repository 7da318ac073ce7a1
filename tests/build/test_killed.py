"""A build that is killed anywhere, and run again, leaves what an undisturbed one leaves."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

import grown
import killing
from medinst.build.dataset import state_of
from support import FIXTURES, run, tree

ROWS = ("SciELO", "MeDAL", "PubMedQA-artificial", "AnEM", "AnEM-RE", "SciFact")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Return a sources folder of small corpora and of large ones that are read in parts."""
    folder = grown.write(tmp_path_factory.mktemp("killed") / "sources")
    for name in ("anem", "scifact"):
        shutil.copytree(FIXTURES / name, folder / name)
    return folder


def script(sources, out, last, cache):
    command = [sys.executable, killing.__file__, str(sources), str(out), str(last)]
    environment = {**os.environ, "MEDINST_CACHE": str(cache)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def undisturbed(sources, cache):
    """Return what an undisturbed build makes, and in how many steps."""
    out = sources.with_name("undisturbed")
    steps = int(script(sources, out, 0, cache))
    assert steps > 1000
    return tree(out), steps


@pytest.fixture(scope="module")
def whole(sources, cache):
    """Return what an undisturbed build by two workers makes."""
    out = sources.with_name("whole")
    assert run("build", *ROWS, "--sources", sources, "--out", out, MEDINST_CACHE=str(cache)).returncode == 3
    return tree(out)


@pytest.mark.seeds(8, 80)
@pytest.mark.promise("SIGKILL at any step of a build, run again: the same files, no litter")
def test_killed_at_a_step(seed, sources, undisturbed, tmp_path, cache):
    expected, steps = undisturbed
    out = tmp_path / "out"
    script(sources, out, random.Random(seed).randint(1, steps), cache)
    assert tree(out) == expected
    assert [path.name for path in state_of(out).iterdir()] == ["done"]


@pytest.mark.seeds(2, 20)
@pytest.mark.promise("SIGKILL at any step of a build, run again: the same files, no litter")
def test_killed_with_its_workers(seed, sources, whole, tmp_path):
    """The whole process group, while two workers build."""
    out = tmp_path / "out"
    command = ["build", *ROWS, "--sources", str(sources), "--out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "medinst", *command, str(out)], stderr=subprocess.DEVNULL, start_new_session=True
    )
    while not state_of(out).exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(random.Random(seed).uniform(0, 2))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert run(*command, out).returncode == 3  # the damage that is in the large ones
    assert tree(out) == whole
    assert [path.name for path in state_of(out).iterdir()] == ["done"]
