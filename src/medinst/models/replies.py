"""What a server's reply means: an answer, a failure of this sample, one that may pass, or the end of the run."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping

import httpx2
import msgspec

from medinst.errors import RemoteFailure
from medinst.models import Failed, Reply, reasoning
from medinst.models.endpoint import Endpoint

LONGEST_RETRY_AFTER = 600.0
NEWER_LIMIT = "max_completion_tokens"  # what OpenAI's later models take instead of max_tokens


class Passing(Exception):
    """A failure that may pass.

    ``after``: seconds the server asks to wait; ``reached``: whether it could be reached; ``at_once``: the next try is
    another request, which need not wait.
    """

    def __init__(self, reason: str, after: float | None = None, reached: bool = True, at_once: bool = False) -> None:
        self.reason, self.after, self.reached, self.at_once = reason, after, reached, at_once
        super().__init__(reason)


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    message: _Message | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


_DECODER = msgspec.json.Decoder(_Completion)
_LONE = re.compile("[\ud800-\udfff]")


def read(body: bytes, place: Endpoint) -> Reply:
    """Return the reply in the body of a success, of ``/chat/completions`` or ``/completions``.

    Raises:
        Passing: it is empty or not readable.
        Failed: it holds no answer.
    """
    if not body.strip():
        raise Passing("empty body")
    try:
        completion = _decoded(body)
        choice = completion.choices[0]
    except (msgspec.DecodeError, ValueError, IndexError, RecursionError) as error:
        raise Passing(place.scrub(f"body is no completion: {error}: {excerpt(body, place)}")) from None
    usage, finish = completion.usage or _Usage(), choice.finish_reason or ""
    message = choice.message or _Message(choice.text)
    apart = message.reasoning_content or message.reasoning or ""
    content = "" if message.content is None and apart and finish == "length" else message.content
    if content is None:
        refusal = f", refusal {place.scrub(message.refusal)[:200]!r}" if message.refusal else ""
        raise Failed(place.scrub(f"no content in the answer (finish_reason {finish!r}{refusal})"))
    thought, output = reasoning.parted(content)
    return Reply(output, finish, usage.prompt_tokens or 0, usage.completion_tokens or 0, reasoning=apart or thought)


def _decoded(body: bytes) -> _Completion:
    """Return the completion in a body, U+FFFD for each half of a character that the model did not finish."""
    try:
        return _DECODER.decode(body)
    except msgspec.DecodeError:
        if b"\\ud" not in body.lower():
            raise
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return _DECODER.decode(_LONE.sub("\ufffd", text))


def refused(status: int, headers: Mapping[str, str], body: bytes, place: Endpoint) -> Exception:
    """Return what a status that is no success means for the run, this sample or this try."""
    reason = place.scrub(f"HTTP {status}: {excerpt(body, place)}")
    if status in (401, 403):
        return RemoteFailure(
            f"{place.url} refuses the key: {reason}. Set MEDINST_API_KEY or OPENAI_API_KEY (or the file "
            "MEDINST_API_KEY_FILE) and run the same command again."
        )
    if b'"insufficient_quota"' in body:
        return RemoteFailure(f"{place.url}: the quota is spent: {reason}. Run the same command again later.")
    if 300 <= status < 400:
        return Failed(place.scrub(f"HTTP {status}: moved to {headers.get('location', 'nowhere')}"), status=status)
    if status not in (408, 409, 429) and status < 500:
        too_long = b"context" in body.lower()  # of one sample, where the first may be the longest
        return Failed(reason, status=0 if too_long else status)
    after = retry_after(headers)
    if after is not None and after > LONGEST_RETRY_AFTER:
        return RemoteFailure(f"{place.url} asks to wait {after:.0f} s ({reason}). Run the command again then.")
    return Passing(reason, after)


def broken(error: httpx2.HTTPError, place: Endpoint) -> Passing:
    """Return what a connection that failed means."""
    reached = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
    return Passing(place.scrub(f"{type(error).__name__}: {error}"), reached=reached)


def excerpt(body: bytes, place: Endpoint) -> str:
    """Return the first 200 characters of a body as one line without secrets."""
    whole = place.scrub(body.decode("utf-8", "replace"))  # before the cut, which may leave a part of a secret
    return " ".join(whole[:200].split())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After-Ms`` or ``Retry-After`` (seconds or a date) ask to wait, None without."""
    milliseconds, written = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000)
        if written is not None:
            return max(0.0, float(written))
    except ValueError:
        pass
    return _until(written) if written else None


def _until(written: str) -> float | None:
    """Return the seconds until a date, None where it is none or too far for the calendar."""
    try:
        date = email.utils.parsedate_tz(written)
        return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
