"""Folders of mixtures: what goes in and what never does, equal bytes, several side by side, and what is refused."""

from __future__ import annotations

import json
from collections import Counter

import msgspec
import pyarrow.parquet as pq
import pytest

from made_up import many, sample, write
from medinst.build import manifest, parquet
from medinst.build.dataset import state_of
from medinst.errors import IntegrityFailure, MedinstError, UsageError
from medinst.mixtures import mix, shuffle
from medinst.mixtures.recipe import HeldOut, Part, Recipe
from support import tree

ROWS = [
    *many("AnEM", "train", 60),
    *many("AnEM", "test", 9),
    *many("MLEE", "train", 200),
    *many("MLEE", "validation", 9),
    *many("BIOSSES", "train", 30),
    *many("BioRED-NED", "train", 80),
]
EQUAL = Recipe(total=100, temperature="inf")


def silent(stage: str, done: int, total: int) -> None:
    """Take no notice of progress."""


def mixed(recipe: Recipe, data, out, name: str = "mixed"):
    """Mix and return the samples with the report."""
    report = mix.make(name, recipe, data, out, silent)
    return list(parquet.read(out, name, "train")), report


def counts(samples) -> dict[str, int]:
    return dict(Counter(one.row for one in samples))


def test_shares_caps_and_weights(make, tmp_path):
    data = make(ROWS)
    samples, report = mixed(EQUAL, data, tmp_path / "a")
    assert counts(samples) == {"AnEM": 25, "MLEE": 25, "BIOSSES": 25, "BioRED-NED": 25}
    assert report.drawn == len(samples) == 100
    by_row = {row.row: row for row in report.rows}
    assert (by_row["MLEE"].available, by_row["MLEE"].drawn, by_row["MLEE"].share) == (200, 25, 0.25)
    recipe = Recipe(total=100, row={"MLEE": Part(weight=0.5)}, category={"STS": Part(cap=3)}, cap=70)
    samples, _ = mixed(recipe, data, tmp_path / "b")
    assert counts(samples) == {"AnEM": 36, "MLEE": 21, "BIOSSES": 2, "BioRED-NED": 41}


def test_all_of_it_once_and_only_training_samples(make, tmp_path):
    samples, report = mixed(Recipe(), make(ROWS), tmp_path / "mix")
    assert sorted(samples, key=lambda one: one.id) == sorted(
        (one for one in ROWS if one.split == "train"), key=lambda one: one.id
    )
    assert report.available == report.drawn == 370
    assert len(report.missing) == 159


def test_the_order_is_shuffled(make, tmp_path):
    samples, _ = mixed(Recipe(), make(many("AnEM", "train", 500) + many("MLEE", "train", 500)), tmp_path / "mix")
    firsts = [one.row == "AnEM" for one in samples]
    for start in range(0, 1000, 100):
        assert 30 < sum(firsts[start : start + 100]) < 70
    assert [one.id for one in samples] != sorted(one.id for one in samples)


def test_a_sparing_row_stands_anywhere_in_the_mixture(make, tmp_path):
    """Drawn samples have low ranks; their places must not be low as well."""
    recipe = Recipe(total=220, temperature="inf", row={"MLEE": Part(cap=20)})
    samples, _ = mixed(recipe, make(many("AnEM", "train", 200) + many("MLEE", "train", 2000)), tmp_path / "mix")
    places = [at for at, one in enumerate(samples) if one.row == "MLEE"]
    assert len(places) == 20
    assert 60 < sum(places) / 20 < 160


def test_a_row_more_reshuffles_no_other(make, tmp_path):
    recipe = Recipe(temperature="inf", cap=40)
    first, _ = mixed(recipe, make(ROWS), tmp_path / "a")
    more, _ = mixed(recipe, make(ROWS + many("JNLPBA-DNA", "train", 300)), tmp_path / "b")
    assert [one for one in more if one.row != "JNLPBA-DNA"] == first
    fewer, _ = mixed(Recipe(temperature="inf", cap=20), make(ROWS), tmp_path / "c")
    assert [one for one in first if one in fewer] == fewer
    other, _ = mixed(Recipe(temperature="inf", cap=40, seed=1), make(ROWS), tmp_path / "d")
    assert {one.id for one in other} != {one.id for one in first}


def test_held_out_by_row_and_by_corpus(make, tmp_path):
    data = make(ROWS)
    by_row, report = mixed(Recipe(held_out=HeldOut("row")), data, tmp_path / "a")
    assert set(counts(by_row)) == {"MLEE", "BioRED-NED"}
    assert report.held_out["AnEM"] == "a test of medinst32"
    assert len(report.held_out) == 32
    by_corpus, report = mixed(Recipe(held_out=HeldOut("corpus", keep=["MLEE"])), data, tmp_path / "b")
    assert set(counts(by_corpus)) == {"MLEE"}
    assert report.held_out["BioRED-NED"] == "of the corpus biored, which medinst32 tests"


TEXT = " ".join(f"word{at}" for at in range(60))


