"""`medinst export --to medinst32` and `medinst bench --import`: there and back, other people's files, hostile ones."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from medinst import reference, tasks
from medinst.build import dataset, manifest, parquet, plan
from medinst.cli import bench
from medinst.errors import MedinstError, UsageError
from medinst.evaluate import score
from medinst.evaluate.types import Line
from medinst.formats import limits
from medinst.mixtures import benchmark, published
from medinst.tasks import targets
from support import FIXTURES, ROOT, run, tree

TRAINING = ["BioInfer", "MLEE", "JNLPBA-DNA", "JNLPBA-RNA", "MLEE-RE", "SciQ"]
MENTION = {"instruction": "List.", "input": "The liver aches.", "output": "[liver <Organ>]"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a benchmark of all 32 tests from the invented documents, and its export."""
    folder = tmp_path_factory.mktemp("whole")
    planned = plan.make([*reference.medinst32(), *TRAINING], FIXTURES, folder / "cache")
    dataset.build(planned, folder / "data", None, lambda built: None)
    benchmark.make("medinst32", benchmark.medinst32(), folder / "data", folder / "bench", 0)
    done = run("export", folder / "bench", "--to", "medinst32", "--out", folder / "export")
    assert done.returncode == 0, done.stderr
    return folder / "bench", folder / "export"


def put(folder: Path, name: str, *records: object, within: str = published.SHOTS) -> Path:
    """Write records as a published file and return the folder."""
    (folder / within).mkdir(parents=True, exist_ok=True)
    (folder / within / name).write_text(json.dumps(records), "utf-8")
    return folder


def read(folder, row):
    return list(parquet.read(folder, row, "test"))


def told(samples):
    return [(one.instruction, one.input, one.output, one.history) for one in samples]


def gold_scores(folder):
    samples = {row: read(folder, row) for row in parquet.splits(folder)}
    every = [one for found in samples.values() for one in found]
    return score.score(samples, {one.id: Line(one.id, one.row, "ok", one.output) for one in every}, encoder="none")


def test_there_and_back(whole, tmp_path):
    built, export = whole
    found = published.make(export, tmp_path / "again")
    assert (found.unknown, found.text_only, found.differ, found.damage) == ({}, {}, [], [])
    assert list(found.missing) == [row for row in reference.medinst32() if row not in parquet.splits(built)]
    assert set(parquet.splits(tmp_path / "again")) == set(parquet.splits(built))
    for row in parquet.splits(built):
        before, after = read(built, row), read(tmp_path / "again", row)
        assert told(before) == told(after)
    assert manifest.faults(tmp_path / "again") == []
    scores = gold_scores(tmp_path / "again")
    assert {row: one.strict["value"] for row, one in scores.rows.items()} == {
        row: 0.0 if row == "BIOSSES" else 1.0 for row in parquet.splits(built)
    }
    assert published.make(export, tmp_path / "again").manifest == found.manifest


def test_the_export_has_the_published_shape(whole, tmp_path, monkeypatch):
    built, export = whole
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    rows = list(parquet.splits(built))
    names = datasets.get_dataset_config_names(str(export))
    assert sorted(names) == sorted([*rows, *(f"{row}-zs" for row in rows)])
    for row in ("AnEM", "BIOSSES"):
        samples = read(built, row)
        for name, shown in ((row, True), (f"{row}-zs", False)):
            loaded = datasets.load_dataset(str(export), name, cache_dir=str(tmp_path / "cache"))["test"]
            assert loaded.column_names == ["instruction", "input", "output", "history"]
            assert loaded.to_list() == [
                {"instruction": i, "input": t, "output": o, "history": h if shown else []}
                for i, t, o, h in told(samples)
            ]
    assert manifest.faults(export) == []


def test_an_export_is_of_tests_only(whole, tmp_path):
    built, _ = whole
    for option, word in (("--parquet", "Leave --split and --parquet out"), ("--split=train", "no samples")):
        done = run("export", built, "--to", "medinst32", "--out", tmp_path / "out", option)
        assert done.returncode == 2, done.stderr
        assert word in done.stderr


