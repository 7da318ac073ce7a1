"""Benchmark folders: caps, what is missing, equal bytes, and never half of one."""

from __future__ import annotations

import json

import pytest

from made_up import many, sample
from medinst import reference
from medinst.build import manifest, parquet
from medinst.build.dataset import state_of
from medinst.errors import MedinstError, UsageError
from medinst.mixtures import benchmark
from support import tree

ROWS = [
    *many("BC5CDR", "test", 130),
    *many("AnEM", "test", 30),
    *many("AnEM-RE", "train", 9),
    *many("BioInfer", "train", 20),
    *many("MLEE", "train", 20),
    *many("JNLPBA-DNA", "train", 20),
]


def test_medinst32_is_the_papers_table():
    tests = benchmark.medinst32()
    assert [test.row for test in tests] == list(reference.medinst32())
    caps = {test.row: test.cap for test in tests}
    assert (caps["BC5CDR"], caps["MeDAL"], caps["ParaMed"], caps["AnEM"]) == (100, 1000, 200, None)
    assert {test.split for test in tests} == {"test"}


def test_caps_history_and_what_is_missing(make, tmp_path):
    made = benchmark.make("medinst32", benchmark.medinst32(), make(ROWS), tmp_path / "bench", 0)
    found = parquet.splits(tmp_path / "bench")
    assert found == {"AnEM": ["test"], "BC5CDR": ["test"]}
    by_row = {row: list(parquet.read(tmp_path / "bench", row, "test")) for row in found}
    assert {row: len(samples) for row, samples in by_row.items()} == {"BC5CDR": 100, "AnEM": 30}
    outside = reference.medinst32().keys()
    for samples in by_row.values():
        assert len({json.dumps(one.history) for one in samples}) == 1
        assert len(samples[0].history) == 2
        assert all(row not in user for user, _ in samples[0].history for row in outside)
    assert "JNLPBA-DNA" in by_row["BC5CDR"][0].history[0][0]
    assert len(made.missing) == 30
    assert "only of train" in made.missing["AnEM-RE"]
    assert "no such row" in made.missing["MeDAL"]
    assert made.bare == {}


def test_the_manifest_says_all_of_it(make, tmp_path):
    data = make(ROWS)
    benchmark.make("medinst32", benchmark.medinst32(), data, tmp_path / "bench", 7)
    read = manifest.read(tmp_path / "bench")
    assert manifest.faults(tmp_path / "bench") == []
    assert read.note["benchmark"] == "medinst32"
    assert read.note["seed"] == 7
    assert read.note["input"] == tree(data)["manifest.json"]
    missing = read.note["missing"]
    assert isinstance(missing, list)
    assert len(missing) == 30
    assert {entry.row: (entry.split, entry.samples) for entry in read.splits} == {
        "BC5CDR": ("test", 100),
        "AnEM": ("test", 30),
    }
    card = (tmp_path / "bench" / "README.md").read_text("utf-8")
    assert "config_name: AnEM" in card
    assert "Missing: " in card


def test_equal_bytes_again_over_another_one_and_elsewhere(make, tmp_path):
    data = make(ROWS)
    for seed, folder in ((0, "a"), (1, "b"), (0, "b"), (1, "c")):
        benchmark.make("medinst32", benchmark.medinst32(), data, tmp_path / folder, seed)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert tree(tmp_path / "a") != tree(tmp_path / "c")
    assert not state_of(tmp_path / "b").exists()


def test_a_row_more_changes_no_other_test(make, tmp_path):
    def ids(folder):
        return [one.id for one in parquet.read(folder, "BC5CDR", "test")]

    tests = benchmark.medinst32()
    benchmark.make("medinst32", tests, make(ROWS), tmp_path / "a", 0)
    benchmark.make("medinst32", tests, make(many("BioRED", "test", 50) + ROWS), tmp_path / "b", 0)
    assert ids(tmp_path / "a") == ids(tmp_path / "b")


