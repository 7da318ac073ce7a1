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
from getting import fetch
from medinst.errors import MedinstError
from medinst.sources import transfer
from medinst.sources.http import Patience
from medinst.sources.partial import Partial
from medinst.sources.pins import Place
from support import run, tree

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
    patience = Patience(pause=0.01, longest_pause=0.05)
    results = fetch.run(fetch.plan(names, None, cache), cache, None, site, patience, lambda *_: None, lambda _: None)
    assert all(result.status == "ready" for result in results), results
"""
KILLED = """
import kills
from medinst import corpora
corpora.load("anem"), corpora.load("sciq"), corpora.load("umnsrs")
print(kills.lines(main, (str(Path(partial.__file__).parent),), int(sys.argv.pop(1))))
"""
EIGHT = """
import os, random, time
from medinst import corpora
corpora.load("anem"), corpora.load("sciq"), corpora.load("umnsrs")
random_ = random.Random(sys.argv.pop(1))
late = [random_.random() / 10 for _ in range(8)]
for seconds in late:
    if not os.fork():
        time.sleep(seconds)
        main()
        os._exit(0)
ends = [os.wait()[1] for _ in range(8)]
assert ends == [0] * 8, ends
"""
# File locks that work, that the file system refuses, that it grants to everybody.
LOCKS = {
    "held": "",
    "refused": """
import errno, fcntl, os
def flock(handle, how):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
fcntl.flock = flock
""",
    "ignored": """
import fcntl
fcntl.flock = lambda handle, how: None
""",
}


def child(code, *args):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def ended(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), err
    return out


def everything(folder):
    """Return the files with their digests, and the folders."""
    return {*tree(folder).items(), *(path.relative_to(folder) for path in folder.rglob("*") if path.is_dir())}


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


@pytest.mark.promise(
    "SIGKILL at any line of fetch and unpack, run again: the end state of an undisturbed run, no litter"
)
@pytest.mark.seeds(10, 50)
def test_killed_at_any_line_and_run_again(tmp_path, site, undisturbed, seed):
    """Killed, often more than once, and run again: the bytes of an undisturbed run, and nothing besides."""
    state, lines = undisturbed
    random_ = random.Random(seed)
    cache, kills = tmp_path / "cache", 0
    fetch = FETCH + LOCKS[random_.choice(list(LOCKS))]
    for _ in range(random_.choice([1, 1, 2, 3])):
        process = child(fetch + KILLED, random_.randrange(1, lines), cache, site.url, *ROWS)
        ended(process)
        kills += process.returncode != 0
    assert kills
    assert ended(child(fetch + "main()", cache, site.url, *ROWS)) == ""
    assert everything(cache) ^ state == set()


@pytest.mark.promise("SIGKILL while bytes come slowly, run again: the right bytes, no litter")
@pytest.mark.seeds(2, 12)
def test_killed_at_any_time_while_bytes_come_slowly(tmp_path, seed):
    random_ = random.Random(seed)
    data = random_.randbytes(40_000)
    code = FETCH.replace("def main", "def other") + "\n".join(
        [
            "from getting import fetch as bring",
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


@pytest.mark.promise("eight processes fetch the same corpora, with and without file locks: same bytes, no crash")
@pytest.mark.parametrize("locks", LOCKS)
@pytest.mark.seeds(3, 17)
def test_eight_at_once(tmp_path, undisturbed, locks, seed):
    """The server is a good one at first, then cuts, forgets ranges and is slow, as the seed says."""
    cache = tmp_path / "cache"
    faults = ["ok", "ok", "cut 200", "norange", "status 503", "drip 0.0001"]

    def behave(path, attempt):
        return random.Random(f"{seed} {path} {attempt}").choice(faults) if seed else "ok"

    with FileServer(site_mirror.files(), behave) as server:
        ended(child(FETCH + LOCKS[locks] + EIGHT, f"{seed} {locks}", cache, server.url, *ROWS))
        assert everything(cache) ^ undisturbed[0] == set()
        if locks == "held" and not seed:
            assert server.counts["/anem/AnEM-1.0.4.tar.gz"] == 1


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
import asyncio
from medinst.errors import MedinstError
from getting import fetch as bring
from medinst.sources.pins import Place
try:
    bring(Place(sys.argv[2], None, None, "a.txt"), Path(sys.argv[1]) / "a.txt")
except MedinstError as error:
    print(error.exit_code, error)
"""


@pytest.mark.promise("a disk that is full at any byte: told with the bytes needed, the old file kept")
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


@pytest.mark.promise("a disk that is full at any step: told with the bytes needed, the old file kept")
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


def test_a_folder_that_cannot_be_written(tmp_path, site):
    (tmp_path / "file").write_bytes(b"")
    done = run("fetch", "SciQ", "--mirror", site.url, MEDINST_CACHE=str(tmp_path / "file"))
    assert done.returncode == 1
    assert "SciQ.zip cannot be written to " in done.stderr
    assert "name a folder on another disk (MEDINST_CACHE, --to)" in done.stderr


def test_many_tries_are_fine_as_long_as_bytes_come(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS", 1000)
    data = random.Random(0).randbytes(20_000)
    with FileServer({"/a.txt": data}, lambda path, attempt: "cut 1500") as server:
        fetch(Place(f"{server.url}/a.txt", None, None, "a.txt"), tmp_path / "a.txt", patience=PATIENCE)
        assert len(server.asked) > 10
    assert (tmp_path / "a.txt").read_bytes() == data
