from __future__ import annotations

import asyncio
import bz2
import gzip
import lzma
import os
import random
import shutil

import pytest

from hostile_archives import packed, tar
from medinst.errors import ArchiveRefused, IntegrityFailure
from medinst.sources import locate, pins, trust
from medinst.sources.bring import bring
from medinst.sources.digest import digest_file, manifest
from medinst.sources.http import Patience, Session
from support import FIXTURES, run

INSIDE = (("data/train.txt", b"A mite of the genus Vernaria.\n" * 40), ("data/test.txt", b"Nothing was found.\n"))
TABLE = b"id\tlabel\n1\tyes\n"
BY_HAND = b"Invented.\n"
CONTENTS = {**dict(INSIDE), "table.tsv": TABLE, "notes/README": BY_HAND}
URLS = ("https://corpus.test/release.zip", "https://corpus.test/table.tsv")
PACKED = (
    packed(*INSIDE),
    tar(*INSIDE),
    gzip.compress(tar(*INSIDE), mtime=0),
    bz2.compress(tar(*INSIDE)),
    lzma.compress(tar(*INSIDE)),
)
FOUND = "a byte flipped, cut off or added in a cached, unpacked or carried file: found before use, then mended or named"


@pytest.fixture
def mirror(tmp_path, request):
    """Return a site's mirror with an archive, of a kind that the seed chooses, and a table."""
    folder = tmp_path / "mirror" / "corpus"
    folder.mkdir(parents=True)
    (folder / "release.zip").write_bytes(PACKED[request.getfixturevalue("seed") % len(PACKED)])
    (folder / "table.tsv").write_bytes(TABLE)
    return folder.parent


@pytest.fixture
def cache(mirror, tmp_path):
    """Return a cache with the mirror's files, fetched, and a file put there by hand, all used once."""
    fetch(mirror, tmp_path / "cache")
    note = tmp_path / "cache" / "sources" / "corpus" / "notes" / "README"
    note.parent.mkdir()
    note.write_bytes(BY_HAND)
    assert used(tmp_path / "cache") == CONTENTS
    return tmp_path / "cache"


@pytest.fixture
def seed():
    """Return the seed of a test that has only one."""
    return 0


def fetch(mirror, cache):
    """Fetch what the mirror has into the cache and return what was done to each file."""

    async def all_of_them():
        async with Session(Patience()) as session:
            return await bring(session, "corpus", URLS, cache / "sources", mirror.as_uri())

    return {file.name: file.status for file in asyncio.run(all_of_them())}


def used(cache, sources=None):
    """Return every byte that a reader would see."""
    tree = locate("corpus", ("release.zip",), sources, cache)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for root in tree.roots
        for path in root.rglob("*")
        if path.is_file() and path.name != "release.zip"
    }


def one_of(folder, random_):
    return random_.choice(sorted(path for path in folder.rglob("*") if path.is_file()))


def damage(path, random_):
    """Change a file by one byte, or cut it, as quietly as can be: same time of change, where possible same size."""
    data, before = bytearray(path.read_bytes()), path.stat()
    kind = random_.choice(("flip", "truncate", "append"))
    if kind == "flip":
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
    elif kind == "truncate":
        del data[-random_.choice((1, 1, 9)) :]
    else:
        data.append(random_.randrange(256))
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def refused(path, cache, sources=None):
    """Say that nothing is used of a damaged file, and that the message names it."""
    with pytest.raises(IntegrityFailure) as refusal:
        used(cache, sources)
    assert str(path) in str(refusal.value)
    assert refusal.value.exit_code == 5


@pytest.mark.promise(FOUND)
@pytest.mark.seeds(10, 200)
def test_a_changed_byte_in_the_cache_is_found_before_use(cache, mirror, seed):
    random_ = random.Random(seed)
    path = one_of(cache / "sources" / "corpus", random_)
    damage(path, random_)
    refused(path, cache)  # offline: nothing of it is used
    assert "fetched" in fetch(mirror, cache).values() or path.name == "README"
    if path.name == "README":  # which no server has
        refused(path, cache)
        path.write_bytes(BY_HAND)
    assert used(cache) == CONTENTS


@pytest.mark.promise(FOUND)
@pytest.mark.seeds(10, 200)
def test_a_changed_byte_of_what_was_unpacked_is_found_before_use(cache, seed):
    random_ = random.Random(seed)
    damage(one_of(cache / "unpacked", random_), random_)
    assert used(cache) == CONTENTS  # unpacked again


@pytest.mark.promise(FOUND)
@pytest.mark.seeds(10, 200)
def test_a_changed_byte_in_a_carried_folder_is_found_before_use(cache, tmp_path, seed):
    random_ = random.Random(seed)
    carried = tmp_path / "carried"
    shutil.copytree(cache / "sources", carried)
    shutil.rmtree(cache)
    path = one_of(carried / "corpus", random_)
    damage(path, random_)
    refused(path, cache, carried)


@pytest.mark.promise(FOUND)
@pytest.mark.seeds(10, 200)
def test_a_changed_byte_in_a_pinned_archive_of_the_users_own_is_found_before_use(mirror, tmp_path, seed, monkeypatch):
    random_ = random.Random(seed)
    path = mirror / "corpus" / "release.zip"
    size, tree = str(path.stat().st_size), ""
    pin = pins.Pin("corpus", "file", path.name, URLS[0], digest_file(path), size, tree, "")
    monkeypatch.setattr(pins, "_pins", lambda: {"corpus": (pin,)})
    assert used(tmp_path / "cache", mirror).items() >= dict(INSIDE).items()
    damage(path, random_)
    refused(path, tmp_path / "cache", mirror)


