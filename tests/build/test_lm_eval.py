"""`medinst export --to lm-eval`: the real lm-eval asks what evaluation asks, and its scores are those of medinst."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys

import msgspec
import pytest

import small_bench
from medinst import tasks
from medinst.build import dataset, manifest, parquet
from medinst.build.export import folder, plan
from medinst.build.manifest import SplitEntry
from medinst.models import prompts
from medinst.schema import Question
from support import ROOT, run, tree

RECORDS = small_bench.RECORDS | {"AnEM-RE": small_bench.anatomy}
COUNTS = {"AnEM": 12, "NCBI-disease": 11, "BIOSSES": 12, "AnEM-RE": 3}
SHOWN = [["List.\nA lung {{x}}.", "[lung <Organ>]"], [" Name it.\nA knee. ", "[knee <Organ>]"]]


def exam(number):
    return Question(f"{number:04}", f" Which is number {number}?", ("two",), choices=("one", "two", "three", "four"))


def finished(out, counts, records=RECORDS, shown=SHOWN, name="medinst32"):
    """Make a benchmark folder with a manifest; a text in it looks like a template and has a line of its own."""
    entries = []
    for row, count in counts.items():
        samples = [
            msgspec.structs.replace(sample, history=shown(number) if callable(shown) else shown)
            for number in range(count)
            for sample in tasks.render(records[row](number), tasks.load(row), "test")
        ]
        path = f"{row}/test-00000-of-00001.parquet"
        file = parquet.write(out / path, samples, path)
        place = (tasks.load(row).category, tasks.load(row).corpus, "documents", "", "real", False, "")
        entries.append(SplitEntry(row, "test", *place, count, count, count, [file]))
    dataset.finish(out, entries, {}, "Small", "Made up.", {"benchmark": name} if name else {})
    return out


def write(data, out, **wishes):
    wish = plan.Wish(splits=["test"], shots=plan.demonstrations(data), **wishes)
    folder.write(plan.make(data, wish), folder.Target("lm-eval"), out)
    return out


def harness(out, work, answers, *args):
    """Run lm-eval; return its results, its logged samples and what was asked, by task."""
    pytest.importorskip("lm_eval", reason="lm-eval is an option: pip install 'medinst[lm-eval]'")
    (work / "answers.json").write_text(json.dumps(answers))
    script = [sys.executable, str(ROOT / "tests" / "lm_eval_answers.py"), "answers.json", "asked.jsonl"]
    command = [*script, "--include_path", str(out), "--log_samples", "--output_path", "results", *args]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=300, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr[-3000:]
    (results,) = work.glob("results/**/results_*.json")
    logged = [line for path in work.glob("results/**/samples_*.jsonl") for line in lines(path)]
    return json.loads(results.read_text()), logged, lines(work / "asked.jsonl")


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def samples_of(data):
    return {sample.id: sample for row in parquet.splits(data) for sample in parquet.read(data, row, "test")}


def spoilt(sample, number):
    """Return the gold answer, or one that is wrong in some way."""
    gold = sample.output
    return (gold, "", sample.input, gold[: len(gold) // 2], gold.replace("[", "", 1), f"{gold} {gold}")[number % 6]


def test_scores_are_those_of_medinst_and_prompts_those_of_evaluation(tmp_path):
    data = finished(tmp_path / "bench", COUNTS)
    out = write(data, tmp_path / "out")
    samples = samples_of(data)
    answers = {name: spoilt(sample, number) for number, (name, sample) in enumerate(samples.items())}
    results, logged, asked = harness(
        out, tmp_path, answers, "--tasks", "medinst32,medinst32_2shot", "--apply_chat_template"
    )

    predictions = tmp_path / "predictions.jsonl"
    told = {line["doc"]["id"]: line["filtered_resps"][0] for line in logged}
    assert told == answers
    assert len(logged) == 2 * len(answers)
    predictions.write_text("".join(json.dumps({"id": name, "output": said}) + "\n" for name, said in told.items()))
    scores = json.loads(run("score", "--predictions", predictions, "--bench", data, "--json").stdout)
    for ending in ("", "_2shot"):
        for row, ours in scores["rows"].items():
            theirs = results["results"][f"medinst32_{row}{ending}"]
            kind = {"BIOSSES": "_mse", "AnEM-RE": "_few"}.get(row, "")
            assert theirs[f"paper{kind},none"] == ours["paper"]["value"]
            assert theirs[f"strict{kind},none"] == ours["strict"]["value"]
            few = kind if kind == "_few" else ""
            assert theirs[f"rouge_l{few},none"] == pytest.approx(ours["also"]["rouge_l"], abs=1e-12)
            assert round(theirs[f"unparsed{few},none"] * ours["n"]) == ours["unparsed"]
        whole = results["groups"][f"medinst32{ending}"]
        assert whole["paper,none"] == pytest.approx(scores["paper"]["mean"], abs=1e-12)
        assert whole["strict,none"] == pytest.approx(scores["strict"]["mean"], abs=1e-12)
        named = results["groups"][f"medinst32_ner{ending}"]
        assert named["strict,none"] == pytest.approx(scores["strict"]["by_category"]["NER"], abs=1e-12)

    chats = [(name, json.loads(prompt)) for name, prompt, _ in asked]
    for shots in (0, 2):
        assert all((name, prompts.messages(sample, shots)) in chats for name, sample in samples.items())
    settings = {"until": [], "max_gen_toks": 1024, "do_sample": False, "temperature": 0.0}
    assert all(kwargs == settings for _, _, kwargs in asked)


def test_mmlu_is_asked_as_its_own_test_asks(tmp_path):
    data = finished(
        tmp_path / "bench",
        {"MMLU-anatomy": 3, "MMLU-medical_genetics": 1},
        dict.fromkeys(("MMLU-anatomy", "MMLU-medical_genetics"), exam),
        [[f"Reply with a letter.\nWhich is {n}?\nA. 1\nB. 2\nC. 3\nD. 4", "ABCDA"[n]] for n in range(5)],
        "mmlu-medicine",
    )
    out = write(data, tmp_path / "out")
    samples = samples_of(data)
    right, wrong = [-4.0, -1.0, -3.0, -2.0], [-4.0, -3.0, -1.0, -2.0]
    answers = {name: right if "/0001/" in name or "genetics" in name else wrong for name in samples}
    results, _, asked = harness(out, tmp_path, answers, "--tasks", "mmlu-medicine,mmlu-medicine_5shot")
    for ending in ("", "_5shot"):
        assert results["results"][f"mmlu-medicine_MMLU-anatomy{ending}"]["acc,none"] == pytest.approx(1 / 3)
        assert results["groups"][f"mmlu-medicine{ending}"]["acc,none"] == 0.5
    assert {choice for _, _, choice in asked} == {" A", " B", " C", " D"}
    texts = {(name, text) for name, text, _ in asked}
    about = "The following are multiple choice questions (with answers) about anatomy.\n\n"
    question = "Which is number 0?\nA. one\nB. two\nC. three\nD. four\nAnswer:"
    before = "".join(f"Which is {n}?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: {'ABCDA'[n]}\n\n" for n in range(5))
    assert ("MMLU-anatomy/test/0000/0", about + question) in texts
    assert ("MMLU-anatomy/test/0000/0", about + before + question) in texts
    assert texts == {(name, prompts.plain(sample, shots)) for name, sample in samples.items() for shots in (0, 5)}


def scoring(out):
    spec = importlib.util.spec_from_file_location("scoring", out / "tasks" / "scoring.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_answer_is_no_zero(tmp_path):
    out = write(finished(tmp_path / "bench", {"AnEM": 1}), tmp_path / "out")
    doc = json.loads((out / "data" / "AnEM.jsonl").read_text())
    assert scoring(out).results(doc, [None]) == {}
    assert scoring(out).few(doc, [doc["output"]])["rouge_l_few"] == 1.0


def test_what_is_generated_imports_only_tasks_and_metrics(tmp_path):
    out = write(finished(tmp_path / "bench", {"AnEM": 1}), tmp_path / "out")
    (file,) = out.rglob("*.py")
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("medinst")}
    assert found == {"medinst.tasks", "medinst.tasks.judge"}


def test_a_run_leaves_it_whole(tmp_path):
    data = finished(tmp_path / "bench", {"AnEM": 1})
    out = write(data, tmp_path / "out")
    before = tree(out)
    (out / "tasks" / "__pycache__").mkdir()
    (out / "tasks" / "__pycache__" / "scoring.pyc").touch()
    assert manifest.faults(out) == []
    assert tree(write(data, out)) == before


def test_without_demonstrations_there_are_none_in_any_task(tmp_path):
    data = finished(tmp_path / "bench", {"AnEM": 12, "BIOSSES": 12}, shown=[])
    out = write(data, tmp_path / "out")
    assert not list(out.glob("tasks/*shot*"))
    assert (out / "demonstrations" / "AnEM.json").read_text() == "[]\n"


def test_demonstrations_that_differ_are_told_of(tmp_path):
    data = finished(tmp_path / "bench", {"AnEM": 2}, shown=lambda number: SHOWN[number:])
    done = run("export", data, "--to", "lm-eval", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "AnEM: demonstrations differ from sample to sample" in done.stderr
    assert not list((tmp_path / "out").glob("tasks/*shot*"))


def test_any_folder_with_test_splits_will_do(built, tmp_path):
    done = run("export", built, "--to", "lm-eval", "--rows", "AnEM,BIOSSES", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "4 samples at" in done.stderr
    assert (tmp_path / "out" / "tasks" / "medinst_AnEM.yaml").is_file()
    assert "4 samples of 2 rows" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize(
    ("to", "args", "message"),
    [
        ("lm-eval", ("--split", "train"), "is given test splits"),
        ("inspect", ("--parquet",), "Leave --split and --parquet out"),
        ("inspect", ("--bench", "x"), "--bench goes with a run"),
        ("lm-eval", ("--rows", "AnEn"), "Nearest: AnEM"),
    ],
)
def test_wrong_usage(to, args, message, built, tmp_path):
    done = run("export", built, "--to", to, "--out", tmp_path / "out", *args)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()
