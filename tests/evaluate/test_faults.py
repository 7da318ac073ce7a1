"""A run against a server that misbehaves, is stopped in the middle, or goes away: nothing is lost or asked twice."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from chat_server import LASTING, PASSING, RARE, ChatServer, elsewhere, faulty
from medinst.evaluate import store
from medinst.models import prompts
from small_bench import Bench, samples, start


def lines(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / store.SAMPLES).read_text("utf-8").splitlines()]


@pytest.mark.promise("a model's server that misbehaves: every sample once, answered or failed with a reason, no zeros")
@pytest.mark.seeds(1, 5)
def test_every_sample_ends_once_answered_or_failed_with_a_reason(bench: Bench, tmp_path: Path, seed: int) -> None:
    count, out, folder = 2000, tmp_path / "run", bench(AnEM=2000)
    with elsewhere(seed) as server:
        command = ("eval", "--bench", folder, "--model", "openai:m", "--base-url", server.url, "--out", out)
        process = start(*command, "--concurrency", "64", "--timeout", "10", "--fail-on-error", "0.9", "--json")
        printed, said = process.communicate(timeout=400)
        asked = server.asked()
    assert process.returncode == 0, said
    questions = {sample.id: prompts.question(sample) for sample in samples("AnEM", count)}
    first = {name: faulty(question, 1, seed) for name, question in questions.items()}
    assert set(first.values()) == {*PASSING, *LASTING, *RARE, "ok"}
    found = {line["id"]: line for line in lines(out)}
    assert len(lines(out)) == len(found) == count
    assert found.keys() == questions.keys()
    failed = {name for name, line in found.items() if line["status"] == "failed"}
    slow = {name for name in failed if found[name]["reason"].startswith("no answer within")}  # on a busy machine
    assert failed - slow == {name for name, kind in first.items() if kind in LASTING} - slow
    assert all(bool(line["reason"]) == (name in failed) for name, line in found.items())
    assert all(1 <= asked[question] <= found[name]["tries"] for name, question in questions.items())
    again = {name for name, kind in first.items() if kind not in (*LASTING, "ok", "long")}
    assert all(found[name]["tries"] > 1 for name in again)
    huge = sum(len(line["output"]) == 10_000_000 for line in found.values())
    row = json.loads(printed)["rows"]["AnEM"]
    assert (row["n"], row["ok"], row["failed"]) == (count, count - len(failed), len(failed))
    assert row["paper"]["value"] == pytest.approx(2 / 3 * (1 - huge / row["ok"]))


def wait_for(asked: Callable[[], Counter[str]], requests: int, process: subprocess.Popen[str]) -> None:
    while asked().total() < requests:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


@pytest.mark.promise("an evaluation stopped at 10, 50 or 90 %, run again: nothing lost, only what was under way twice")
@pytest.mark.seeds(3, 9)
def test_a_stopped_run_goes_on_where_it_was(bench: Bench, tmp_path: Path, seed: int) -> None:
    number, share = ("SIGINT", "SIGTERM", "SIGKILL")[seed % 3], (0.1, 0.5, 0.9)[(seed + seed // 3) % 3]
    count, at_once, out = 300, 4, tmp_path / "run"
    folder = bench(AnEM=count)
    with elsewhere(delay=0.04) as server:
        server_of = ("--model", "openai:m", "--base-url", server.url, "--concurrency", str(at_once))
        command = ("eval", "--bench", folder, *server_of, "--out", out)
        first = start(*command)
        wait_for(server.asked, int(count * share), first)
        first.send_signal(getattr(signal, number))
        _, said = first.communicate(timeout=30)
        before = server.asked()
        if number != "SIGKILL":
            assert first.returncode == 130
            assert "Run the same command again" in said
        kept = lines(out) if number != "SIGKILL" else []
        second = start(*command)
        _, said = second.communicate(timeout=60)
        asked = server.asked()
    assert second.returncode == 0, said
    assert lines(out)[: len(kept)] == kept
    assert len(lines(out)) == len({line["id"] for line in lines(out)}) == count
    assert before.total() < count
    assert count <= asked.total() <= count + at_once
    assert max(asked.values()) <= 2


def test_a_second_process_on_the_same_run_is_refused(bench: Bench, tmp_path: Path) -> None:
    with ChatServer(delay=0.2) as server:
        server_of = ("--model", "openai:m", "--base-url", server.url, "--concurrency", "1")
        command = ("eval", "--bench", bench(AnEM=40), *server_of, "--out", tmp_path / "run")
        first = start(*command)
        wait_for(lambda: server.asked, 1, first)
        second = start(*command)
        _, said = second.communicate(timeout=30)
        first.kill()
        first.communicate(timeout=30)
    assert second.returncode == 1
    assert f"process {first.pid}" in said


def test_a_wrong_key_stops_at_once(bench: Bench, tmp_path: Path) -> None:
    with ChatServer(lambda question, attempt: "status 401") as server:
        command = ("eval", "--bench", bench(AnEM=40), "--model", "openai:m", "--base-url", server.url)
        process = start(*command, "--out", tmp_path / "run", "--concurrency", "2", OPENAI_API_KEY="sk-123456")
        _, said = process.communicate(timeout=30)
    assert process.returncode == 4
    assert sum(server.asked.values()) <= 2
    assert "sk-123456" not in said + (tmp_path / "run" / store.RUN).read_text()
    assert lines(tmp_path / "run") == []


def test_secrets_of_the_address_are_written_nowhere(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with ChatServer(lambda question, attempt: "status 400" if "case 3 " in question else "ok") as server:
        url = server.url.replace("//", "//bob:hunter22@") + "?api-key=swordfish"
        process = start("eval", "--bench", bench(AnEM=12), "--model", "openai:m", "--base-url", url, "--out", out)
        printed = "".join(process.communicate(timeout=30))
    assert process.returncode == 0, printed
    written = printed + "".join(path.read_text("utf-8") for path in out.iterdir())
    assert "hunter22" not in written
    assert "swordfish" not in written
    assert json.loads((out / store.RUN).read_text())["endpoint"] == server.url