@pytest.mark.promise(FOUND)
@pytest.mark.seeds(10, 200)
def test_a_changed_byte_in_an_archive_that_nothing_is_known_of_lets_no_other_bytes_in(tmp_path, seed):
    random_ = random.Random(seed)
    path = tmp_path / "sources" / "corpus.tar.gz"
    path.parent.mkdir()
    path.write_bytes((*PACKED[:1], *PACKED[2:])[seed % 4])  # a plain tar has no checksum of its contents
    damage(path, random_)
    try:
        assert used(tmp_path / "cache", path.parent) == dict(INSIDE)
    except ArchiveRefused as refusal:
        assert str(path) in str(refusal)  # noqa: PT017 - either is right


@pytest.mark.promise(FOUND)
@pytest.mark.seeds(10, 200)
def test_a_damaged_record_lets_no_other_bytes_in(cache, seed):
    random_ = random.Random(seed)
    damage(one_of(cache / random_.choice(("sources/.lock", "manifests")), random_), random_)
    try:
        assert used(cache) == CONTENTS
    except IntegrityFailure as refusal:
        assert ".lock" in str(refusal)  # noqa: PT017 - either is right


def test_a_build_ends_with_5_and_names_the_file(tmp_path):
    shutil.copytree(FIXTURES / "anem", tmp_path / "cache" / "sources" / "anem")
    build = ("build", "AnEM", "--out", tmp_path / "out", "--workers", "1")
    assert run(*build, MEDINST_CACHE=str(tmp_path / "cache")).returncode == 0
    path = one_of(tmp_path / "cache" / "sources" / "anem", random.Random(0))
    damage(path, random.Random(1))
    done = run(*build, MEDINST_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 5
    assert f"{path} has sha256 " in done.stderr


def test_what_changes_in_a_folder_of_ones_own_is_said(tmp_path, caplog):
    path = tmp_path / "sources" / "corpus" / "table.tsv"
    path.parent.mkdir(parents=True)
    for data in (TABLE, TABLE, TABLE + b"2\tno\n"):
        assert "has changed" not in caplog.text
        path.write_bytes(data)
        assert used(tmp_path / "cache", tmp_path / "sources") == {"table.tsv": data}
    assert f"{path.parent} has changed since its last use: table.tsv" in caplog.text
    caplog.clear()
    used(tmp_path / "cache", tmp_path / "sources")
    assert caplog.text == ""


def test_a_pinned_file_that_differs_in_a_folder_of_ones_own_is_said(tmp_path, caplog):
    path = tmp_path / "mqp" / "mqp.csv"
    path.parent.mkdir()
    path.write_bytes(TABLE)
    locate("mqp", (), tmp_path, tmp_path / "cache")
    assert f"{path} is not the file that is pinned under its name" in caplog.text


def test_what_was_unpacked_is_unpacked_again_and_said(cache, caplog):
    (path,) = cache.glob("unpacked/*/data/test.txt")
    path.unlink()
    assert used(cache) == CONTENTS
    assert "data/test.txt: found nothing" in caplog.text
    assert sorted(entry.name for entry in (cache / "unpacked").iterdir()) == [path.parent.parent.name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_what_cannot_be_unpacked_again_is_named(cache):
    (path,) = cache.glob("unpacked/*/data/test.txt")
    path.write_bytes(b"Something")
    (cache / "unpacked").chmod(0o500)
    with pytest.raises(IntegrityFailure, match=r"data/test\.txt: found .* cannot be unpacked again"):
        used(cache)


def test_a_file_that_is_gone_is_named(cache):
    (cache / "sources" / "corpus" / "table.tsv").unlink()
    with pytest.raises(IntegrityFailure, match=r"corpus/table\.tsv is gone, expected [0-9a-f]{64}"):
        used(cache)


def test_a_new_file_in_the_cache_is_held_to_its_first_use(cache):
    path = cache / "sources" / "corpus" / "late.txt"
    path.write_bytes(b"one")
    used(cache)
    path.write_bytes(b"two")
    with pytest.raises(IntegrityFailure, match=r"late\.txt has sha256"):
        used(cache)


def test_other_bytes_than_pinned_do_not_enter_the_cache(tmp_path):
    path = tmp_path / "cache" / "sources" / "biored" / "BIORED.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(*INSIDE))
    with pytest.raises(IntegrityFailure, match=r"BIORED\.zip has sha256 .*, expected .* as recorded or pinned"):
        locate("biored", ("BIORED.zip",), None, tmp_path / "cache")
    with pytest.raises(IntegrityFailure, match=r"BIORED\.zip has sha256 .*, expected .* as pinned"):
        locate("biored", ("BIORED.zip",), tmp_path / "cache" / "sources", tmp_path / "other")


def test_an_archive_that_unpacks_to_something_else_than_pinned_is_refused(tmp_path):
    mirror = next(place for place in pins.places("anem", ()) if place.tree)
    path = tmp_path / "sources" / "anem" / mirror.name
    path.parent.mkdir(parents=True)
    path.write_bytes(tar(*INSIDE))
    with pytest.raises(IntegrityFailure, match=r"expected .* as pinned"):
        locate("anem", (mirror.name,), tmp_path / "sources", tmp_path / "cache")


def test_a_real_tree_is_known_until_a_byte_changes(real, tmp_path):
    tree = real("mqp")
    assert tree.known
    shutil.copytree(tree.roots[0], tmp_path / "mqp")
    assert trust.known("mqp", manifest(tmp_path / "mqp"))
    with (tmp_path / "mqp" / "mqp.csv").open("ab") as file:
        file.write(b"\n")
    assert not locate("mqp", (), tmp_path, tmp_path / "cache").known
