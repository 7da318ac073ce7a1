"""`medinst eval --constrain`: every server is told the form of an answer in its own words, or the run is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chat_server import ChatServer
from medinst import tasks
from medinst.models import constraint
from small_bench import Bench, samples
from support import run

FORM = tasks.grammar(tasks.load("AnEM"), next(samples("AnEM", 1)).input)


@pytest.mark.parametrize(
    ("dialect", "field", "sent"),
    [
        ("llama.cpp", "grammar", FORM.gbnf),
        ("vllm", "structured_outputs", {"grammar": FORM.gbnf}),
        ("vllm-regex", "structured_outputs", {"regex": FORM.pattern}),
    ],
)
def test_a_server_gets_the_form_in_its_own_field(bench: Bench, tmp_path: Path, dialect: str, field: str, sent: Any):
    assert dialect in constraint.DIALECTS
    out = tmp_path / "run"
    with ChatServer() as server:
        command = ("eval", "--bench", bench(AnEM=1), "--model", "openai:m", "--base-url", server.url, "--out", out)
        done = run(*command, "--constrain", "--dialect", dialect)
        assert done.returncode == 0, done.stderr
        body = server.bodies[0]
        assert body[field] == sent
        assert {"model", "messages", "temperature", field} < body.keys()
        other = run(*command)
        assert len(server.bodies) == 1
    kept = json.loads((out / "run.json").read_text())
    assert (kept["constrain"], kept["model"]["dialect"]) == (True, dialect)
    assert other.returncode == 2
    assert "constrain: true there, false now" in other.stderr


def test_without_constrain_nothing_is_added(bench: Bench, tmp_path: Path) -> None:
    with ChatServer() as server:
        command = ("eval", "--bench", bench(AnEM=1), "--model", "openai:m", "--base-url", server.url)
        assert run(*command, "--dialect", "vllm", "--out", tmp_path / "run").returncode == 0
        assert not {"grammar", "structured_outputs"} & server.bodies[0].keys()
    assert "dialect" not in json.loads((tmp_path / "run" / "run.json").read_text())["model"]


def test_a_server_that_passes_over_the_form_is_told_of(bench: Bench, tmp_path: Path) -> None:
    with ChatServer(answer="There is a liver.") as server:
        command = ("eval", "--bench", bench(AnEM=2), "--model", "openai:m", "--base-url", server.url, "--constrain")
        done = run(*command, "--dialect", "vllm", "--out", tmp_path / "run")
    assert "could not be read: AnEM. The server seems not to hold them to their form" in done.stderr


def test_what_cannot_be_held_to_a_form_is_refused_before_it_is_asked(bench: Bench, tmp_path: Path) -> None:
    command = ("eval", "--bench", bench(AnEM=1), "--constrain", "--out", tmp_path / "run", "--model")
    with ChatServer() as server:
        unnamed = run(*command, "openai:m", "--base-url", server.url)
        unknown = run(*command, "openai:m", "--base-url", server.url, "--dialect", "vlm")
        assert not server.asked
    mock = run(*command, "mock:gold")
    elsewhere = run(*command, "mock:gold", "--dialect", "vllm")
    assert [each.returncode for each in (unnamed, unknown, mock, elsewhere)] == [2, 2, 2, 2]
    assert "say what the server is with --dialect: llama.cpp, vllm, vllm-regex" in unnamed.stderr
    assert "Unknown dialect 'vlm'" in unknown.stderr
    assert "mock:gold cannot be held to a form of answer" in mock.stderr
    assert "--dialect goes with openai:NAME" in elsewhere.stderr
    assert not (tmp_path / "run").exists()
