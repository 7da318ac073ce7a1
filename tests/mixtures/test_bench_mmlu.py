"""`medinst bench mmlu-medicine`: six subjects, their five questions before each, where the files are found."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from made_up import many
from medinst import reference, tasks
from medinst.build import manifest, parquet
from medinst.build.plan import make as plan
from medinst.errors import MedinstError, SourceMissing, UsageError
from medinst.evaluate import mmlu as whole
from medinst.evaluate import score
from medinst.evaluate.types import Line
from medinst.mixtures import mmlu, recipe
from medinst.schema import Target
from support import FIXTURES, run, tree

ROWS = list(tasks.beside())
TESTS = FIXTURES / "mmlu-medicine" / "data" / "test"


@pytest.fixture
def bench(tmp_path):
    made = mmlu.make(tmp_path / "bench", FIXTURES, tmp_path / "cache")
    assert (made.excess, made.made.missing, made.made.bare) == ([], {}, {})
    return tmp_path / "bench"


def questions(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_six_subjects_as_the_files_have_them(bench):
    assert parquet.splits(bench) == {row: ["test"] for row in sorted(ROWS)}
    assert manifest.faults(bench) == []
    for row in ROWS:
        subject = row.removeprefix("MMLU-")
        samples = sorted(parquet.read(bench, row, "test"), key=lambda one: one.id)
        asked = questions(TESTS / f"{subject}_test.csv")
        shown = questions(TESTS.parent / "dev" / f"{subject}_dev.csv")
        assert [one.input for one in samples] == [
            "\n".join([q, f"A. {a}", f"B. {b}", f"C. {c}", f"D. {d}"]) for q, a, b, c, d, _ in asked
        ]
        assert [one.output for one in samples] == [line[5] for line in asked]
        assert [one.history for one in samples] == [samples[0].history] * len(samples)
        assert [answer for _, answer in samples[0].history] == [line[5] for line in shown]
        turns = [user.removeprefix(f"{samples[0].instruction}\n") for user, _ in samples[0].history]
        assert [turn.split("\nA. ")[0] for turn in turns] == [line[0] for line in shown]
        for sample, line in zip(samples, asked, strict=True):
            target = json.loads(sample.target)
            assert target["choices"] == line[1:5]
            assert target["answers"] == [line["ABCDE".index(line[5]) + 1]]


def test_real_questions(real, sources, tmp_path):
    real("mmlu-medicine")
    made = mmlu.make(tmp_path / "bench", sources, tmp_path / "cache").made
    counts = {entry.row: entry.samples for entry in made.manifest.splits}
    assert list(counts.values()) == [135, 265, 144, 173, 100, 272]
    assert sum(counts.values()) == 1089
    assert {len(one.history) for row in counts for one in parquet.read(tmp_path / "bench", row, "test")} == {5}
    module = tasks.category("QA")
    for row in counts:
        for one in parquet.read(tmp_path / "bench", row, "test"):
            right = json.loads(one.target)["choices"]["ABCD".index(one.output)]
            for answer in (one.output, right, f"{one.output}. {right}", f"The answer is ({one.output})."):
                assert module.parse(answer, tasks.load(row), one.input).items == ((one.output,),)


def test_where_the_files_are_looked_for(tmp_path):
    cache = tmp_path / "cache"
    data = tmp_path / "data"
    done = run("build", "BIOSSES", "--sources", FIXTURES, "--out", data, MEDINST_CACHE=str(cache))
    assert done.returncode == 0, done.stderr
    done = run("bench", "mmlu-medicine", "--data", data, "--out", tmp_path / "a", MEDINST_CACHE=str(cache))
    assert (done.returncode, done.stdout) == (0, "")
    assert "6 of 6 tests, 18 samples" in done.stderr
    mmlu.make(tmp_path / "b", FIXTURES, tmp_path / "other")
    shutil.copytree(FIXTURES / "mmlu-medicine", tmp_path / "third" / "sources" / "mmlu-medicine")
    mmlu.make(tmp_path / "c", None, tmp_path / "third")
    assert tree(tmp_path / "a") == tree(tmp_path / "b") == tree(tmp_path / "c") != {}
    with pytest.raises(SourceMissing, match=r"data\.tar.*--sources"):
        mmlu.make(tmp_path / "d", None, tmp_path / "other", data)
    assert not (tmp_path / "d").exists()
    shutil.move(data, tmp_path / "moved")
    with pytest.raises(UsageError, match=r"manifest\.json"):
        mmlu.make(tmp_path / "d", None, cache, data)


def test_a_subject_without_files_is_named_and_a_broken_record_set_aside(tmp_path):
    shutil.copytree(FIXTURES / "mmlu-medicine", tmp_path / "s" / "mmlu-medicine")
    for path in (tmp_path / "s").rglob("anatomy_*.csv"):
        path.unlink()
    broken = tmp_path / "s" / "mmlu-medicine" / "data" / "test" / "college_biology_test.csv"
    broken.write_bytes(broken.read_bytes() + b"No answer?,a,b,c,d,E\nToo short,a\n\xff,a,b,c,d,A\n")
    done = run(
        "bench", "mmlu-medicine", "--sources", tmp_path / "s", "--out", tmp_path / "bench", MEDINST_CACHE=str(tmp_path)
    )
    assert done.returncode == 3, done.stderr
    assert "missing: MMLU-anatomy: " in done.stderr
    assert "unknown-label" in done.stderr
    aside = (tmp_path / "bench" / "quarantine.jsonl").read_text("utf-8").splitlines()
    assert sorted(json.loads(line)["rule"] for line in aside) == ["columns", "encoding", "unknown-label"]
    assert manifest.faults(tmp_path / "bench") == []
    shutil.rmtree(tmp_path / "s" / "mmlu-medicine" / "data")
    with pytest.raises(SourceMissing, match="MMLU-anatomy"):
        mmlu.make(tmp_path / "no", tmp_path / "s", tmp_path)


def test_it_gets_into_nothing_else(make, tmp_path):
    assert not tasks.rows().keys() & tasks.beside().keys()
    assert len(tasks.rows()) == 163
    assert "mmlu-medicine" not in tasks.tasks()
    with pytest.raises(UsageError, match="medinst bench mmlu-medicine"):
        plan(["AnEM", "MMLU-anatomy"], FIXTURES, tmp_path)
    assert not any(job.corpus == "mmlu-medicine" for job in plan([], FIXTURES, tmp_path / "cache").shards)
    for text in ('rows = ["MMLU-anatomy"]', "[row.MMLU-anatomy]\nweight = 2.0"):
        with pytest.raises(UsageError, match="MMLU-anatomy is only asked by a benchmark"):
            recipe.decode(text.encode())
    catalog = run("catalog", "--json")
    assert "MMLU" not in catalog.stdout
    # Even a folder that holds them, however that came, gives no demonstrations of them.
    data = make(many("MedQA", "test", 3) + many("MMLU-anatomy", "train", 5))
    done = run("bench", "medinst32", "--data", data, "--out", tmp_path / "bench")
    assert "without demonstrations: MedQA" in done.stderr


def test_show_knows_rows_and_corpus():
    row, corpus = run("show", "MMLU-medical_genetics"), run("show", "mmlu-medicine", "--json")
    assert "medical genetics" in row.stdout
    assert json.loads(corpus.stdout)["rows"] == ROWS
    assert "Nearest: MMLU-anatomy" in run("show", "MMLU-anatmy").stderr


def lines(bench, answer):
    samples = {row: list(parquet.read(bench, row, "test")) for row in ROWS}
    every = [one for found in samples.values() for one in found]
    return samples, {one.id: Line(one.id, one.row, "ok", answer(one)) for one in every}


def test_accuracy_is_over_questions_and_the_subject_mean_beside_it(bench):
    samples, answers = lines(bench, lambda one: one.output)
    anatomy = samples["MMLU-anatomy"]
    for one in anatomy[:2]:
        answers[one.id] = Line(one.id, one.row, "ok", "I do not know")
    answers[anatomy[2].id] = Line(anatomy[2].id, "MMLU-anatomy", "failed")
    found = score.score(samples, answers)
    assert found.mmlu
    assert (found.mmlu.n, found.mmlu.accuracy) == (17, pytest.approx(15 / 17))
    assert found.mmlu.subject_mean == pytest.approx(5 / 6)
    assert 0 <= found.mmlu.low < found.mmlu.accuracy < found.mmlu.high <= 1
    assert found.rows["MMLU-anatomy"].strict["value"] == 0
    assert "0.744" in whole.remark(found)
    only = score.score({"MMLU-anatomy": anatomy}, answers)
    assert "1 of 6 subjects" in whole.remark(only)
    assert "published" not in whole.remark(only)


def test_other_benchmarks_have_no_such_score():
    found = score.score({}, {})
    assert found.mmlu is None
    assert whole.remark(found) == ""


def test_the_printed_subjects_are_ours():
    for scores in reference.mmlu_medicine().values():
        assert [f"MMLU-{subject}" for subject in scores.subjects] == ROWS


def test_a_dataset_folder_that_is_none(tmp_path):
    with pytest.raises(MedinstError, match=r"manifest\.json"):
        mmlu.make(tmp_path / "bench", FIXTURES, tmp_path / "cache", tmp_path)


def test_target_of_equal_options():
    module, row = tasks.category("QA"), tasks.load("MMLU-anatomy")
    target = Target(choices=("one", "two", "two", "three"), answers=("two",))
    assert module.write(target, row, "") == "B"
    assert module.gold(target, row, "")[0].slots == (frozenset({"B", "C"}),)
