"""`medinst export`: what each format says, what is left out, and a folder that appears whole or not at all."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import msgspec
import pydantic
import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

from medinst.build import manifest, parquet
from medinst.build.dataset import state_of
from medinst.build.export import files, folder, plan
from medinst.build.export.formats import FORMATS
from medinst.errors import IntegrityFailure, MedinstError, UsageError
from medinst.mixtures.sampling import take
from medinst.models import prompts
from medinst.schema import SPLITS
from support import ROOT, run, tree

SOME = "AnEM,AnEM-RE,AnEM-COREF,BC5CDR-NED,BC5CDR-RE,BioASQ-Task-B-yesno,CHEMDNER,SciFact"
GOLDENS = json.loads((Path(__file__).parent / "exports.json").read_text("utf-8"))


def oracle():
    """Return the module that runs the real tools; it makes the small folder that they have read."""
    spec = importlib.util.spec_from_file_location("exports", ROOT / "benchmarks" / "exports.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a folder of two rows and two splits, some samples with a demonstration."""
    out = tmp_path_factory.mktemp("small") / "data"
    oracle().small(out)
    return out


def write(data, to, out, **wishes):
    target = {name: wishes.pop(name) for name in ("parquet", "model") if name in wishes}
    return folder.write(plan.make(data, plan.Wish(**wishes)), folder.Target(to, **target), out)


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def chat(to, record):
    """Return the whole chat of a record of any format."""
    if to == "alpaca":
        turns = [text for pair in record["history"] for text in pair]
        turns += [f"{record['instruction']}\n{record['input']}", record["output"]]
        return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(turns)]
    if to == "sharegpt":
        roles = {"human": "user", "gpt": "assistant"}
        return [{"role": roles[turn["from"]], "content": turn["value"]} for turn in record["conversations"]]
    turns = record["prompt"] + record["completion"] if to == "trl" else record["messages"]
    return [{"role": turn["role"], "content": turn["content"]} for turn in turns]


@pytest.mark.parametrize("tool", GOLDENS)
def test_the_real_tools_have_read_these_very_bytes(tool, small, tmp_path):
    made = write(small, tool, tmp_path / "out", shots=oracle().SHOTS)
    assert {file.path: file.sha256 for file in folder.data_files(made)} == GOLDENS[tool]["files"]


@pytest.mark.parametrize("shots", [0, 1])
@pytest.mark.parametrize("to", FORMATS)
def test_every_format_asks_what_evaluation_asks(to, shots, small, tmp_path):
    write(small, to, tmp_path / "out", shots=shots)
    for split in ("train", "validation"):
        for row in ("AnEM", "SciFact"):
            samples = list(parquet.read(small, row, split))
            records = lines(tmp_path / "out" / split / f"{row}.jsonl")
            for sample, record in zip(samples, records, strict=True):
                answer = {"role": "assistant", "content": sample.output}
                assert chat(to, record) == [*prompts.messages(sample, shots), answer]
                assert record.get("id", sample.id) == sample.id


def test_axolotl_learns_the_answer_alone(small, tmp_path):
    write(small, "axolotl", tmp_path / "out", shots=1)
    for record in lines(tmp_path / "out" / "train" / "AnEM.jsonl"):
        assert [turn["training"] for turn in record["messages"]] == [False] * (len(record["messages"]) - 1) + [True]


