"""TRL's trainer on batches without padding: loss where there are answers only, kernels, a curve, whole checkpoints."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import Trainer, TrainerCallback
from trl import SFTTrainer

from medinst.errors import Interrupted, MedinstError
from medinst.train.batches import IGNORED
from medinst.train.quicken import Quick

CURVE = "loss.jsonl"
SURE = 1e-6  # the least that a wrong token's loss is taken for, where p is 1 in 32 bits and 1 - p has no logarithm
WHOLE = "whole"  # in a checkpoint that was written to its end


class Step(msgspec.Struct, frozen=True):
    """A line of the curve: after ``step``, its mean loss a learnt token, rate, norm of the gradient; sums so far."""

    step: int
    loss: float
    rate: float
    grad_norm: float
    tokens: int
    seconds: float


def collate(rows: Sequence[dict[str, list[int]]]) -> dict[str, Any]:
    """Return the tensors of one batch: ids and places, shape (1, tokens); which tokens tell of a learnt one; those."""
    (row,) = rows
    labels, starts = torch.tensor(row["labels"]), row["starts"]
    learnt = (labels != IGNORED).nonzero()[:, 0]
    lengths = [end - start for start, end in pairwise(starts)]
    return {
        "input_ids": torch.tensor(row["input_ids"])[None],
        "position_ids": torch.cat([torch.arange(length) for length in lengths])[None],
        "starts": starts,
        "where": learnt - 1,
        "targets": labels[learnt],
        "weights": torch.tensor(row["weights"])[learnt],
    }


def losses(scores: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return what each token adds to the loss, shape (tokens,), for ``scores`` of shape (tokens, vocabulary).

    That is -log p times its weight; where the weight is negative, -log(1 - p) times what it is without its sign, which
    makes the token unlikely (unlikelihood training, arXiv 1908.04319).
    """
    each = cross_entropy(scores.float(), targets, reduction="none")
    return torch.where(weights < 0, -torch.log(-torch.expm1(-each.clamp(min=SURE))), each) * weights.abs()


class Packed(SFTTrainer):
    """What of TRL's trainer differs: the loss of a packed batch, and that a checkpoint writes no card."""

    loss_is_scaled_for_ga = True
    quick: Quick | None = None

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Tensor:
        """Return the weighted mean loss of the learnt tokens; the model is asked for their scores only.

        Raises:
            MedinstError: it is no number.
        """
        scores = model(
            input_ids=inputs["input_ids"],
            position_ids=inputs["position_ids"],
            starts=inputs["starts"],
            logits_to_keep=inputs["where"],
            use_cache=False,
        ).logits[0]
        weights = inputs["weights"]
        whole = weights.abs().sum() if num_items_in_batch is None else num_items_in_batch
        loss = losses(scores, inputs["targets"], weights).sum() / whole
        if not loss.isfinite():
            raise lost(f"loss of step {self.state.global_step + 1} is {loss.item()}")
        return loss * self.accelerator.num_processes

    def _get_num_items_in_batch(self, batch_samples: list[dict[str, Any]], device: torch.device) -> Tensor:
        """Return what the losses of a step's batches count together, over all processes."""
        mine = torch.stack([batch["weights"].abs().sum() for batch in batch_samples]).sum().to(device)
        found: Tensor = self.accelerator.gather(mine).sum()
        return found

    def _save_checkpoint(self, model: nn.Module, trial: object) -> None:
        Trainer._save_checkpoint(self, model, trial)


class Watch(TrainerCallback):
    """Writes the curve, marks whole checkpoints, lets sums be made anew, and stops where the user asks for it."""

    def __init__(self, trainer: Packed, out: Path, tokens: Sequence[int], tell: Callable[[Step], None]) -> None:
        self.trainer, self.out, self.tokens, self.tell = trainer, out, tokens, tell
        self.before, self.begun, self.stop = 0.0, 0.0, False

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: object) -> None:
        """Start the clock; go on after the steps that the checkpoint knows, with the weights that it brought."""
        self.on_optimizer_step(args, state, control)
        kept = [step for step in curve(self.out) if step.step <= state.global_step]
        self.before = kept[-1].seconds if kept else 0.0
        if state.is_world_process_zero:
            (self.out / CURVE).write_bytes(b"".join(msgspec.json.encode(step) + b"\n" for step in kept))
        self.begun = time.perf_counter()

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **others: object) -> None:
        """Refuse a gradient that would spoil the weights, and with them the next checkpoint."""
        found = (weight.grad for weight in self.trainer.model.parameters() if weight.grad is not None)
        gradients = [grad.to_local() if hasattr(grad, "to_local") else grad for grad in found]  # FSDP's are shares
        if gradients and not all(norm.isfinite() for norm in torch._foreach_norm(gradients)):
            raise lost(f"gradient of step {state.global_step + 1} is no number")

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **others: object) -> None:
        """Have the sums of weights and adapter made anew."""
        if self.trainer.quick:
            self.trainer.quick.forget()

    def on_step_end(self, args: Any, state: Any, control: Any, **others: object) -> None:
        """Save and stop after this step, if that was asked for."""
        if self.stop:
            control.should_save = control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **others: object) -> None:
        """Add a step to the curve."""
        if "loss" not in logs or not state.is_world_process_zero:
            return
        seconds = self.before + time.perf_counter() - self.begun
        read = self.tokens[state.global_step - 1]
        step = Step(state.global_step, logs["loss"], logs["learning_rate"], logs["grad_norm"], read, round(seconds, 2))
        with (self.out / CURVE).open("ab") as file:
            file.write(msgspec.json.encode(step) + b"\n")
        self.tell(step)

    def on_save(self, args: Any, state: Any, control: Any, **others: object) -> None:
        """Mark the checkpoint as whole."""
        if state.is_world_process_zero:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / WHOLE).touch()


def curve(out: Path) -> list[Step]:
    """Return the steps of the curve in a training folder; a line that a killed run left unfinished does not count."""
    path = out / CURVE
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    return [msgspec.json.decode(line, type=Step) for line in lines if line.endswith(b"\n")]


def tidy(checkpoints: Path) -> None:
    """Remove what a killed run left unfinished."""
    for folder in checkpoints.glob("checkpoint-*"):
        if not (folder / WHOLE).is_file():
            shutil.rmtree(folder)


def latest(checkpoints: Path) -> Path | None:
    """Return the last whole checkpoint."""
    whole = [mark.parent for mark in checkpoints.glob(f"checkpoint-*/{WHOLE}")]
    return max(whole, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)


def lost(what: str) -> MedinstError:
    """Return what is said where numbers have grown beyond all bounds."""
    return MedinstError(
        f"The {what}. The last checkpoint is whole; a lower `rate`, a longer `warmup` or "
        '`precision = "fp32"` may help, in a new folder.'
    )


def stopped(out: Path, step: int) -> Interrupted:
    """Return what is said where the user stopped a training."""
    return Interrupted(f"Stopped after step {step}; it is saved. Run the same command again to go on: {out}")
