"""docs/constrained.md says what the committed results say."""

from __future__ import annotations

from pathlib import Path

import pytest

from medinst import tasks
from medinst.errors import UsageError
from medinst.workflows import constrained
from medinst.workflows.constrained import Fits, Found
from support import ROOT

DOCS = ROOT / "docs"
FOUND = constrained.read(DOCS / constrained.RESULTS)


def test_the_committed_page_is_the_generated_one() -> None:
    page = constrained.page(FOUND)
    assert (DOCS / "constrained.md").read_text("utf-8") == page, "run `python docs/generate.py`"


def test_all_gold_that_was_looked_at_fits() -> None:
    assert FOUND.gold.keys() <= set(tasks.CATEGORIES)
    assert all(fits.gold == fits.pattern == fits.grammar > 0 for fits in FOUND.gold.values())


def test_what_is_held_to_its_form_is_unparsed_only_where_it_was_cut() -> None:
    assert FOUND.pairs
    for both in FOUND.pairs.values():
        assert both.free.keys() == both.held.keys()
        assert all(score.unparsed <= score.truncated for score in both.held.values())


def test_results_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"pairs": []}')
    with pytest.raises(UsageError, match="Make it anew"):
        constrained.read(tmp_path / "x.json")


def test_a_page_without_runs_is_a_page() -> None:
    page = constrained.page(Found(gold={"STS": Fits(1200, 1200, 1200)}, samples=7))
    assert "| STS | 1,200 | 1,200 | 1,200 |" in page
    assert "--samples 7" in page
