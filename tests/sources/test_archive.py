from __future__ import annotations

import bz2
import gzip
import lzma
import multiprocessing
import os
import platform
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from hostile_archives import GOOD, HOSTILE, WHOLE, ZIPPED, header, packed, patched, tar
from medinst.errors import ArchiveRefused, MedinstError
from medinst.sources import archive as unpacking
from medinst.sources import digest_file
from medinst.sources.archive import unpack_once
from memory import STATUS, growth
from support import tree


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def here(tmp_path):
    """Return a function that writes an archive; beside it stands the cache, and nothing else may appear."""

    def write(data, name="corpus.tar.gz"):
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path, tmp_path / "cache"

    return write


@pytest.mark.parametrize("data", [WHOLE, gzip.compress(WHOLE), bz2.compress(WHOLE), lzma.compress(WHOLE), ZIPPED])
def test_every_kind_is_known_by_its_content(here, data):
    path, cache = here(data, name="misnamed.zip")
    folder = unpack_once(path, cache)
    assert files(folder) == GOOD
    assert folder == cache / "unpacked" / digest_file(path)
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


def test_an_xz_file_of_several_streams(here):
    middle = len(WHOLE) // 2
    path, cache = here(lzma.compress(WHOLE[:middle]) + bytes(4) + lzma.compress(WHOLE[middle:]) + bytes(8))
    assert files(unpack_once(path, cache)) == GOOD


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_dialects(here, form):
    long = "/".join(["folder" * 8] * 3) + "/naïve-β.txt" if form != tarfile.USTAR_FORMAT else "d" * 90 + "/" + "f" * 90
    data = tar(header("./corpus", tarfile.DIRTYPE), ("./corpus/a.txt", b"a" * 1000), (long, b"b"), form=form)
    path, cache = here(data)
    assert files(unpack_once(path, cache)) == {"corpus/a.txt": b"a" * 1000, long: b"b"}


def test_git_archives_with_a_comment_for_all_members(here, tmp_path):
    out = tmp_path / "git.tar"
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "8d044d93"}) as made:
        made.addfile(header("corpus-master", tarfile.DIRTYPE))
        made.addfile(header("corpus-master/empty.txt", tarfile.REGTYPE))
    path, cache = here(out.read_bytes())
    assert files(unpack_once(path, cache)) == {"corpus-master/empty.txt": b""}


@pytest.mark.promise("a hostile archive: refused as a whole, nothing of it left behind")
@pytest.mark.parametrize("name", HOSTILE)
def test_refused_as_a_whole(here, tmp_path, name):
    make, words = HOSTILE[name]
    path, cache = here(make())
    before = tree(tmp_path)
    with pytest.raises(ArchiveRefused) as refusal:
        unpack_once(path, cache)
    message = str(refusal.value)
    assert words in message
    assert message.startswith(str(path))
    assert "Get the archive again from the corpus's homepage" in message
    assert refusal.value.exit_code == 5
    assert tree(tmp_path) == before
    assert list(cache.rglob("*")) == [cache / "unpacked"]


def zeros(kind):
    """Return a tar of a gigabyte of zeros a thousand times smaller, or smaller still; a zip of as much as it may."""
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    if kind in pack:
        start = header("zeros", tarfile.REGTYPE, size=150 << 20).tobuf()
        return pack[kind](start) + pack[kind](bytes(1 << 24)) * 64
    packer, body = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 24)
    block = packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH)
    stored = block * 64 + zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    data = packed(("zeros", b"x" * len(stored)), method=zipfile.ZIP_STORED).replace(b"x" * len(stored), stored)
    size = 150 << 20 if kind == "zip" else 1 << 30
    deflated = patched(data, struct.pack("<II", len(stored), len(stored)), struct.pack("<II", len(stored), size))
    return deflated.replace(b"PK\3\4\x14\0\0\0\0", b"PK\3\4\x14\0\0\0\x08").replace(
        b"PK\1\2\x14\3\x14\0\0\0\0", b"PK\1\2\x14\3\x14\0\0\0\x08"
    )


@pytest.mark.skipif(not STATUS.exists(), reason="the peak of a process's memory is read from /proc")
@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zip", "zip that says so"])
def test_memory_is_flat_under_a_bomb(here, kind):
    path, cache = here(zeros(kind))
    assert path.stat().st_size < (1 << 30) / 900
    first = "from medinst.errors import ArchiveRefused\nfrom medinst.sources.archive import unpack_once"
    then = "try:\n    unpack_once(path, folder)\nexcept ArchiveRefused as error:\n    found = str(error)\nassert found"
    assert growth(first, then, path, cache) < 24 << 20
    assert list(cache.rglob("*")) == [cache / "unpacked"]


