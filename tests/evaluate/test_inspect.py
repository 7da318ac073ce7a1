"""`medinst export --to inspect` and the tasks for inspect-ai: the real one asks, scores and reads logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chat_server import ChatServer
from medinst import tasks
from medinst.build import parquet
from medinst.errors import MedinstError, UsageError
from medinst.evaluate import inspect_log
from medinst.evaluate import plan as plans
from medinst.evaluate.run import evaluate
from medinst.models import Reply, Request, parse_spec, prompts
from medinst.models.mock import Mock
from medinst.schema import Question
from small_bench import Bench
from support import run

INSPECT = Path(sys.executable).with_name("inspect")
needed = pytest.mark.skipif(not INSPECT.exists(), reason="inspect-ai is an option: pip install 'medinst[inspect]'")


def inspect(*args: object, **environment: str) -> str:
    """Run the command line of inspect-ai and return what it printed."""
    command = [str(INSPECT), *map(str, args)]
    env = {**os.environ, "NO_COLOR": "1", **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=env)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def asked(bench: Bench, tmp_path: Path) -> Path:
    """Return a run of 36 samples of which one was refused, one thought aloud, one was cut off and one is not asked."""
    out = tmp_path / "run"
    data = bench(**{"AnEM": 12, "NCBI-disease": 12, "BIOSSES": 12})
    model = Mock("gold")
    evaluate(plans.make(data, model, shots=1), model, out)
    lines = [json.loads(line) for line in (out / "samples.jsonl").read_bytes().splitlines()]
    lines[0] |= {"status": "failed", "output": "", "reason": "HTTP 400: too long"}
    lines[1] |= {"reasoning": "Let me see.", "tokens": {"prompt": 20, "completion": 5}, "seconds": 1.5}
    lines[2] |= {"finish_reason": "length", "output": '<b>{{x}}</b> \u2028 "[\\'}
    lines.pop(3)
    (out / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return out


@needed
def test_a_run_becomes_a_log(asked: Path, tmp_path: Path) -> None:
    scores = json.loads(run("score", asked, "--json", "--fail-on-error", "1").stdout)
    done = run("export", asked, "--to", "inspect", "--out", tmp_path / "logs", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["samples"], told["failed"], told["missing"]) == (35, 1, 1)
    log = json.loads(inspect("log", "dump", told["log"]))
    by_id = {sample["id"]: sample for sample in log["samples"]}
    lines = [json.loads(line) for line in (asked / "samples.jsonl").read_bytes().splitlines()]
    assert {line["id"] for line in lines} == by_id.keys()

    failed, thought, cut, *_ = (by_id[line["id"]] for line in lines)
    assert failed["error"]["message"] == "HTTP 400: too long"
    assert not failed.get("scores")
    assert [turn["role"] for turn in failed["messages"]] == ["user", "assistant", "user"]
    kinds = [part["type"] for part in thought["messages"][-1]["content"]]
    assert kinds == ["reasoning", "text"]
    assert thought["output"]["usage"]["total_tokens"] == 25
    assert (thought["total_time"], thought["output"]["completion"]) == (1.5, thought["target"])
    assert cut["output"]["choices"][0]["stop_reason"] == "max_tokens"
    assert cut["output"]["completion"] == lines[2]["output"]
    assert thought["scores"]["by_row"]["value"]["strict"] == 1.0

    assert (log["status"], log["eval"]["model"], log["eval"]["dataset"]["samples"]) == ("cancelled", "mock/gold", 36)
    metrics = {name: found["value"] for name, found in log["results"]["scores"][0]["metrics"].items()}
    assert (metrics["paper"], metrics["strict"]) == (scores["paper"]["mean"], scores["strict"]["mean"])
    for row, found in scores["rows"].items():
        assert metrics[f"paper/{row}"] == found["paper"]["value"]
        assert metrics[f"strict/{row} low"] == found["strict"]["low"]

    assert [str(path) for path in (tmp_path / "logs").iterdir()] == [told["log"]]
    assert log["eval"]["task"] == "bench"


@needed
def test_inspect_asks_and_scores_as_we_do(bench: Bench, tmp_path: Path) -> None:
    data = bench(AnEM=12, BIOSSES=12)
    with ChatServer(answer="[liver <Organ>] 3") as ours:
        model = parse_spec("openai:m", ours.url)
        evaluate(plans.make(data, model, shots=1), model, tmp_path / "run")
    scores = json.loads((tmp_path / "run" / "scores.json").read_bytes())
    with ChatServer(answer="[liver <Organ>] 3") as theirs:
        server = {"LOCAL_BASE_URL": theirs.url, "LOCAL_API_KEY": "none"}
        task = ("medinst/medinst32", "-T", f"bench={data}", "-T", "shots=1", "--model", "openai-api/local/m")
        inspect("eval", *task, "--log-dir", tmp_path / "logs", "--display", "none", **server)
    chats = [sorted(json.dumps(body["messages"]) for body in one.bodies) for one in (ours, theirs)]
    assert chats[0] == chats[1]
    assert {(body["temperature"], body["max_tokens"]) for body in theirs.bodies} == {(0, 1024)}
    (log,) = (tmp_path / "logs").iterdir()
    found = json.loads(inspect("log", "dump", "--header-only", log))
    metrics = {name: value["value"] for name, value in found["results"]["scores"][0]["metrics"].items()}
    assert (metrics["paper"], metrics["strict"]) == (scores["paper"]["mean"], scores["strict"]["mean"])
    for row, numbers in scores["rows"].items():
        assert metrics[f"paper/{row}"] == numbers["paper"]["value"]
        assert metrics[f"strict/{row}"] == numbers["strict"]["value"]
        assert metrics[f"rouge_l/{row}"] == pytest.approx(numbers["also"]["rouge_l"], abs=1e-12)


class Chooser(Mock):
    """Says that the second letter is the likeliest."""

    can_choose = True

    async def answer(self, request: Request) -> Reply:
        return Reply("", choice_logprobs=(-3.0, -0.5, -2.0, -4.0))


@needed
def test_likelihoods_of_choices_are_in_the_log(tmp_path: Path) -> None:
    exam = [Question(f"{n}", "Which?", ("two",), choices=("one", "two", "three", "four")) for n in range(2)]
    samples = [one for question in exam for one in tasks.render(question, tasks.load("MMLU-anatomy"), "test")]
    parquet.write(tmp_path / "bench" / "MMLU-anatomy" / "test-00000-of-00001.parquet", samples)
    model = Chooser("empty")
    evaluate(plans.make(tmp_path / "bench", model, shots=0), model, tmp_path / "run")
    done = run("export", tmp_path / "run", "--to", "inspect", "--out", tmp_path / "logs", "--json")
    assert done.returncode == 0, done.stderr
    log = json.loads(inspect("log", "dump", json.loads(done.stdout)["log"]))
    assert log["results"]["scores"][0]["metrics"]["paper/MMLU-anatomy"]["value"] == 1.0
    for sample in log["samples"]:
        assert sample["input"] == prompts.plain(samples[0])
        assert sample["metadata"]["choice_logprobs"] == [-3.0, -0.5, -2.0, -4.0]
        assert sample["output"]["completion"] == "B"


@needed
def test_what_is_under_an_agreement_stays_here(tmp_path: Path) -> None:
    question = Question("1", "Does it?", ("yes",), context="It does.")
    samples = list(tasks.render(question, tasks.load("BioASQ-Task-B-yesno"), "test"))
    parquet.write(tmp_path / "bench" / "BioASQ-Task-B-yesno" / "test-00000-of-00001.parquet", samples)
    task = ("medinst/medinst32", "-T", f"bench={tmp_path / 'bench'}", "--log-dir", str(tmp_path / "logs"))
    server = {"FAR_BASE_URL": "http://192.0.2.1/v1", "FAR_API_KEY": "none", "NO_COLOR": "1"}
    command = [str(INSPECT), "eval", *task, "--model", "openai-api/far/m", "--display", "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **server})
    assert done.returncode != 0
    assert "BioASQ-Task-B-yesno: the corpora were given under an agreement" in done.stdout + done.stderr


def test_without_inspect_the_command_is_told(asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_log.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MedinstError, match=r"pip install 'medinst\[inspect\]'"):
        inspect_log.write(inspect_log.choose(asked), tmp_path / "logs")


def test_what_a_run_cannot_be_exported_as(asked: Path, tmp_path: Path) -> None:
    for args, message in (
        (("--to", "trl"), "is a run, which has a log (--to inspect)"),
        (("--to", "inspect", "--shots", "1"), "--shots had to be said when it was asked"),
        (("--to", "inspect", "--rows", "BC5CDR"), "did not ask 'BC5CDR'"),
    ):
        done = run("export", asked, *args, "--out", tmp_path / "out")
        assert done.returncode == 2, done.stderr
        assert message in done.stderr
        assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match=r"holds no run\.json"):
        inspect_log.choose(tmp_path)


def test_rows_are_chosen(asked: Path) -> None:
    chosen = inspect_log.choose(asked, rows=["AnEM,BIOSSES"])
    assert {line.row for line in chosen.lines.values()} == {"AnEM", "BIOSSES"}
    (asked / "samples.jsonl").write_text("")
    with pytest.raises(MedinstError, match="no sample is left to export"):
        inspect_log.choose(asked)


def test_a_dry_run_writes_nothing(asked: Path, tmp_path: Path) -> None:
    done = run("export", asked, "--to", "inspect", "--out", tmp_path / "logs", "--dry-run", "--json")
    assert json.loads(done.stdout)["samples"] == 35
    assert not (tmp_path / "logs").exists()
