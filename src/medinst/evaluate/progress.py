"""How far a run is, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from medinst.evaluate.cost import NO_PRICES, Prices, dollars
from medinst.evaluate.types import Line

EVERY = 10.0  # seconds between lines


class Watch:
    """Hears of each finished sample and shows the count, failures, speed, time left and cost."""

    def __init__(self, total: int, prices: Prices = NO_PRICES, console: Console | None = None) -> None:
        self.total, self.finished, self.failed = total, 0, 0
        self.prompt_tokens = self.answer_tokens = 0
        self.prices = prices
        self._console = console or Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("asking", total=total)
        self._started = self._spoken = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        if not self._console.is_terminal or self.prices:
            self._speak()

    def hear(self, line: Line) -> None:
        """Count one finished sample."""
        self.finished += 1
        self.failed += line.status == "failed"
        self.prompt_tokens += line.tokens.prompt
        self.answer_tokens += line.tokens.completion
        if self._console.is_terminal:
            failures = f", {self.failed} failed" if self.failed else ""
            self._bar.update(self._task, advance=1, description=f"{line.row}{failures}{self._cost()}")
        elif time.monotonic() - self._spoken >= EVERY:
            self._speak()

    def _speak(self) -> None:
        self._spoken = time.monotonic()
        speed = self.finished / max(self._spoken - self._started, 1e-9)
        left = f", {(self.total - self.finished) / speed:.0f} s left" if 0 < self.finished < self.total else ""
        text = f"{self.finished}/{self.total} samples, {self.failed} failed, {speed:.1f}/s{left}{self._cost()}"
        self._console.print(text, markup=False, soft_wrap=True)

    def _cost(self) -> str:
        """Return the dollars spent, and those that all samples will cost if the others are like these."""
        if not self.prices or not self.finished:
            return ""
        spent = self.prices.of(self.prompt_tokens, self.answer_tokens)
        rest = "" if self.finished == self.total else f" of about {dollars(spent * self.total / self.finished)}"
        return f", {dollars(spent)}{rest}"
