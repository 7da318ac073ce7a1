"""docs/overlap.md says what the committed results say."""

from __future__ import annotations

import pytest

from medinst import reference
from medinst.errors import UsageError
from medinst.workflows import seen
from support import ROOT

DOCS = ROOT / "docs"


def test_the_committed_page_is_the_generated_one():
    page = seen.page(*seen.results(DOCS))
    assert (DOCS / "overlap.md").read_text("utf-8") == page, "run `python docs/generate.py`"


def test_the_two_results_fit_each_other():
    found, clean = seen.results(DOCS)
    tests = {test.row: test for test in found.tests if test.medinst32}
    for row, test in tests.items():
        drawn = clean.tests.get(row, 0) + clean.seen_in_training.get(row, 0)
        assert drawn == min(test.samples, reference.medinst32()[row].size_cap or test.samples), row
        assert bool(test.seen["all"].documents) or row not in clean.seen_in_training
        assert test.seen["all"].documents >= test.seen["mi32"].documents >= test.seen["mi32-corpus"].documents
    assert clean.tests.keys() <= tests.keys()


def test_cells_are_within_their_rows():
    found, _ = seen.results(DOCS)
    tests = {test.row: test for test in found.tests}
    assert found.cells
    for cell in found.cells:
        assert max(cell.by.values()) <= cell.documents <= tests[cell.test].seen["all"].documents
        assert cell.documents <= sum(cell.by.values())
        assert cell.train in found.mixtures["all"]


def test_other_files_are_refused(tmp_path):
    (tmp_path / "results").mkdir()
    with pytest.raises(UsageError, match=r"overlap\.json"):
        seen.results(tmp_path)
    (tmp_path / seen.OVERLAP).write_text("{}")
    with pytest.raises(UsageError, match=r"how both results are made"):
        seen.results(tmp_path)