def test_json_lines_and_either_folder_give_the_same(whole, tmp_path):
    _, export = whole
    (tmp_path / "lines" / "Unseen-Tests").mkdir(parents=True)
    for path in (export / published.SHOTS).iterdir():
        records = json.loads(path.read_text("utf-8"))
        other = tmp_path / "lines" / "Unseen-Tests" / f"{path.stem.replace('-', '_').upper()}.jsonl"
        other.write_text("\ufeff" + "\n\n".join(json.dumps(record) for record in records), "utf-8")
    for folder in (export, export / published.SHOTS, tmp_path / "lines"):
        found = published.make(folder, tmp_path / "bench" / f"{folder.parent.name}-{folder.name}")
        assert (found.damage, found.unknown) == ([], {})
    benches = sorted((tmp_path / "bench").iterdir())
    for row in parquet.splits(benches[0]):
        assert len({json.dumps(told(read(one, row))) for one in benches}) == 1
    zero = published.make(export / published.ZERO, tmp_path / "zero")
    assert zero.without_shots == [entry.row for entry in zero.manifest.splits]
    assert read(tmp_path / "zero", "AnEM")[0].history == []


def test_from_outside(tmp_path):
    folder = put(tmp_path / "in", "anem-TEST.json", MENTION | {"history": [["List.\nA lung.", "[lung <Organ>]"]]})
    put(folder, "AnEM_test.json", MENTION, MENTION, within=published.ZERO)
    put(folder, "AnEMM_test.json", MENTION)
    put(folder, "BIOSSES_test.json", MENTION | {"output": 3}, MENTION | {"history": None, "output": "4"})
    done = run("bench", "--import", folder, "--out", tmp_path / "bench")
    assert done.returncode == 0, done.stderr
    assert "not recognised: unseen_tests/AnEMM_test.json (nearest: AnEM" in done.stderr
    assert "missing: BC5CDR: in has no file of it" in done.stderr
    assert "other questions with demonstrations than without: AnEM" in done.stderr
    assert "without demonstrations: BIOSSES" in done.stderr
    assert "Pearson and Spearman are of the rounded scores" in done.stderr
    assert "2 of 32 tests, 3 samples" in done.stderr
    assert [one.output for one in read(tmp_path / "bench", "BIOSSES")] == ["3", "4"]
    said = run("bench", "medinst32", "--import", folder, "--out", tmp_path / "bench", "--json")
    assert json.loads(said.stdout)["tests"] == {"AnEM": 1, "BIOSSES": 2}
    asked = run("eval", "--bench", tmp_path / "bench", "--model", "mock:gold", "--out", tmp_path / "run")
    assert asked.returncode == 0, asked.stderr
    assert json.loads((tmp_path / "run" / "scores.json").read_bytes())["rows"]["AnEM"]["paper"]["value"] == 1.0


def test_mistakes_end_with_their_code(tmp_path):
    folder = put(tmp_path / "in", "AnEM_test.json", MENTION)
    (tmp_path / "none").mkdir()
    broken = put(tmp_path / "broken", "AnEM_test.json", {"input": 1})
    empty = put(tmp_path / "empty", "AnEM_test.json")
    double = put(put(tmp_path / "double", "AnEM_test.json", MENTION), "AnEM.jsonl", MENTION)
    for place, code, word in (
        (tmp_path / "no", 2, "No folder at"),
        (tmp_path / "none", 2, "no file of a MedINST32 test"),
        (double, 2, "both of AnEM"),
        (broken, 1, "AnEM_test.json:1: found"),
        (empty, 1, "empty arrays"),
    ):
        with pytest.raises(MedinstError, match=word) as raised:
            bench.command(tmp_path / "bench", published=place)
        assert raised.value.exit_code == code
    for given, word in (
        ({"published": folder, "data": tmp_path}, "Leave a dataset folder out"),
        ({"published": folder, "paper_splits": True}, "Leave --paper-splits out"),
        ({"published": folder, "name": "mmlu-medicine"}, "not mmlu-medicine"),
        ({}, "Which benchmark"),
        ({"name": "medinst23"}, "Unknown benchmark 'medinst23'. There is: medinst32, medinst32-clean, mmlu-medicine"),
        ({"name": "medinst32"}, "Give --data"),
        ({"name": "medinst32", "data": folder, "sources": folder}, "--sources is for mmlu-medicine"),
        ({"name": "mmlu-medicine", "paper_splits": True}, "about MedINST32"),
    ):
        with pytest.raises(UsageError, match=word):
            bench.command(tmp_path / "bench", **given)
    assert not (tmp_path / "bench").exists()


