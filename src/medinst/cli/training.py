"""What ``medinst train`` prints: what a training would be, a bar while it runs, and what came of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import torch
from accelerate import PartialState
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from medinst.cli import console
from medinst.mixtures import mix
from medinst.mixtures import recipe as mixtures
from medinst.sources import cache_folder
from medinst.train import forecast, plan, run
from medinst.train.estimate import Memory
from medinst.train.forecast import Forecast, Masked
from medinst.train.plan import Plan
from medinst.train.recipe import Recipe
from medinst.train.record import Record
from medinst.train.trainer import Step


class Asked(msgspec.Struct, frozen=True):
    """What the command line says."""

    name: str
    recipe: Recipe
    out: Path | None
    data: Path | None
    mix: Path | None
    base: str
    samples: int | None
    bench: Path | None
    json: bool


def foresee(asked: Asked, devices: int, sharded: bool) -> None:
    """Print the forecast of a training."""
    with tempfile.TemporaryDirectory() as scratch:
        planned = _planned(asked, Path(scratch) / "mixture", devices, dry=True)
        found = forecast.of(planned, forecast.place(planned, devices, sharded, torch.cuda.is_available()))
    if asked.json:
        console.emit(found)
    else:
        _show(found)


def train(asked: Asked) -> None:
    """Train, or go on with it, and print what came of it."""
    assert asked.out  # the command has seen to it
    out, state = asked.out, PartialState(cpu=not torch.cuda.is_available())
    with state.main_process_first():
        planned = _planned(asked, out.with_name(f"{out.name}-mixture"), state.num_processes, dry=False)
    if not state.is_main_process:
        run.follow(planned, out, lambda step: None)
        return
    for note in planned.record.notes:
        console.say(note)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with console.bars(*columns, TimeRemainingColumn()) as bars:
        bar = bars.add_task("loading", total=planned.record.steps)

        def tell(step: Step) -> None:
            speed = step.tokens / step.seconds if step.seconds else 0.0
            bars.update(bar, completed=step.step, description=f"loss {step.loss:.3f}  {speed:,.0f} tokens/s")

        done = run.follow(planned, out, tell)
    console.emit(done) if asked.json else _tell(done, out)


def _planned(asked: Asked, made: Path, devices: int, dry: bool) -> Plan:
    what = msgspec.structs.replace(asked.recipe, samples=asked.samples) if asked.samples else asked.recipe
    folder = asked.mix
    if folder is None:
        assert asked.data  # the command has seen to it
        mix.make(*mixtures.load(what.mixture), asked.data, folder := made, lambda stage, at, total: None)
    console.say(f"{asked.name}: reading {what.mixture}")
    return plan.make(asked.name, what, folder, cache_folder(), asked.base, devices=devices, bench=asked.bench, dry=dry)


def _tell(done: Record, out: Path) -> None:
    console.say(
        f"{done.name}: {done.steps:,} steps, {done.tokens:,} tokens in {done.seconds:,.0f} s, loss {done.loss} at the "
        f"end; at {out}. Ask it with `medinst eval --model hf:{done.base}+{out}`, or see `medinst merge {out}`."
    )


def _show(found: Forecast) -> None:
    record = found.record
    for sample in found.samples:
        _sample(sample)
    console.page(
        {
            "recipe": f"{record.name}: {record.recipe.about}",
            "base": record.base,
            "mixture": f"{record.mixture.name}: {record.mixture.samples:,} samples of {len(record.mixture.rows)} rows",
            "lengths": ", ".join(
                f"{point} %: {length:,}" for point, length in zip(forecast.PERCENTILES, found.lengths, strict=True)
            ),
            "left out": f"{found.too_long:,} samples ({found.share:.1%}) of more than {record.recipe.length:,} tokens",
            "cut answers": "none: what does not fit is left out whole",
            "steps": f"{record.steps:,} of {found.batches:,} batches",
            "tokens": f"{record.tokens:,}, {record.answer_tokens:,} of them learnt",
            "parameters that learn": f"{found.trainable:,}",
            "memory on one device": _memory(found.memory),
            "time": "; ".join(
                f"{device.name} {device.seconds / 3600:,.1f} h" + ("" if device.fits else " (does not fit)")
                for device in found.devices
            ),
            "notes": record.notes,
        }
    )
    console.say("Memory and time are estimates (docs/training.md). Nothing was written.")


def _memory(memory: Memory) -> str:
    parts = ", ".join(
        f"{name} {size / 1e9:.2f}"
        for name, size in zip(memory.__struct_fields__, msgspec.structs.astuple(memory), strict=True)
    )
    return f"{memory.total / 1e9:.1f} GB ({parts})"


def _sample(sample: Masked) -> None:
    """Print a sample: first what is only read, then what is learnt, between marks."""
    print(f"--- {sample.id}, {sample.tokens} tokens, read only:\n{sample.read}\n--- learnt:\n{sample.learnt}\n")
    if sample.again:
        print(f"--- said again in it, and not learnt:\n{sample.again}\n")
