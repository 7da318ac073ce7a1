"""Greedy decoding of many prompts at once with transformers: shared beginnings once, finished rows leave, others join.

A batch is a row a prompt, left-padded, over one cache of keys and values that grows in place. A row that ends frees
its place at once, where ``generate`` would go on padding it until the longest is done.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers import Cache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

_ROOM = 256  # positions by which a cache grows


class Prompt(msgspec.Struct, eq=False):
    """A prompt's token ids, how many new ones it may have, and those it has got; ``stopped``: by a stop token."""

    tokens: list[int]
    limit: int
    new: list[int] = msgspec.field(default_factory=list)
    stopped: bool = False


class _Layer(DynamicLayer):
    """Keys and values with room to grow: a step writes its own position instead of copying all of them."""

    def hold(self, keys: Tensor, values: Tensor) -> None:
        self.lazy_initialization(keys, values)
        self._room = [pad(each, (0, 0, 0, _ROOM)) for each in (keys, values)]
        self.keys, self.values = (room[:, :, : keys.shape[2]] for room in self._room)

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **options: object
    ) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.hold(key_states, value_states)
            return self.keys, self.values
        start, end = self.keys.shape[2], self.keys.shape[2] + key_states.shape[2]
        if end > self._room[0].shape[2]:
            more = end - self._room[0].shape[2] + _ROOM
            self._room = [pad(each, (0, 0, 0, more)) for each in self._room]
        for room, new in zip(self._room, (key_states, value_states), strict=True):
            room[:, :, start:end] = new
        self.keys, self.values = (room[:, :, :end] for room in self._room)
        return self.keys, self.values


Past = list[tuple[Tensor, Tensor]]


class Decoder:
    """The prompts under way; ``stops``: token ids that end an answer."""

    def __init__(self, model: PreTrainedModel, stops: frozenset[int]) -> None:
        self.model, self.stops = model, stops
        self._known: list[int] = []
        self._known_past: Past = []
        self.clear()

    def clear(self) -> None:
        """Drop the prompts under way."""
        self.active: list[Prompt] = []
        self._cache = Cache(layer_class_to_replicate=_Layer)
        self._mask = torch.zeros((0, 0), dtype=torch.long, device=self.model.device)
        self._last = torch.zeros((0, 1), dtype=torch.long, device=self.model.device)

    @torch.inference_mode()
    def admit(self, prompts: Sequence[Prompt]) -> list[Prompt]:
        """Read prompts, and let them join the batch; return those that a first token already ends."""
        beginning = self._beginning([prompt.tokens for prompt in prompts])
        ends = [prompt.tokens[len(beginning) :] for prompt in prompts]
        longest = max(map(len, ends))
        ids = torch.tensor([[0] * (longest - len(end)) + end for end in ends], device=self.model.device)
        seen = torch.tensor([[0] * (longest - len(end)) + [1] * len(end) for end in ends], device=self.model.device)
        mask = pad(seen, (len(beginning), 0), value=1)
        rows = len(ends), -1, -1, -1
        cache = _cache([(keys.expand(rows), values.expand(rows)) for keys, values in self._known_past])
        last = self._forward(ids, mask, cache)
        self._join(_past(cache), mask, last)
        self.active += prompts
        return self._take(last, len(self.active) - len(prompts))

    @torch.inference_mode()
    def step(self) -> list[Prompt]:
        """Give every active prompt one more token; return those that it ends, which leave the batch."""
        self._mask = pad(self._mask, (0, 1), value=1)
        self._last = self._forward(self._last, self._mask, self._cache)
        return self._take(self._last, 0)

    def _forward(self, ids: Tensor, mask: Tensor, cache: Cache) -> Tensor:
        """Return the likeliest next token of every row, shape (rows, 1); the cache takes in what was read."""
        places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        found = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = found.logits
        return logits[:, -1].argmax(-1, keepdim=True)

    def _beginning(self, prompts: list[list[int]]) -> list[int]:
        """Return what all prompts begin with, at least one token short of each; its keys and values are then known."""
        common = _common(prompts)[: min(map(len, prompts)) - 1]
        reused = _common([common, self._known])
        past = [(k[:, :, : len(reused)], v[:, :, : len(reused)]) for k, v in self._known_past] if reused else []
        if len(prompts) == 1 and reused:
            common = reused  # the rest is this prompt's own
        elif len(common) > len(reused):
            cache = _cache(past)
            ids = torch.tensor([common[len(reused) :]], device=self.model.device)
            self._forward(ids, torch.ones((1, len(common)), dtype=torch.long, device=ids.device), cache)
            past = _past(cache)
        self._known, self._known_past = common, past
        return common

    def _join(self, past: Past, mask: Tensor, last: Tensor) -> None:
        """Put rows that were just read beside those under way, all padded on the left to the longest."""
        if self.active:
            length = max(mask.shape[1], self._mask.shape[1])
            old, new = length - self._mask.shape[1], length - mask.shape[1]
            past = [
                (_stack(keys, old, new_keys, new), _stack(values, old, new_values, new))
                for (keys, values), (new_keys, new_values) in zip(_past(self._cache), past, strict=True)
            ]
            mask = torch.cat([pad(self._mask, (old, 0)), pad(mask, (new, 0))])
            last = torch.cat([self._last, last])
        self._cache, self._mask, self._last = _cache(past), mask, last

    def _take(self, last: Tensor, since: int) -> list[Prompt]:
        """Give the active prompts from ``since`` on their next tokens; return those that end, without their rows."""
        for prompt, token in zip(self.active[since:], last[:, 0].tolist(), strict=True):
            prompt.stopped = token in self.stops
            if not prompt.stopped:
                prompt.new.append(token)
        ended = [prompt for prompt in self.active if prompt.stopped or len(prompt.new) >= prompt.limit]
        if ended:
            self._keep([at for at, prompt in enumerate(self.active) if prompt not in ended])
        return ended

    def _keep(self, rows: list[int]) -> None:
        """Keep these rows, and of the cache what they need."""
        self.active = [self.active[at] for at in rows]
        places = torch.tensor(rows, dtype=torch.long, device=self._mask.device)
        mask = self._mask[places]
        unused = int(mask.any(0).long().argmax()) if rows else mask.shape[1]
        past = [(keys[places, :, unused:], values[places, :, unused:]) for keys, values in _past(self._cache)]
        self._cache, self._mask, self._last = _cache(past), mask[:, unused:], self._last[places]


def _stack(old: Tensor, before: int, new: Tensor, before_new: int) -> Tensor:
    """Return rows of two batches as one, each padded by so many positions on the left."""
    return torch.cat([pad(old, (0, 0, before, 0)), pad(new, (0, 0, before_new, 0))])


def _common(prompts: Sequence[list[int]]) -> list[int]:
    """Return the tokens that all prompts begin with."""
    first, last = min(prompts), max(prompts)  # what these two share, all between them share
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((at for at, (one, other) in pairs if one != other), min(len(first), len(last)))]


def _past(cache: Cache) -> Past:
    return [(layer.keys, layer.values) for layer in cache.layers]


def _cache(past: Past) -> Cache:
    layers = [_Layer() for _ in past]
    for layer, (keys, values) in zip(layers, past, strict=True):
        layer.hold(keys, values)
    return Cache(layers=layers) if layers else Cache(layer_class_to_replicate=_Layer)
