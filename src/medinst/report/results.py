"""Tests by runs: the lines of the results table, with the paper's published columns for exactly these tests."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from medinst import reference, tasks
from medinst.evaluate.compare import MMLU
from medinst.report.runs import FEW, TINY, Cell, Scored

PUBLISHED = ("LLaMA3", "BioMistral", "MMedL3-EnIns", "GPT-4o", "LLaMA3-MI32", "MMedL3-MI32", "LLaMA3-MI")


class Line(msgspec.Struct, frozen=True):
    """One test. ``level`` is 0 and ``published`` empty where it is not in MedINST32; ``cells``: one a run, in order."""

    row: str
    category: str
    level: int
    published: dict[str, float]
    cells: list[Cell | None]

    @property
    def n(self) -> int:
        """The largest number of samples in a run."""
        return max(cell.n for cell in self.cells if cell)

    @property
    def small(self) -> str:
        """``tiny`` under 10 samples (left out of the mean), ``few`` under 30, else empty."""
        return "tiny" if self.n < TINY else "few" if self.n < FEW else ""

    @property
    def is_error(self) -> bool:
        """Whether the paper's metric is an error, where less is better."""
        return any(cell.paper.metric == "mse" for cell in self.cells if cell)


class Means(msgspec.Struct, frozen=True):
    """Means over the tests that every run has in its own mean; per published model and per run (paper, strict).

    A run of MMLU-Medicine alone has no part in them: its place is None.
    """

    rows: list[str]
    published: dict[str, float]
    runs: list[tuple[float, float] | None]


def lines(runs: Sequence[Scored]) -> list[Line]:
    """Return a line for every test that a run has, MedINST32 first in print order, then the others by name.

    Subjects of MMLU-Medicine are no tests: their table is ``details.mmlu``.
    """
    present = {row for run in runs for row in run.cells if not row.startswith(MMLU)}
    printed = reference.medinst32()
    ordered = [row for row in printed if row in present] + sorted(present - printed.keys())
    return [
        Line(
            row,
            tasks.load(row).category,
            printed[row].level if row in printed else 0,
            printed[row].published if row in printed else {},
            [run.cells.get(row) for run in runs],
        )
        for row in ordered
    ]


def means(runs: Sequence[Scored], table: Sequence[Line]) -> Means | None:
    """Return the means, None where the runs have no test in common that counts."""
    asked = [any(line.cells[at] for line in table) for at in range(len(runs))]
    scores = [run.scores for run, has_tests in zip(runs, asked, strict=True) if has_tests]
    counted = [set(found.paper.mean_rows) & set(found.strict.mean_rows) for found in scores]
    common = [line for line in table if counted and all(line.row in rows for rows in counted)]
    if not common:
        return None
    names = PUBLISHED if all(line.published for line in common) else ()
    published = {name: sum(line.published[name] for line in common) / len(common) for name in names}
    return Means(
        [line.row for line in common], published, [_mean(common, at) if has else None for at, has in enumerate(asked)]
    )


def _mean(common: Sequence[Line], at: int) -> tuple[float, float]:
    cells = [cell for line in common if (cell := line.cells[at])]
    paper = sum(cell.paper.value or 0.0 for cell in cells) / len(cells)
    return paper, sum(cell.strict.value or 0.0 for cell in cells) / len(cells)