def test_held_out_by_document(make, tmp_path):
    """An article of a test under another row, its text, and a long stretch of it: none of them is trained on."""
    stands = [
        sample("AnatEM", "train", "same text", TEXT),
        sample("AnatEM", "train", "a stretch", f"Before it. {' '.join(TEXT.split()[10:40])} After it."),
    ]
    free = many("AnatEM", "train", 40)
    data = make([sample("AnEM", "test", "t", TEXT), *many("AnEM", "train", 9), *free[:20], *stands, *free[20:]])
    samples, report = mixed(Recipe(held_out=HeldOut("document")), data, tmp_path / "mix")
    assert sorted(samples, key=lambda one: one.id) == sorted(free, key=lambda one: one.id)
    (row,) = report.rows
    assert (row.available, row.compared, row.held_out, row.drawn) == (42, 42, 2, 40)
    assert set(row.kinds) >= {"text", "contained"}
    assert len(report.tests_missing) == 31
    assert "AnEM" not in report.tests_missing


def test_looking_no_further_than_needed_draws_the_same(make, tmp_path, monkeypatch):
    """What is drawn is as if all had been compared; a share is filled up with the next samples that are in no test."""
    monkeypatch.setattr("medinst.mixtures.draw._MORE", 2)
    tests = [sample("AnEM", "test", f"t{at}", f"{TEXT} number {at} {at} {at}") for at in range(30)]
    seen = [
        msgspec.structs.replace(one, input=tests[at % 30].input) for at, one in enumerate(many("MLEE-RE", "train", 60))
    ]
    rest = [one for one in many("MLEE-RE", "train", 200) if one.doc_id not in {some.doc_id for some in seen}]
    data = make([*tests, *seen, *rest, *many("AnatEM", "train", 25)])
    rule = HeldOut("document", keep=["MLEE-RE"])
    everything, _ = mixed(Recipe(held_out=rule), data, tmp_path / "all")
    some, report = mixed(Recipe(total=100, temperature="inf", held_out=rule), data, tmp_path / "some")
    assert counts(some) == {"AnatEM": 25, "MLEE-RE": 75}
    assert [one for one in everything if one in some] == some
    assert 0 < report.rows[1].held_out < 60 or 0 < report.rows[0].held_out < 60
    assert not {one.input for one in some} & {one.input for one in tests}


def test_near_duplicates_of_a_task_go_in_once(make, tmp_path):
    nearly = [sample("AnEM", "train", f"n{at}", f"{TEXT} {at}") for at in range(5)]
    other_task = [sample("MLEE-RE", "train", "same", f"{TEXT} 0")]
    data = make([*many("AnEM", "train", 20), *nearly, *other_task])
    recipe = Recipe(cap=50, near_duplicates=0.8, total=52_000)
    samples, report = mixed(recipe, data, tmp_path / "mix")
    texts = [one for one in samples if one.row == "AnEM" and one.input.startswith(TEXT)]
    assert len(texts) == 1
    assert [one.id for one in samples if one.row == "MLEE-RE"] == [other_task[0].id]
    alike = {row.row: (row.available, row.near_duplicates, row.drawn) for row in report.rows}
    assert alike["MLEE-RE"] == (1, 0, 1)
    assert alike["AnEM"][1] >= 4
    assert alike["AnEM"] == (25, alike["AnEM"][1], 25 - alike["AnEM"][1])
    assert report.sentence().startswith(f"{len(samples)} samples of 52,000 asked for")


def test_the_folder_is_a_dataset_folder(make, tmp_path):
    data = make(ROWS)
    mix.make("one", EQUAL, data, tmp_path / "mix", silent)
    assert manifest.faults(tmp_path / "mix") == []
    read = manifest.read(tmp_path / "mix")
    (entry,) = read.splits
    assert (entry.row, entry.split, entry.samples, entry.records) == ("one", "train", 100, 370)
    assert [file.path for file in entry.files] == ["one/train-00000-of-00001.parquet"]
    assert entry.corpora == ["anem", "biored", "biosses", "mlee"]
    assert [terms.corpus for terms in read.terms] == entry.corpora
    assert read.note == {"mixture": ["one"]}
    assert pq.read_schema(tmp_path / "mix" / entry.files[0].path).equals(parquet.SCHEMA)
    licences = (tmp_path / "mix" / "LICENSES.md").read_text("utf-8")
    assert all(f"| {corpus} |" in licences for corpus in entry.corpora)
    said = json.loads((tmp_path / "mix" / "mix.json").read_text("utf-8"))["one"]
    assert said["drawn"] == 100
    assert said["input"] == tree(data)["manifest.json"]
    assert said["recipe"]["temperature"] == "inf"


def test_terms_of_agreements_are_carried(make, tmp_path):
    mix.make("one", Recipe(), make(many("BioASQ-Task-B-list", "train", 3)), tmp_path / "mix", silent)
    (terms,) = manifest.read(tmp_path / "mix").terms
    assert (terms.corpus, terms.access) == ("bioasq-task-b", "agreement")
    licences = (tmp_path / "mix" / "LICENSES.md").read_text("utf-8")
    assert "not to be passed on: bioasq-task-b" in licences


