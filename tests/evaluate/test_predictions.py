"""Predictions made elsewhere, with the mistakes that such files have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medinst.errors import UsageError
from medinst.evaluate import score
from medinst.formats import limits
from small_bench import Bench, samples


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_gold_predictions_score_one(bench: Bench, tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [{"id": one.id, "output": one.output, "model": "x"} for one in samples("AnEM", 12)]
    scores, complaints = score.predictions(write(tmp_path / "p.jsonl", lines), bench(AnEM=12))
    assert (scores.rows["AnEM"].ok, scores.rows["AnEM"].paper.value, complaints) == (12, 1.0, [])


def test_unknown_doubled_and_missing_ids_are_reported(bench: Bench, tmp_path: Path) -> None:
    gold = list(samples("AnEM", 12))
    lines: list[dict[str, object]] = [{"id": one.id, "output": one.output} for one in gold[:10]]
    lines += [
        {"id": gold[0].id, "output": "again"},
        {"id": gold[10].id, "output": None},
        {"id": "no/such", "output": ""},
    ]
    scores, complaints = score.predictions(write(tmp_path / "p.jsonl", lines), bench(AnEM=12))
    found = scores.rows["AnEM"]
    assert (found.ok, found.failed, found.paper.value) == (10, 2, 1.0)
    assert [complaint.split()[0] for complaint in complaints] == ["1", "1", "2"]
    assert "no/such" in complaints[0]
    assert gold[0].id in complaints[1]
    assert gold[11].id in complaints[2]


def test_a_line_that_is_no_prediction_is_named(bench: Bench, tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [{"id": "a", "output": ""}, {"output": "x"}])
    with pytest.raises(UsageError, match=r"p\.jsonl:2: found .*missing required field `id`"):
        score.predictions(path, bench())
    path.write_text('{"id": "a", "more": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(UsageError, match=r"p\.jsonl:1: found .*recursion"):
        score.predictions(path, bench())
    path.write_text('\n{"id": "' + "a" * limits.MAX_LINE)
    with pytest.raises(UsageError, match=r"p\.jsonl:2: found .*more than 16,777,216 bytes"):
        score.predictions(path, bench())
    with pytest.raises(UsageError, match="cannot be read"):
        score.predictions(tmp_path / "none", bench())
