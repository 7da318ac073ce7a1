"""A model behind an OpenAI-compatible server: asked with patience, refused with a reason.

What may pass (429, 408, 409, 5xx, timeouts, broken connections, empty or unreadable bodies) is asked again after a
growing pause, or after the server's own Retry-After, which holds back every request. What will not pass (400, 404,
422, no content) fails the sample; but a server that wants ``max_completion_tokens`` for ``max_tokens`` gets it. What
concerns every sample (401, 403, no server) stops the run.
"""

from __future__ import annotations

import asyncio
import email.utils
import time
from types import TracebackType
from typing import Self

import httpx2
import msgspec
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, Timeout
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential, wait_random

from medinst.errors import RemoteFailure
from medinst.models import Failed, Reply, Request, reasoning
from medinst.models.endpoint import Endpoint

TRIES = 6
PATIENT_TRIES = 20  # for a server that says when to come back
LONGEST_PAUSE = 30.0
LONGEST_RETRY_AFTER = 600.0
NEWER_LIMIT = "max_completion_tokens"  # what OpenAI's later models take instead of max_tokens


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Passing(Exception):
    """A failure that may pass; ``after``: seconds the server asks to wait; ``reached``: whether it could be reached."""

    def __init__(self, reason: str, after: float | None = None, reached: bool = True) -> None:
        self.reason, self.after, self.reached = reason, after, reached
        super().__init__(reason)


