from __future__ import annotations

import os
import random
import shutil

import pytest

from hostile_archives import packed, tar
from medinst.errors import ArchiveRefused, IntegrityFailure
from medinst.sources import digest_file, locate, pins, trust
from medinst.sources.digest import manifest

INSIDE = (("data/train.txt", b"A mite of the genus Vernaria.\n" * 40), ("data/test.txt", b"Nothing was found.\n"))
LOOSE = {"notes/README": b"Invented.\n", "table.tsv": b"id\tlabel\n1\tyes\n"}


@pytest.fixture
def cache(tmp_path):
    """Return a cache with a downloaded archive, a downloaded table and a file put there by hand, all used once."""
    folder = tmp_path / "cache" / "sources" / "corpus"
    (folder / "notes").mkdir(parents=True)
    (folder / "release.zip").write_bytes(packed(*INSIDE))
    for name, data in LOOSE.items():
        (folder / name).write_bytes(data)
    for name in ("release.zip", "table.tsv"):
        pins.record(tmp_path / "cache", "corpus", name, digest_file(folder / name), (folder / name).stat().st_size)
    assert used(tmp_path / "cache") == contents()
    return tmp_path / "cache"


def used(cache, sources=None):
    """Return every byte that a reader would see."""
    tree = locate("corpus", ("release.zip",), sources, cache)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for root in tree.roots
        for path in root.rglob("*")
        if path.is_file() and path.name != "release.zip"
    }


def contents():
    return {**dict(INSIDE), **LOOSE}


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


@pytest.mark.seeds(10, 200)
def test_a_changed_byte_in_the_cache_is_found_before_use(cache, seed):
    random_ = random.Random(seed)
    kind = random_.choice(("sources/corpus", "unpacked"))
    path = random_.choice(sorted(path for path in (cache / kind).rglob("*") if path.is_file()))
    damage(path, random_)
    if kind == "unpacked":
        assert used(cache) == contents()  # unpacked again
        return
    with pytest.raises(IntegrityFailure, match=path.name) as refusal:
        used(cache)
    assert refusal.value.exit_code == 5


@pytest.mark.seeds(10, 200)
def test_a_damaged_record_lets_no_other_bytes_in(cache, seed):
    random_ = random.Random(seed)
    damage(random_.choice(sorted(path for path in (cache / "sources" / ".lock").rglob("*") if path.is_file())), random_)
    try:
        assert used(cache) == contents()
    except IntegrityFailure as refusal:
        assert ".lock" in str(refusal)  # noqa: PT017 - either is right


@pytest.mark.seeds(10, 200)
def test_a_changed_byte_in_a_carried_folder_is_found_before_use(cache, tmp_path, seed):
    random_ = random.Random(seed)
    carried = tmp_path / "carried"
    shutil.copytree(cache / "sources", carried)
    shutil.rmtree(cache)
    path = random_.choice([carried / "corpus" / "release.zip", carried / "corpus" / "table.tsv"])
    damage(path, random_)
    with pytest.raises(IntegrityFailure, match=path.name) as refusal:
        used(cache, carried)
    assert refusal.value.exit_code == 5
    assert not isinstance(refusal.value, ArchiveRefused)


def test_what_was_unpacked_is_unpacked_again_and_said(cache, caplog):
    (path,) = cache.glob("unpacked/*/data/test.txt")
    path.unlink()
    assert used(cache) == contents()
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
    # A folder of the user's own is taken as it is.
    assert not locate("biored", ("BIORED.zip",), tmp_path / "cache" / "sources", tmp_path / "other").known


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
