"""What a run costs: beforehand, on the way, and at the end."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from chat_server import ChatServer
from medinst.errors import UsageError
from medinst.evaluate import cost, store
from medinst.evaluate import plan as plans
from medinst.evaluate.cost import Prices
from medinst.evaluate.progress import Watch
from medinst.evaluate.types import Line, Tokens
from medinst.models import presets
from medinst.models.mock import Mock
from small_bench import Bench
from support import run

PRICED = Line("a", "AnEM", "ok", tokens=Tokens(1_000_000, 200_000))


def watched(prices: Prices, lines: list[Line], total: int) -> str:
    said = io.StringIO()
    with Watch(total, prices, Console(file=said, width=200)) as watch:
        for line in lines:
            watch.hear(line)
    return said.getvalue()


def test_progress_says_what_was_spent_and_what_all_will_cost() -> None:
    assert "$4.50 of about $13.50" in watched(Prices(2.5, 10.0), [PRICED], 3)
    assert watched(Prices(2.5, 10.0), [PRICED], 1).rstrip().endswith(", $4.50")
    assert "$" not in watched(Prices(), [PRICED], 3)


def test_a_forecast_adds_up(bench: Bench, tmp_path: Path) -> None:
    model = Mock("gold")
    plan = plans.make(bench(AnEM=12, BIOSSES=4), model)
    ahead = cost.forecast(plan, model, tmp_path / "run", Prices(1.0, 2.0), context=20)
    whole = cost.total(ahead)
    assert (whole.samples, whole.requests, whole.too_long, whole.counted) == (16, 16, 16, False)
    assert whole.dollars == pytest.approx((whole.tokens + 2 * whole.answer_tokens) / 1e6)
    assert whole.most_dollars == pytest.approx((whole.tokens + 2 * 16 * 1024) / 1e6)
    assert cost.total(cost.forecast(plan, model, tmp_path / "run")).dollars is None


def test_what_is_answered_costs_nothing_again(bench: Bench, tmp_path: Path) -> None:
    model, folder = Mock("gold"), bench(AnEM=12)
    done = run("eval", "--bench", folder, "--model", "mock:gold", "--out", tmp_path / "run", "--limit", "5")
    assert done.returncode == 0, done.stderr
    ahead = cost.forecast(plans.make(folder, model), model, tmp_path / "run")
    assert (ahead["AnEM"].samples, ahead["AnEM"].requests) == (12, 7)


def test_a_dry_run_shows_the_preset_s_price(bench: Bench, tmp_path: Path) -> None:
    done = run("eval", "--bench", bench(AnEM=12), "--preset", "gpt-4o", "--out", tmp_path / "run", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "about  at most" in done.stdout
    assert "$0.00" in done.stdout
    assert "estimated, four characters a token" in done.stderr
    assert "AnEM has 1 of 2 demonstrations" in done.stderr
    named = ("--price-in", "1000", "--price-out", "0", "--shots", "0", "--dry-run", "--json")
    done = run("eval", "--bench", bench(AnEM=12), "--preset", "gpt-4o", "--out", tmp_path / "run", *named)
    row = json.loads(done.stdout)["AnEM"]
    assert row["dollars"] == row["most_dollars"] == pytest.approx(row["tokens"] / 1000)


def test_a_run_with_a_preset_is_its_own(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with ChatServer() as server:
        command = ("eval", "--bench", bench(AnEM=3), "--base-url", server.url, "--model", "openai:m", "--out", out)
        first = run(*command, "--preset", "LLaMA3-MI", "--price-in", "3", "--json")
        second = run(*command)
        third = run(*command, "--preset", "LLaMA3-MI32")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["rows"]["AnEM"]["ok"] == 3
    assert "3/3 samples, 0 failed" in first.stderr
    assert ", $0.0001" in first.stderr
    assert (second.returncode, third.returncode) == (2, 2)
    assert 'preset: "LLaMA3-MI" there, "" now' in second.stderr
    written = json.loads((out / store.RUN).read_text())
    assert written["preset"] == "LLaMA3-MI"
    assert written["model"] == {"spec": "openai:m", "preset": presets.load("LLaMA3-MI").digest}
    assert sum(server.asked.values()) == 3


def test_choices_are_for_mmlu_alone(bench: Bench) -> None:
    with pytest.raises(UsageError, match="--choices: it is for the rows of MMLU"):
        plans.make(bench(AnEM=3), Mock("gold"), choices=True)
    assert not plans.make(bench(AnEM=3), Mock("gold")).run.choices
