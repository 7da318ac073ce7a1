"""Presets with the real SmolLM2, through llama.cpp and through transformers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from medinst.errors import MedinstError
from medinst.models import Model, Reply, Request, parse_spec, presets
from medinst.models.gguf import GET_WEIGHTS, weights
from medinst.models.server import Server
from small_bench import samples

SAMPLE = next(samples("AnEM", 1))
SMOLLM2 = presets.load("SmolLM2-135M-Instruct")
CAPITAL = [{"role": "user", "content": "Which city is the capital of France?"}]
CHAT = [{"role": "user", "content": "Name an organ. "}, {"role": "assistant", "content": "[liver]"}, *CAPITAL]


@pytest.fixture(autouse=True)
def smollm2() -> None:
    try:
        weights()
    except MedinstError:
        pytest.skip(f"no weights: {GET_WEIGHTS}")


def request(chat: list[dict[str, str]]) -> Request:
    return Request("s", chat, SAMPLE, max_tokens=12)


def ask(model: Model, chat: list[dict[str, str]]) -> Reply:
    async def one() -> Reply:
        async with model:
            return await model.answer(request(chat))

    return asyncio.run(one())


def test_llama_cpp_writes_a_chat_as_the_preset_says() -> None:
    pytest.importorskip("xllamacpp")
    alpaca = presets.load("MMed-Llama-3-8B")  # SmolLM2 has no first token that servers put before a text
    base = msgspec.structs.replace(alpaca, template=alpaca.template.replace("{{- bos_token -}}", ""), stop=("]",))

    async def both() -> tuple[Reply, Reply]:
        model = parse_spec("gguf:", preset=base)
        async with model:
            place = model._server.place
            written = Server("m", place, preset=base, completions=True)
            async with written:
                return await model.answer(request(CHAT)), await written.answer(request(CHAT))

    chat, text = asyncio.run(both())
    assert chat.output == text.output  # the one server has our template, the other is sent it filled in
    assert chat.prompt_tokens == text.prompt_tokens
    assert "]" not in text.output
    assert chat.finish_reason == text.finish_reason == "stop"
    with parse_spec("gguf:", preset=base).counting() as count:
        assert count(request(CHAT)) == chat.prompt_tokens
    with parse_spec("gguf:", preset=SMOLLM2).counting() as count, parse_spec("gguf:").counting() as own:
        assert count(request(CHAT)) == own(request(CHAT)) != chat.prompt_tokens


def test_transformers_follow_a_preset(cache: Path) -> None:
    local = pytest.importorskip("medinst.models.weights")
    folder = local.folder_of("", cache)
    plain = ask(parse_spec(f"hf:{folder}"), CAPITAL)
    assert ask(parse_spec(f"hf:{folder}", preset=SMOLLM2), CAPITAL).output == plain.output
    early = msgspec.structs.replace(SMOLLM2, stop=("Paris",))
    cut = ask(parse_spec(f"hf:{folder}", preset=early), CAPITAL)
    assert (cut.output, cut.finish_reason) == (plain.output.partition("Paris")[0], "stop")
    assert cut.completion_tokens < plain.completion_tokens
    base = presets.load("MMed-Llama-3-8B")
    tokenizer = local.tokenizer_of(folder, base)
    assert tokenizer.decode(local.tokens(tokenizer, CHAT)).removeprefix(SMOLLM2.bos) == base.render(CHAT)


def test_a_dry_run_neither_converts_nor_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("medinst.models.weights")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    for spec in ("hf:", "hf:nobody/nothing"):
        model = parse_spec(spec, cache=tmp_path, dry=True)
        assert "sha256" not in model.identity
        with model.counting() as count:
            assert count is None
    assert not list(tmp_path.rglob("*.safetensors"))
