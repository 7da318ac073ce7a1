"""Where a server is and what opens it: the address that may be written down, and the secrets that may not."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

import httpx2
import msgspec

from medinst.errors import UsageError

OPENAI = "https://api.openai.com/v1"


class Endpoint(msgspec.Struct, frozen=True):
    """A server's address without user, password and query, and apart from it what it is opened with."""

    url: str
    key: str = ""
    query: dict[str, str] = {}
    userinfo: str = ""

    def headers(self) -> dict[str, str]:
        """Return what opens the server: the address's user, else the key."""
        if not self.userinfo:
            return {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return {"Authorization": f"Basic {base64.b64encode(self.userinfo.encode()).decode()}"}

    def scrub(self, text: str) -> str:
        """Return ``text`` with every secret of this endpoint as ``***``, also where it stands as in an address."""
        password = self.userinfo.partition(":")[2]
        secrets = [one for one in (self.key, self.userinfo, password, *self.query.values()) if len(one) > 3]
        written = {form for one in secrets for form in (one, quote(one), quote(one, safe=""), quote_plus(one))}
        for secret in sorted(written, key=len, reverse=True):  # a shorter one may be part of it
            text = text.replace(secret, "***")
        return text


def endpoint(base_url: str = "") -> Endpoint:
    """Return the endpoint at ``base_url``, else at MEDINST_BASE_URL, OPENAI_BASE_URL or OpenAI's own.

    The key is MEDINST_API_KEY, the content of the file MEDINST_API_KEY_FILE, or OPENAI_API_KEY, the first that is set.

    Raises:
        UsageError: the address is not one of HTTP, or the key file cannot be read. Neither is quoted.
    """
    written = base_url or os.environ.get("MEDINST_BASE_URL") or os.environ.get("OPENAI_BASE_URL") or OPENAI
    try:
        parts = urlsplit(written.strip())
        host, port = parts.hostname or "", parts.port
        place = f"[{host}]" if ":" in host else host
        url = httpx2.URL(f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path.rstrip('/')}")
    except (ValueError, httpx2.InvalidURL):
        url = httpx2.URL()
    if url.scheme not in ("http", "https") or not host or " " in host:
        raise UsageError("The base URL is not an http:// or https:// address. Give one like http://127.0.0.1:8000/v1.")
    return Endpoint(
        url=str(url),
        key=_key(),
        query=dict(parse_qsl(parts.query)),
        userinfo=unquote(parts.netloc.rpartition("@")[0]),
    )


def _key() -> str:
    key = os.environ.get("MEDINST_API_KEY") or _key_of_file() or os.environ.get("OPENAI_API_KEY", "")
    if not key.strip().isascii():
        raise UsageError("The API key holds characters that no key has. Set MEDINST_API_KEY or OPENAI_API_KEY anew.")
    return key.strip()


def _key_of_file() -> str:
    file = os.environ.get("MEDINST_API_KEY_FILE")
    if not file:
        return ""
    try:
        return Path(file).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"MEDINST_API_KEY_FILE: {file} cannot be read ({type(error).__name__}).") from None
