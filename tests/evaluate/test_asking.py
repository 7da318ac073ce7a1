from __future__ import annotations

import json

import msgspec
import pytest

from medinst import corpora, tasks
from medinst.build import dataset, plan
from medinst.errors import UsageError
from medinst.evaluate import plan as plans
from medinst.mixtures import benchmark
from small_bench import write
from support import FIXTURES, run


class Somewhere:
    """A model at an address; nothing is asked of it here."""

    concurrency = 1

    def __init__(self, endpoint):
        self.identity = {"spec": "openai:x", "endpoint": endpoint}


@pytest.fixture
def bench(tmp_path):
    return write(tmp_path / "bench", {"AnEM": 3, "BIOSSES": 2})


def test_another_wording_is_asked_and_recorded(bench, tmp_path):
    asked = [run("eval", "--bench", bench, "--model", "mock:echo", "--wording", n, "--out", tmp_path / n) for n in "12"]
    assert [done.returncode for done in asked] == [0, 0]
    runs = [json.loads((tmp_path / n / "run.json").read_text()) for n in "12"]
    assert [one["wording"] for one in runs] == [1, 2]
    assert runs[0]["data"] == runs[1]["data"]
    prompts = [
        json.loads(line)["prompt"] for n in "12" for line in (tmp_path / n / "samples.jsonl").read_text().splitlines()
    ]
    assert len(set(prompts)) == 10
    samples, _ = plans.read(bench, ["AnEM"], None, 0, 2)
    assert {sample.instruction for sample in samples["AnEM"]} == {tasks.instruction("AnEM", 2)}


def test_a_run_in_one_wording_is_not_resumed_in_another(bench, tmp_path):
    out = tmp_path / "run"
    assert run("eval", "--bench", bench, "--model", "mock:echo", "--wording", "1", "--out", out).returncode == 0
    again = run("eval", "--bench", bench, "--model", "mock:echo", "--out", out)
    assert again.returncode == 2
    assert "wording: 1 there, null now" in again.stderr


@pytest.mark.parametrize("there", ["http://127.0.0.1:9/v1", "http://localhost/v1", "http://[::1]:9/v1", ""])
def test_rows_under_an_agreement_stay_on_this_machine(bench, monkeypatch, there):
    bound = msgspec.structs.replace(corpora.load("anem"), access="agreement")
    load = corpora.load
    monkeypatch.setattr(corpora, "load", lambda name: bound if name == "anem" else load(name))
    assert len(plans.make(bench, Somewhere(there))) == 5
    remote = Somewhere("https://api.example.org/v1")
    with pytest.raises(UsageError, match="AnEM: the corpora were given under an agreement"):
        plans.make(bench, remote)
    assert len(plans.make(bench, remote, ["BIOSSES"])) == 2
    assert len(plans.make(bench, remote, allow_remote=True)) == 5


def test_demonstrations_under_an_agreement_stay_on_this_machine(tmp_path, monkeypatch):
    made = plan.make(["AnEM", "BioRelEx"], FIXTURES, tmp_path / "cache")
    dataset.build(made, tmp_path / "data", None, lambda built: None)
    benchmark.make("medinst32", benchmark.medinst32(), tmp_path / "data", tmp_path / "bench", 0)
    bound = msgspec.structs.replace(corpora.load("biorelex"), access="agreement")
    load = corpora.load
    monkeypatch.setattr(corpora, "load", lambda name: bound if name == "biorelex" else load(name))
    remote = Somewhere("https://api.example.org/v1")
    assert plans.make(tmp_path / "bench", remote, shots=0).samples["AnEM"]
    with pytest.raises(UsageError, match="AnEM: the corpora were given under an agreement, or one that demonstrations"):
        plans.make(tmp_path / "bench", remote, shots=2)