BROKEN = [
    ('{"instruction": "x", "input": "y"}', "columns"),
    ('{"instruction": "x", "input": "y", "output": null}', "columns"),
    ('{"instruction": "x", "input": "y", "output": "z", "history": [["a"]]}', "columns"),
    ('{"instruction": "x", "input": "y", "output": "z", "history": [["a", "b", "c"]]}', "columns"),
    ('{"instruction": "x", "input": "y", "output": "\\ud800"}', "encoding"),
    ('{"instruction": "x", "input": "y", "output": "z", "output": "w"}', "json"),
    ('{"instruction": "x", "input": "y", "output": NaN}', "json"),
    ('["x", "y", "z"]', "columns"),
    ("7", "columns"),
]


@pytest.mark.parametrize("form", ["array", "lines"])
def test_broken_records_are_set_aside_with_their_line(form, tmp_path):
    good = json.dumps(MENTION)
    records = [line for broken, _ in BROKEN for line in (broken, good)]
    text = "[\n" + ",\n".join(records) + "\n]" if form == "array" else "\n".join([good, *records[:-1]])
    path = put(tmp_path / "in", "AnEM_test.json") / published.SHOTS / "AnEM_test.json"
    path.write_text(text, "utf-8")
    done = run("bench", "--import", tmp_path / "in", "--out", tmp_path / "bench")
    assert done.returncode == 3, done.stderr
    aside = [json.loads(line) for line in (tmp_path / "bench" / "quarantine.jsonl").read_bytes().splitlines()]
    assert [(one["line"], one["rule"]) for one in aside] == [(2 + 2 * at, rule) for at, (_, rule) in enumerate(BROKEN)]
    (entry,) = manifest.read(tmp_path / "bench").splits
    assert (entry.records, entry.samples) == (2 * len(BROKEN), len(BROKEN))
    assert manifest.faults(tmp_path / "bench") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 5000,
        b"[" * 200_000,
        b'[{"a":' * 100_000,
        b"{}",
        b"[]",
        b"[1e999]",
        b"\xff\xfe[\0]\0",
        b'["' + b"x" * 30_000_000,
        b"[" + b"9" * 10_000 + b"]",
        b'{"instruction": "' + b"x" * 20_000_000 + b'"}',
    ],
)
def test_a_hostile_file_costs_itself_only(data, tmp_path):
    folder = put(tmp_path / "in", "BIOSSES_test.json", MENTION | {"output": "3"})
    (folder / published.SHOTS / "AnEM_test.json").write_bytes(data)
    found = published.make(folder, tmp_path / "bench")
    assert set(parquet.splits(tmp_path / "bench")) == {"BIOSSES"}
    assert "no usable record" in found.missing["AnEM"]
    assert bool(found.damage) == (data != b"[]")


def test_what_is_too_much_is_not_read(tmp_path, monkeypatch):
    folder = put(tmp_path / "in", "AnEM_test.json", *[MENTION] * 9)
    monkeypatch.setattr(published, "MOST", 5)
    found = published.make(folder, tmp_path / "bench")
    assert (len(read(tmp_path / "bench", "AnEM")), found.damage[0].rule) == (5, "limit")
    monkeypatch.setattr(limits, "MAX_WHOLE", 100)
    with pytest.raises(MedinstError, match="at most 100 bytes"):
        published.make(folder, tmp_path / "other")


def test_the_file_without_demonstrations_stands_in_for_a_broken_one(tmp_path):
    put(tmp_path / "in", "AnEM_test.json", {"input": 1})
    put(tmp_path / "in", "AnEM_test.json", MENTION, MENTION, within=published.ZERO)
    found = published.make(tmp_path / "in", tmp_path / "bench")
    assert (found.missing.get("AnEM"), found.differ, found.without_shots) == (None, [], ["AnEM"])
    assert (len(read(tmp_path / "bench", "AnEM")), len(found.damage)) == (2, 1)


