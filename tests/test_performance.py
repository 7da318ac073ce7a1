"""docs/performance.md says what benchmarks/performance.py collected."""

from __future__ import annotations

import json
import runpy

from support import ROOT

FOUND = json.loads((ROOT / "docs" / "results" / "performance.json").read_text("utf-8"))


def test_the_committed_page_is_the_generated_one():
    generated = runpy.run_path(str(ROOT / "docs" / "generate.py"))["performance"](FOUND)
    assert (ROOT / "docs" / "performance.md").read_text("utf-8") == generated, "run `python docs/generate.py`"


def test_every_measure_is_whole():
    assert FOUND["measures"]
    for measure in FOUND["measures"]:
        assert 0 < measure["low"] <= measure["ratio"] <= measure["high"], measure["name"]
        script = measure["command"].split()[1]
        assert (ROOT / script).is_file(), f"{measure['name']}: {script}"
        assert {type(measure[name]) for name in ("name", "command", "note")} == {str}


def test_collected_measures_take_the_place_of_earlier_ones(tmp_path):
    merge = runpy.run_path(str(ROOT / "benchmarks" / "performance.py"))["merge"]
    first = {"name": "b", "ratio": 2.345, "low": 1, "high": 3, "command": "python x", "note": "", "more": 1}
    merge([first, {**first, "name": "a"}], tmp_path / "r.json")
    merge([{**first, "ratio": 7}], tmp_path / "r.json")
    measures = json.loads((tmp_path / "r.json").read_text())["measures"]
    assert [(measure["name"], measure["ratio"]) for measure in measures] == [("a", 2.35), ("b", 7)]
    assert "more" not in measures[0]
