"""A model behind an OpenAI-compatible server: asked with patience and no faster than it may be, refused with a reason.

What may pass (429, 408, 409, 5xx, timeouts, broken connections, empty or unreadable bodies) is asked again after a
growing pause, or after the server's own Retry-After, which holds back every request, if that is longer. What will not
pass (400, 404, 422, no content) fails the sample; but a server that wants ``max_completion_tokens`` for ``max_tokens``
gets it. What concerns every sample (401, 403, no server) stops the run.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx2
import msgspec

from medinst.errors import RemoteFailure
from medinst.models import Failed, Reply, Request, constraint, replies
from medinst.models.endpoint import Endpoint
from medinst.models.pace import UNHURRIED, Gate, Pace
from medinst.models.replies import NEWER_LIMIT, Passing

if TYPE_CHECKING:
    from medinst.models.presets import Preset

TRIES = 6
PATIENT_TRIES = 20  # for a server that says when to come back
LONGEST_PAUSE = 30.0
LARGEST = 64 << 20  # bytes that a reply may have


class Server:
    """``openai:NAME``: the model ``name`` at ``place``; ``timeout`` and ``pause`` (before a second try) in seconds.

    ``preset`` ends answers where it says; with ``completions`` its template is filled in here, and the text of the
    chat is what the server is asked to continue.
    """

    can_choose = False

    def __init__(
        self,
        name: str,
        place: Endpoint,
        timeout: float = 300.0,
        concurrency: int = 0,
        pause: float = 0.5,
        pace: Pace = UNHURRIED,
        dialect: str = "",
        preset: Preset | None = None,
        completions: bool = False,
    ) -> None:
        self.name, self.place, self.timeout, self.pause = name, place, timeout, pause
        self.concurrency, self.dialect = concurrency or 16, dialect
        self.identity = {"spec": f"openai:{name}", "endpoint": place.url}
        self._preset, self._completions = preset, completions
        if completions:
            self.identity["route"] = "completions"
        self._reached = False
        self._limit = "max_tokens"
        self._gate = Gate(pace)

    async def __aenter__(self) -> Self:
        self._clients: list[httpx2.AsyncClient] = []
        self._trust = httpx2.create_ssl_context()
        route = "completions" if self._completions else "chat/completions"
        self._url = httpx2.URL(f"{self.place.url}/{route}", params=self.place.query or None)
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", **self.place.headers()}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            await client.aclose()

    def counting(self) -> nullcontext[None]:
        """Count nothing: that would take the server's own tokenizer."""
        return nullcontext()

    async def answer(self, request: Request) -> Reply:
        """Ask until there is an answer.

        Raises:
            Failed: this sample is refused, or still fails after its tries.
            RemoteFailure: no request can succeed: wrong key, spent quota, no server.
        """
        tries = 0
        while True:
            tries += 1
            try:
                reply = await self._ask(request)
                return msgspec.structs.replace(reply, tries=tries)
            except Failed as error:
                raise Failed(error.reason, tries, error.status) from None
            except Passing as error:
                self._give_up(error, tries)
                pause = 0.0 if error.at_once else max(error.after or 0.0, self._pause(tries))
            await asyncio.sleep(pause)

    async def _ask(self, request: Request) -> Reply:
        expected = await self._gate.enter(request)
        limit, started = self._limit, time.monotonic()
        content = msgspec.json.encode(self._body(request, limit))
        try:
            async with asyncio.timeout(self.timeout):
                response, body = await self._post(content)
        except TimeoutError:
            raise Passing(f"no answer within {self.timeout:g} s") from None
        except httpx2.HTTPError as error:
            raise replies.broken(error, self.place) from None
        self._reached = True
        if not response.is_success:
            self._gate.refused(request, expected)
            raise self._refused(response, body, limit)
        reply = self._ended(replies.read(body, self.place))
        self._gate.settle(request, expected, reply)
        return msgspec.structs.replace(reply, seconds=time.monotonic() - started)

    async def _post(self, content: bytes) -> tuple[httpx2.Response, bytes]:
        """Return the response and its whole body.

        Each request under way has a client of its own: one for all would look at each of its connections every time.
        """
        client = self._clients.pop() if self._clients else self._open()
        try:
            sent = client.build_request("POST", self._url, content=content, headers=self._headers)
            response = await client.send(sent, stream=True)
            return response, await _whole(response)
        finally:
            self._clients.append(client)

    def _open(self) -> httpx2.AsyncClient:
        patience = httpx2.Timeout(None, connect=min(self.timeout / 2, 30.0))  # of the rest asyncio takes care
        return httpx2.AsyncClient(timeout=patience, verify=self._trust)

    def _body(self, request: Request, limit: str) -> dict[str, Any]:
        """Return what to send, with the name of the field that limits the answer's length."""
        body: dict[str, Any] = {"model": self.name}
        if self._preset and self._completions:
            body["prompt"] = self._preset.render(request.messages)
        else:
            body["messages"] = request.messages
        body |= {limit: request.max_tokens, "temperature": request.temperature}
        if self._preset and self._preset.stop:
            body["stop"] = self._preset.stop
        return body | constraint.fields(self.dialect, request.answers)

    def _ended(self, reply: Reply) -> Reply:
        """Return the reply up to a stop string that the server let pass."""
        output, stopped = self._preset.cut(reply.output) if self._preset else (reply.output, False)
        return msgspec.structs.replace(reply, output=output, finish_reason="stop") if stopped else reply

    def _refused(self, response: httpx2.Response, body: bytes, limit: str) -> Exception:
        """Return what a status that is no success means; what the server asks of later requests is done."""
        if response.status_code == 400 and limit != NEWER_LIMIT and NEWER_LIMIT.encode() in body:
            self._limit = NEWER_LIMIT
            return Passing("the server wants another name for the limit", at_once=True)
        error = replies.refused(response.status_code, response.headers, body, self.place)
        if isinstance(error, Passing) and error.after is not None:
            self._gate.shut(error.after)
        return error

    def _give_up(self, error: Passing, tries: int) -> None:
        """Raise what it comes to if there have been tries enough."""
        most = PATIENT_TRIES if error.after else TRIES
        if not error.reached and not self._reached:
            most = TRIES // 2
        if tries < most:
            return
        if not error.reached:
            raise RemoteFailure(
                f"{self.place.url} cannot be reached: {error.reason}. Check the address (--base-url) and that the "
                "server runs, then run the same command again."
            ) from None
        raise Failed(f"{error.reason} ({tries} tries)", tries) from None

    def _pause(self, tries: int) -> float:
        return min(self.pause * 2.0 ** (tries - 1), LONGEST_PAUSE) + random.uniform(0, self.pause)


async def _whole(response: httpx2.Response) -> bytes:
    """Return a reply's body, and give its connection back."""
    parts, size = [], 0
    try:
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise Failed(f"the answer is larger than {LARGEST >> 20} MB")
    finally:
        await response.aclose()
    return b"".join(parts)