@pytest.mark.parametrize("to", FORMATS)
def test_datasets_loads_it(to, small, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    write(small, to, tmp_path / "jsonl", shots=1)
    write(small, to, tmp_path / "parquet", shots=1, parquet=True)
    loaded = {
        kind: datasets.load_dataset(str(tmp_path / kind), "all", cache_dir=str(tmp_path / "cache"))
        for kind in ("jsonl", "parquet")
    }
    assert datasets.get_dataset_config_names(str(tmp_path / "jsonl")) == ["all", "AnEM", "SciFact"]
    for split in ("train", "validation"):
        expected = [
            record for row in ("AnEM", "SciFact") for record in lines(tmp_path / "jsonl" / split / f"{row}.jsonl")
        ]
        assert loaded["jsonl"][split].to_list() == loaded["parquet"][split].to_list() == expected
        assert loaded["jsonl"][split].features == loaded["parquet"][split].features
    one = datasets.load_dataset(str(tmp_path / "jsonl"), "AnEM", split="train", cache_dir=str(tmp_path / "cache"))
    assert one.to_list() == lines(tmp_path / "jsonl" / "train" / "AnEM.jsonl")


def test_a_batch_asks_what_evaluation_asks(small, tmp_path):
    write(small, "openai-batch", tmp_path / "out", shots=1, splits=["validation"], model="some-model")
    requests = lines(tmp_path / "out" / "batch-00001.jsonl")
    samples = [sample for row in ("AnEM", "SciFact") for sample in parquet.read(small, row, "validation")]
    body = pydantic.TypeAdapter(CompletionCreateParamsNonStreaming)
    for request, sample in zip(requests, samples, strict=True):
        assert (request["custom_id"], request["method"], request["url"]) == (sample.id, "POST", "/v1/chat/completions")
        assert request["body"]["messages"] == prompts.messages(sample, 1)
        assert request["body"]["model"] == "some-model"
        body.validate_python(request["body"], strict=True)


@pytest.mark.parametrize(("requests", "limit", "counts"), [(4, 10**6, [4, 4, 2]), (50, 102, [3, 3, 3, 1])])
def test_a_batch_is_split_at_the_services_limits(requests, limit, counts, tmp_path):
    records = [{"custom_id": f"{at:017}"} for at in range(10)]
    entries = list(files.parts(tmp_path, iter(records), requests, limit))
    assert [entry.rows for entry in entries] == counts
    assert [record for entry in entries for record in lines(tmp_path / entry.path)] == records
    assert all(entry.bytes <= limit for entry in entries)


def test_a_request_beyond_the_limit_is_named(tmp_path):
    with pytest.raises(MedinstError, match="AnEM/1/0: its request has"):
        list(files.parts(tmp_path, [{"custom_id": "AnEM/1/0"}], 50, 10))


def test_a_limit_draws_what_evaluation_draws(built, tmp_path):
    for seed in (0, 1):
        write(built, "trl", tmp_path / str(seed), rows=["SciFact,AnEM"], splits=["train"], limit=1, seed=seed)
        for row in ("AnEM", "SciFact"):
            (drawn,) = lines(tmp_path / str(seed) / "train" / f"{row}.jsonl")
            assert drawn["id"] == take(parquet.read(built, row, "train"), 1, seed)[0].id


def test_same_bytes_again_and_no_place_named(built, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for out, seed in ((first, "1"), (second, "2")):
        command = ("export", built, "--to", "llama-factory", "--rows", SOME, "--out", out)
        done = run(*command, PYTHONHASHSEED=seed, TZ="Asia/Tokyo")
        assert done.returncode == 0, done.stderr
    assert tree(first) == tree(second)
    assert not any(str(tmp_path).encode() in path.read_bytes() for path in first.rglob("*.*") if path.is_file())
    assert run("verify", first).returncode == 0
    info = json.loads((first / "dataset_info.json").read_text())
    assert all((first / entry["file_name"]).exists() for entry in info.values())
    samples = [s for row in SOME.split(",") for split in SPLITS for s in parquet.read(built, row, split)]
    assert sum(file.rows for file in folder.data_files(manifest.read(first))) == len(samples)


def test_publishable_leaves_out_and_says_so(built, tmp_path):
    done = run("export", built, "--to", "messages", "--out", tmp_path / "out", "--publishable")
    assert done.returncode == 0, done.stderr
    assert "left out: bioasq-task-b: it is not open to all (agreement)" in done.stderr
    made = manifest.read(tmp_path / "out")
    assert {item.access for item in made.terms} == {"open"}
    assert "LicenseRef-unknown" not in {item.licence for item in made.terms}
    assert not list((tmp_path / "out").glob("*/BioASQ*"))
    assert "bioasq-task-b" not in (tmp_path / "out" / "LICENSES.md").read_text()
    assert any("bioasq-task-b" in line for line in made.note["left_out"])
    assert "- bioasq-task-b: it is not open to all (agreement)" in (tmp_path / "out" / "README.md").read_text()


def test_an_agreement_is_told_of(built, tmp_path):
    write(built, "trl", tmp_path / "out", rows=["BioASQ-Task-B-yesno", "AnEM"])
    assert "**Not to be passed on**: bioasq-task-b" in (tmp_path / "out" / "README.md").read_text()
    licences = (tmp_path / "out" / "LICENSES.md").read_text()
    assert "| bioasq-task-b |" in licences
    assert "| scifact |" not in licences


def test_publishable_looks_at_each_sample_of_a_mixture(built, tmp_path):
    """A mixture's row holds samples of many corpora."""
    mixed = tmp_path / "mixed"
    shutil.copytree(built, mixed)
    source = manifest.read(mixed)
    samples = [s for row in ("AnEM", "BioASQ-Task-B-yesno") for s in parquet.read(built, row, "train")]
    entry = next(entry for entry in source.splits if (entry.row, entry.split) == ("AnEM", "train"))
    file = parquet.write(mixed / entry.files[0].path, samples, entry.files[0].path)
    changes = {"samples": len(samples), "files": [file], "corpus": "", "corpora": ["anem", "bioasq-task-b"]}
    entry = msgspec.structs.replace(entry, **changes)
    (mixed / manifest.NAME).write_bytes(msgspec.json.encode(msgspec.structs.replace(source, splits=[entry])))
    write(mixed, "trl", tmp_path / "all")
    write(mixed, "trl", tmp_path / "open", publishable=True, limit=100)
    written = [
        {r["id"].partition("/")[0] for r in lines(tmp_path / n / "train" / "AnEM.jsonl")} for n in ("all", "open")
    ]
    assert written == [{"AnEM", "BioASQ-Task-B-yesno"}, {"AnEM"}]
    assert [item.corpus for item in manifest.read(tmp_path / "open").terms] == ["anem"]


def test_demonstrations_bring_their_terms(small, tmp_path):
    source = manifest.read(small)
    shown = {"benchmark": "x", "demonstrations": ["AnEM: BioASQ-Task-B-yesno/train/1/0", "SciFact: MQP/train/1/0"]}
    data = tmp_path / "data"
    shutil.copytree(small, data)
    (data / manifest.NAME).write_bytes(msgspec.json.encode(msgspec.structs.replace(source, note=shown)))
    bare = write(data, "trl", tmp_path / "bare")
    assert [item.corpus for item in bare.terms] == ["anem", "scifact"]
    with_shots = write(data, "trl", tmp_path / "shots", shots=1)
    assert [item.corpus for item in with_shots.terms] == ["anem", "bioasq-task-b", "mqp", "scifact"]
    with pytest.raises(MedinstError, match=r"Nothing of .* is left to export"):
        plan.make(data, plan.Wish(shots=1, publishable=True))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--to", "parquet"), "'parquet' is not one of"),
        (("--to", "trl", "--rows", "AnEn"), "Nearest: AnEM"),
        (("--to", "trl", "--split", "dev"), "has no samples of a split 'dev'"),
        (("--to", "trl", "--shots", "2"), "no sample has demonstrations"),
        (("--to", "openai-batch"), "--model NAME"),
        (("--to", "openai-batch", "--model", "m", "--parquet"), "Leave --parquet out"),
        (("--to", "axolotl", "--split", "test"), "no training split"),
        (("--to", "trl", "--out", "{data}"), "lies in"),
        (("--to", "trl", "--out", "{data}/x"), "lies in"),
        (("--to", "trl", "--out", "{other}"), "is not of an earlier export"),
        (("--to", "trl", "--out", "{file}/x"), "cannot be written"),
    ],
)
def test_wrong_usage(args, message, built, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").touch()
    (tmp_path / "file").touch()
    places = {"data": built, "other": tmp_path / "other", "file": tmp_path / "file"}
    done = run("export", built, "--out", tmp_path / "out", *(arg.format(**places) for arg in args))
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_export_is_replaced_unless_something_was_added(small, tmp_path):
    out = tmp_path / "out"
    write(small, "trl", out)
    write(small, "alpaca", out, rows=["AnEM"])
    assert sorted(path.name for path in out.rglob("*.jsonl")) == ["AnEM.jsonl", "AnEM.jsonl"]
    assert not state_of(out).exists()
    with pytest.raises(UsageError, match="is an export itself"):
        plan.make(out, plan.Wish())
    (out / "model.bin").touch()
    with pytest.raises(UsageError, match=r"holds model\.bin"):
        write(small, "trl", out)


def damaged(data, place):
    """Return a copy of a folder with one bit of a page flipped."""
    copy = place / "damaged"
    shutil.copytree(data, copy)
    path = copy / "AnEM" / "train-00000-of-00001.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    return copy


def test_damage_of_the_source_is_found(small, tmp_path):
    data = damaged(small, tmp_path)
    with pytest.raises(IntegrityFailure, match="AnEM"):
        write(data, "trl", tmp_path / "out")
    (data / "AnEM" / "train-00000-of-00001.parquet").unlink()
    with pytest.raises(IntegrityFailure, match="0 samples of train"):
        write(data, "trl", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not state_of(tmp_path / "out").exists()


def test_dry_run_writes_nothing(built, tmp_path):
    done = run("export", built, "--to", "trl", "--rows", "AnEM", "--out", tmp_path / "out", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["AnEM", split, 2] for split in ("train", "validation", "test")]
    assert list(tmp_path.iterdir()) == []


def test_json_alone_on_stdout(built, tmp_path):
    done = run("export", built, "--to", "trl", "--rows", "AnEM", "--out", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert (told["samples"], told["note"]["export"]) == (6, "trl")


@pytest.mark.parametrize("write_records", [files.jsonl, lambda *a: files.parquet(*a, FORMATS["messages"].schema)])
def test_memory_does_not_grow_with_the_samples(write_records, tmp_path):
    def peak(count):
        text = "x" * 200
        records = ({"messages": [{"role": "user", "content": text}]} for _ in range(count))
        tracemalloc.start()
        write_records(tmp_path, f"{count}", records)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(60_000) < 1.5 * peak(20_000)


@pytest.mark.seeds(2, 20)
@pytest.mark.promise("export killed and run again")
def test_killed_and_run_again(seed, built, tmp_path):
    """SIGKILL at a seeded moment: an earlier export is whole, and the next run ends as an undisturbed one."""
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    write(built, "trl", out, rows=["AnEM"])
    before = tree(out)
    command = (sys.executable, "-m", "medinst", "export", built, "--to", "trl", "--rows", SOME, "--out")
    started = time.monotonic()
    subprocess.run([*command, undisturbed], check=True, stderr=subprocess.DEVNULL)
    moment = random.Random(seed).uniform(0.2, 1.0) * (time.monotonic() - started)
    process = subprocess.Popen([*command, out], stderr=subprocess.DEVNULL)
    time.sleep(moment)
    process.kill()
    process.wait()
    assert not out.exists() or tree(out) in (before, tree(undisturbed))
    subprocess.run([*command, out], check=True, stderr=subprocess.DEVNULL)
    assert tree(out) == tree(undisturbed)
    assert not state_of(out).exists()


def test_a_kill_between_the_last_two_steps(small, tmp_path):
    """The earlier export was moved aside, and the new one not yet in."""
    out = tmp_path / "out"
    write(small, "trl", out)
    before = tree(out)
    state_of(out).mkdir()
    out.rename(state_of(out) / "old")
    with pytest.raises(IntegrityFailure):
        write(damaged(small, tmp_path), "trl", out)
    assert tree(out) == before
    assert not state_of(out).exists()


def test_a_full_disk_leaves_the_earlier_export(small, tmp_path):
    out = tmp_path / "out"
    write(small, "trl", out, rows=["AnEM"])
    before = tree(out)
    command = [sys.executable, "-m", "medinst", "export", str(small), "--to", "trl", "--out", str(out)]

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    done = subprocess.run(command, preexec_fn=limited, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 1
    assert "could not be written: File too large" in done.stderr
    assert "GB free" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(out) == before
    assert not state_of(out).exists()


def test_stopped_by_ctrl_c(built, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "medinst", "export", str(built), "--to", "trl", "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not state_of(out).exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    assert "Traceback" not in said
    assert out.exists() == (process.returncode == 0)
    assert not state_of(out).exists()
