"""Where a dataset folder was built from is remembered in the cache, and only there."""

from __future__ import annotations

from pathlib import Path

from medinst.build import origin


def test_what_was_given_last_is_recalled(tmp_path):
    data, sources, cache = tmp_path / "data", tmp_path / "corpora", tmp_path / "cache"
    for folder in (data, sources, tmp_path / "more"):
        folder.mkdir()
    assert origin.recall(data, cache) is None
    origin.remember(data, None, cache)
    assert not cache.exists()
    origin.remember(data, tmp_path / "more", cache)
    origin.remember(data / ".." / "data", sources, cache)
    assert origin.recall(data, cache) == sources
    assert origin.recall(tmp_path / "other", cache) is None
    assert list(data.iterdir()) == []
    sources.rmdir()
    assert origin.recall(data, cache) is None


def test_a_record_that_cannot_be_read_or_written_is_none(tmp_path):
    cache = tmp_path / "cache"
    origin.remember(tmp_path, tmp_path, cache)
    (path,) = [path for path in cache.rglob("*") if path.is_file()]
    path.write_bytes(b"\xff{")
    assert origin.recall(tmp_path, cache) is None
    origin.remember(tmp_path, tmp_path, Path("/proc/no/cache"))
