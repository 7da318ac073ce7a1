"""Greedy decoding of many prompts at once with transformers: no padding, shared beginnings once, finished ones leave.

The tokens of all prompts are read as one sequence without padding, and every prompt attends to its own keys and values,
which lie where they were first written. So nothing is copied when a prompt ends or joins, and none waits for another.
Where ``draft`` guesses an answer's next tokens they are read at once; what the model would not have said is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from medinst.errors import MedinstError
from medinst.models.draft import Draft

CHUNK = 128  # tokens of a prompt read at once, always the same ones: what was read before is then just as exact
CHECKED, ALIKE = 8, 0.02  # tokens that a model is tried on, and how far from its own its scores may then be
UNKNOWN = ("softcap", "s_aux", "position_bias")  # what some models add to their scores
REFUSED = (
    "hf: would get the answers of this model wrong. Serve it with vLLM or llama.cpp and give openai:NAME --base-url URL"
)
KIND = "medinst"  # the name of ``_attend`` in transformers' table


class Prompt(msgspec.Struct, eq=False):
    """A prompt's token ids, how many new ones it may have, and those it has got; ``stopped``: by a stop token."""

    tokens: list[int]
    limit: int
    new: list[int] = msgspec.field(default_factory=list)
    stopped: bool = False
    past: _Past | None = None
    draft: Draft | None = None


