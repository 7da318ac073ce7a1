"""What a run will ask and what it costs: tokens by the model's own tokenizer where that is at hand, and dollars."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from medinst.evaluate import store
from medinst.evaluate.plan import Plan
from medinst.models import Model, Request
from medinst.models.pace import CHARACTERS_A_TOKEN, estimate

MILLION = 1_000_000


class Prices(msgspec.Struct, frozen=True):
    """Dollars a million tokens, of prompts and of answers; none where nobody says what they are."""

    prompt: float | None = None
    answer: float | None = None

    def __bool__(self) -> bool:
        return self.prompt is not None or self.answer is not None

    def of(self, prompt: int, answer: int) -> float:
        """Return what so many tokens cost."""
        return ((self.prompt or 0.0) * prompt + (self.answer or 0.0) * answer) / MILLION


NO_PRICES = Prices()


def dollars(amount: float) -> str:
    """Return an amount as it is read: in cents from a dollar on, finer below."""
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


class Ahead(msgspec.Struct):
    """What is ahead of one row: its samples, requests to make, tokens of their prompts, and of answers like the gold.

    ``counted``: the tokens of prompts are counted, not estimated; ``too_long``: prompts that leave the model's context
    no room; ``dollars``: with answers like the gold ones, ``most_dollars``: with answers as long as they may be.
    """

    samples: int
    requests: int = 0
    tokens: int = 0
    counted: bool = False
    answer_tokens: int = 0
    too_long: int = 0
    dollars: float | None = None
    most_dollars: float | None = None


def total(rows: Mapping[str, Ahead]) -> Ahead:
    """Return what is ahead of all rows together."""
    found = list(rows.values())
    priced = [row for row in found if row.dollars is not None]
    return Ahead(
        sum(row.samples for row in found),
        sum(row.requests for row in found),
        sum(row.tokens for row in found),
        all(row.counted for row in found),
        sum(row.answer_tokens for row in found),
        sum(row.too_long for row in found),
        sum(row.dollars or 0.0 for row in priced) if priced else None,
        sum(row.most_dollars or 0.0 for row in priced) if priced else None,
    )


def forecast(plan: Plan, model: Model, out: Path, prices: Prices = NO_PRICES, context: int = 0) -> dict[str, Ahead]:
    """Return by row what a run into ``out`` would ask; nothing is sent, and a local model only counts.

    ``context``: the tokens that prompt and answer may have together, 0 where that is not known.
    """
    done = {line.id for line in store.read_lines(out).values() if line.status == "ok"}
    with model.counting() as counted:
        rows = {row: Ahead(len(samples), counted=counted is not None) for row, samples in plan.samples.items()}
        for request in plan.requests(done):
            tokens, answer = (counted or estimate)(request), _answer(request)
            row = rows[request.sample.row]
            row.requests += 1
            row.tokens += tokens
            row.answer_tokens += answer
            row.too_long += 0 < context <= tokens
            if prices:
                most = 0 if request.choices else request.max_tokens
                row.dollars = (row.dollars or 0.0) + prices.of(tokens, answer)
                row.most_dollars = (row.most_dollars or 0.0) + prices.of(tokens, most)
    return rows


def _answer(request: Request) -> int:
    """Return about how many tokens an answer like the gold one has."""
    if request.choices:
        return 0
    return min(len(request.sample.output) // CHARACTERS_A_TOKEN + 1, request.max_tokens)
