"""docs/scoring.md is what the code and its results say."""

from __future__ import annotations

from pathlib import Path

import msgspec

from medinst.metrics import METRICS
from medinst.workflows import scoring
from support import ROOT

FOUND = msgspec.json.decode((ROOT / "docs" / scoring.RESULTS).read_bytes(), type=scoring.Degenerate)


def test_the_committed_page_is_the_generated_one() -> None:
    page = (ROOT / "docs" / scoring.PAGE).read_text("utf-8")
    assert page == scoring.page(FOUND), "run `python docs/generate.py`"


def test_every_metric_is_on_the_page() -> None:
    page = scoring.page(FOUND).replace("\\", "")
    assert METRICS.keys() == scoring.FURTHER.keys()
    assert all(f"| {name} |" in page for name in METRICS)


def test_worthless_answers_earn_nothing_but_what_they_get_right() -> None:
    for row in FOUND.rows.values():
        best = 0.0 if row.strict["metric"] == "mse" else 1.0
        assert row.paper["gold"] == row.strict["gold"] == best
        if best:
            assert row.strict["nothing"] == row.strict["empty"] == 0.0
            assert isinstance(row.strict["echo"], float)
            assert row.strict["echo"] < 0.05
    assert FOUND.means["majority"]["strict"] < 0.15


def test_the_page_is_written(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / scoring.RESULTS).write_bytes(msgspec.json.encode(FOUND))
    assert scoring.write(tmp_path).read_text("utf-8").startswith("# How answers are scored")
