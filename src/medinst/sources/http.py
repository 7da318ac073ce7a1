"""Ask servers for files, politely: few requests a host at once, every wait bounded, no secret in any message or log.

What may pass (429, 408, 425, 5xx, stalls, resets) is told apart from what will not (404, a bad certificate, a loop of
redirects). A server that says when to come back is not asked before that, by any download of this session. Where no
server at all can be reached, the session soon stops trying.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import msgspec

import medinst
from medinst.errors import RemoteFailure, UsageError
from medinst.sources.network import MEANING, Passing, Refused, Unreached, host_of, retry_after, shown, told

USABLE = (200, 206, 416)  # the whole file, a range of it, nothing beyond what is there already
PASSING = (408, 425, 429)
HOPELESS = 6  # hosts that could not be reached before any was: there is no way out


class Patience(msgspec.Struct, frozen=True):
    """How long a server is waited for, in seconds and tries.

    A host must let us in within ``connect`` (and ``stall``), a response must begin within ``stall``, and within each
    further ``stall`` bring ``least`` bytes or its end. Tries that bring nothing new are counted; before each the pause
    doubles. ``longest_wait``: a server that asks for a longer wait than this (Retry-After) is given up.
    """

    stall: float = 30.0
    connect: float = 10.0
    least: int = 16 * 2**10
    tries: int = 5
    pause: float = 1.0
    longest_pause: float = 30.0
    longest_wait: float = 600.0
    redirects: int = 10

    def at_most(self) -> float:
        """Return the seconds after which a server that brings nothing has been given up, its Retry-After apart."""
        return self.tries * (3 * self.stall + self.longest_pause)


class _Host:
    """What is known of a host: its free slots, when it may be asked again, and why it is not asked any more."""

    def __init__(self, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.shut_until = 0.0
        self.given_up = ""

    async def open(self) -> None:
        while (shut := self.shut_until - time.monotonic()) > 0:
            await asyncio.sleep(shut)


class Session:
    """The connections of one command. ``per_host``: requests a host gets at once; ``verify``: other trusted roots.

    ``brought``: where a file that came lies, by its address; ``turns``: one download of an address at a time.
    """

    def __init__(
        self, patience: Patience | None = None, per_host: int = 2, verify: ssl.SSLContext | None = None
    ) -> None:
        self.patience = patience or Patience()
        self._per_host = per_host
        self._verify = verify
        self._hosts: dict[str, _Host] = {}
        self._reached = False
        self.brought: dict[str, Path] = {}
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        for name in ("httpx2", "httpcore2"):  # these log whole addresses and headers, secrets with them
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = self._new_client()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    @contextlib.asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx2.Response]:
        """Ask for ``url`` and yield the response, its status one of ``USABLE``, its body not yet read.

        Raises:
            Passing: it may be tried again; a Retry-After is kept by the next ``get`` of that host.
            RemoteFailure: it need not be tried again.
        """
        host = self._host(url)
        async with host.slots:
            await host.open()
            if host.given_up or self._hopeless():
                raise Unreached(f"{shown(url)}: {host.given_up or 'no server can be reached'}", host_of(url))
            try:
                with told(url, self.patience.stall):
                    async with asyncio.timeout(self.patience.stall):
                        response = await self._follow(url, headers)
            except Passing as error:
                self._reached |= error.reached
                raise
            self._reached = True
            try:
                self._check(response, host, url)
                yield response
            finally:
                with contextlib.suppress(httpx2.HTTPError, OSError):
                    await response.aclose()

    async def chunks(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """Yield the body as it is sent; only time spent waiting for the server counts against it.

        Raises:
            Passing: it stalled, crawled or broke off.
        """
        stream, stall = response.aiter_raw(), self.patience.stall
        waited, came = 0.0, 0
        while True:
            began = time.monotonic()
            with told(str(response.url), stall, came):
                async with asyncio.timeout(stall - waited):
                    chunk = await anext(stream, None)
            if chunk is None:
                return
            waited += time.monotonic() - began
            came += len(chunk)
            if came >= self.patience.least:
                waited, came = 0.0, 0
            yield chunk

    def patience_to_reach(self) -> int:
        """Return how often to try a host that cannot be reached: hardly, as long as none of all could be."""
        if self._reached:
            return (self.patience.tries + 1) // 2
        return 1 if self._given_up() else min(2, self.patience.tries)

    def give_up(self, url: str, reason: str) -> Unreached:
        """Ask the host of ``url``, which could not be reached, for nothing more."""
        self._host(url).given_up = reason
        return Unreached(f"{shown(url)}: {reason}", host_of(url))

    def _given_up(self) -> int:
        return sum(bool(host.given_up) for host in self._hosts.values())

    def _hopeless(self) -> bool:
        return not self._reached and self._given_up() >= HOPELESS

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(host_of(url), _Host(self._per_host))

    def _new_client(self) -> httpx2.AsyncClient:
        """Return a client that goes by the environment's proxies and certificates.

        Raises:
            UsageError: these cannot be used. Their texts are not quoted, as they may hold a password.
        """
        try:
            return httpx2.AsyncClient(
                headers={
                    "User-Agent": f"medinst/{medinst.__version__}",
                    "Accept-Encoding": "identity",  # ranges and lengths are those of the file itself
                    "Connection": "close",
                },
                timeout=httpx2.Timeout(None, connect=min(self.patience.connect, 0.9 * self.patience.stall)),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
                verify=self._verify or True,
            )
        except OSError as error:
            raise UsageError(
                f"SSL_CERT_FILE or SSL_CERT_DIR: {error.strerror or error}; expected a file, or a folder, of root "
                "certificates (PEM)."
            ) from None
        except (ImportError, ValueError, httpx2.InvalidURL):
            raise UsageError(
                "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names no proxy that can be used; expected http://HOST:PORT "
                "(or socks5://HOST:PORT, after `pip install socksio`)."
            ) from None

    async def _follow(self, url: str, headers: Mapping[str, str]) -> httpx2.Response:
        """Return the response at the end of the redirects; their bodies are not read."""
        request: httpx2.Request | None = self._client.build_request("GET", url, headers=dict(headers))
        for _ in range(self.patience.redirects + 1):
            assert request is not None  # a redirect has somewhere to go
            response = await self._client.send(request, stream=True)
            if not response.has_redirect_location:
                return response
            await response.aclose()
            secure, request = request.url.scheme == "https", response.next_request
            if request is None:
                raise RemoteFailure(f"{shown(url)} redirects to what is no address.")
            if request.url.scheme not in ("https", "http") or (secure and request.url.scheme == "http"):
                raise RemoteFailure(
                    f"{shown(url)} redirects from {'https' if secure else 'http'} to {request.url.scheme}, "
                    "which is not followed."
                )
        raise RemoteFailure(f"{shown(url)} redirects more than {self.patience.redirects} times, in a loop as it seems.")

    def _check(self, response: httpx2.Response, host: _Host, url: str) -> None:
        status = response.status_code
        if status in USABLE:
            return
        if status not in PASSING and status < 500:
            raise Refused(f"{shown(url)} answers HTTP {status} {MEANING.get(status, '')}".rstrip() + ".", status)
        after = retry_after(response.headers)
        if after > self.patience.longest_wait:
            raise Refused(f"{shown(url)} answers HTTP {status} and asks to come back in {after:.0f} s.", status)
        host.shut_until = max(host.shut_until, time.monotonic() + after)
        raise Passing(f"HTTP {status}", status=status)