def test_message_names_the_member(here):
    path, cache = here(tar(("fine.txt", b"x"), ("../evil.txt", b"x")))
    with pytest.raises(ArchiveRefused, match=r"corpus\.tar\.gz: '\.\./evil\.txt' has a name that leaves its folder"):
        unpack_once(path, cache)


def test_member_count_is_bounded(here, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 3)
    path, cache = here(packed(*((f"{number}.txt", b"") for number in range(4))))
    with pytest.raises(ArchiveRefused, match="holds more than 3 members"):
        unpack_once(path, cache)
    assert list(cache.rglob("*")) == [cache / "unpacked"]


def test_an_unpacked_archive_is_not_unpacked_again(here):
    path, cache = here(WHOLE)
    folder = unpack_once(path, cache)
    before = folder.stat().st_mtime_ns
    assert unpack_once(path, cache) == folder
    assert folder.stat().st_mtime_ns == before


def test_a_changed_archive_is_another(here):
    path, cache = here(WHOLE)
    first = unpack_once(path, cache)
    path, cache = here(tar(("corpus/a.txt", b"changed")))
    assert files(unpack_once(path, cache)) == {"corpus/a.txt": b"changed"}
    assert files(first) == GOOD


def test_several_processes_at_once(here):
    path, cache = here(gzip.compress(tar(*((f"{number}.txt", b"x" * number) for number in range(200)))))
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        folders = pool.starmap(unpack_once, [(path, cache)] * 8)
    assert len(set(folders)) == 1
    assert len(files(folders[0])) == 200
    assert list(folders[0].parent.iterdir()) == [folders[0]]


def test_a_slower_process_takes_the_winners_folder(here, monkeypatch):
    path, cache = here(WHOLE)
    copy_all = unpacking._copy_all

    def slow(found, folder):
        written = copy_all(found, folder)
        with monkeypatch.context() as patch:
            patch.setattr(unpacking, "_copy_all", copy_all)
            unpack_once(path, cache)
        return written

    monkeypatch.setattr(unpacking, "_copy_all", slow)
    folder = unpack_once(path, cache)
    assert files(folder) == GOOD
    assert list(folder.parent.iterdir()) == [folder]


def test_what_a_killed_process_left_is_removed(here):
    path, cache = here(WHOLE)
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom medinst.sources import archive\n"
        "def killed(member, path):\n    path.write_bytes(b'half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "archive._copy = killed\narchive.unpack_once(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, path, cache])
    assert process.wait(timeout=60) == -9
    left = list((cache / "unpacked").iterdir())
    assert [f".{process.pid}." in folder.name for folder in left] == [True]
    assert list(left[0].rglob("*.txt"))
    folder = unpack_once(path, cache)
    assert files(folder) == GOOD
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("name", [f".{platform.node()}.{os.getpid()}.00ff", ".another-machine.1.00ff", ".odd"])
def test_what_may_be_in_use_is_left_alone(here, name):
    path, cache = here(WHOLE)
    other = cache / "unpacked" / name
    other.mkdir(parents=True)
    unpack_once(path, cache)
    assert other.is_dir()


def test_a_cache_that_cannot_be_written(here, tmp_path):
    path, _ = here(WHOLE)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MedinstError, match="MEDINST_CACHE"):
        unpack_once(path, tmp_path / "file")


KINDS = {"tar": WHOLE, "zip": ZIPPED, "gz": gzip.compress(WHOLE, mtime=0), "xz": lzma.compress(WHOLE)}
damage = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=4)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(kind=st.sampled_from(list(KINDS)), changes=damage, keep=st.none() | st.integers(0, 20_000))
def test_any_damage_is_refused_or_harmless(tmp_path_factory, kind, changes, keep):
    """Whatever bytes change or are lost: refused with nothing left, or files in the archive's own folder only."""
    damaged = bytearray(KINDS[kind])
    for at, value in changes:
        damaged[at % len(damaged)] = value
    home = tmp_path_factory.mktemp("damaged")
    path, cache = home / "archive", home / "cache"
    path.write_bytes(damaged[:keep])
    try:
        folder = unpack_once(path, cache)
    except ArchiveRefused:
        assert list(cache.rglob("*")) == [cache / "unpacked"]
    else:
        assert len(files(folder)) == len(GOOD)
        assert list((cache / "unpacked").iterdir()) == [folder]
    assert sorted(home.iterdir()) == [path, cache]
