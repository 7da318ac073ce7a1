from __future__ import annotations

import json

import msgspec
import pytest

from medinst import reference
from medinst.errors import UsageError
from medinst.evaluate import compare, score
from medinst.evaluate import plan as plans
from medinst.evaluate.types import Decoding, Line, Run
from small_bench import samples, write
from support import run

ROWS = {"AnEM": 40, "NCBI-disease": 30, "BIOSSES": 12}


@pytest.fixture
def bench(tmp_path):
    return write(tmp_path / "bench", ROWS)


@pytest.fixture
def answered(bench, tmp_path):
    """Return a function that makes a run folder; ``wrong(row, number)`` says which answers are empty."""

    def make(name, wrong, failed=(), rows=tuple(ROWS)):
        _, data = plans.read(bench, rows, None, 0)
        folder = tmp_path / name
        folder.mkdir()
        about = Run({"spec": f"openai:{name}"}, "", Decoding(), "", 0, 0, None, list(rows), data, str(bench), {})
        (folder / "run.json").write_bytes(msgspec.json.encode(about))
        lines = [
            Line(one.id, row, "failed" if (row, at) in failed else "ok", "" if wrong(row, at) else one.output)
            for row in rows
            for at, one in enumerate(samples(row, ROWS[row]))
        ]
        (folder / "samples.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        return folder

    return make


def test_differences_rows_mean_and_wins(answered):
    half = answered("half", lambda row, at: at % 2)
    gold = answered("gold", lambda row, at: False)
    (found,) = compare.compare([half, gold], rounds=500).comparisons
    assert (found.first, found.second) == ("half, 0-shot", "gold, 0-shot")
    assert (found.wins, found.losses, found.ties) == (3, 0, 0)
    anem = found.rows["AnEM"]
    assert (anem.n, anem.second) == (40, 1.0)
    assert anem.difference == pytest.approx(1 - anem.first)
    assert 0 < anem.low < anem.difference < anem.high
    assert anem.p <= anem.p_holm < 0.05
    assert found.rows["BIOSSES"].difference < 0  # an error that became smaller
    assert found.mean.rows == ["AnEM", "NCBI-disease"]
    assert found.mean.second == 1.0
    assert found.mean.low > 0


def test_scores_are_those_of_score(answered):
    half, gold = answered("half", lambda row, at: at % 2), answered("gold", lambda row, at: False)
    (found,) = compare.compare([gold, half], rounds=100).comparisons
    alone = score.run(half)
    for row, one in found.rows.items():
        assert one.second == alone.rows[row].strict["value"]
        assert one.paper[1] == alone.rows[row].paper.value


def test_only_samples_that_both_answered(answered):
    one = answered("one", lambda row, at: False, failed={("AnEM", 0), ("AnEM", 1)})
    other = answered("other", lambda row, at: False, failed={("AnEM", 1), ("AnEM", 2)})
    (found,) = compare.compare([one, other], rounds=100).comparisons
    assert found.rows["AnEM"].n == 37
    assert found.rows["AnEM"].p == 1.0
    assert found.ties == 3


def test_means_by_category(answered):
    half, gold = answered("half", lambda row, at: at % 2), answered("gold", lambda row, at: False)
    (found,) = compare.compare([half, gold], rounds=100).comparisons
    assert set(found.categories) == {"NER"}  # BIOSSES is an error, which is in no mean
    assert found.categories["NER"].rows == found.mean.rows
    assert found.categories["NER"].difference == pytest.approx(found.mean.difference)


def test_rows_are_drawn_independently():
    assert len({compare.seed_of(row, seed) for row in ROWS for seed in (0, 1)}) == 6


def test_the_published_accuracies_of_mmlu():
    subjects = reference.mmlu_medicine()["LLaMA3"].subjects
    rows = [f"MMLU-{subject}" for subject in subjects]
    found = compare._published(rows)
    assert set(found) == set(reference.mmlu_medicine())
    assert found["LLaMA3"]["all questions"] == pytest.approx(0.7392)
    assert found["LLaMA3"]["mean"] == pytest.approx(sum(subjects.values()) / 600)
    assert "all questions" not in compare._published(rows[:5])["LLaMA3"]
    both = compare._published(["AnEM", "MMLU-anatomy"])
    assert both["GPT-4o"] == {"AnEM": pytest.approx(0.3744)}
    assert set(both["LLaMA3"]) == {"AnEM", "MMLU-anatomy", "mean"}


def test_rows_that_one_was_not_asked_are_named(answered):
    one, other = answered("one", lambda row, at: False), answered("other", lambda row, at: False, rows=("AnEM",))
    (found,) = compare.compare([one, other], rounds=100).comparisons
    assert list(found.rows) == ["AnEM"]
    assert found.left_out["BIOSSES"] == "other, 0-shot was not asked it"


def test_the_published_mean_is_over_the_same_rows(answered):
    one, other = answered("one", lambda row, at: False), answered("other", lambda row, at: True)
    published = compare.compare([one, other], rounds=100).published
    for scores in published.values():
        assert scores["mean"] == pytest.approx((scores["AnEM"] + scores["NCBI-disease"]) / 2)


def test_one_run_or_none_shared_is_refused(answered):
    one = answered("one", lambda row, at: False, rows=("AnEM",))
    with pytest.raises(UsageError, match="two or more"):
        compare.compare([one])
    with pytest.raises(UsageError, match="share no answered sample"):
        compare.compare([one, answered("other", lambda row, at: False, rows=("BIOSSES",))])


def test_command(answered):
    half, gold = answered("half", lambda row, at: at % 2), answered("gold", lambda row, at: False)
    shown = run("compare", half, gold, "--published", "--rounds", "200")
    assert shown.returncode == 0
    assert "AnEM" in shown.stdout
    assert "B is better on 3 rows" in shown.stderr
    said = run("compare", half, gold, "--json", "--rounds", "200")
    assert json.loads(said.stdout)["comparisons"][0]["rows"]["AnEM"]["n"] == 40
    assert run("compare", half).returncode == 2
