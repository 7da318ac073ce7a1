"""A server that misbehaves: what is asked again, what fails the sample, what stops the run."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import pytest

from chat_server import Behaviour, ChatServer
from medinst.errors import RemoteFailure
from medinst.models import Failed, Reply, Request
from medinst.models.endpoint import Endpoint, endpoint
from medinst.models.server import TRIES, Server
from small_bench import samples

SAMPLE = next(samples("AnEM", 1))
REQUEST = Request("s", [{"role": "user", "content": "q"}], SAMPLE, max_tokens=9)


def ask(server: ChatServer, timeout: float = 5.0, key: str = "sk-123456") -> Reply:
    return asyncio.run(_ask(Server("m", Endpoint(server.url, key), timeout, pause=0.01)))


async def _ask(model: Server) -> Reply:
    async with model:
        return await model.answer(REQUEST)


def first(kind: str, times: int = 1) -> Behaviour:
    return lambda question, attempt: kind if attempt <= times else "ok"


def test_an_answer_comes_with_its_counts() -> None:
    with ChatServer() as server:
        reply = ask(server)
    assert (reply.output, reply.finish_reason, reply.tries) == ("[liver <Organ>]", "stop", 1)
    assert (reply.prompt_tokens, reply.completion_tokens) == (7, 3)
    assert server.bodies[0] | {"messages": []} == {"model": "m", "messages": [], "max_tokens": 9, "temperature": 0.0}
    assert server.headers[0]["authorization"] == "Bearer sk-123456"


@pytest.mark.parametrize(
    "kind", ["status 429", "status 500", "status 503", "status 408", "reset", "empty", "garbage", "page", "cut"]
)
def test_what_may_pass_is_asked_again(kind: str) -> None:
    with ChatServer(first(kind, 2)) as server:
        assert ask(server).tries == 3
    assert server.asked["q"] == 3


@pytest.mark.parametrize("kind", ["status 500", "status 429", "reset", "empty", "garbage", "page", "cut"])
def test_what_does_not_pass_fails_the_sample_with_a_reason(kind: str) -> None:
    with ChatServer(first(kind, 99)) as server, pytest.raises(Failed) as caught:
        ask(server)
    assert caught.value.tries == server.asked["q"] == TRIES
    assert len(caught.value.reason) > 10


def test_a_server_that_hangs_is_left_after_the_timeout() -> None:
    with ChatServer(first("hang")) as server:
        assert ask(server, timeout=0.3).tries == 2


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("status 400", "HTTP 400"), ("status 404", "404"), ("status 422", "422"), ("null", "no content")],
)
def test_what_cannot_pass_is_asked_once(kind: str, reason: str) -> None:
    with ChatServer(first(kind, 99)) as server, pytest.raises(Failed, match=reason) as caught:
        ask(server)
    assert server.asked["q"] == caught.value.tries == 1


@pytest.mark.parametrize("kind", ["status 401", "status 403", "quota", "status 429 3600"])
def test_what_concerns_every_sample_stops_the_run(kind: str) -> None:
    with ChatServer(first(kind, 99)) as server, pytest.raises(RemoteFailure) as caught:
        ask(server)
    assert server.asked["q"] == 1
    assert "sk-123456" not in str(caught.value)


def test_no_server_stops_the_run() -> None:
    with ChatServer() as server:
        pass
    with pytest.raises(RemoteFailure, match="cannot be reached"):
        ask(server)


def test_reasons_do_not_quote_the_key() -> None:
    with ChatServer(first("status 400", 99)) as server, pytest.raises(Failed, match=r"\*\*\*") as caught:
        ask(server)
    assert "sk-123456" not in caught.value.reason


@pytest.mark.parametrize("date", [False, True])
def test_retry_after_is_waited_for(date: bool) -> None:
    after = formatdate(time.time() + 2, usegmt=True) if date else "1"
    started = time.monotonic()
    with ChatServer(first(f"status 429 {after}")) as server:
        assert ask(server).tries == 2
    assert time.monotonic() - started >= 0.9


@pytest.mark.parametrize("after", ["0", "nan"])
def test_a_server_that_asks_for_no_wait_is_left_as_soon_as_others(after: str) -> None:
    started = time.monotonic()
    with ChatServer(first(f"status 429 {after}", 99)) as server, pytest.raises(Failed) as caught:
        ask(server)
    assert caught.value.tries == server.asked["q"] == TRIES
    assert time.monotonic() - started >= 0.01 * (1 + 2 + 4 + 8 + 16)


def test_a_short_retry_after_does_not_shorten_the_pause() -> None:
    started = time.monotonic()
    with ChatServer(first("status 429 0.001", 5)) as server:
        assert ask(server).tries == 6
    assert time.monotonic() - started >= 0.01 * (1 + 2 + 4 + 8 + 16)


def test_another_name_for_the_limit_is_sent_at_once() -> None:
    with ChatServer(first("newer")) as server:
        started = time.monotonic()
        asyncio.run(_ask(Server("m", Endpoint(server.url), pause=30.0)))
    assert time.monotonic() - started < 15


def test_retry_after_holds_back_the_other_requests_too() -> None:
    async def two(model: Server) -> list[Reply]:
        async with model:
            refused = asyncio.create_task(model.answer(REQUEST))
            await asyncio.sleep(0.3)
            other = Request("t", [{"role": "user", "content": "r"}], SAMPLE)
            started = time.monotonic()
            await model.answer(other)
            waited.append(time.monotonic() - started)
            return [await refused]

    waited: list[float] = []
    with ChatServer(lambda question, attempt: "status 429 1" if (question, attempt) == ("q", 1) else "ok") as server:
        asyncio.run(two(Server("m", Endpoint(server.url), pause=0.01)))
    assert waited[0] >= 0.5


def test_a_cut_off_answer_says_so_and_a_huge_one_arrives() -> None:
    with ChatServer(first("truncated")) as server:
        assert ask(server).finish_reason == "length"
    with ChatServer(first("long")) as server:
        assert len(ask(server).output) == 10_000_000


def test_user_and_query_of_the_address_reach_the_server() -> None:
    with ChatServer() as server:
        place = endpoint(server.url.replace("//", "//bob:pw@") + "?api-key=abc")
        asyncio.run(_ask(Server("m", place, 5.0)))
    assert server.paths == ["/v1/chat/completions?api-key=abc"]
    assert server.headers[0]["authorization"] == "Basic Ym9iOnB3"


def test_max_completion_tokens_is_sent_where_it_is_wanted() -> None:
    async def two(model: Server) -> tuple[Reply, Reply]:
        async with model:
            return await model.answer(REQUEST), await model.answer(REQUEST)

    with ChatServer(first("newer")) as server:
        replies = asyncio.run(two(Server("m", Endpoint(server.url), pause=0.01)))
    assert [reply.tries for reply in replies] == [2, 1]
    assert [(body.get("max_tokens"), body.get("max_completion_tokens")) for body in server.bodies] == [
        (9, None),
        (None, 9),
        (None, 9),
    ]


def test_a_server_that_refuses_both_limits_fails_the_sample() -> None:
    with ChatServer(first("newer", 99)) as server, pytest.raises(Failed) as caught:
        ask(server)
    assert (server.asked["q"], caught.value.status) == (2, 400)


def test_a_sample_too_long_for_the_context_concerns_itself_alone() -> None:
    with ChatServer(first("toolong")) as server, pytest.raises(Failed) as caught:
        ask(server)
    assert caught.value.status == 0


def test_an_answer_without_end_fails_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medinst.models.server.LARGEST", 1 << 20)
    with ChatServer(first("long", 99)) as server, pytest.raises(Failed, match="larger than 1 MB"):
        ask(server)
    assert server.asked["q"] == 1


def test_a_redirect_is_told_and_not_followed() -> None:
    with ChatServer(first("moved", 99)) as server, pytest.raises(Failed, match=r"HTTP 307: moved to .*/elsewhere"):
        ask(server)
    assert server.paths == ["/v1/chat/completions"]
