"""docs/reliability.md says what `make faults` counted, of every promise that a test tries."""

from __future__ import annotations

import ast
import json
import runpy

import pytest

from promises import Recorder
from support import ROOT

FOUND = json.loads((ROOT / "docs" / "results" / "reliability.json").read_text("utf-8"))


def promised(text):
    """Yield the names in the promise marks of a test module, given there or as a constant of the module."""
    module = ast.parse(text)
    constants = {
        target.id: line.value
        for line in module.body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "promise":
            (name,) = node.args
            yield ast.literal_eval(constants[name.id] if isinstance(name, ast.Name) else name)


def test_the_committed_page_is_the_generated_one():
    generated = runpy.run_path(str(ROOT / "docs" / "generate.py"))["reliability"](FOUND)
    assert (ROOT / "docs" / "reliability.md").read_text("utf-8") == generated, "run `python docs/generate.py`"


def test_every_promise_was_counted():
    tests = (ROOT / "tests").rglob("test_*.py")
    names = {name for path in tests for name in promised(path.read_text("utf-8"))}
    assert sorted(FOUND) == sorted(names), "run `make faults`"
    assert [name for name, cases in FOUND.items() if cases["survived"] < cases["tried"]] == []


def test_cases_are_counted_once_each_and_skipped_ones_not(tmp_path):
    recorder = Recorder(tmp_path / "counts.json")
    ends = {
        "a": ["passed"] * 3,
        "b": ["passed", "failed", "passed"],
        "c": ["passed", "passed", "failed"],
        "d": ["failed"],
    }
    for case, outcomes in {**ends, "e": ["skipped"], "f": ["passed", "skipped"]}.items():
        for when, outcome in zip(("setup", "call", "teardown"), outcomes, strict=False):
            recorder.pytest_runtest_logreport(
                pytest.TestReport(
                    f"tests/x.py::{case}", ("", 0, ""), {}, outcome, None, when, user_properties=[("promise", "p")]
                )
            )
    recorder.pytest_sessionfinish(pytest.ExitCode.TESTS_FAILED)
    assert json.loads(recorder.file.read_text()) == {"p": {"survived": 1, "tried": 4, "tests": ["tests/x.py"]}}
    recorder.file.unlink()
    recorder.pytest_sessionfinish(pytest.ExitCode.INTERRUPTED)
    assert not recorder.file.exists()
