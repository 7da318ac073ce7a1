"""Fetching while processes are killed, run into each other or find no room: the end state is always the same."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys

import pytest

import site_mirror
from file_server import FileServer
from medinst.errors import MedinstError
from medinst.sources import transfer
from medinst.sources.download import fetch
from medinst.sources.http import Patience
from medinst.sources.partial import Partial
from medinst.sources.pins import Place
from support import tree

ROWS = ["AnEM", "SciQ", "UMNSRS"]
PATIENCE = Patience(stall=5, tries=3, pause=0.01, longest_pause=0.05)
# Fetches argv[3:] from the mirror argv[2] into the cache argv[1], after the lines that go before it.
FETCH = """
import sys
from pathlib import Path
from medinst.sources import partial
from medinst.sources.http import Patience
from medinst.workflows import fetch
partial.EVERY = 1000
def main():
    cache, site, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    results = fetch.run(fetch.plan(names, None, cache), cache, None, site, Patience(), lambda *_: None, lambda _: None)
    assert all(result.status == "ready" for result in results), results
"""
# Counts the lines run in medinst.sources, in every thread; kills itself at a given one, else tells their number.
KILLED = """
import os, signal, threading
kill_at, lines = int(sys.argv.pop(1)), 0
home = str(Path(partial.__file__).parent)
def traced(frame, event, _):
    global lines
    if not frame.f_code.co_filename.startswith(home):
        return None
    if event == "line":
        lines += 1
        if lines == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    return traced
from medinst import corpora
corpora.load("anem"), corpora.load("sciq"), corpora.load("umnsrs")
threading.settrace(traced)
sys.settrace(traced)
main()
sys.settrace(None)
print(lines)
"""
UNLOCKED = """
import fcntl
fcntl.flock = lambda handle, how: None
"""


def child(code, *args):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), err
    return out


def everything(folder):
    """Return the files with their digests, and the folders."""
    return tree(folder), sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir())


@pytest.fixture(scope="module")
def site():
    with FileServer(site_mirror.files()) as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(site, tmp_path_factory):
    """Return the end state of a fetch that nothing disturbs, and the number of lines it runs."""
    cache = tmp_path_factory.mktemp("undisturbed") / "cache"
    lines = int(ended(child(FETCH + KILLED, 0, cache, site.url, *ROWS)))
    assert lines > 1000
    return everything(cache), lines


@pytest.mark.seeds(8, 50)
def test_killed_at_any_line_and_run_again(tmp_path, site, undisturbed, seed):
    """Killed, often more than once, and run again: the bytes of an undisturbed run, and nothing besides."""
    state, lines = undisturbed
    random_ = random.Random(seed)
    cache, kills = tmp_path / "cache", 0
    for _ in range(random_.choice([1, 1, 2, 3])):
        process = child(FETCH + KILLED, random_.randrange(1, lines), cache, site.url, *ROWS)
        ended(process)
        kills += process.returncode != 0
    assert kills
    assert ended(child(FETCH + "main()", cache, site.url, *ROWS)) == ""
    assert everything(cache) == state


@pytest.mark.seeds(2, 12)
def test_killed_at_any_time_while_bytes_come_slowly(tmp_path, seed):
    random_ = random.Random(seed)
    data = random_.randbytes(40_000)
    code = FETCH.replace("def main", "def other") + "\n".join(
        [
            "from medinst.sources.download import fetch as bring",
            "from medinst.sources.pins import Place",
            "bring(Place(sys.argv[2], None, None, 'a.txt'), Path(sys.argv[1]) / 'a.txt')",
        ]
    )
    with FileServer({"/a.txt": data}, lambda path, attempt: "drip 0.0001" if attempt < 3 else "ok") as server:
        for _ in range(2):
            process = child(code, tmp_path / "to", f"{server.url}/a.txt")
            before = len(server.asked)
            while len(server.asked) == before and process.poll() is None:
                server.over.wait(0.01)
            server.over.wait(random_.random() / 2)
            process.kill()
            ended(process)
        ended(child(code, tmp_path / "to", f"{server.url}/a.txt"))
    assert [path.name for path in (tmp_path / "to").rglob("*")] == ["a.txt"]
    assert (tmp_path / "to" / "a.txt").read_bytes() == data


@pytest.mark.parametrize("locks", ["locks", "no locks"])
@pytest.mark.seeds(1, 5)
def test_eight_at_once(tmp_path, site, undisturbed, locks, seed):
    cache = tmp_path / "cache"
    before = site.counts["/anem/AnEM-1.0.4.tar.gz"]
    code = FETCH + (UNLOCKED if locks == "no locks" else "") + "main()"
    processes = [child(code, cache, site.url, *ROWS) for _ in range(8)]
    for process in processes:
        ended(process)
    assert [process.returncode for process in processes] == [0] * 8
    assert everything(cache) == undisturbed[0]
    if locks == "locks":
        assert site.counts["/anem/AnEM-1.0.4.tar.gz"] - before == 1


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
import asyncio
from medinst.errors import MedinstError
from medinst.sources.download import fetch as bring
from medinst.sources.pins import Place
try:
    bring(Place(sys.argv[2], None, None, "a.txt"), Path(sys.argv[1]) / "a.txt")
except MedinstError as error:
    print(error.exit_code, error)
"""


