from __future__ import annotations

import pytest

from hostile_archives import packed, tar
from medinst.errors import UsageError
from medinst.sources import Tree, cache_folder, digest_file, digest_tree, locate, sources_folder

FILES = {"corpus/train/a.txt": b"alpha", "corpus/b.txt": b"beta"}


@pytest.fixture
def unpacked(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "sources"


def test_a_folder_is_read_in_place(unpacked, tmp_path):
    tree = locate("corpus", (), unpacked, tmp_path / "cache")
    assert tree == Tree("corpus", (unpacked / "corpus",), digest_tree(unpacked / "corpus"))
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == ["corpus.manifest"]


def test_an_archive_gives_the_same_digest_as_its_folder(unpacked, tmp_path):
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / "corpus.tar.gz").write_bytes(tar(*FILES.items()))
    tree = locate("corpus", (), tmp_path / "archives", tmp_path / "cache")
    assert tree.digest == locate("corpus", (), unpacked, tmp_path / "cache").digest
    assert tree.roots[0].is_relative_to(tmp_path / "cache")
    assert tree.find("b.txt").read_bytes() == b"beta"


def test_official_archives_inside_are_searched_too(unpacked, tmp_path):
    (unpacked / "corpus" / "release.zip").write_bytes(packed(("deep/c.txt", b"gamma")))
    tree = locate("corpus", ("release.zip", "other.zip"), unpacked, tmp_path / "cache")
    assert len(tree.roots) == 2
    assert tree.find("deep/c.txt").read_bytes() == b"gamma"
    assert tree.find("*/c.txt") == tree.find("deep/c.txt")
    assert tree.find("*/a.txt") == unpacked / "corpus" / "train" / "a.txt"
    assert tree.find("c.txt") is None
    assert tree.find("*.md") is None


def test_the_cache_comes_second_and_further_folders_last(unpacked, tmp_path):
    cache = tmp_path / "cache"
    assert locate("other", (), unpacked, cache) is None
    (cache / "sources" / "other").mkdir(parents=True)
    (cache / "sources" / "other" / "d.txt").write_bytes(b"delta")
    assert locate("other", (), None, cache).roots == (cache / "sources" / "other",)
    tree = locate("corpus", (), unpacked, cache, also=("other", "nowhere"))
    assert tree.corpus == "corpus"
    assert tree.roots == (unpacked / "corpus", cache / "sources" / "other")
    assert locate("nowhere", (), unpacked, cache, also=("other",)).corpus == "nowhere"


def test_folders_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDINST_CACHE", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache"
    assert sources_folder(None) is None
    monkeypatch.setenv("MEDINST_SOURCES", str(tmp_path))
    assert sources_folder(None) == tmp_path
    with pytest.raises(UsageError, match="No sources folder at "):
        sources_folder(tmp_path / "gone")


def test_digests_know_names_and_bytes(unpacked):
    root = unpacked / "corpus"
    before = digest_tree(root)
    (root / "b.txt").rename(root / "c.txt")
    renamed = digest_tree(root)
    (root / "c.txt").write_bytes(b"Beta")
    assert len({before, renamed, digest_tree(root)}) == 3
    assert digest_file(root / "train" / "a.txt").startswith("8ed3f6ad")