def test_loadable_by_datasets(make, tmp_path):
    import datasets

    mix.make("mi-mine", EQUAL, make(ROWS), tmp_path / "mix", silent)
    loaded = datasets.load_dataset(str(tmp_path / "mix"), "mi-mine", cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train"]
    assert loaded["train"]["id"] == [one.id for one in parquet.read(tmp_path / "mix", "mi-mine", "train")]


def test_two_recipes_stay_side_by_side_and_equal_bytes_come_again(make, tmp_path):
    data = make(ROWS)
    for name, recipe in (("a", EQUAL), ("b", Recipe()), ("a", EQUAL)):
        mix.make(name, recipe, data, tmp_path / "ab", silent)
    for name, recipe in (("b", Recipe()), ("a", Recipe(total=3)), ("a", EQUAL)):
        mix.make(name, recipe, data, tmp_path / "ba", silent)
    assert tree(tmp_path / "ab") == tree(tmp_path / "ba")
    assert [entry.row for entry in manifest.read(tmp_path / "ab").splits] == ["a", "b"]
    assert manifest.faults(tmp_path / "ab") == []
    mix.make("b", Recipe(), make(many("AnatEM", "train", 5)), tmp_path / "ab", silent)
    assert manifest.read(tmp_path / "ab").terms[0].corpus == "anatem"
    assert sorted(path.name for path in state_of(tmp_path / "ab").iterdir()) == ["done"]


def test_what_is_there_is_not_made_again_but_when_it_differs(make, tmp_path, monkeypatch):
    data, out = make(ROWS), tmp_path / "mix"
    mix.make("a", EQUAL, data, out, silent)
    before = tree(out)
    file = out / "a" / "train-00000-of-00001.parquet"
    stamp = file.stat().st_mtime_ns
    mix.make("a", EQUAL, data, out, silent)
    assert file.stat().st_mtime_ns == stamp
    file.write_bytes(file.read_bytes()[:-1])
    mix.make("a", EQUAL, data, out, silent)
    assert tree(out) == before


def test_many_files_and_little_memory_give_the_same_samples(make, tmp_path, monkeypatch):
    data = make(ROWS)
    whole, _ = mixed(Recipe(), data, tmp_path / "a")
    monkeypatch.setattr(parquet, "ROW_GROUP", 16)
    data = make(ROWS)
    monkeypatch.setattr(shuffle, "FILE", 4000)
    held = []
    for limit in (1 << 30, 5000):
        monkeypatch.setattr(shuffle, "HELD", limit)
        samples, _ = mixed(Recipe(), data, tmp_path / f"held{limit}")
        assert samples == whole
        held.append(tree(tmp_path / f"held{limit}"))
    assert held[0] == held[1]
    files = manifest.read(tmp_path / "held5000").splits[0].files
    assert len(files) > 2
    for file in files:
        groups = pq.read_metadata(tmp_path / "held5000" / file.path)
        sizes = [groups.row_group(at).num_rows for at in range(groups.num_row_groups)]
        assert all(size == 16 for size in sizes[:-1])
    assert sum(file.rows for file in files) == 370


def test_none_at_all_is_an_error(make, tmp_path):
    with pytest.raises(MedinstError, match="of any of the 131 rows of mixed; first: "):
        mixed(Recipe(held_out=HeldOut("row")), make(many("AnEM", "train", 3)), tmp_path / "mix")
    with pytest.raises(MedinstError, match="nothing is left"):
        mixed(Recipe(rows=["AnEM"], held_out=HeldOut("row")), make(many("AnEM", "train", 3)), tmp_path / "mix")
    assert not (tmp_path / "mix").exists()
    assert not state_of(tmp_path / "mix").exists()


def test_places_that_are_refused(make, tmp_path):
    data = make(ROWS)
    before = tree(data)
    for place, word in (
        (data, "lies in"),
        (data / "mix", "lies in"),
        (write(tmp_path / "two", ROWS), "not a folder of"),
    ):
        with pytest.raises(UsageError, match=word):
            mixed(EQUAL, data, place)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="not a folder of mixtures"):
        mixed(EQUAL, data, tmp_path / "mine")
    with pytest.raises(UsageError, match=r"holds no manifest\.json"):
        mixed(EQUAL, tmp_path / "mine", tmp_path / "mix")
    with pytest.raises(MedinstError, match="below could not be written: Not a directory"):
        mixed(EQUAL, data, tmp_path / "mine" / "letter.txt" / "below")
    assert tree(data) == before


def test_a_damaged_input_is_found(make, tmp_path):
    data = make(ROWS)
    file = data / "MLEE" / "train-00000-of-00001.parquet"
    whole = file.read_bytes()
    place = whole.index(b"\x28\xb5\x2f\xfd", len(whole) // 3) + 40
    file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with pytest.raises(IntegrityFailure, match="MLEE"):
        mixed(Recipe(), data, tmp_path / "mix")
    write(tmp_path / "other", many("MLEE", "train", 5))
    file.write_bytes((tmp_path / "other" / "MLEE" / file.name).read_bytes())
    with pytest.raises(IntegrityFailure, match="5 samples, the manifest says 200"):
        mixed(Recipe(), data, tmp_path / "mix")
    assert not (tmp_path / "mix").exists()
