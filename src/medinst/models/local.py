"""A model in this process, by transformers: as many prompts as wished are answered at once.

Which prompts are read together depends on what has finished, and sums of floats on that: a greedy choice between two
all but equal tokens may go the other way in another run. One at a time (``--concurrency 1``) nothing varies.
"""

from __future__ import annotations

import asyncio
import importlib.util
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from medinst.errors import MedinstError, UsageError
from medinst.models import Failed, Reply, Request, reasoning

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from medinst.models.decode import Prompt
    from medinst.models.presets import Preset

GET = "pip install 'medinst[hf]'"
ROWS = 16  # answered at once, where the user says nothing
SEEN = 16  # so many of the latest tokens hold any stop string


class _Asked(msgspec.Struct, eq=False):
    """A request under way, its prompt once it was tokenised, and where its reply is awaited."""

    request: Request
    future: asyncio.Future[Reply]
    loop: asyncio.AbstractEventLoop
    prompt: Prompt | None = None
    endings: list[list[int]] = msgspec.field(default_factory=list)
    started: float = 0.0

    def settle(self, reply: Reply | BaseException) -> None:
        """Hand over the reply, from the thread of the model to the one that waits."""
        self.loop.call_soon_threadsafe(self._settle, reply)

    def _settle(self, reply: Reply | BaseException) -> None:
        if self.future.done():
            return
        if isinstance(reply, BaseException):
            self.future.set_exception(reply)
        else:
            self.future.set_result(reply)


