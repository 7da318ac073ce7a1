"""Run folders as the report shows them: a name for who answered, and the scores of every test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from medinst.errors import IntegrityFailure, UsageError
from medinst.evaluate import store
from medinst.evaluate.types import Run, Scores, named
from medinst.schema import UNREADABLE

FEW = 30
TINY = 10


class Score(msgspec.Struct, frozen=True):
    """A value as a fraction (``mse``: as it is), None where it is not defined, with its 95 % interval if it has one."""

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None


class Cell(msgspec.Struct, frozen=True):
    """One run on one test; ``failed`` samples have no answer and are in no score."""

    n: int
    failed: int
    unparsed: int
    paper: Score
    strict: Score
    rouge_l: float | None


class Scored(msgspec.Struct, frozen=True):
    """A scored run under the name that the report gives it."""

    name: str
    folder: Path
    about: Run
    scores: Scores
    cells: dict[str, Cell]

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
    cells = {
        row: Cell(
            found.n,
            found.failed,
            found.unparsed,
            Score(found.paper.metric, found.paper.value),
            msgspec.convert(found.strict, Score),
            found.also.get("rouge_l"),
        )
        for row, found in scores.rows.items()
    }
    return Scored(about.name, folder, about, scores, cells)
