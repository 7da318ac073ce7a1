"""Presets: decoded strictly, written as the models' own tokenizers write, sent and cut as they say."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from chat_server import ChatServer
from medinst import reference
from medinst.errors import UsageError
from medinst.models import Messages, Reply, Request, parse_spec, presets
from small_bench import samples

SAMPLE = next(samples("AnEM", 1))
CHAT = [
    {"role": "user", "content": "List.\nA lung. "},
    {"role": "assistant", "content": "[lung <Organ>]"},
    {"role": "user", "content": "List.\nThe {{liver}} & 'spleen' <b>."},
]
# What `python benchmarks/templates.py` found the tokenizers of the models themselves to write, BioMistral's apart:
# that is the form which the card of Mistral-7B-Instruct-v0.1 shows.
WRITTEN = {
    "Meta-Llama-3-8B-Instruct": (
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nList.\nA lung.<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n[lung <Organ>]<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nList.\nThe {{liver}} & 'spleen' <b>.<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    "SmolLM2-135M-Instruct": (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nList.\nA lung. <|im_end|>\n<|im_start|>assistant\n[lung <Organ>]<|im_end|>\n"
        "<|im_start|>user\nList.\nThe {{liver}} & 'spleen' <b>.<|im_end|>\n<|im_start|>assistant\n"
    ),
    "BioMistral-7B": (
        "<s>[INST] List.\nA lung.  [/INST][lung <Organ>]</s> [INST] List.\nThe {{liver}} & 'spleen' <b>. [/INST]"
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_chat_is_written_as_the_model_knows_it(name: str) -> None:
    preset = presets.load(name)
    assert preset.render(CHAT, bos=True) == WRITTEN[name]
    assert WRITTEN[name].removeprefix(preset.bos) == preset.render(CHAT).removeprefix(preset.bos)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_whole(name: str) -> None:
    preset = presets.load(name.upper())
    assert preset.name == name
    assert preset.source.startswith("https://")
    assert (preset.max_tokens, preset.temperature) == (1024, 0.0)
    assert bool(preset.template) == (name != "GPT-4o") == bool(preset.end)
    if preset.template:
        assert preset.render(CHAT).endswith(preset.render(CHAT[2:])[-10:])
        assert preset.render(CHAT).count("[lung <Organ>]") == 1
    assert preset.model or "--model" in preset.about


def test_there_is_a_preset_of_every_published_model() -> None:
    published = set(next(iter(reference.medinst32().values())).published)
    short = {"LLaMA3": "Meta-Llama-3-8B-Instruct", "MMedL3": "MMed-Llama-3-8B", "MMedL3-EnIns": "MMed-Llama-3-8B-EnIns"}
    assert {short.get(name, name) for name in published} <= {*presets.names(), "BioMistral"}
    shots = {name: presets.load(name).shots for name in presets.names()}
    assert {name for name, count in shots.items() if not count} == {
        "LLaMA3-MI",
        "LLaMA3-MI32",
        "MMedL3-MI",
        "MMedL3-MI32",
        "SmolLM2-135M-Instruct",
    }


def test_an_unknown_field_or_name_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `stopp`"):
        msgspec.toml.decode('about = ""\nsource = ""\nstopp = []', type=presets.Preset)
    with pytest.raises(UsageError, match="Nearest: GPT-4o"):
        presets.load("gpt4o")
    with pytest.raises(UsageError, match="no public weights"):
        presets.spec(presets.load("LLaMA3-MI32"), "")


def ask(server: ChatServer, preset: str, chat: Messages, completions: bool = False) -> Reply:
    async def one() -> Reply:
        known = presets.load(preset)
        model = parse_spec("openai:m", server.url, preset=known, completions=completions)
        async with model:
            return await model.answer(Request("s", chat, SAMPLE, max_tokens=9))

    return asyncio.run(one())


def test_a_model_without_a_chat_template_is_sent_text_and_cut_at_its_stops() -> None:
    with ChatServer(answer="[lung <Organ>]\n\n### Instruction:\nMore") as server:
        reply = ask(server, "MMed-Llama-3-8B", CHAT)
    assert server.paths == ["/v1/completions"]
    assert server.bodies[0]["prompt"] == presets.load("MMed-Llama-3-8B").render(CHAT)
    assert server.bodies[0]["stop"] == ["### Instruction:", "### Response:"]
    assert "messages" not in server.bodies[0]
    assert (reply.output, reply.finish_reason, reply.completion_tokens) == ("[lung <Organ>]\n\n", "stop", 3)


def test_a_model_with_a_chat_template_is_sent_messages_unless_told_otherwise() -> None:
    with ChatServer() as server:
        ask(server, "LLaMA3-MI", CHAT)
        ask(server, "LLaMA3-MI", CHAT, completions=True)
    assert server.paths == ["/v1/chat/completions", "/v1/completions"]
    assert "prompt" not in server.bodies[0]
    assert server.bodies[1]["prompt"] == WRITTEN["Meta-Llama-3-8B-Instruct"].removeprefix("<|begin_of_text|>")


def test_completions_need_a_template() -> None:
    with pytest.raises(UsageError, match="--completions needs a --preset"):
        parse_spec("openai:m", "http://127.0.0.1:9/v1", completions=True)
    with pytest.raises(UsageError, match="--completions goes with openai"):
        parse_spec("mock:gold", completions=True)
