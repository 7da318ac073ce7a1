"""docs/corpora is what the code generates: one page a corpus, an index of all rows, nothing lost to Markdown."""

from __future__ import annotations

import pytest

from medinst import corpora, tasks
from medinst.errors import UsageError
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document
from medinst.workflows import catalogue, pages
from support import FIXTURES, ROOT, run

DOCS = ROOT / "docs"
AGAIN = "run `python docs/generate.py`"


@pytest.fixture(scope="module")
def made():
    return pages.pages(pages.counts(DOCS / pages.COUNTS))


def test_the_committed_pages_are_the_generated_ones(made):
    committed = {path.name: path.read_text("utf-8") for path in (DOCS / "corpora").glob("*.md")}
    assert sorted(committed) == sorted(made), AGAIN
    assert [name for name in made if made[name] != committed[name]] == [], AGAIN


def test_pages_of_corpora_that_are_no_more_go(made, tmp_path):
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "gone.md").write_text("gone")
    (tmp_path / "results").mkdir()
    (tmp_path / pages.COUNTS).write_bytes((DOCS / pages.COUNTS).read_bytes())
    assert pages.write(tmp_path) == list(made)
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "corpora").iterdir()} == made


def test_every_row_and_corpus_is_there(made):
    for row in tasks.rows().values():
        assert f"\n### {pages.escape(row.name)}\n" in made[f"{row.corpus}.md"]
        assert f"| {pages.escape(row.name)} | [{row.corpus}]({row.corpus}.md) |" in made["README.md"]
    for name in corpora.names():
        assert corpora.citation(name).startswith("@")
        assert corpora.citation(name) in made[f"{name}.md"]
        assert made[f"{name}.md"].count("An example from the invented documents") == len(tasks.of_corpus(name))


def test_rows_of_documented_corpora_are_told_apart(made):
    rows = catalogue.entries()
    real = sum(entry["layout"] == "real" for entry in rows)
    assert (
        f"{real} read from real files, {len(rows) - real} written from the documented layout only" in made["README.md"]
    )
    told = run("catalog").stderr
    assert f"{real} read from real files, {len(rows) - real} written from the documented layout only" in told
    lines = [line for line in made["README.md"].splitlines() if "| documented | " in line and ".md)" in line]
    assert len(lines) == len(rows) - real
    assert not any(digit.isdigit() and digit != "0" for line in lines for digit in line.split("|")[-2])


def test_what_a_page_exports_are_documents(made, cache):
    for name in corpora.names():
        corpus = corpora.load(name)
        tree = corpus.tree(FIXTURES, cache)
        files, path = next(found for files in corpus.splits.values() if (found := corpora.find(files, tree)))
        record = next(iter(files.read(path, Quarantine(name, "train", tree.roots[0]))))
        assert ("medinst kb" in made[f"{name}.md"]) == isinstance(record, Document), name


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("CC-BY-4.0", True),
        ("CC0-1.0 OR GPL-3.0-only", True),
        ("MIT AND LicenseRef-unknown", False),
        ("LicenseRef-unknown", False),
        ("LicenseRef-NCBI-PublicDomain", False),
        ("CC-BY-SA-3.0", False),
        ("CC-BY-NC-4.0", False),
        ("GPL-3.0-only", False),
    ],
)
def test_permissive(licence, expected):
    assert catalogue.permissive(licence) is expected


def test_text_that_markdown_would_take_for_something():
    assert pages.escape("a|b <c>\nd_e* `f` [g]") == r"a\|b \<c\> d\_e\* \`f\` \[g\]"
    assert pages.prose("Files ``<PMID>_*.txt`` of <PMID>.") == r"Files ``<PMID>_*.txt`` of \<PMID\>."
    assert pages.fence("a ```` b\r\nc", "text") == "`````text\na ```` b\nc\n`````"
    assert pages.table(["n>"], [["a|b"], [7]]) == "| n |\n| ---: |\n| a\\|b |\n| 7 |"


def test_cut_between_words():
    assert pages.cut("one two three", 13) == "one two three"
    assert pages.cut("one two three", 12) == "one two […]"
    assert pages.cut("one two three", 7) == "one two […]"
    assert pages.cut("onetwothree", 4) == "onet […]"


def test_a_file_that_holds_no_counts(tmp_path):
    (tmp_path / "counts.json").write_text('{"cells": 3}')
    with pytest.raises(UsageError, match="medinst reconcile DATA --json"):
        pages.counts(tmp_path / "counts.json")