class _Past:
    """What a prompt attends to: keys and values by layer, with room for ``capacity`` tokens, ``known`` of them read."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.known = capacity, 0
        self.layers: dict[int, tuple[Tensor, Tensor]] = {}

    def begin(self, other: _Past, known: int) -> None:
        """Copy the first ``known`` tokens of another."""
        for layer, (keys, values) in other.layers.items():
            self.write(layer, keys[:, :known], values[:, :known], 0)
        self.known = known

    def write(self, layer: int, keys: Tensor, values: Tensor, at: int) -> tuple[Tensor, Tensor]:
        """Write keys and values, shapes (heads, tokens, size), from place ``at`` on; return all up to their end."""
        if layer not in self.layers:
            self.layers[layer] = self._room(keys), self._room(values)
        end = at + keys.shape[1]
        all_keys, all_values = self.layers[layer]
        all_keys[:, at:end] = keys
        all_values[:, at:end] = values
        return all_keys[:, :end], all_values[:, :end]

    def _room(self, like: Tensor) -> Tensor:
        return like.new_empty(like.shape[0], self.capacity, like.shape[2])


class _Part:
    """The tokens ``start`` to ``end`` of what is read at once: those of one prompt, after what it knows."""

    def __init__(self, past: _Past, start: int, end: int) -> None:
        self.past, self.start, self.end = past, start, end
        self._masks: dict[int, Tensor | None] = {}

    def mask(self, window: int, groups: int, like: Tensor) -> Tensor | None:
        """Return what to add to the scores so that no token sees a later one, or one as far back as ``window``."""
        if window not in self._masks:
            self._masks[window] = self._mask(window, groups, like)
        return self._masks[window]

    def _mask(self, window: int, groups: int, like: Tensor) -> Tensor | None:
        known, count = self.past.known, self.end - self.start
        if count == 1 and not 0 < window < known + 1:
            return None
        places = torch.arange(known + count, device=like.device)
        behind = places[known:, None] - places
        hidden = (behind < 0) | (behind >= window if window else behind < 0)
        return like.new_zeros(hidden.shape).masked_fill_(hidden, float("-inf")).repeat(groups, 1)


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    parts: Sequence[_Part],
    scaling: float | None = None,
    sliding_window: int | None = None,
    **options: object,
) -> tuple[Tensor, None]:
    """Let each part attend to its own past; the heads that share keys and values count as one longer query.

    Shapes: ``query`` (1, heads, tokens, size), ``key`` and ``value`` (1, shared heads, tokens, size); the result
    (1, tokens, heads, size of a value).
    """
    if unknown := [name for name in UNKNOWN if options.get(name) is not None]:
        raise MedinstError(f"{REFUSED} (its attention has {', '.join(unknown)})")
    layer, shared = int(module.layer_idx), key.shape[1]
    groups = query.shape[1] // shared
    found = []
    for part in parts:
        here = slice(part.start, part.end)
        keys, values = part.past.write(layer, key[0, :, here], value[0, :, here], part.past.known)
        asked = query[0, :, here].reshape(1, shared, -1, query.shape[3])
        mask = part.mask(sliding_window or 0, groups, query)
        seen = scaled_dot_product_attention(asked, keys[None], values[None], attn_mask=mask, scale=scaling)
        found.append(seen.view(1, shared * groups, part.end - part.start, values.shape[2]))
    return torch.cat(found, 2).transpose(1, 2), None


AttentionInterface.register(KIND, _attend)


class Decoder:
    """The prompts under way; ``stops``: token ids that end an answer; ``said``: whether its new tokens do."""

    def __init__(
        self, model: PreTrainedModel, stops: frozenset[int], said: Callable[[list[int]], bool] | None = None
    ) -> None:
        self.model, self.stops, self.said = model, stops, said
        self.clear()
        if model.config._attn_implementation != KIND:
            self._take_over()

    def clear(self) -> None:
        """Drop the prompts under way."""
        self.active: list[Prompt] = []
        self._latest: Prompt | None = None

    @torch.inference_mode()
    def _take_over(self) -> None:
        """Have the model attend by parts.

        Raises:
            MedinstError: it cannot, or would then say something else.
        """
        few = list(range(CHECKED))
        expected = self.model(input_ids=torch.tensor([few], device=self.model.device)).logits[0, -1]
        self.model.set_attn_implementation(KIND)
        past = _Past(CHECKED)
        self._forward([(past, few[:-2])])
        found = self._forward([(past, few[-2:])], last=True)[0]
        off = (found - expected).abs().max() / expected.abs().max()
        if not off < ALIKE:
            raise MedinstError(f"{REFUSED} (it keeps more in mind than keys and values)")

    @torch.inference_mode()
    def admit(self, prompt: Prompt) -> bool:
        """Read a prompt and give it its first token; return whether that ends it, else it joins those under way."""
        prompt.past, prompt.draft = self._begun(prompt), Draft(prompt.tokens)
        last = self._read(prompt.past, prompt.tokens)
        self._latest = prompt
        ended = self._takes(prompt, int(last.argmax()))
        if not ended:
            self.active.append(prompt)
        return ended

    @torch.inference_mode()
    def weigh(self, tokens: list[int], endings: Sequence[list[int]]) -> list[float]:
        """Return the natural logarithm of how likely each ending follows the tokens, which are read once."""
        prompt = Prompt(tokens, max(map(len, endings)))
        prompt.past = past = self._begun(prompt)
        first = self._read(past, tokens)[None]
        self._latest = prompt
        found = []
        for ending in endings:
            scores = first
            if len(ending) > 1:
                scores = torch.cat([first, self._forward([(past, ending[:-1])])])
                past.known = len(tokens)
            logs = scores.float().log_softmax(-1)
            found.append(float(logs[range(len(ending)), ending].sum()))
        return found

    @torch.inference_mode()
    def step(self) -> list[Prompt]:
        """Give every active prompt its next token, or several; return those that this ends, which leave."""
        asked = []
        for prompt in self.active:
            assert prompt.past  # all that were admitted have both
            assert prompt.draft
            asked.append((prompt.past, [prompt.new[-1], *prompt.draft.guess(prompt.limit - len(prompt.new) - 1)]))
        likeliest = self._forward(asked).argmax(-1).tolist()
        ended = []
        for prompt, (past, tokens) in zip(self.active, asked, strict=True):
            found, likeliest = likeliest[: len(tokens)], likeliest[len(tokens) :]
            if self._goes_on(prompt, past, tokens[1:], found):
                ended.append(prompt)
        self.active = [prompt for prompt in self.active if prompt not in ended]
        return ended

    def _goes_on(self, prompt: Prompt, past: _Past, guess: list[int], found: list[int]) -> bool:
        """Give a prompt what the model says after its last token and after each right guess; return if it ends."""
        right = _common(guess, found)
        past.known -= len(guess) - right
        if prompt.draft:
            prompt.draft.judge(len(guess), right)
        return any(self._takes(prompt, token) for token in found[: right + 1])

    def _takes(self, prompt: Prompt, token: int) -> bool:
        """Give a prompt its next token; return whether that ends it."""
        prompt.stopped = token in self.stops
        if not prompt.stopped:
            prompt.new.append(token)
            if prompt.draft:
                prompt.draft.add(token)
        ended = prompt.stopped or len(prompt.new) >= prompt.limit
        return ended or (self.said is not None and self.said(prompt.new))

    def _begun(self, prompt: Prompt) -> _Past:
        """Return a past for the prompt with what it has in common with one that was read before."""
        past = _Past(len(prompt.tokens) + prompt.limit)
        others = [*self.active, *([self._latest] if self._latest else [])]
        common = [_common(prompt.tokens[:-1], other.tokens) // CHUNK * CHUNK for other in others]
        if any(common):
            nearest = others[common.index(max(common))].past
            assert nearest  # all that were admitted have one
            past.begin(nearest, max(common))
        return past

    def _read(self, past: _Past, tokens: list[int]) -> Tensor:
        """Read those of the tokens that are not known yet; return the scores of what follows, shape (vocabulary,)."""
        for at in range(past.known, len(tokens), CHUNK):
            last = self._forward([(past, tokens[at : at + CHUNK])], last=True)
        return last[0]

    def _forward(self, asked: Sequence[tuple[_Past, list[int]]], last: bool = False) -> Tensor:
        """Read more tokens of each; return the scores of what follows each token, shape (tokens, vocabulary).

        With ``last`` the last token's alone are returned.
        """
        parts, tokens, places = [], list[int](), list[int]()
        for past, more in asked:
            parts.append(_Part(past, len(tokens), len(tokens) + len(more)))
            tokens += more
            places += range(past.known, past.known + len(more))
        device = self.model.device
        found = self.model(
            input_ids=torch.tensor([tokens], device=device),
            position_ids=torch.tensor([places], device=device),
            use_cache=False,
            logits_to_keep=int(last),
            parts=parts,
        )
        for part in parts:
            part.past.known += part.end - part.start
        logits: Tensor = found.logits[0]
        return logits


def _common(one: list[int], other: list[int]) -> int:
    """Return how many tokens both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (first, second) in pairs if first != second), min(len(one), len(other)))
