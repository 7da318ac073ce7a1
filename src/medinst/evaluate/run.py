"""Asking a model: so many requests at once, every one written as it finishes, and stopped or resumed at any point."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from medinst.errors import Interrupted, RemoteFailure
from medinst.evaluate import score, store
from medinst.evaluate.cost import NO_PRICES, Prices
from medinst.evaluate.plan import Plan
from medinst.evaluate.progress import Watch
from medinst.evaluate.store import Store
from medinst.evaluate.types import Line, Scores, Tokens
from medinst.models import Failed, Model, Request, prompts

Tell = Callable[[Line], None]

ALIKE = 8  # so many first refusals of one kind are taken for all


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended: samples of the plan answered and failed, the commonest reason, and the scores if wanted."""

    answered: int
    failed: int
    reason: str
    scores: Scores | None


def evaluate(plan: Plan, model: Model, out: Path, scored: bool = True, prices: Prices = NO_PRICES) -> Outcome:
    """Ask whatever the run folder ``out`` lacks, with progress on standard error, and write ``scores.json``.

    Raises:
        UsageError, MedinstError: ``store.opened`` cannot have the folder.
        Interrupted, RemoteFailure: as ``ask``.
    """
    with store.opened(out, plan.run) as kept:
        with Watch(plan.left(kept.done), prices) as watch:
            ask(plan, model, kept, watch.hear)
        lines = store.read_lines(out)
        scores = score.write(out, plan, lines) if scored else None
    failed = Counter(lines[name].reason for name in plan.ids() if lines[name].status == "failed")
    reason = failed.most_common(1)[0][0] if failed else ""
    return Outcome(len(plan) - failed.total(), failed.total(), reason, scores)


def ask(plan: Plan, model: Model, store: Store, tell: Tell) -> None:
    """Ask for every sample of the plan that the store lacks; ``tell`` hears of each as it finishes.

    Raises:
        Interrupted: SIGINT or SIGTERM; what had finished is kept, what was under way is dropped.
        RemoteFailure, MedinstError: whatever stops the model for good; what had finished is kept.
    """
    if not plan.left(store.done):
        return
    try:
        asyncio.run(_ask(plan, model, store, tell))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Interrupted(
            f"interrupted with {len(plan) - plan.left(store.done)} of {len(plan)} samples answered, kept in "
            f"{store.path.parent}. Run the same command again to go on."
        ) from None


async def _ask(plan: Plan, model: Model, store: Store, tell: Tell) -> None:
    with _stopped_by_signals():
        async with model:
            requests = plan.requests(store.done)
            opening = _Opening(plan, store)
            workers = [
                asyncio.create_task(_work(requests, opening, model, store, tell)) for _ in range(model.concurrency)
            ]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)


class _Opening:
    """The first replies of a run, which show whether the server refuses every request alike."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._place = plan.run.endpoint or plan.run.model.get("spec", "the model")
        self._store, self._length = store, min(ALIKE, plan.left(store.done))
        self._statuses: list[int] = []

    def hear(self, line: Line, status: int) -> None:
        """Take note of one finished sample and of the HTTP status that refused it for good, 0 for any other end.

        Raises:
            RemoteFailure: the first replies were one and the same refusal, and no sample was ever answered.
        """
        self._statuses.append(status)
        if len(self._statuses) == self._length and not self._store.done and status and len(set(self._statuses)) == 1:
            raise RemoteFailure(
                f"{self._place} refuses every request: the first {self._length} all ended with {line.reason}. Check "
                "--model and --base-url and run the same command again."
            )


async def _work(requests: Iterator[Request], opening: _Opening, model: Model, store: Store, tell: Tell) -> None:
    """Take requests from the common iterator until there are no more."""
    for request in requests:
        line, status = await _line(request, model)
        store.append(line)
        tell(line)
        opening.hear(line, status)
        await asyncio.sleep(0)  # a model that never waits would leave no turn to a signal


async def _line(request: Request, model: Model) -> tuple[Line, int]:
    """Return how a request ended, and the HTTP status where that was a refusal for good."""
    row, digest = request.sample.row, prompts.digest(request.text or request.messages)
    try:
        reply = await model.answer(request)
    except Failed as error:
        return Line(request.id, row, "failed", reason=error.reason, tries=error.tries, prompt=digest), error.status
    done = Line(
        request.id,
        row,
        "ok",
        output=reply.output,
        finish_reason=reply.finish_reason,
        tries=reply.tries,
        tokens=Tokens(reply.prompt_tokens, reply.completion_tokens),
        seconds=round(reply.seconds, 4),
        prompt=digest,
        reasoning=reply.reasoning,
        choice_logprobs=reply.choice_logprobs,
    )
    return done, 0


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Cancel the current task on SIGINT and SIGTERM while the block runs."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task  # this runs in one
    handled = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
            loop.add_signal_handler(number, task.cancel)
            handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
