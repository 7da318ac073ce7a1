"""A run's answers as a predictions file that may be published: no text of a corpus that may not be passed on.

A model may repeat its question. So a row whose corpus was given under an agreement, or under terms that are unknown or
forbid it, keeps its scores and loses its answers; where only demonstrations are of such a corpus, the answers go that
share eight words in a row with these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from medinst import corpora, tasks
from medinst.build import manifest
from medinst.evaluate import store
from medinst.evaluate.plan import Plan
from medinst.evaluate.types import Line
from medinst.schema import Sample
from medinst.sources.terms import grade

SHARED = 8
REPEATS, LONGEST_PERIOD, LEAST = 3, 400, 30
_WORD = re.compile(r"\w+")


def write(path: Path, plan: Plan, lines: Mapping[str, Line]) -> dict[str, str]:
    """Write the answers of a run, a JSON line each in the order of ids; return the rows without answers, and why.

    A line has ``id``, ``output`` (absent where it is withheld or the sample failed), ``finish_reason``, ``tokens``
    and, where likelihoods were asked for, ``choice_logprobs``.
    """
    why = {row: reason for row in plan.samples if (reason := _withheld(tasks.load(row).corpus))}
    bound = _bound_demonstrations(Path(plan.run.bench), plan.run.shots)
    written = []
    for row, samples in plan.samples.items():
        for sample in samples:
            if line := lines.get(sample.id):
                hidden = row in why or (row in bound and shares(line.output, sample, plan.run.shots))
                written.append(_line(line, hidden))
    path.parent.mkdir(parents=True, exist_ok=True)
    store.replace(path, b"".join(msgspec.json.encode(one) + b"\n" for one in sorted(written, key=_id)))
    return why


def loops(text: str) -> bool:
    """Say whether a text ends in the same characters three times over, as a model that does not stop does."""
    for period in range(1, min(LONGEST_PERIOD, len(text) // REPEATS) + 1):
        tail = text[-max(REPEATS * period, LEAST) :]
        if len(tail) >= LEAST and tail[period:] == tail[:-period]:
            return True
    return False


def shares(output: str, sample: Sample, shots: int) -> bool:
    """Say whether an output has eight words in a row from its demonstrations, other than of the instruction."""
    shown = " \n ".join(turn for pair in sample.history[:shots] for turn in pair)
    return bool(_runs(output) & (_runs(shown) - _runs(sample.instruction)))


def _line(line: Line, hidden: bool) -> dict[str, object]:
    found: dict[str, object] = {"id": line.id}
    if line.status == "failed":
        return {**found, "reason": line.reason}
    if not hidden:
        found["output"] = line.output
    found |= {"finish_reason": line.finish_reason, "tokens": line.tokens}
    return {**found, "choice_logprobs": line.choice_logprobs} if line.choice_logprobs else found


def _id(line: Mapping[str, object]) -> str:
    return str(line["id"])


def _withheld(corpus: str) -> str:
    """Return why text of a corpus may not be passed on, empty where it may."""
    found = corpora.load(corpus)
    if found.access == "agreement":
        return f"{corpus} was given under an agreement"
    return "" if grade(found.licence).publish else f"{corpus}: {found.licence}"


def _bound_demonstrations(bench: Path, shots: int) -> set[str]:
    """Return the rows whose demonstrations may be of a corpus that may not be passed on."""
    if not shots:
        return set()
    return {entry.row for entry in manifest.read(bench).splits if any(map(_withheld, _of(entry.corpora, entry.corpus)))}


def _of(names: Sequence[str], own: str) -> list[str]:
    return [name for name in names if name != own]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[at : at + SHARED]) for at in range(len(words) - SHARED + 1)}