class Server:
    """``openai:NAME``: the model ``name`` at ``place``; ``timeout`` and ``pause`` (before a second try) in seconds."""

    def __init__(
        self, name: str, place: Endpoint, timeout: float = 300.0, concurrency: int = 0, pause: float = 0.5
    ) -> None:
        self.name, self.place, self.timeout = name, place, timeout
        self.concurrency = concurrency or 16
        self.identity = {"spec": f"openai:{name}", "endpoint": place.url}
        self._reached = False
        self._limit = "max_tokens"
        self._shut_until = 0.0
        self._backoff = wait_exponential(multiplier=pause, max=LONGEST_PAUSE) + wait_random(0, pause)

    async def __aenter__(self) -> Self:
        self._client = AsyncOpenAI(
            api_key=self.place.key or "none",
            base_url=self.place.url,
            default_query=self.place.query,
            default_headers=self.place.headers(),
            max_retries=0,
            timeout=Timeout(self.timeout, connect=min(self.timeout / 2, 30.0)),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def answer(self, request: Request) -> Reply:
        """Ask until there is an answer.

        Raises:
            Failed: this sample is refused, or still fails after its tries.
            RemoteFailure: no request can succeed: wrong key, spent quota, no server.
        """
        again = AsyncRetrying(
            stop=self._exhausted, wait=self._pause, retry=retry_if_exception_type(_Passing), reraise=True
        )
        tries = 0
        try:
            async for attempt in again:
                with attempt:
                    tries += 1
                    reply = await self._ask(request, tries)
        except _Passing as error:
            if not error.reached:
                raise RemoteFailure(
                    f"{self.place.url} cannot be reached: {error.reason}. Check the address (--base-url) and that the "
                    "server runs, then run the same command again."
                ) from None
            raise Failed(f"{error.reason} ({tries} tries)", tries) from None
        except Failed as error:
            raise Failed(error.reason, tries, error.status) from None
        return reply

    async def _ask(self, request: Request, tries: int) -> Reply:
        while (shut := self._shut_until - time.monotonic()) > 0:
            await asyncio.sleep(shut)
        limit = self._limit
        body = {
            "model": self.name,
            "messages": request.messages,
            limit: request.max_tokens,
            "temperature": request.temperature,
        }
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.timeout):
                response = await self._client.post("/chat/completions", body=body, cast_to=httpx2.Response)
        except APIStatusError as error:
            raise self._refused(error, limit) from None
        except (APITimeoutError, TimeoutError) as error:
            reached = not isinstance(error.__cause__, httpx2.ConnectTimeout)
            raise _Passing(f"no answer within {self.timeout:g} s", reached=reached) from None
        except APIConnectionError as error:
            cause = error.__cause__ or error
            reason = self.place.scrub(f"{type(cause).__name__}: {cause}")
            raise _Passing(reason, reached=not isinstance(cause, httpx2.ConnectError)) from None
        self._reached = True
        return self._read(response.content, time.monotonic() - started, tries)

    def _read(self, body: bytes, seconds: float, tries: int) -> Reply:
        """Return the reply in a response's body."""
        if not body.strip():
            raise _Passing("empty body")
        try:
            completion = msgspec.json.decode(body, type=_Completion)
            choice = completion.choices[0]
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
            raise _Passing(self.place.scrub(f"body is no completion: {error}: {_excerpt(body)}")) from None
        usage, finish = completion.usage or _Usage(), choice.finish_reason or ""
        if choice.message.content is None:
            refusal = f", refusal {choice.message.refusal[:200]!r}" if choice.message.refusal else ""
            raise Failed(self.place.scrub(f"no content in the answer (finish_reason {finish!r}{refusal})"))
        thought, output = reasoning.parted(choice.message.content)
        apart = choice.message.reasoning_content or choice.message.reasoning or thought
        tokens = usage.prompt_tokens or 0, usage.completion_tokens or 0
        return Reply(output, finish, *tokens, seconds, tries, apart)

    def _refused(self, error: APIStatusError, limit: str) -> Exception:
        """Return what a status that is no success means for the run, this sample or this try, sent with ``limit``."""
        self._reached = True
        status = error.status_code
        reason = self.place.scrub(f"HTTP {status}: {_excerpt(error.response.content)}")
        if status in (401, 403):
            return RemoteFailure(
                f"{self.place.url} refuses the key: {reason}. Set MEDINST_API_KEY or OPENAI_API_KEY (or the file "
                "MEDINST_API_KEY_FILE) and run the same command again."
            )
        if error.code == "insufficient_quota":
            return RemoteFailure(f"{self.place.url}: the quota is spent: {reason}. Run the same command again later.")
        if status == 400 and limit != NEWER_LIMIT and NEWER_LIMIT in error.response.text:
            self._limit = NEWER_LIMIT
            return _Passing(reason, 0.0)
        if status not in (408, 409, 429) and status < 500:
            too_long = "context" in error.response.text.lower()  # of one sample, where the first may be the longest
            return Failed(reason, status=0 if too_long else status)
        after = _retry_after(error.response.headers)
        if after is not None and after > LONGEST_RETRY_AFTER:
            return RemoteFailure(f"{self.place.url} asks to wait {after:.0f} s ({reason}). Run the command again then.")
        if after is not None:
            self._shut_until = max(self._shut_until, time.monotonic() + after)
        return _Passing(reason, after)

    def _exhausted(self, state: RetryCallState) -> bool:
        error = _error_of(state)
        if not error.reached and not self._reached:
            return state.attempt_number >= TRIES // 2
        return state.attempt_number >= (TRIES if error.after is None else PATIENT_TRIES)

    def _pause(self, state: RetryCallState) -> float:
        after = _error_of(state).after
        return self._backoff(state) if after is None else after


def _error_of(state: RetryCallState) -> _Passing:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, _Passing):
        raise TypeError(f"retried after {error!r}")
    return error


def _excerpt(body: bytes) -> str:
    """Return the first 200 bytes of a body as one line."""
    return " ".join(body[:200].decode("utf-8", "replace").split())


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds that ``Retry-After-Ms`` or ``Retry-After`` (seconds or a date) ask to wait, None without."""
    milliseconds, written = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000)
        if written is not None:
            return max(0.0, float(written))
    except ValueError:
        pass
    date = email.utils.parsedate_tz(written) if written else None
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
