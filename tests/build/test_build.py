"""`medinst build` from outside: what it writes, what it refuses, and what it does when it is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from medinst import tasks
from medinst.build import parquet
from medinst.build.dataset import state_of
from medinst.build.lock import Holder
from medinst.formats.quarantine import Damage
from support import FIXTURES, run, tree


@pytest.fixture
def sources(tmp_path):
    """Return a sources folder of three small corpora that a test may damage."""
    folder = tmp_path / "sources"
    for name in ("anem", "bc5cdr", "scifact"):
        shutil.copytree(FIXTURES / name, folder / name)
    return folder


def test_every_row_is_built_and_loads(built, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    found = parquet.splits(built)
    assert set(found) == set(tasks.rows())
    loaded = datasets.load_dataset(str(built), "AnEM-RE", cache_dir=str(tmp_path))
    assert set(loaded) == set(found["AnEM-RE"])
    ours = list(parquet.read(built, "AnEM-RE", "test"))
    assert [row["output"] for row in loaded["test"]] == [sample.output for sample in ours]
    assert loaded["test"].column_names == list(parquet.SCHEMA.names)


def test_same_bytes_with_two_workers_another_hash_seed_locale_and_time_zone(built, tmp_path):
    settings = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    done = run("build", "--sources", FIXTURES, "--out", tmp_path / "out", "--workers", "2", **settings)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "out") == tree(built)


def test_nothing_in_the_folder_names_a_place(built):
    for path in built.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert str(built.parent).encode() not in data
            assert str(FIXTURES).encode() not in data


def test_a_second_run_does_nothing_again(sources, tmp_path):
    out = tmp_path / "out"
    assert run("build", "AnEM", "--sources", sources, "--out", out).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    assert before
    assert run("build", "AnEM", "--sources", sources, "--out", out).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == before


def test_another_row_joins_an_earlier_build(sources, tmp_path):
    once, twice = tmp_path / "once", tmp_path / "twice"
    run("build", "AnEM", "SciFact", "--sources", sources, "--out", once)
    run("build", "AnEM", "--sources", sources, "--out", twice)
    run("build", "SciFact", "--sources", sources, "--out", twice)
    assert tree(once) == tree(twice)


def test_a_changed_output_is_made_again(sources, tmp_path):
    out = tmp_path / "out"
    run("build", "AnEM", "--sources", sources, "--out", out)
    before = tree(out)
    path = next(out.rglob("*.parquet"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert run("verify", out).returncode == 5
    assert run("build", "AnEM", "--sources", sources, "--out", out).returncode == 0
    assert tree(out) == before


def test_damage_is_set_aside_and_ends_with_3(sources, tmp_path):
    note = min((sources / "anem").rglob("*.ann"))
    lines = note.read_text().splitlines(keepends=True)
    note.write_text("".join([*lines, "T901\tCell 99990 99999\tnowhere\n"]))
    done = run("build", "AnEM", "AnEM-RE", "--sources", sources, "--out", tmp_path / "out")
    assert done.returncode == 3, done.stderr
    (entry,) = map(json.loads, (tmp_path / "out" / "quarantine.jsonl").read_text().splitlines())
    assert (entry["corpus"], entry["file"], entry["line"], entry["rule"]) == (
        "anem",
        note.relative_to(sources / "anem").as_posix(),
        len(lines) + 1,
        "offsets",
    )
    assert entry["raw"] == "T901\tCell 99990 99999\tnowhere"
    assert run("verify", tmp_path / "out").returncode == 0
    assert set(entry) == set(Damage.__struct_fields__)


def test_damage_names_first_piece_on_stderr(sources, tmp_path):
    (claims,) = (sources / "scifact").rglob("claims_train.jsonl")
    claims.write_bytes(claims.read_bytes() + b'{"id": "\xff"}\n')
    done = run("build", "SciFact", "--sources", sources, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "scifact: 1 pieces fell to rule 'encoding'" in done.stderr
    assert "claims_train.jsonl" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("build", "AnEn", "--sources", "{sources}", "--out", "{out}"), 2, "Nearest: AnEM"),
        (("build", "AnEM", "--sources", "{out}/nowhere", "--out", "{out}"), 2, "No sources folder at"),
        (("build", "MedQA", "--sources", "{sources}", "--out", "{out}"), 1, "MedQA: no files of corpus medqa"),
        (("build", "AnEM", "--sources", "{sources}", "--out", "{sources}"), 2, "not of a medinst build"),
        (("build", "AnEM", "--out", "{out}", "--workers", "0"), 2, "workers"),
        (("show", "scifakt"), 2, "Nearest: "),
        (("verify", "{sources}"), 2, "holds no manifest.json"),
    ],
)
def test_wrong_usage(sources, tmp_path, args, code, message):
    filled = [arg.format(sources=sources, out=tmp_path / "out") for arg in args]
    done = run(*filled)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_corrupt_archive_is_named_and_the_rest_is_built(sources, tmp_path):
    shutil.rmtree(sources / "bc5cdr")
    (sources / "bc5cdr.tar.gz").write_bytes(b"\x1f\x8b\x08\x00 not a gzip stream")
    before = tree(sources)
    done = run("build", "--sources", sources, "--out", tmp_path / "out", MEDINST_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 5
    assert str(sources / "bc5cdr.tar.gz") in done.stderr
    assert "AnEM" in parquet.splits(tmp_path / "out")
    assert tree(sources) == before
    left = [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.parent.name != "origins"]
    assert {path.name for path in left} == {"anem.manifest", "scifact.manifest"}  # of what was used


def test_two_builds_in_one_folder(sources, tmp_path):
    out = tmp_path / "out"
    lock = state_of(out) / "lock"
    lock.parent.mkdir()
    holder = Holder(os.uname().nodename, os.getpid())
    lock.write_text(json.dumps({"host": holder.host, "pid": holder.pid}))
    done = run("build", "AnEM", "--sources", sources, "--out", out)
    assert done.returncode == 1
    assert f"in use by process {os.getpid()}" in done.stderr
    lock.write_text(json.dumps({"host": holder.host, "pid": 2**22 + 1}))
    assert run("build", "AnEM", "--sources", sources, "--out", out).returncode == 0
    assert not lock.exists()


def test_dry_run_writes_nothing(sources, tmp_path):
    done = run("build", "AnEM", "--sources", sources, "--out", tmp_path / "out", "--dry-run", "--json")
    assert done.returncode == 0
    assert {job["split"] for job in json.loads(done.stdout)["shards"]} == {"train", "validation", "test"}
    assert not (tmp_path / "out").exists()


def test_json_alone_on_stdout(sources, tmp_path):
    done = run("build", "AnEM", "--sources", sources, "--out", tmp_path / "out", "--json")
    said = json.loads(done.stdout)
    assert said["rows"] == 1
    assert said["samples"] == sum(
        len(list(parquet.read(tmp_path / "out", "AnEM", s))) for s in ("train", "validation", "test")
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(sources, tmp_path, number):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "medinst", "build", "--sources", str(sources), "--out", str(out)]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, stderr=said, start_new_session=True)
    while not state_of(out).exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, number)
    assert process.wait(60) == 130
    said = (tmp_path / "said").read_text()
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert run("build", "--sources", sources, "--out", out).returncode == 0