@pytest.mark.seeds(3, 12)
def test_a_file_that_does_not_fit(tmp_path, seed):
    """The system refuses to write further at some byte: said with bytes needed and free; then room is made."""
    random_ = random.Random(seed)
    data = random_.randbytes(300_000)
    limit = random_.randrange(1, len(data))
    target = tmp_path / "to" / "a.txt"
    target.parent.mkdir()
    target.write_bytes(b"old")
    with FileServer({"/a.txt": data}) as server:
        said = ended(child(FETCH + LIMITED, limit, target.parent, f"{server.url}/a.txt"))
        assert said.startswith("1 a.txt cannot be written to ")
        assert " bytes more are needed, " in said
        assert " bytes are free there. Make room" in said
        assert {path.name for path in target.parent.rglob("*")} == {"a.txt"}
        assert target.read_bytes() == b"old"
        fetch(Place(f"{server.url}/a.txt", None, None, "a.txt"), target, patience=PATIENCE)
    assert target.read_bytes() == data


def test_bytes_needed_are_told_also_where_the_server_does_not_say(tmp_path, monkeypatch):
    def full(self):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Partial, "checkpoint", full)
    with (
        FileServer({"/a.txt": b"x" * 5000}, lambda path, attempt: "chunked") as server,
        pytest.raises(MedinstError, match=r"More than 5,000 bytes are needed, [\d,]+ bytes are free"),
    ):
        fetch(Place(f"{server.url}/a.txt", None, None, "a.txt"), tmp_path / "a.txt", patience=PATIENCE)


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1234)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with FileServer({"/a.txt": b"x" * 5000}) as server, pytest.raises(MedinstError) as refusal:
        fetch(Place(f"{server.url}/a.txt", None, None, "a.txt"), tmp_path / "a.txt", patience=PATIENCE)
    assert "5,000 bytes more are needed, 1,234 bytes are free there" in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


STEPS = ("write", "sync", "checkpoint", "move")


@pytest.mark.seeds(4, 16)
def test_no_space_left_at_any_step(tmp_path, monkeypatch, seed):
    random_ = random.Random(seed)
    step, after = STEPS[seed % 4], random_.randrange(2)
    real, calls = getattr(Partial, step), []

    def full(self, *args):
        calls.append(step)
        if len(calls) > after * (step == "write"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(self, *args)

    data = random_.randbytes(400_000)
    with FileServer({"/a.txt": data}) as server:
        place = Place(f"{server.url}/a.txt", None, None, "a.txt")
        with monkeypatch.context() as patch:
            patch.setattr(Partial, step, full)
            with pytest.raises(MedinstError, match=r"No space left on device\. [\d,]+ bytes more are needed"):
                fetch(place, tmp_path / "to" / "a.txt", patience=PATIENCE)
        assert not list(tmp_path.rglob("*.txt"))
        fetch(place, tmp_path / "to" / "a.txt", patience=PATIENCE)
    assert [path.name for path in (tmp_path / "to").rglob("*")] == ["a.txt"]
    assert (tmp_path / "to" / "a.txt").read_bytes() == data


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with FileServer({"/a.txt": b"x"}) as server, pytest.raises(MedinstError, match="MEDINST_CACHE") as refusal:
        fetch(Place(f"{server.url}/a.txt", None, None, "a.txt"), tmp_path / "file" / "a.txt", patience=PATIENCE)
    assert refusal.value.exit_code == 1


def test_many_tries_are_fine_as_long_as_bytes_come(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS", 1000)
    data = random.Random(0).randbytes(20_000)
    with FileServer({"/a.txt": data}, lambda path, attempt: "cut 1500") as server:
        fetch(Place(f"{server.url}/a.txt", None, None, "a.txt"), tmp_path / "a.txt", patience=PATIENCE)
        assert len(server.asked) > 10
    assert (tmp_path / "a.txt").read_bytes() == data
