"""What stands behind the scores: kinds of errors, inventions, generated texts and MMLU-Medicine beside the print."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from medinst import reference
from medinst.evaluate.compare import MMLU
from medinst.report.results import PUBLISHED, Line
from medinst.report.runs import WRITTEN, Score, Scored

# Kinds of errors in the order they are drawn in: what they are called, what they mean, their colour.
KINDS = {
    "boundary": ("boundary", "overlaps a gold item of the right type", "#e0a030"),
    "type": ("type", "the right words under a wrong type, identifier or relation", "#7a6ff0"),
    "boundary_and_type": ("both", "overlaps a gold item under a wrong type", "#c8447a"),
    "spurious": ("spurious", "an item where gold has none", "#cc4b3f"),
    "missing": ("missing", "a gold item that nothing found", "#8d97a0"),
}


class Errors(msgspec.Struct, frozen=True):
    """A test's wrong items; ``runs``: the place of each run that has some, and their number by kind."""

    row: str
    runs: list[tuple[int, dict[str, int]]]


class Invented(msgspec.Struct, frozen=True):
    """By run the share of a test's documents with nothing to find in which something was found."""

    row: str
    runs: list[float | None]


class Text(msgspec.Struct, frozen=True):
    """Scores of a test's generated texts, ``rouge_l`` first: by run, and what the paper prints by model.

    ``by``: what computed each of ours.
    """

    row: str
    runs: list[tuple[int, dict[str, float]]]
    printed: dict[str, dict[str, float]]
    by: list[str]


class Mmlu(msgspec.Struct, frozen=True):
    """Accuracies on MMLU-Medicine by subject: those of runs, then the printed ones in percent."""

    subjects: list[str]
    runs: list[tuple[int, list[Score | None], Score, float]]
    printed: dict[str, list[float]]


def errors(table: Sequence[Line]) -> list[Errors]:
    """Return the tests on whose answers kinds of errors are known, even if there were none of these."""
    found = [
        Errors(line.row, [(at, cell.errors) for at, cell in enumerate(line.cells) if cell and cell.errors])
        for line in table
    ]
    return [one for one in found if any(counts for _, counts in one.runs)]


def invented(table: Sequence[Line]) -> list[Invented]:
    """Return the tests with documents that hold nothing to find."""
    found = [Invented(line.row, [cell.invented if cell else None for cell in line.cells]) for line in table]
    return [one for one in found if any(share is not None for share in one.runs)]


def texts(table: Sequence[Line]) -> list[Text]:
    """Return the tests whose answers are generated texts."""
    return [_text(line) for line in table if any(cell and cell.written for cell in line.cells)]


def _text(line: Line) -> Text:
    scored = [
        (at, ({} if cell.rouge_l is None else {"rouge_l": cell.rouge_l}) | cell.written)
        for at, cell in enumerate(line.cells)
        if cell
    ]
    known = {found.model: found for found in reference.generation() if found.test == line.row}
    printed = {
        name: {"rouge_l": line.published[name] / 100, "bertscore": known[name].bertscore, "meteor": known[name].meteor}
        for name in PUBLISHED
        if name in known
    }
    by = [f"{name}: {how}" for cell in line.cells if cell for name, how in cell.by.items()]
    return Text(line.row, scored, printed, list(dict.fromkeys(by)))


def columns(found: Sequence[Text]) -> list[str]:
    """Return the scores that any of the tests has, in order."""
    present = {name for text in found for _, scores in text.runs for name in scores}
    return [name for name in ("rouge_l", *WRITTEN) if name in present]


def mmlu(runs: Sequence[Scored]) -> Mmlu | None:
    """Return the table of MMLU-Medicine, None where no run was asked it."""
    printed = reference.mmlu_medicine()
    subjects = list(next(iter(printed.values())).subjects)
    ours = []
    for at, run in enumerate(runs):
        if whole := run.scores.mmlu:
            cells = [run.cells.get(f"{MMLU}{subject}") for subject in subjects]
            overall = Score("accuracy", whole.accuracy, whole.low, whole.high)
            ours.append((at, [cell.strict if cell else None for cell in cells], overall, whole.subject_mean))
    if not ours:
        return None
    values = {name: [*(one.subjects[subject] for subject in subjects), one.average] for name, one in printed.items()}
    return Mmlu([subject.replace("_", " ") for subject in subjects], ours, values)
