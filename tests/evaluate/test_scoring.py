"""Scores: the gold scores 1, what failed is no zero, and means hold what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import support
from medinst import tasks
from medinst.errors import UsageError
from medinst.evaluate import judging, run, score, store, table
from medinst.evaluate import plan as plans
from medinst.evaluate.types import Line, Scores
from medinst.models import parse_spec
from medinst.schema import Document, TextToText
from small_bench import Bench

SOME = {"AnEM": 12, "NCBI-disease": 40, "BIOSSES": 31}


def evaluate(bench: Path, out: Path, model: str = "mock:gold", **options: Any) -> Scores:
    asked = parse_spec(model)
    scores = run.evaluate(plans.make(bench, asked, **options), asked, out).scores
    assert scores
    return scores


def gold(bench: Path) -> tuple[plans.Plan, dict[str, Line]]:
    plan = plans.make(bench, parse_spec("mock:gold"))
    lines = {
        sample.id: Line(sample.id, row, "ok", sample.output) for row, found in plan.samples.items() for sample in found
    }
    return plan, lines


def test_gold_scores_one_under_both_rules(bench: Bench, tmp_path: Path) -> None:
    scores = evaluate(bench(**SOME), tmp_path / "run")
    assert {row: found.paper.value for row, found in scores.rows.items()} == {
        "AnEM": 1,
        "BIOSSES": 0,
        "NCBI-disease": 1,
    }
    assert {row: found.also["rouge_l"] for row, found in scores.rows.items()} == dict.fromkeys(SOME, 1.0)
    for row in ("AnEM", "NCBI-disease"):
        strict = scores.rows[row].strict
        assert (strict["value"], strict["low"], strict["high"]) == (1, 1, 1)


def test_an_empty_answer_is_unparsed_and_a_zero(bench: Bench, tmp_path: Path) -> None:
    found = evaluate(bench(AnEM=12), tmp_path / "run", "mock:empty").rows["AnEM"]
    assert (found.unparsed, found.failed, found.strict["value"], found.paper.value) == (12, 0, 0, 0)


def test_means_leave_out_squared_errors_and_tiny_rows(bench: Bench, tmp_path: Path) -> None:
    scores = evaluate(bench(**SOME | {"AnEM": 9}), tmp_path / "run")
    assert scores.paper.mean_rows == scores.strict.mean_rows == ["NCBI-disease"]
    assert scores.paper.by_level == {"2": 1.0}
    assert scores.paper.by_category == {"NER": 1.0}
    assert scores.rouge_l.by_category == {"NER": 1.0, "STS": 1.0}
    assert "the means are without it" in str(scores.rows["AnEM"].warning)
    assert scores.rows["NCBI-disease"].warning is None


def test_what_failed_is_left_out_and_counted(bench: Bench) -> None:
    plan, lines = gold(bench(AnEM=12))
    first, second, third = list(lines)[:3]
    lines[first] = Line(first, "AnEM", "failed", reason="HTTP 500")
    del lines[second]
    lines[third] = msgspec.structs.replace(lines[third], finish_reason="length")
    found = score.score(plan.samples, lines).rows["AnEM"]
    assert (found.n, found.ok, found.failed, found.truncated) == (12, 10, 2, 1)
    assert found.paper.value == found.strict["value"] == 1


def test_a_row_without_answers_has_no_score(bench: Bench) -> None:
    plan, _ = gold(bench(AnEM=12))
    scores = score.score(plan.samples, {})
    assert scores.rows["AnEM"].paper.value is None
    assert scores.rows["AnEM"].strict["value"] is None
    assert (scores.paper.mean, scores.paper.mean_rows) == (None, [])


def test_scores_json_has_the_shape_of_the_contract(bench: Bench, tmp_path: Path) -> None:
    evaluate(bench(**SOME), tmp_path / "run")
    scores = msgspec.json.decode((tmp_path / "run" / store.SCORES).read_bytes())
    assert list(scores) == ["rows", "paper", "strict", "rouge_l"]
    assert list(scores["paper"]) == list(scores["strict"]) == ["mean", "mean_rows", "by_level", "by_category"]
    row = scores["rows"]["AnEM"]
    assert list(row)[:8] == ["n", "ok", "failed", "unparsed", "truncated", "paper", "strict", "also"]
    assert row["paper"] == {"metric": "entity_level_f1", "value": 1.0}
    assert {"metric", "value", "low", "high"} <= row["strict"].keys()


def test_lists_of_items_say_what_is_wrong(bench: Bench) -> None:
    plan, lines = gold(bench(AnEM=12))
    swaps = {"liver": "portal", "<Organ>": "<Tissue>", "portal vein <": "vein <", "[": "{"}
    wrong = dict(zip(lines, swaps.items(), strict=False))
    for name, (old, new) in wrong.items():
        lines[name] = msgspec.structs.replace(lines[name], output=lines[name].output.replace(old, new))
    strict = score.score(plan.samples, lines).rows["AnEM"].strict
    assert strict["errors"] == {"boundary": 1, "type": 1, "boundary_and_type": 0, "spurious": 1, "missing": 3}
    assert msgspec.json.decode(msgspec.json.encode(strict)) == strict


def test_documents_without_gold_are_apart_from_the_means() -> None:
    records = [Document(f"{at:05}", f"Nothing happened {at} times.") for at in range(12)]
    row = tasks.load("AnEM-empty")
    samples = [sample for record in records for sample in tasks.render(record, row, "test")]
    answers = ["[]"] * 9 + ["[Nothing <Organ>]"] * 2 + ["None were found."]
    lines = {one.id: Line(one.id, row.name, "ok", said) for one, said in zip(samples, answers, strict=True)}
    scores = score.score({row.name: samples}, lines)
    strict = scores.rows[row.name].strict
    assert (strict["metric"], strict["value"]) == ("accuracy", 0.75)
    assert strict["hallucination_rate"] == pytest.approx(2 / 12)
    assert scores.strict.mean_rows == scores.paper.mean_rows == []


def test_written_texts_have_further_scores_and_say_by_what() -> None:
    pytest.importorskip("sacrebleu", reason="no sacrebleu: pip install 'medinst[metrics]'")
    row = tasks.load("MeQSum")
    records = [TextToText(str(at), (f"My knee hurts since {at} days, why?",), f"Why is it {at}?") for at in range(10)]
    samples = [sample for record in records for sample in tasks.render(record, row, "test")]
    lines = {one.id: Line(one.id, row.name, "ok", one.output) for one in samples}
    scores = score.score({row.name: samples}, lines, encoder="none")
    found = scores.rows[row.name]
    assert found.also["bleu"] == found.also["chrf"] == found.also["rouge_l"] == 1.0
    assert "sacrebleu" in found.by["chrf"]
    assert "bertscore" not in found.also | found.lacking
    lacking = msgspec.structs.replace(found, lacking={"meteor": "WordNet is not installed: get it"})
    remarks = list(table.remarks(msgspec.structs.replace(scores, rows={row.name: lacking})))
    assert remarks.count("no meteor: WordNet is not installed: get it") == 1


def test_the_likeliest_choice_is_the_answer() -> None:
    line = Line("x", "MMLU-anatomy", "ok", output="D", choice_logprobs=(-3.0, -0.5, -2.0, -0.5))
    assert judging.said(line) == "B"
    assert judging.said(msgspec.structs.replace(line, choice_logprobs=())) == "D"


def test_scoring_again_gives_the_same_and_wants_the_same_data(bench: Bench, tmp_path: Path) -> None:
    first = evaluate(bench(AnEM=20), tmp_path / "run", limit=15)
    assert score.run(tmp_path / "run") == first
    with pytest.raises(UsageError, match="samples of AnEM are not those"):
        score.run(tmp_path / "run", bench("other", AnEM=21))


def test_gold_scores_one_on_every_row_with_invented_documents(tmp_path: Path, cache: Path) -> None:
    built = support.run("build", "--sources", support.FIXTURES, "--out", tmp_path / "data", MEDINST_CACHE=str(cache))
    assert built.returncode == 0, built.stderr
    scores = evaluate(tmp_path / "data", tmp_path / "run").rows
    perfect = {row: 0.0 if found.paper.metric == "mse" else 1.0 for row, found in scores.items()}
    assert {row: found.paper.value for row, found in scores.items()} == perfect
    assert {row: found.strict["value"] for row, found in scores.items()} == perfect
    assert len(perfect) > 20
    written = [found.also for found in scores.values() if found.strict["metric"] == "rouge_l"]
    assert {also.get(name, 1.0) for also in written for name in ("bertscore", "chrf")} == {1.0}


def test_a_narrow_table_leaves_columns_out_and_cuts_none(bench: Bench) -> None:
    plan, lines = gold(bench(**SOME))
    scores = score.score(plan.samples, lines)
    long = {f"{row}-of-a-long-name-30": found for row, found in scores.rows.items()}
    scores = msgspec.structs.replace(scores, rows=long)
    assert table.fitting(scores, 240)[0] == list(table.SCORES)
    names, rows = table.fitting(scores, 60)
    assert set(names) < set(table.SCORES) - {"cut>"}
    assert {"row", "paper>", "strict>"} <= set(names)
    cells = [[name.rstrip(">") for name in names], *[list(map(str, row)) for row in rows]]
    assert sum(max(map(len, column)) + 1 for column in zip(*cells, strict=True)) - 1 <= 60
    assert [row[0] for row in rows] == [*long, "mean"]


def test_scores_count_what_failed_or_is_missing(bench: Bench) -> None:
    plan, lines = gold(bench(**SOME))
    scores = score.score(plan.samples, dict(list(lines.items())[:50]))
    assert (scores.asked, scores.failed) == (83, 33)
