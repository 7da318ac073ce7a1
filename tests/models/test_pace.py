"""How fast a server is asked: real requests to a real server, counted by the clock."""

from __future__ import annotations

import asyncio
import time

import pytest

from chat_server import Behaviour, ChatServer, well
from medinst.models import Reply, Request
from medinst.models.endpoint import Endpoint
from medinst.models.pace import Gate, Pace
from medinst.models.server import Server
from small_bench import samples

SAMPLE = next(samples("AnEM", 1))


def ask(pace: Pace, count: int, behave: Behaviour = well) -> tuple[list[float], list[Reply]]:
    """Return when each request of ``count`` at once was sent, in seconds from the first, and the replies."""
    times: list[float] = []

    def note(question: str, attempt: int) -> str:
        times.append(time.monotonic())
        return behave(question, attempt)

    async def all_at_once(server: ChatServer) -> list[Reply]:
        async with Server("m", Endpoint(server.url), concurrency=count, pause=0.01, pace=pace) as model:
            asked = [Request(str(n), [{"role": "user", "content": f"{n:040}"}], SAMPLE) for n in range(count)]
            return list(await asyncio.gather(*map(model.answer, asked)))

    with ChatServer(note) as server:
        replies = asyncio.run(all_at_once(server))
    return [one - times[0] for one in sorted(times)], replies


def test_requests_are_spread_over_the_minute() -> None:
    times, replies = ask(Pace(requests=1200), 21)
    assert len(replies) == 21
    assert times[-1] >= 20 * 60 / 1200 - 0.1
    assert all(sum(start <= one < start + 0.5 for one in times) <= 14 for start in times)


def test_a_second_try_counts_too() -> None:
    times, replies = ask(Pace(requests=1200), 8, lambda question, attempt: "status 500" if attempt == 1 else "ok")
    assert [reply.tries for reply in replies] == [2] * 8
    assert times[-1] >= 15 * 60 / 1200 - 0.1


def test_tokens_are_counted_as_the_server_counts_them() -> None:
    """Each prompt is taken for 10 tokens, and the server's count is 10: 600 a minute are one request a second."""
    times, _ = ask(Pace(tokens=6000), 11)
    assert 10 * 10 * 60 / 6000 - 0.1 <= times[-1] < 3


@pytest.mark.parametrize("pace", [Pace(), Pace(requests=10**9, tokens=10**9)])
def test_without_a_limit_nothing_waits(pace: Pace) -> None:
    times, _ = ask(pace, 10)
    assert len(times) == 10


def starts(gate: Gate, count: int, seconds: float, latency: float, reply: Reply) -> list[float]:
    """Return when each of ``count`` requests at once was let through within ``seconds``."""
    request = Request("s", [{"role": "user", "content": "word" * 100}], SAMPLE, max_tokens=1024)
    times: list[float] = []

    async def one() -> None:
        expected = await gate.enter(request)
        times.append(time.monotonic())
        await asyncio.sleep(latency)
        gate.settle(request, expected, reply)

    async def all_at_once() -> None:
        await asyncio.wait([asyncio.create_task(one()) for _ in range(count)], timeout=seconds)

    asyncio.run(all_at_once())
    return times


def test_the_first_minute_sees_no_more_tokens_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medinst.models.pace.MINUTE", 1.0)
    reply = Reply("", prompt_tokens=100, completion_tokens=1000)
    times = starts(Gate(Pace(tokens=10_000)), 64, 0.99, 0.5, reply)
    assert 5 <= len(times) <= 10


@pytest.mark.parametrize("reply", [Reply("", prompt_tokens=100, completion_tokens=1), Reply("no usage")])
def test_short_answers_shorten_the_wait(reply: Reply) -> None:
    """Taken for 1,124 tokens, ten seconds of this pace; in truth 101 or 102, less than one."""
    assert len(starts(Gate(Pace(tokens=6_744)), 3, 3.0, 0.01, reply)) == 3


def test_a_refused_request_costs_its_prompt_alone() -> None:
    """``max_tokens`` is 1,024, ten seconds of this pace; the name that the server wants is sent within one."""
    times, _ = ask(Pace(tokens=6_000), 1, lambda question, attempt: "newer" if attempt == 1 else "ok")
    assert times[1] < 2.0