@pytest.mark.promise("a published benchmark file with any byte changed: what cannot be used is named, the rest is kept")
@pytest.mark.seeds(10, 300)
def test_changed_bytes(whole, tmp_path, seed):
    _, export = whole
    random_ = random.Random(seed)
    shutil.copytree(export / published.SHOTS, tmp_path / "in")
    for path in random_.sample(sorted((tmp_path / "in").iterdir()), 5):
        data = bytearray(path.read_bytes())
        for _ in range(random_.randint(1, 4)):
            data[random_.randrange(len(data))] = random_.choice(b'"{}[],\\\n\0\xff0a')
        path.write_bytes(bytes(data[: random_.randint(len(data) // 2, len(data))]))
    found = published.make(tmp_path / "in", tmp_path / "bench")
    assert manifest.faults(tmp_path / "bench") == []
    assert found.missing.keys() | {e.row for e in found.manifest.splits} == reference.medinst32().keys()
    gold_scores(tmp_path / "bench")


def test_gold_that_the_parser_does_not_read_counts_under_the_published_rule_only(tmp_path):
    record = {"instruction": "Judge.", "input": "Claim: x\nEvidence: y"}
    put(tmp_path / "in", "SciFact_test.json", *[record | {"output": "ENTAILED"}] * 12)
    put(tmp_path / "in", "CoVERt_test.json", *[record | {"output": text} for text in ("ENTAILED", "SUPPORTS") * 6])
    put(tmp_path / "in", "AnEM_test.json", *[MENTION | {"output": "liver, an organ"}] * 3, MENTION)
    scored = record | {"input": "Sentence 1: a\nSentence 2: b"}
    put(tmp_path / "in", "BIOSSES_test.json", *[scored | {"output": text} for text in ("-3", "N/A", "4")])
    found = published.make(tmp_path / "in", tmp_path / "bench")
    assert found.text_only == {"AnEM": 3, "BIOSSES": 2, "SciFact": 12, "CoVERt": 6}
    scores = gold_scores(tmp_path / "bench")
    assert scores.rows["SciFact"].paper.value == 1.0
    assert scores.rows["SciFact"].strict == {
        "metric": "macro_f1",
        "value": None,
        "low": None,
        "high": None,
        "text_only": 12.0,
    }
    assert (scores.rows["CoVERt"].strict["value"], scores.rows["CoVERt"].strict["text_only"]) == (1.0, 6.0)
    assert (scores.rows["AnEM"].strict["value"], scores.rows["AnEM"].paper.value) == (1.0, 0.25)
    assert scores.rows["BIOSSES"].strict["value"] == 0.0
    assert scores.paper.mean_rows == ["CoVERt", "SciFact"]
    assert scores.strict.mean_rows == []  # six strictly scored answers are too few


def test_the_page_says_what_is_lost():
    page = (ROOT / "docs" / "benchmark.md").read_text("utf-8")
    assert all(f"| {row} | {why} |" in page for row, why in published.LOST.items())
    assert set(published.LOST) - reference.medinst32().keys() == {"all tests"}


def test_places_that_are_refused(tmp_path):
    folder = put(tmp_path / "in", "AnEM_test.json", MENTION)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    before = tree(tmp_path / "mine")
    with pytest.raises(UsageError, match="not of an earlier benchmark"):
        published.make(folder, tmp_path / "mine")
    assert tree(tmp_path / "mine") == before


def test_mentions_that_do_not_stand_in_the_text_are_kept():
    row = tasks.load("AnEM")
    target = targets.read("[left lung <Organ>] [spleen <Organ>] [liver <Organ>]", row, "Left and  right\nlung, liver")
    assert target is not None
    assert [one.spans for one in target.mentions] == [((0, 0),), ((0, 0),), ((22, 27),)]
    (lung,) = targets.read("[right lung <Organ>]", row, "Left and right\n lung").mentions
    assert lung.spans == ((9, 20),)
    (parted,) = targets.read("[left lung <Organ>]", row, "The left and right lung").mentions
    assert parted.spans == ((4, 8), (19, 23))
