"""What networks and servers do, told as errors: what may pass and what will not, and never with a secret in it."""

from __future__ import annotations

import contextlib
import email.utils
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2

from medinst.errors import RemoteFailure


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


class Unreached(RemoteFailure):
    """A ``host`` that could not be reached at all."""

    def __init__(self, message: str, host: str) -> None:
        self.host = host
        super().__init__(message)


def shown(url: str) -> str:
    """Return a URL as it may be written down: without user, password, query and fragment."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def host_of(url: str) -> str:
    """Return the host (and port) of a URL, without user and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


MEANING = {
    401: "(it wants a login)",
    403: "(it refuses to give it)",
    404: "(there is no such file, or no longer)",
    410: "(the file was taken away)",
}


@contextlib.contextmanager
def told(url: str, stall: float, came: int | None = None) -> Iterator[None]:
    """Turn what the network does into ``Passing`` or ``RemoteFailure``. ``came``: bytes of the body in this window."""
    try:
        yield
    except TimeoutError:
        what = "no answer" if came is None else f"only {came} bytes"
        raise Passing(f"{what} within {stall:g} s") from None
    except httpx2.ConnectTimeout:
        raise Passing("no connection in time", reached=False) from None
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
    except httpx2.ProxyError as error:
        raise Passing(f"the proxy answers {error}") from None
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


def retry_after(headers: httpx2.Headers) -> float:
    """Return the seconds that ``Retry-After`` (seconds or a date) asks to wait, 0 without."""
    written = headers.get("retry-after", "")
    with contextlib.suppress(ValueError):
        return max(0.0, float(written))
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        if date := email.utils.parsedate_tz(written):
            return max(0.0, email.utils.mktime_tz(date) - time.time())
    return 0.0
