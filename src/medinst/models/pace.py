"""How fast a server may be asked: so many requests and so many tokens a minute, evenly spread."""

from __future__ import annotations

import asyncio
import time

import msgspec

from medinst.models import Reply, Request

CHARACTERS_A_TOKEN = 4  # a rule of thumb for English, until the server's own counts are known
MINUTE = 60.0
LONGEST_LOOK = 0.5  # seconds after which a waiting request looks again whether an answer took less than it might


def estimate(request: Request) -> int:
    """Return about how many tokens a request's prompt has."""
    return (len(request.text) + sum(len(turn["content"]) for turn in request.messages)) // CHARACTERS_A_TOKEN


class Pace(msgspec.Struct, frozen=True):
    """Requests and tokens a minute, 0 for as many as there are; tokens are those of prompts and answers together."""

    requests: int = 0
    tokens: int = 0

    def __bool__(self) -> bool:
        return bool(self.requests or self.tokens)


UNHURRIED = Pace()


class Gate:
    """Lets one request through after another, so that no minute sees more than ``pace``, nor its beginning a burst.

    What a request costs in tokens is known when its answer is there. Until then it counts as what the earlier ones of
    its length did, and before there are any as its prompt and the longest answer; the difference is made good at the
    next.
    """

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._next = self._next_tokens = self._shut_until = 0.0
        self._asked = self._used = 0

    def shut(self, seconds: float) -> None:
        """Let nobody through for so long."""
        self._shut_until = max(self._shut_until, time.monotonic() + seconds)

    async def enter(self, request: Request) -> int:
        """Wait until the request may be sent; return the tokens that it was taken for."""
        while (wait := self._open_at() - time.monotonic()) > 0:
            await asyncio.sleep(min(wait, LONGEST_LOOK))
        now = time.monotonic()
        if self.pace.requests:
            self._next = max(now, self._next) + MINUTE / self.pace.requests
        expected = self._expected(request) if self.pace.tokens else 0  # by what was settled meanwhile, too
        self._spend(now, expected)
        return expected

    def settle(self, request: Request, expected: int, reply: Reply) -> None:
        """Take note of what a request that was let through used in truth, as far as the server says so."""
        if self.pace.tokens:
            said = len(reply.reasoning + reply.output) // CHARACTERS_A_TOKEN
            used = reply.prompt_tokens + reply.completion_tokens or estimate(request) + said
            self._asked, self._used = self._asked + estimate(request), self._used + used
            self._spend(time.monotonic(), used - expected)

    def refused(self, request: Request, expected: int) -> None:
        """Take note that a request that was let through got no answer: only its prompt counts."""
        self._spend(time.monotonic(), min(0, estimate(request) - expected))

    def _expected(self, request: Request) -> int:
        if not self._asked:
            return estimate(request) + request.max_tokens
        return round(estimate(request) * self._used / self._asked)

    def _open_at(self) -> float:
        return max(self._next, self._next_tokens, self._shut_until)

    def _spend(self, now: float, tokens: int) -> None:
        if self.pace.tokens:
            self._next_tokens = max(now, self._next_tokens) + tokens * MINUTE / self.pace.tokens
