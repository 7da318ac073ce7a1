"""What ``medinst train --dry-run`` shows: lengths, what does not fit, steps, memory, time, and three samples."""

from __future__ import annotations

import msgspec
import numpy as np

from medinst.train import estimate, shapes, speed
from medinst.train.estimate import Batch, Memory, Place
from medinst.train.examples import Example
from medinst.train.plan import Plan
from medinst.train.recipe import Recipe
from medinst.train.record import Record
from medinst.train.speed import GPUS

LARGE = 1_000_000_000  # parameters from which on nobody tunes on a processor
PERCENTILES = (0, 50, 90, 99, 100)


class Masked(msgspec.Struct, frozen=True):
    """A sample as the model reads it: the text that is only read, then the text that is learnt, end token included.

    ``again``: what stands in the midst of that and is not learnt, since the recipe has it stutter.
    """

    id: str
    row: str
    tokens: int
    read: str
    learnt: str
    again: str


class Device(msgspec.Struct, frozen=True):
    """A device: whether a batch is to be expected to fit, and how long the whole training would take on one."""

    name: str
    fits: bool
    seconds: float


class Forecast(msgspec.Struct, frozen=True):
    """A training that has not begun. ``lengths``: tokens of a sample at the percentiles ``PERCENTILES``."""

    record: Record
    lengths: list[int]
    too_long: int
    share: float
    batches: int
    trainable: int
    memory: Memory
    devices: list[Device]
    samples: list[Masked]


def place(plan: Plan, devices: int, sharded: bool, gpu: bool) -> Place:
    """Return where a plan is to be thought of: on GPUs where there are any, or the model is not one for a processor."""
    large = shapes.of(plan.record.base, plan.where).parameters > LARGE
    return Place("gpu" if gpu or devices > 1 or large else "cpu", devices, sharded)


def of(plan: Plan, place: Place, count: int = 3) -> Forecast:
    """Return the forecast of a plan on devices of a kind; on a processor its speed is measured for a moment."""
    recipe, lengths = plan.record.recipe, np.array([len(example) for example in plan.taken.examples])
    shape = shapes.of(plan.record.base, plan.where)
    operations = sum(estimate.operations(shape, recipe, batch) for batch in _batches(plan))
    fullest = max((estimate.memory(shape, recipe, batch, place) for batch in _batches(plan)), key=lambda one: one.total)
    return Forecast(
        record=plan.record,
        lengths=[int(length) for length in np.percentile(lengths, PERCENTILES)],
        too_long=len(plan.taken.left_out),
        share=plan.taken.share,
        batches=plan.batches.num_rows,
        trainable=estimate.trainable(shape, recipe),
        memory=fullest,
        devices=_devices(operations, fullest, recipe, place),
        samples=[_masked(plan, example) for example in plan.shown(count)],
    )


def _batches(plan: Plan) -> list[Batch]:
    found = []
    for starts, labels in zip(plan.batches["starts"], plan.batches["labels"], strict=True):
        ends = np.asarray(starts.values)
        learnt = int((np.asarray(labels.values) >= 0).sum())
        found.append(
            Batch(tokens=int(ends[-1]), learnt=learnt, squares=int((np.diff(ends).astype(np.int64) ** 2).sum()))
        )
    return found


def _devices(operations: float, memory: Memory, recipe: Recipe, place: Place) -> list[Device]:
    if place.kind == "cpu":
        return [Device("this processor", True, round(operations / speed.measured(recipe.precision)))]
    return [
        Device(name, gpu.holds(memory.total), round(gpu.seconds(operations, recipe.quantize) / place.devices))
        for name, gpu in GPUS.items()
    ]


def _masked(plan: Plan, example: Example) -> Masked:
    said, again = (example.said, example.again) if example.again else (len(example), len(example))
    learnt = [*example.ids[example.start : said], *example.ids[again:]]
    read, told, twice = (
        plan.tokenizer.decode(ids) for ids in (example.ids[: example.start], learnt, example.ids[said:again])
    )
    return Masked(example.id, example.row, len(example), read, told, twice)
