"""Ask servers for files, politely: few requests a host at once, every wait bounded, no secret in any message or log.

What may pass (429, 408, 425, 5xx, stalls, resets) is told apart from what will not (404, a bad certificate, a loop of
redirects). A server that says when to come back is not asked before that, by any download of this session.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2
import msgspec

import medinst
from medinst.errors import RemoteFailure

USABLE = (200, 206, 416)  # the whole file, a range of it, nothing beyond what is there already
PASSING = (408, 425, 429)


class Patience(msgspec.Struct, frozen=True):
    """How long a server is waited for, in seconds and tries.

    A response must begin within ``stall``, and within each further ``stall`` bring ``least`` bytes or its end. Tries
    that bring nothing new are counted; before each the pause doubles. ``longest_wait``: a server that asks for a
    longer wait than this (Retry-After) is given up.
    """

    stall: float = 30.0
    least: int = 16 * 2**10
    tries: int = 5
    pause: float = 1.0
    longest_pause: float = 30.0
    longest_wait: float = 600.0
    redirects: int = 10

    def at_most(self) -> float:
        """Return the seconds after which a server that brings nothing has been given up, its Retry-After apart."""
        return self.tries * (3 * self.stall + self.longest_pause)


class Passing(Exception):
    """A failure that may pass; ``reached``: whether the server could be reached at all; ``status``: its answer's."""

    def __init__(self, reason: str, reached: bool = True, status: int | None = None) -> None:
        self.reason, self.reached, self.status = reason, reached, status
        super().__init__(reason)


class Refused(RemoteFailure):
    """An answer that will not pass, with its ``status``."""

    def __init__(self, message: str, status: int) -> None:
        self.status = status
        super().__init__(message)


def shown(url: str) -> str:
    """Return a URL as it may be written down: without user, password, query and fragment."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


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
    """The connections of one command. ``per_host``: requests a host gets at once; ``verify``: other trusted roots."""

    def __init__(
        self, patience: Patience | None = None, per_host: int = 2, verify: ssl.SSLContext | None = None
    ) -> None:
        self.patience = patience or Patience()
        self._per_host = per_host
        self._verify = verify
        self._hosts: dict[str, _Host] = {}

    async def __aenter__(self) -> Self:
        for name in ("httpx2", "httpcore2"):  # these log whole addresses and headers, secrets with them
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx2.AsyncClient(
            headers={
                "User-Agent": f"medinst/{medinst.__version__}",
                "Accept-Encoding": "identity",  # ranges and lengths are those of the file itself
                "Connection": "close",
            },
            timeout=httpx2.Timeout(None, connect=self.patience.stall / 2),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
            verify=self._verify or True,
        )
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
            if host.given_up:
                raise RemoteFailure(f"{shown(url)}: {host.given_up}, as was found just now; not tried again.")
            with _network(url, self.patience.stall):
                async with asyncio.timeout(self.patience.stall):
                    response = await self._follow(url, headers)
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
            with _network(str(response.url), stall, came):
                async with asyncio.timeout(stall - waited):
                    chunk = await anext(stream, None)
            if chunk is None:
                return
            waited += time.monotonic() - began
            came += len(chunk)
            if came >= self.patience.least:
                waited, came = 0.0, 0
            yield chunk

    def give_up(self, url: str, reason: str) -> None:
        """Ask the host of ``url``, which could not be reached, for nothing more."""
        self._host(url).given_up = reason

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(urlsplit(url).netloc.rpartition("@")[2], _Host(self._per_host))

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
            raise Refused(f"{shown(url)} answers HTTP {status} {_MEANING.get(status, '')}".rstrip() + ".", status)
        after = _retry_after(response.headers)
        if after > self.patience.longest_wait:
            raise Refused(f"{shown(url)} answers HTTP {status} and asks to come back in {after:.0f} s.", status)
        host.shut_until = max(host.shut_until, time.monotonic() + after)
        raise Passing(f"HTTP {status}", status=status)


_MEANING = {
    401: "(it wants a login)",
    403: "(it refuses to give it)",
    404: "(there is no such file, or no longer)",
    410: "(the file was taken away)",
}


@contextlib.contextmanager
def _network(url: str, stall: float, came: int | None = None) -> Iterator[None]:
    """Turn what the network does into ``Passing`` or ``RemoteFailure``. ``came``: bytes of the body in this window."""
    try:
        yield
    except TimeoutError:
        what = "no answer" if came is None else f"only {came} bytes"
        raise Passing(f"{what} within {stall:g} s") from None
    except httpx2.ConnectTimeout:
        raise Passing(f"no connection within {stall / 2:g} s", reached=False) from None
    except httpx2.ConnectError as error:
        certificate = _certificate(error)
        if certificate:
            raise RemoteFailure(
                f"{shown(url)}: the certificate is not valid: {certificate}. Where a proxy of your site signs "
                "connections anew, set SSL_CERT_FILE to the file of its root certificate."
            ) from None
        raise Passing(f"cannot be reached: {error}", reached=False) from None
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL):
        raise RemoteFailure(f"{shown(url)} is no address of HTTP.") from None
    except httpx2.RemoteProtocolError:
        raise Passing("it broke off or does not keep to HTTP") from None
    except (httpx2.HTTPError, OSError) as error:  # their texts may hold addresses
        raise Passing(f"the connection broke ({type(error).__name__})") from None


def _certificate(error: BaseException | None) -> str:
    """Return what was wrong with a certificate, from the chain of an error's causes; empty for another error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message or str(error)
        error = error.__cause__ or error.__context__
    return ""


def _retry_after(headers: httpx2.Headers) -> float:
    """Return the seconds that ``Retry-After`` (seconds or a date) asks to wait, 0 without."""
    written = headers.get("retry-after", "")
    with contextlib.suppress(ValueError):
        return max(0.0, float(written))
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        if date := email.utils.parsedate_tz(written):
            return max(0.0, email.utils.mktime_tz(date) - time.time())
    return 0.0