def test_a_test_drawn_from_training_data_is_never_a_demonstration(make, tmp_path):
    tests = (benchmark.Test("AnEM", cap=2), benchmark.Test("MLEE", "train", 3))
    made = benchmark.make("demo", tests, make(ROWS), tmp_path / "bench", 0)
    shown = made.manifest.note["demonstrations"]
    assert isinstance(shown, list)
    assert [line.split("/")[0] for line in shown] == ["AnEM: BioInfer"] * 2 + ["MLEE: BioInfer"] * 2
    assert len(list(parquet.read(tmp_path / "bench", "MLEE", "test"))) == 3


def test_a_test_without_demonstrations_is_named(make, tmp_path):
    data = make([sample("AnEM", "test", "1"), *many("AnEM-RE", "test", 3), *many("MLEE", "train", 3)])
    made = benchmark.make("medinst32", benchmark.medinst32(), data, tmp_path / "bench", 0)
    assert list(made.bare) == ["AnEM-RE"]
    assert made.manifest.note["without_demonstrations"] == ["AnEM-RE"]
    assert [one.history for one in parquet.read(tmp_path / "bench", "AnEM-RE", "test")] == [[]] * 3


def test_none_at_all_is_an_error(make, tmp_path):
    with pytest.raises(MedinstError, match="none of the 32 tests"):
        benchmark.make("medinst32", benchmark.medinst32(), make(many("MLEE", "train", 3)), tmp_path / "bench", 0)
    assert not (tmp_path / "bench").exists()


def test_places_that_are_refused(make, tmp_path):
    data = make(ROWS)
    with pytest.raises(UsageError, match="not a benchmark folder"):
        benchmark.make("medinst32", benchmark.medinst32(), data, data, 0)
    assert manifest.faults(data) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="not a benchmark folder"):
        benchmark.make("medinst32", benchmark.medinst32(), data, tmp_path / "mine", 0)
    with pytest.raises(UsageError, match=r"holds no manifest\.json"):
        benchmark.make("medinst32", benchmark.medinst32(), tmp_path / "mine", tmp_path / "bench", 0)


def test_what_a_killed_one_left_is_cleared(make, tmp_path):
    data = make(ROWS)
    left = state_of(tmp_path / "bench") / "next" / "bench" / "AnEM"
    left.mkdir(parents=True)
    (left / "stray.parquet").write_bytes(b"half")
    benchmark.make("medinst32", benchmark.medinst32(), data, tmp_path / "bench", 0)
    assert manifest.faults(tmp_path / "bench") == []


def test_paper_splits_are_drawn_from_validation_and_said(make, tmp_path):
    data = make([*many("AnEM", "validation", 7), *ROWS, *many("BioNLP-2009", "test", 3)])
    tests = benchmark.medinst32(paper_splits=True)
    assert {test.row: test.split for test in tests if test.split != "test"} == benchmark.PAPER_SPLITS
    assert [test.cap for test in tests] == [test.cap for test in benchmark.medinst32()]
    made = benchmark.make("medinst32", tests, data, tmp_path / "bench", 0)
    drawn = {row: list(parquet.read(tmp_path / "bench", row, "test")) for row in ("AnEM", "BC5CDR")}
    assert {one.split for one in drawn["AnEM"]} == {"validation"}
    assert len(drawn["AnEM"]) == 7
    assert len(drawn["BC5CDR"]) == 100
    assert "validation split, only of test" in made.missing["BioNLP-2009"]
    assert made.manifest.note["other_splits"] == ["AnEM: validation"]
    assert "Not from the test split by its official name: AnEM (validation)" in (
        tmp_path / "bench" / "README.md"
    ).read_text("utf-8")
    plain = benchmark.make("medinst32", benchmark.medinst32(), data, tmp_path / "plain", 0)
    assert "other_splits" not in plain.manifest.note
