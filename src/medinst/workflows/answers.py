"""A run's answers as a predictions file that may be published: what they copy from their question is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from medinst.evaluate import store
from medinst.evaluate.plan import Plan
from medinst.evaluate.quoted import quote
from medinst.evaluate.types import Line
from medinst.schema import Sample

REPEATS, LONGEST_PERIOD, LEAST = 3, 400, 30


def write(path: Path, plan: Plan, lines: Mapping[str, Line]) -> None:
    """Write the answers of a run, a JSON line each in the order of ids.

    A line has ``id``, ``output`` or, where the answer copies text of corpora, ``quoting`` (neither where the sample
    failed), ``finish_reason``, ``tokens`` and, where likelihoods were asked for, ``choice_logprobs``.
    """
    every = sorted((sample for found in plan.samples.values() for sample in found), key=lambda sample: sample.id)
    written = [_line(lines[sample.id], sample) for sample in every if sample.id in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    store.replace(path, b"".join(msgspec.json.encode(one) + b"\n" for one in written))


def loops(text: str) -> bool:
    """Say whether a text ends in the same characters three times over, as a model that does not stop does."""
    for period in range(1, min(LONGEST_PERIOD, len(text) // REPEATS) + 1):
        tail = text[-max(REPEATS * period, LEAST) :]
        if len(tail) >= LEAST and tail[period:] == tail[:-period]:
            return True
    return False


def _line(line: Line, sample: Sample) -> dict[str, object]:
    found: dict[str, object] = {"id": line.id}
    if line.status == "failed":
        return found  # the reason may hold what a server said, and so the question
    quoting = quote(line.output, sample)
    found |= {"output": line.output} if all(isinstance(one, str) for one in quoting.pieces) else {"quoting": quoting}
    found |= {"finish_reason": line.finish_reason, "tokens": line.tokens}
    return {**found, "choice_logprobs": line.choice_logprobs} if line.choice_logprobs else found
