"""Naming a model, and the mocks."""

from __future__ import annotations

import asyncio

import pytest

from medinst.errors import UsageError
from medinst.models import Request, parse_spec
from small_bench import samples

SAMPLE = next(samples("AnEM", 1))


@pytest.mark.parametrize("spec", ["", "gpt-4o", "openai", "openai:", "mock", "mock:silver", "vllm:x"])
def test_an_unknown_model_is_answered_with_what_there_is(spec: str) -> None:
    with pytest.raises(UsageError, match=r"There are: .*mock:gold"):
        parse_spec(spec)


def test_a_base_url_goes_with_servers_only() -> None:
    with pytest.raises(UsageError, match="--base-url goes with openai"):
        parse_spec("mock:gold", base_url="http://127.0.0.1:1/v1")


def test_a_server_is_known_by_name_and_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    model = parse_spec("openai:m", "http://bob:pw@127.0.0.1:1/v1?key=abc", concurrency=3)
    assert model.identity == {"spec": "openai:m", "endpoint": "http://127.0.0.1:1/v1"}
    assert model.concurrency == 3


@pytest.mark.parametrize(("kind", "output"), [("gold", SAMPLE.output), ("empty", ""), ("echo", SAMPLE.input)])
def test_mocks_answer_as_named(kind: str, output: str) -> None:
    request = Request("s", [{"role": "user", "content": "x"}], SAMPLE)
    assert asyncio.run(parse_spec(f"mock:{kind}").answer(request)).output == output
