"""The files of a run folder: ``run.json``, ``samples.jsonl`` and ``scores.json``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from medinst.build.manifest import Terms


class Decoding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How answers are drawn; ``max_tokens`` counts new ones."""

    temperature: float = 0.0
    max_tokens: int = 1024


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``run.json``: what was asked of what.

    ``wording``: which of a task's three instructions was shown in place of the benchmark's own, None for none.
    ``data`` maps each row to a digest of its whole test split. ``limit`` (None: all), ``seed`` and ``rows`` choose
    the samples, which change no answer: a run may be resumed with more of them. ``bench`` is where they were read;
    ``terms`` are those of the corpora that samples and demonstrations were made from. ``choices``: the likelihood of
    each choice was asked for, not an answer; ``constrain``: answers were held to their grammar; ``preset``: the name of
    the model's settings, empty for none.
    """

    model: dict[str, str]
    endpoint: str
    decoding: Decoding
    template: str
    shots: int
    seed: int
    limit: int | None
    rows: list[str]
    data: dict[str, str]
    bench: str
    versions: dict[str, str]
    terms: list[Terms] = []
    wording: int | None = None
    choices: bool = False
    constrain: bool = False
    preset: str = ""

    @property
    def name(self) -> str:
        """What the run is called: its model, and how many demonstrations it was shown."""
        spec = self.model.get("spec", "a model")
        kind, _, model = spec.partition(":")
        return spec if kind == "mock" else f"{model.removesuffix('.gguf') or spec}, {self.shots}-shot"


def named(runs: Sequence[tuple[Run, Path]]) -> list[str]:
    """Return the runs' names in order, those that are alike with their folders' names behind."""
    names = [run.name for run, _ in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({folder.name})"
        for name, (_, folder) in zip(names, runs, strict=True)
    ]


class Tokens(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one request as the server counted them, 0 where it did not."""

    prompt: int = 0
    completion: int = 0


class Line(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A line of ``samples.jsonl``: one sample as it finished.

    ``reason`` says why it failed; ``prompt`` is the digest of its messages; ``seconds`` those of the last try;
    ``reasoning`` what the model thought aloud, which no score looks at; ``choice_logprobs`` the natural logarithm of
    the likelihood of each choice, where the run asked for these.
    """

    id: str
    row: str
    status: Literal["ok", "failed"]
    output: str = ""
    finish_reason: str = ""
    reason: str = ""
    tries: int = 1
    tokens: Tokens = Tokens()
    seconds: float = 0.0
    prompt: str = ""
    reasoning: str = ""
    choice_logprobs: tuple[float, ...] = ()


Strict = str | float | dict[str, int] | None


class Value(msgspec.Struct, frozen=True):
    """A score under the published rule; None where no sample was answered or the score is not defined."""

    metric: str
    value: float | None


class RowScore(msgspec.Struct, frozen=True, omit_defaults=True):
    """The scores of one row over the ``ok`` of its ``n`` samples.

    ``strict`` holds ``metric``, ``value``, the 95 % interval ``low`` and ``high``, the metric's further values, and for
    lists of items ``errors``: how many are wrong, by kind. ``by`` names what computed the scores of written texts in
    ``also``: library, version, encoder, settings; ``lacking`` says why one is not there and how to get it.
    """

    n: int
    ok: int
    failed: int
    unparsed: int
    truncated: int
    paper: Value
    strict: dict[str, Strict]
    also: dict[str, float | None]
    warning: str | None = None
    by: dict[str, str] = {}
    lacking: dict[str, str] = {}


class Mean(msgspec.Struct, frozen=True):
    """Unweighted means over ``mean_rows``: never a mean squared error, never a row of fewer than ten answers."""

    mean: float | None
    mean_rows: list[str]
    by_level: dict[str, float]
    by_category: dict[str, float]


class Categories(msgspec.Struct, frozen=True):
    """ROUGE-L by category, over all rows of at least ten answers."""

    by_category: dict[str, float]


class Mmlu(msgspec.Struct, frozen=True):
    """Accuracy over the ``n`` answered questions of all subjects, its 95 % interval, and the mean over subjects."""

    accuracy: float
    low: float
    high: float
    n: int
    subject_mean: float


class Scores(msgspec.Struct, frozen=True, omit_defaults=True):
    """``scores.json``; all values are fractions, mean squared errors apart. ``mmlu`` only of MMLU-Medicine."""

    rows: dict[str, RowScore]
    paper: Mean
    strict: Mean
    rouge_l: Categories
    mmlu: Mmlu | None = None

    @property
    def asked(self) -> int:
        """The number of samples."""
        return sum(row.n for row in self.rows.values())

    @property
    def failed(self) -> int:
        """The number of samples that failed or are missing."""
        return sum(row.failed for row in self.rows.values())
