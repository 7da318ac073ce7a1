"""The heat map and the matrix: every cell in its place, all text escaped, nothing fetched."""

from __future__ import annotations

import csv
import io
import json
import re

import msgspec
import pytest

from medinst.errors import UsageError
from medinst.mixtures.overlap import measure
from medinst.mixtures.overlap.measure import Cell, Named, Overlap, Pair, Seen
from medinst.report import overlap

EVIL = "<script>alert('&')</script>"
NONE = {"identifier": 0, "text": 0, "contained": 0, "near": 0}


def seen(documents: int) -> Seen:
    return Seen(documents, documents, {**NONE, "text": documents})


@pytest.fixture
def found() -> Overlap:
    def test(row, count):
        return measure.TestRow(row, "a", False, 300, 300, dict.fromkeys(("all", "mi32", "mi32-corpus"), seen(count)))

    return Overlap(
        medinst="1",
        data=["0" * 64],
        most=20_000,
        rules={"n": 13, "contained": 0.5, "shingle": 5, "near": 0.8},
        mixtures={"all": ["Idle", EVIL, "B"], "mi32": ["B"], "mi32-corpus": []},
        tests=[test("Quiet", 0), test(EVIL, 180), test("A", 1)],
        cells=[
            Cell(EVIL, EVIL, 180, {**NONE, "text": 180}),
            Cell(EVIL, "B", 30, {**NONE, "near": 30}),
            Cell("A", "B", 1, {**NONE, "contained": 1}),
        ],
        pairs={**NONE, "text": 180},
    )


def test_the_heat_map_has_the_rows_that_show_something(found):
    page = overlap.page(found)
    heat = page[page.index('<table class="heat">') : page.index("</table>")]
    assert re.findall(r'<th scope="col"><span>(.*?)</span>', heat)[1:] == ["B"]
    assert "Idle" not in heat
    assert "Quiet" not in heat
    assert re.findall(r'--share:(\d+)" title="[^"]*">([^<]*)</td>', heat) == [
        ("60", "60"),
        ("10", "10"),
        ("0", "&lt;1"),
    ]
    assert "A in B: 1 of 300 documents (contained 1)" in heat
    assert heat.count("<td") == 4
    assert "Nothing seen of Quiet." in page


def test_every_text_is_escaped_and_nothing_is_fetched(found):
    page = overlap.page(found)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 6
    assert not re.search(r'(src|href)="(?!overlap\.html)', page)


def test_nothing_found_is_a_page_too(found):
    quiet = msgspec.structs.replace(found, tests=found.tests[:1], cells=[])
    page = overlap.page(quiet)
    assert '<table class="heat">' not in page
    assert "Nothing seen of Quiet." in page


def test_files_and_the_matrix(found, tmp_path):
    pair = Pair(Named("a", "1", ["A"]), Named("b", "2", ["B"]), "near", 0.8123)
    names = [path.name for path in overlap.write(found, [pair], tmp_path / "out")]
    assert names == ["overlap.html", "matrix.csv", "overlap.json", "pairs.jsonl"]
    lines = list(csv.DictReader(io.StringIO((tmp_path / "out" / "matrix.csv").read_text("utf-8"))))
    assert lines[0] == {
        "test": EVIL,
        "documents": "300",
        "train": EVIL,
        "seen": "180",
        "identifier": "0",
        "text": "180",
        "contained": "0",
        "near": "0",
    }
    assert msgspec.json.decode((tmp_path / "out" / "overlap.json").read_bytes(), type=Overlap) == found
    assert json.loads((tmp_path / "out" / "pairs.jsonl").read_bytes())["score"] == 0.8123
    with pytest.raises(UsageError, match="is a file"):
        overlap.write(found, [], tmp_path / "out" / "matrix.csv")
