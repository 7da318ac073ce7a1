"""Samples as tokens: the chat as the model is asked it, then the answer, which alone is learnt, and its end."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from medinst.errors import MedinstError, UsageError
from medinst.models import prompts
from medinst.schema import Sample
from medinst.train.recipe import Recipe

AT_ONCE = 1000
AGAIN = 6  # times that an item is said again at most; a model that saw three stops at three, or never
_ANSWER = "MEDINST-ANSWER"


class Example(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A sample as token ids; those from ``start`` on are its answer and the token that ends it.

    Of the answer, the tokens from ``said`` to ``again`` are items said once more, which is not learnt: the tokens at
    ``wrong``, where each begins, are made unlikely, the others only read.
    """

    id: str
    row: str
    ids: NDArray[np.int32]
    start: int
    said: int = 0
    again: int = 0
    wrong: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def answer(self) -> int:
        """How many tokens are learnt."""
        return len(self.ids) - self.start - (self.again - self.said)


class LeftOut(msgspec.Struct, frozen=True):
    """A sample that is not learnt, because it has too many tokens, ``answer`` of them in its answer."""

    id: str
    row: str
    tokens: int
    answer: int


class Taken(msgspec.Struct):
    """The samples that are learnt, in their order, and those passed over on the way, which are too long."""

    examples: list[Example]
    left_out: list[LeftOut]

    @property
    def share(self) -> float:
        """Which share of the samples looked at was too long."""
        seen = len(self.examples) + len(self.left_out)
        return len(self.left_out) / seen if seen else 0.0

    @property
    def tokens(self) -> int:
        """How many tokens are read."""
        return sum(map(len, self.examples))

    @property
    def answers(self) -> int:
        """How many tokens are learnt."""
        return sum(example.answer for example in self.examples)


def take(tokenizer: PreTrainedTokenizerBase, samples: Iterable[Sample], recipe: Recipe) -> Taken:
    """Return the first samples that a recipe wants, without those that are too long for it.

    Raises:
        UsageError: none fits.
        MedinstError: the tokenizer has no chat template, or an answer in it has no end.
    """
    taken = Taken([], [])
    for example in encode(tokenizer, samples, unique=recipe.unique, stutter=recipe.stutter, seed=recipe.seed):
        if len(taken.examples) == recipe.samples:
            break
        if len(example) > recipe.length:
            taken.left_out.append(LeftOut(example.id, example.row, len(example), example.answer))
        else:
            taken.examples.append(example)
    if not taken.examples:
        shortest = min((one.tokens for one in taken.left_out), default=0)
        raise UsageError(
            f"No sample of {len(taken.left_out):,} fits; the shortest has {shortest:,} tokens, and the recipe takes "
            f"{recipe.length:,} tokens at most. Raise its `length`, or take another mixture."
        )
    return taken


def encode(
    tokenizer: PreTrainedTokenizerBase,
    samples: Iterable[Sample],
    *,
    unique: bool = False,
    stutter: float = 0.0,
    seed: int = 0,
) -> Iterator[Example]:
    """Yield the examples of samples, tokenized as an evaluation asks them; lists ``unique`` or with a ``stutter``."""
    stop = end(tokenizer)
    for some in _batches(samples):
        chats = [prompts.messages(sample) for sample in some]
        shown = tokenizer.apply_chat_template(chats, add_generation_prompt=True, tokenize=False)
        asked = tokenizer(shown, add_special_tokens=False)["input_ids"]
        learnt = [once(sample.output) if unique else sample.output for sample in some]
        answers = [stuttered(answer, stutter, f"{seed} {one.id}") for answer, one in zip(learnt, some, strict=True)]
        texts = ["".join(answer) for answer in answers]
        said = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
        for at, sample in enumerate(some):
            tokens = np.array([*asked[at], *said["input_ids"][at], stop], np.int32)
            places = _said_again(answers[at], said["offset_mapping"][at], said["input_ids"][at])
            first, last, *wrong = (len(asked[at]) + place for place in places) if places else (0, 0)
            yield Example(sample.id, sample.row, tokens, len(asked[at]), first, last, tuple(wrong))


def _said_again(answer: tuple[str, str, str], places: list[tuple[int, int]], ids: list[int]) -> list[int]:
    """Return the first token that is said again, the one after the last, and those with which an item begins.

    After the last item of a list these are bracket and first word, else the word, unless the next item has it too.
    """
    before, again, after = answer
    if not again:
        return []

    def token(place: int) -> int:  # the one of the character at ``place``
        return sum(end <= place for _, end in places)

    text = before + again
    first, last = token(len(before)), token(len(text))
    brackets = [place for place in range(len(before) + 1, len(text)) if text[place - 2 : place + 1] == "] ["]
    begun = [place + 1 for place in brackets] + ([] if after else brackets)
    right = ids[token(len(text) + len(" ["))] if after else None
    return [first, last, *sorted(at for place in begun if ids[at := token(place)] != right)]


def stuttered(answer: str, share: float, key: str) -> tuple[str, str, str]:
    """Return an answer in three parts, of which the second is not its own: items of the first said again.

    The share of answers that get one is drawn by hash of ``key``, and so is what is said again: the last one or two
    items before a random place in the list, in half of them its end, once to ``AGAIN`` times.
    """
    drawn = hashlib.sha256(key.encode()).digest()
    items = _items(answer)
    if int.from_bytes(drawn[:4], "big") >= share * 2**32 or not any(items):
        return answer, "", ""
    at = len(items) if drawn[10] % 2 else 1 + int.from_bytes(drawn[4:8], "big") % len(items)
    block = items[max(0, at - 1 - drawn[8] % 2) : at] * (1 + drawn[9] % AGAIN)
    listed = [_listed(part) for part in (items[:at], block, items[at:])]
    return listed[0], f" {listed[1]}", f" {listed[2]}" if listed[2] else ""


def once(answer: str) -> str:
    """Return a list of items with each item where it is first said; another answer as it is."""
    items = _items(answer)
    return _listed(dict.fromkeys(items)) if items else answer


def _items(answer: str) -> list[str]:
    return answer[1:-1].split("] [") if answer.startswith("[") and answer.endswith("]") else []


def _listed(items: Iterable[str]) -> str:
    return " ".join(f"[{item}]" for item in items)


def end(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the id of the token that ends an answer: the one the chat template puts there, else the end of text.

    Raises:
        MedinstError: the tokenizer has no chat template, or its answers have no end that is one token.
    """
    if not tokenizer.chat_template:
        raise MedinstError(
            f"{tokenizer.name_or_path} has no chat template. Tune an instruction-tuned model, or name one whose "
            "template is to be used with the recipe's `preset`."
        )
    chat = [{"role": "user", "content": "question"}, {"role": "assistant", "content": _ANSWER}]
    _, _, after = tokenizer.apply_chat_template(chat, tokenize=False).partition(_ANSWER)
    follows = tokenizer(after.lstrip(), add_special_tokens=False)["input_ids"]
    if (follows and follows[0] in tokenizer.all_special_ids) or _added(tokenizer, follows):
        return int(follows[0])
    if tokenizer.eos_token_id is None:
        raise MedinstError(f"{tokenizer.name_or_path}: no token ends an answer in its chat template: {after!r}.")
    return int(tokenizer.eos_token_id)


def _added(tokenizer: PreTrainedTokenizerBase, follows: list[int]) -> bool:
    return bool(follows) and follows[0] in tokenizer.added_tokens_decoder


def _batches(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    source = iter(samples)
    while some := list(itertools.islice(source, AT_ONCE)):
        yield some
