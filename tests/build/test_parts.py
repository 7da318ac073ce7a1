"""Builds in parts: the samples and what is set aside are those of a build in one piece, and each part is made once."""

from __future__ import annotations

import json

import pytest

import grown
from medinst.build import dataset, manifest, parquet, plan
from medinst.build.dataset import state_of
from medinst.formats import parts
from medinst.sources import cache_folder

ROWS = ("SciELO", "MeDAL", "BIOMRC", "PubMedQA-artificial")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return grown.write(tmp_path_factory.mktemp("grown"))


def build(sources, out, rows=ROWS):
    told = []
    made = plan.make(rows, sources, cache_folder())
    dataset.build(made, out, None, told.append)
    return made, told


@pytest.fixture
def whole(sources, tmp_path):
    build(sources, tmp_path / "whole")
    return tmp_path / "whole"


@pytest.fixture
def small(monkeypatch):
    """Make parts small, and a packed file large enough to be unpacked."""
    monkeypatch.setattr(parts, "SIZE", 4000)
    monkeypatch.setattr(plan, "_PACKED", 100)


def samples(out):
    return {row: list(parquet.read(out, row, "train")) for row in ROWS}


def quarantine(out):
    return (out / "quarantine.jsonl").read_text()


def test_the_same_samples_and_the_same_set_aside(sources, tmp_path, whole, small):
    out = tmp_path / "out"
    made, _ = build(sources, out)
    assert {job.row for job in made.shards if job.of > 1} == set(ROWS)
    assert samples(out) == samples(whole)
    assert quarantine(out) == quarantine(whole)
    assert "dataset_train_B.jsonl.gz" in quarantine(out)
    assert manifest.faults(out) == []
    entries = {entry.row: entry for entry in manifest.read(out).splits}
    for entry in manifest.read(whole).splits:
        assert (entries[entry.row].records, entries[entry.row].used) == (entry.records, entry.used)
    files = [path.name for path in parquet.files(out, "MeDAL", "train")]
    assert files == [f"train-{at:05d}-of-{len(files):05d}.parquet" for at in range(len(files))]


def test_nothing_is_done_twice(sources, tmp_path, small):
    _, first = build(sources, tmp_path / "out")
    assert not any(built.again for built in first)
    (tmp_path / "out" / "MeDAL" / first_file(tmp_path / "out")).unlink()
    _, second = build(sources, tmp_path / "out")
    assert [built.shard.row for built in second if not built.again] == ["MeDAL"]
    assert manifest.faults(tmp_path / "out") == []


def first_file(out):
    return parquet.files(out, "MeDAL", "train")[0].name


def test_larger_parts_leave_none_of_the_smaller_ones(sources, tmp_path, small, monkeypatch):
    build(sources, tmp_path / "out")
    monkeypatch.setattr(parts, "SIZE", 1 << 26)
    build(sources, tmp_path / "out")
    assert [path.name for path in parquet.files(tmp_path / "out", "MeDAL", "train")] == ["train-00000-of-00001.parquet"]
    assert manifest.faults(tmp_path / "out") == []


def test_an_id_in_two_parts_is_set_aside_in_the_later_one(sources, tmp_path, small, monkeypatch):
    members = [(f"{n}", grown.question(n)) for n in range(100)]
    members[90] = ("3", grown.question(90))
    members[91] = ("90", grown.question(91))
    members[95] = ("40", grown.question(95))
    text = "{" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in members) + "}"
    file = tmp_path / "sources/pubmedqa-artificial/pqaa_train_set.json"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    out, row = tmp_path / "out", "PubMedQA-artificial"
    _, told = build(tmp_path / "sources", out, [row])
    assert [built.shard.but == () for built in told[-2:]] != [True, True]
    aside = [json.loads(line) for line in quarantine(out).splitlines()]
    assert sorted((item["rule"], item["found"]) for item in aside) == [("duplicate-id", "3"), ("duplicate-id", "40")]
    _, again = build(tmp_path / "sources", out, [row])
    assert all(built.again for built in again)
    monkeypatch.setattr(parts, "SIZE", 1 << 26)
    build(tmp_path / "sources", tmp_path / "whole", [row])
    assert quarantine(tmp_path / "whole") == quarantine(out)
    assert list(parquet.read(out, row, "train")) == list(parquet.read(tmp_path / "whole", row, "train"))


def test_a_damaged_packed_file_is_read_up_to_the_fault(tmp_path, small):
    sources = grown.write(tmp_path / "sources", 50)
    (packed,) = (sources / "biomrc").rglob("*.gz")
    packed.write_bytes(packed.read_bytes()[:-40])
    out = tmp_path / "out"
    made, _ = build(sources, out, ["BIOMRC"])
    assert [job.of for job in made.shards] == [1]
    assert '"a whole gzip file"' in quarantine(out)
    assert not (state_of(out) / "tmp").exists()
