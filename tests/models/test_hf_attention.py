"""Attention by parts, on small models with random weights: windows, shared heads, adapters, and what is refused."""

from __future__ import annotations

import pytest

from medinst.errors import MedinstError

torch = pytest.importorskip("torch", reason="needs the extra hf (torch, transformers)")
transformers = pytest.importorskip("transformers", reason="needs the extra hf (torch, transformers)")

from medinst.models import decode, weights  # noqa: E402 - they need torch, which is asked for above
from medinst.models.decode import Decoder, Prompt  # noqa: E402 - they need torch, which is asked for above

SIZES = {
    "vocab_size": 61,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.6,
}
PROMPTS = [[1 + (7 * at + start) % 59 for at in range(length)] for start, length in ((0, 3), (5, 19), (11, 33))]


def made(config):
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()


def answers(model, limit=20):
    """Return what each prompt is answered, all at once, in chunks that do not fit the window."""
    decoder, asked = Decoder(model, frozenset()), [Prompt(tokens, limit) for tokens in PROMPTS]
    for prompt in asked:
        decoder.admit(prompt)
    while decoder.active:
        decoder.step()
    return [prompt.new for prompt in asked]


def expected(model, limit=20):
    settings = {"max_new_tokens": limit, "min_new_tokens": limit, "do_sample": False, "pad_token_id": 0}
    ids = [torch.tensor([tokens]) for tokens in PROMPTS]
    found = [model.generate(one, attention_mask=torch.ones_like(one), **settings) for one in ids]
    return [one[0, -limit:].tolist() for one in found]


@pytest.mark.parametrize(
    "config",
    [
        transformers.LlamaConfig(**SIZES),
        transformers.MistralConfig(**SIZES, sliding_window=8),
        transformers.Qwen3Config(**SIZES, head_dim=8),
        transformers.Gemma3TextConfig(**SIZES, head_dim=8, sliding_window=6, layer_types=["sliding_attention"] * 2),
    ],
    ids=lambda config: config.model_type,
)
def test_answers_are_those_of_generate(config, monkeypatch):
    config.eos_token_id = config.bos_token_id = None
    monkeypatch.setattr(decode, "CHUNK", 5)
    model = made(config)
    wanted = expected(model)
    assert answers(model) == wanted


def test_what_is_added_to_the_scores_is_refused():
    model = made(transformers.Gemma2Config(**SIZES, head_dim=8))
    with pytest.raises(MedinstError, match=r"wrong.*softcap"):
        Decoder(model, frozenset())


def test_a_model_that_keeps_more_in_mind_is_refused():
    model = made(transformers.MambaConfig(vocab_size=61, hidden_size=32, num_hidden_layers=2, initializer_range=0.6))
    with pytest.raises(MedinstError, match="wrong"):
        Decoder(model, frozenset())


def test_an_adapter_answers_as_it_does_beside_its_base(tmp_path):
    peft = pytest.importorskip("peft", reason="needs the extra hf (peft)")
    model = made(transformers.LlamaConfig(**SIZES, eos_token_id=None, bos_token_id=None))
    model.save_pretrained(tmp_path / "base")
    alone = expected(model)
    lora = peft.LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    beside = peft.get_peft_model(model, lora)
    beside.save_pretrained(tmp_path / "adapter")
    wanted = expected(beside.eval())
    assert wanted != alone
    base = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32)
    merged = weights._quickened(weights._merged(base, tmp_path / "adapter"))
    assert answers(merged.eval()) == wanted
