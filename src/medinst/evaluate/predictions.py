"""Predictions made elsewhere: a JSONL file of ``{"id", "output"}``, checked against the samples of a benchmark.

Instead of ``output`` a line may have ``quoting``, as the answers that this project publishes do (``quoted``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from medinst.errors import UsageError
from medinst.evaluate.quoted import Quoting, unquote
from medinst.evaluate.types import Line
from medinst.formats import limits
from medinst.schema import UNREADABLE, Sample

SHOWN = 3


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """A line of the file; further fields are ignored, neither ``output`` nor ``quoting`` means there was no answer."""

    id: str
    output: str | None = None
    quoting: Quoting | None = None
    finish_reason: str | None = None
    choice_logprobs: tuple[float, ...] | None = None


class Checked(msgspec.Struct, frozen=True):
    """Predictions by sample id, and what was wrong: ids that no sample has, that came again, that never came."""

    lines: dict[str, Line]
    unknown: list[str]
    doubled: list[str]
    missing: list[str]

    def complaints(self) -> list[str]:
        """Return what was wrong, a line each."""
        found = [
            ("predictions for unknown ids, ignored", self.unknown),
            ("ids predicted more than once, the first one counts", self.doubled),
            ("samples without a prediction, counted as failed", self.missing),
        ]
        return [f"{len(ids)} {what}: {_some(ids)}" for what, ids in found if ids]


def read(path: Path, samples: Mapping[str, Sequence[Sample]]) -> Checked:
    """Read a predictions file against samples, given by row.

    Raises:
        UsageError: there is no such file, a line is no prediction (names the line), or quotes from another benchmark.
    """
    rows = {sample.id: (row, sample) for row, found in samples.items() for sample in found}
    lines: dict[str, Line] = {}
    unknown, doubled = [], []
    for prediction in _predictions(path):
        if prediction.id not in rows:
            unknown.append(prediction.id)
        elif prediction.id in lines:
            doubled.append(prediction.id)
        else:
            lines[prediction.id] = _line(prediction, *rows[prediction.id])
    missing = [name for name in rows if name not in lines or lines[name].status == "failed"]
    return Checked(lines, unknown, doubled, missing)


def _predictions(path: Path) -> Iterable[Prediction]:
    try:
        with path.open("rb") as file:
            yield from _decoded(file, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Give a JSONL file of predictions.") from None


def _decoded(file: IO[bytes], path: Path) -> Iterator[Prediction]:
    decoder = msgspec.json.Decoder(Prediction)
    for number, line in enumerate(limits.lines(file), 1):
        raw = line.removesuffix(b"\n")
        if raw.strip():
            try:
                yield decoder.decode(raw)
            except UNREADABLE as error:
                why = f"more than {limits.MAX_LINE:,} bytes" if len(line) > limits.MAX_LINE else error
                raise UsageError(
                    f'{path}:{number}: found {raw[:60]!r} ({why}), expected {{"id": "…", "output": "…"}}.'
                ) from None


def _line(prediction: Prediction, row: str, sample: Sample) -> Line:
    output = unquote(prediction.quoting, sample) if prediction.quoting else prediction.output
    if output is None:
        return Line(prediction.id, row, "failed", reason="no output")
    finish, choices = prediction.finish_reason or "", prediction.choice_logprobs or ()
    return Line(prediction.id, row, "ok", output=output, finish_reason=finish, choice_logprobs=choices)


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (" …" if len(ids) > SHOWN else "")
