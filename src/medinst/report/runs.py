"""Run folders as the report shows them: a name for who answered, and the scores of every test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from medinst.errors import IntegrityFailure, UsageError
from medinst.evaluate import store
from medinst.evaluate.types import Decoding, Line, RowScore, Run, Scores, named
from medinst.schema import UNREADABLE

FEW = 30
TINY = 10
WRITTEN = ("bertscore", "meteor", "chrf", "bleu")


class Score(msgspec.Struct, frozen=True):
    """A value as a fraction (``mse``: as it is), None where it is not defined, with its 95 % interval if it has one."""

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None


class Cell(msgspec.Struct, frozen=True):
    """One run on one test; ``failed`` samples have no answer and are in no score.

    ``errors``: wrong items by kind, empty where the metric knows none. ``invented``: the share of documents with
    nothing to find in which something was found. ``written``: scores of generated text beside ``rouge_l``, and ``by``
    what they were computed.
    """

    n: int
    failed: int
    unparsed: int
    truncated: int
    paper: Score
    strict: Score
    rouge_l: float | None
    errors: dict[str, int]
    invented: float | None
    written: dict[str, float]
    by: dict[str, str]


class Spent(msgspec.Struct, frozen=True):
    """Tokens read and written in all, those written an answer, and the median of the seconds an answer took."""

    read: int
    wrote: int
    each: float
    seconds: float


class Scored(msgspec.Struct, frozen=True):
    """A scored run under the name that the report gives it."""

    name: str
    folder: Path
    about: Run
    scores: Scores
    cells: dict[str, Cell]
    lines: dict[str, Line]

    @property
    def how(self) -> list[str]:
        """How it was asked, where that is not the published way: what makes its scores another kind of score."""
        run = self.about
        found = {
            "likelihood of choices": run.choices,
            "answers held to a grammar": run.constrain,
            f"preset {run.preset}": run.preset,
            f"wording {run.wording}": run.wording is not None,
            f"temperature {run.decoding.temperature:g}": run.decoding.temperature,
            f"at most {run.decoding.max_tokens:,} tokens": run.decoding.max_tokens != Decoding().max_tokens,
        }
        return [words for words, holds in found.items() if holds]

    @property
    def spent(self) -> Spent:
        """What its answers took."""
        done = [line for line in self.lines.values() if line.status == "ok"]
        read, wrote = sum(line.tokens.prompt for line in done), sum(line.tokens.completion for line in done)
        waited = sorted(line.seconds for line in done)
        return Spent(read, wrote, wrote / max(len(done), 1), waited[len(waited) // 2] if waited else 0.0)

    def total(self, field: str) -> int:
        """Return the sum of ``n``, ``ok``, ``failed``, ``unparsed`` or ``truncated`` over the tests."""
        return sum(int(getattr(row, field)) for row in self.scores.rows.values())


def load(folders: Sequence[Path]) -> list[Scored]:
    """Return the runs in the order given, each under a name of its own.

    Raises:
        UsageError: a folder is no scored run.
        IntegrityFailure: a file of it cannot be read.
    """
    runs = [_read(folder) for folder in folders]
    names = named([(run.about, run.folder) for run in runs])
    return [msgspec.structs.replace(run, name=name) for run, name in zip(runs, names, strict=True)]


def _read(folder: Path) -> Scored:
    about = store.read_run(folder)
    path = folder / store.SCORES
    if not path.is_file():
        raise UsageError(f"{folder} has no {store.SCORES}: finish the run, or score it with `medinst score {folder}`.")
    try:
        scores = msgspec.json.decode(path.read_bytes(), type=Scores)
    except UNREADABLE as error:
        raise IntegrityFailure(f"{path}: {error}. Score the run again with `medinst score {folder}`.") from None
    cells = {row: _cell(found) for row, found in scores.rows.items()}
    return Scored(about.name, folder, about, scores, cells, store.read_lines(folder))


def _cell(found: RowScore) -> Cell:
    errors, invented = found.strict.get("errors"), found.strict.get("hallucination_rate")
    also = {name: value for name in WRITTEN if isinstance(value := found.also.get(name), float)}
    return Cell(
        found.n,
        found.failed,
        found.unparsed,
        found.truncated,
        Score(found.paper.metric, found.paper.value),
        msgspec.convert(found.strict, Score),
        found.also.get("rouge_l"),
        errors if isinstance(errors, dict) else {},
        invented if isinstance(invented, float) else None,
        also,
        found.by,
    )