class Local:
    """``hf:FOLDER``, ``hf:ID``, ``hf:FILE.gguf``, each with ``+ADAPTER`` behind it or without."""

    can_choose = True
    dialect = ""

    def __init__(
        self, name: str, cache: Path, concurrency: int = 0, preset: Preset | None = None, dry: bool = False
    ) -> None:
        missing = [part for part in ("torch", "transformers") if importlib.util.find_spec(part) is None]
        if missing:
            raise MedinstError(f"An hf: model needs {' and '.join(missing)}, not installed here. Run: {GET}")
        base, _, adapter = name.partition("+")
        self.concurrency = concurrency or ROWS
        self.adapter = Path(adapter).expanduser() if adapter else None
        if self.adapter and not (self.adapter / "adapter_config.json").is_file():
            raise UsageError(f"{self.adapter} holds no adapter_config.json. Give hf:BASE+FOLDER_OF_AN_ADAPTER.")
        self._name, self._cache, self._preset = base, cache, preset
        self._dry = dry

    @cached_property
    def folder(self) -> Path:
        """Where the weights are; converts or downloads them if need be."""
        from medinst.models import weights

        return weights.folder_of(self._name, self._cache)

    @cached_property
    def identity(self) -> dict[str, str]:
        """Name and digest of the weights and of the adapter; where they lie does not matter."""
        from medinst.models import weights

        if self._dry:
            return {"spec": f"hf:{self._name}"}
        found = {"spec": f"hf:{self._name.rstrip('/').rpartition('/')[2] or self.folder.name}"}
        found["sha256"] = weights.digest(self.folder)
        if self.adapter:
            found["spec"] += f"+{self.adapter.name}"
            found["adapter"] = weights.digest(self.adapter)
        return found

    async def __aenter__(self) -> Self:
        from medinst.models import weights

        loaded = await asyncio.to_thread(weights.load, self.folder, self.adapter, self._preset)
        self._inbox: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        worker = _Worker(*loaded, self._inbox, self.concurrency, self._preset)
        self._thread = threading.Thread(target=worker.run, daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inbox.put(None)
        await asyncio.to_thread(self._thread.join)

    @contextmanager
    def counting(self) -> Iterator[Callable[[Request], int] | None]:
        """Give what counts a prompt's tokens; None where the weights are yet to be downloaded or converted."""
        from medinst.models import weights

        folder = weights.at_hand(self._name, self._cache)
        tokenizer = weights.tokenizer_of(folder, self._preset) if folder else None
        yield partial(weights.count, tokenizer) if tokenizer else None

    async def answer(self, request: Request) -> Reply:
        """Return the greedy answer, or how likely each choice is and the likeliest as the answer.

        Raises:
            Failed: the prompt does not fit into the model's context, or into memory, or a likelihood is not finite.
        """
        loop = asyncio.get_running_loop()
        asked = _Asked(request, loop.create_future(), loop)
        self._inbox.put(asked)
        return await asked.future


class _Worker:
    """What runs in the model's own thread: takes requests in, keeps the batch full, hands replies out."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        inbox: queue.SimpleQueue[_Asked | None],
        rows: int,
        preset: Preset | None = None,
    ) -> None:
        from medinst.models import weights
        from medinst.models.decode import Decoder

        self.tokenizer, self.inbox, self.rows = tokenizer, inbox, rows
        self.context = int(getattr(model.config, "max_position_embeddings", 0)) or 1 << 30
        self.preset = preset
        said = self._said if preset and preset.stop else None
        self.decoder = Decoder(model, weights.stops(model, tokenizer), said)
        self.waiting: list[_Asked] = []
        self.active: dict[int, _Asked] = {}
        self.ended = False

    def run(self) -> None:
        """Answer until the inbox says that no more is wanted; a fault goes to all who wait, and who still ask."""
        try:
            while not self.ended:
                self._take_in()
                if not self.ended:
                    self._go_on()
        except Exception as error:  # a thread must not die in silence while others await it
            for waits in (*self.waiting, *self.active.values()):
                waits.settle(error)
            while (asked := self.inbox.get()) is not None:
                asked.settle(error)

    def _take_in(self) -> None:
        """Take in what has been asked; wait for it where there is nothing else to do."""
        idle = not self.waiting and not self.active
        while idle or not self.inbox.empty():
            asked = self.inbox.get()
            if asked is None:
                self.ended = True
                return
            self.waiting.append(asked)  # before it is read, so that a fault of that reaches it
            asked.prompt = self._prompt(asked)
            if asked.prompt is None:
                self.waiting.pop()
            idle = not self.waiting and not self.active

    def _prompt(self, asked: _Asked) -> Prompt | None:
        from medinst.models import weights
        from medinst.models.decode import Prompt

        request = asked.request
        if request.choices:
            tokens, asked.endings = weights.parted(self.tokenizer, request.text, request.choices)
        else:
            tokens = weights.tokens(self.tokenizer, request.messages)
        room = self.context - len(tokens) - max(map(len, asked.endings), default=0)
        if room < 1:
            asked.settle(Failed(f"the prompt has {len(tokens)} tokens, the model's context {self.context}"))
            return None
        return Prompt(tokens, min(request.max_tokens, room))

    def _go_on(self) -> None:
        import torch

        joins = self.waiting and len(self.active) < self.rows
        try:
            ended = self._admit(self.waiting.pop(0)) if joins else self.decoder.step()
        except torch.OutOfMemoryError:
            self._fewer()
            return
        for prompt in ended:
            self._reply(prompt)

    def _admit(self, asked: _Asked) -> list[Prompt]:
        """Let a prompt join; return it if its first token ends it. Where choices are asked for, reply at once."""
        assert asked.prompt  # it was read when it was taken in
        asked.started = time.monotonic()
        self.active[id(asked.prompt)] = asked
        if asked.endings:
            self._choose(asked, asked.prompt)
            return []
        return [asked.prompt] if self.decoder.admit(asked.prompt) else []

    def _choose(self, asked: _Asked, prompt: Prompt) -> None:
        found = self.decoder.weigh(prompt.tokens, asked.endings)
        del self.active[id(prompt)]
        if not all(map(math.isfinite, found)):  # JSON has no such numbers
            asked.settle(Failed(f"how likely the choices are is not finite: {found}"))
            return
        likeliest = asked.request.choices[found.index(max(found))].strip()
        spent = time.monotonic() - asked.started
        asked.settle(Reply(likeliest, "stop", len(prompt.tokens), seconds=spent, choice_logprobs=tuple(found)))

    def _reply(self, prompt: Prompt) -> None:
        asked = self.active.pop(id(prompt))
        written = str(self.tokenizer.decode(prompt.new, skip_special_tokens=True))
        written, said = self.preset.cut(written) if self.preset else (written, False)
        thought, output = reasoning.parted(written)
        finish = "stop" if prompt.stopped or said else "length"
        spent = time.monotonic() - asked.started
        tokens = len(prompt.tokens), len(prompt.new)
        asked.settle(Reply(output, finish, *tokens, spent, reasoning=thought))

    def _said(self, new: list[int]) -> bool:
        """Say whether the latest of an answer's tokens complete a stop string of the preset."""
        return self.preset is not None and self.preset.cut(str(self.tokenizer.decode(new[-SEEN:])))[1]

    def _fewer(self) -> None:
        """Begin the batch again with half as many rows; a prompt that fails alone has failed."""
        self.decoder.clear()
        again = list(self.active.values())
        self.active.clear()
        if len(again) == 1:
            again.pop().settle(Failed("out of memory on this prompt alone"))
        for asked in again:
            if asked.prompt:
                asked.prompt.new.clear()
                asked.prompt.past = asked.prompt.draft = None
        self.waiting = again + self.waiting
        self.rows = max(1, self.rows // 2)
