"""From an address into a ``Partial``: tries, ranges, lengths. What a server says is believed only where it must be."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential, wait_random

from medinst.errors import IntegrityFailure, RemoteFailure
from medinst.sources import room, sniff
from medinst.sources.http import Session
from medinst.sources.members import MAX_BYTES
from medinst.sources.network import Passing, shown
from medinst.sources.partial import Checkpoint, Partial
from medinst.sources.pins import Place

PROGRESS = 4 * 2**20  # new bytes for which the tries are counted anew
_CHUNK = 1 << 20
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")

Tell = Callable[[int, int | None], None]


async def fill(session: Session, place: Place, partial: Partial, target: Path, tell: Tell) -> None:
    """Write the file at ``place`` into ``partial``, of which some may be there already.

    Raises:
        RemoteFailure: the server has no such file, cannot be reached, or the tries are used up.
        IntegrityFailure: what the server says of the file is not what is pinned, or contradicts itself.
        MedinstError: the disk has too little room.
    """
    if place.url.startswith("file:"):
        await _copy(place, partial, target, tell)
        return
    effort, patience = _Effort(session, partial), session.patience
    again = AsyncRetrying(
        stop=effort.spent,
        wait=wait_exponential(multiplier=patience.pause, max=patience.longest_pause) + wait_random(0, patience.pause),
        retry=retry_if_exception_type(Passing),
        reraise=True,
    )
    try:
        async for attempt in again:
            with attempt:
                await _try(session, place, partial, target, tell)
    except Passing as error:
        if not error.reached:
            raise session.give_up(place.url, error.reason) from None
        kept = f" Of it {partial.state.have} bytes are kept; run this again to go on." if partial.state.have else ""
        raise RemoteFailure(
            f"{shown(place.url)} did not give {place.name}: {error.reason}, after {effort.tries} tries.{kept}"
        ) from None


class _Effort:
    """Counts the tries, and those since the last ``PROGRESS`` new bytes came."""

    def __init__(self, session: Session, partial: Partial) -> None:
        self.tries = self._since = self._unreached = 0
        self._session, self._partial, self._most = session, partial, partial.state.have

    def spent(self, state: RetryCallState) -> bool:
        have = self._partial.state.have
        if have >= self._most + PROGRESS:
            self._most, self._since = have, 0
        self.tries += 1
        self._since += 1
        error = state.outcome.exception() if state.outcome else None
        self._unreached += isinstance(error, Passing) and not error.reached
        return self._since >= self._session.patience.tries or self._unreached >= self._session.patience_to_reach()


async def _try(session: Session, place: Place, partial: Partial, target: Path, tell: Tell) -> None:
    """Ask once for what is missing and write what comes."""
    ended = True
    if partial.state.have == 0 or partial.state.have != (place.size or partial.state.total):
        async with session.get(place.url, _headers(place, partial.state)) as response:
            _begin(response, place, partial)
            room.make(place, partial, target)
            await _receive(session, response, place, partial, tell)
            ended = partial.state.total is not None or "transfer-encoding" in response.headers
    if place.sha256 is None and not sniff.proves_itself(place.name):
        await _confirm(session, place, partial.state.have, ended)


def _headers(place: Place, state: Checkpoint) -> dict[str, str]:
    if not state.have or not (state.validator or place.sha256):
        return {}
    asked = {"Range": f"bytes={state.have}-"}
    return {**asked, "If-Range": state.validator} if state.validator else asked


async def _receive(session: Session, response: httpx2.Response, place: Place, partial: Partial, tell: Tell) -> None:
    state = partial.state
    limit = next((size for size in (place.size, state.total) if size is not None), MAX_BYTES)
    async for chunk in session.chunks(response):
        if state.have + len(chunk) > limit:
            if not partial.stitched:
                raise IntegrityFailure(f"{shown(place.url)} gives more than {limit} bytes for {place.name}.")
            partial.restart()
            raise Passing("it answered with another range than it said")
        partial.write(chunk)
        tell(state.have, state.total)
    if state.total is not None and state.have < state.total:
        raise Passing(f"it ended after {state.have} of {state.total} bytes")


def _begin(response: httpx2.Response, place: Place, partial: Partial) -> None:
    """Set ``partial`` to where the response begins.

    Raises:
        Passing: the response is of another range or version; the next try begins anew.
    """
    headers, state = response.headers, partial.state
    encoding = headers.get("content-encoding", "identity").lower()
    packed = "gzip" in encoding and place.name.endswith((".gz", ".tgz"))  # then it says what the file is
    if encoding not in ("", "identity") and not packed:
        raise RemoteFailure(f"{shown(place.url)} gives {place.name} as {encoding!r}, which it was asked not to do.")
    start, total = _range(headers)
    if response.status_code == 200:
        partial.restart(_validator(headers), size_of(response))
    elif response.status_code == 416 or start != state.have or not _same(headers, state, total):
        partial.restart()
        raise Passing("it answered with another range or version than was asked for")
    elif start == 0:
        partial.restart(_validator(headers), total)
    else:
        partial.stitched = True
        state.total = total if state.total is None else state.total
    announced = partial.state.total
    if place.size is not None and announced not in (None, place.size):
        raise IntegrityFailure(
            f"{shown(place.url)} announces {announced} bytes for {place.name}; expected {place.size}. Either this is "
            "another page than the file, or the corpus has a new release. Nothing of it was kept."
        )


def _same(headers: httpx2.Headers, state: Checkpoint, total: int | None) -> bool:
    """Say whether a range is of the version that the first bytes were of."""
    now = headers.get("etag" if state.validator.startswith('"') else "last-modified", state.validator)
    return state.validator in ("", now) and (None in (total, state.total) or total == state.total)


def _validator(headers: httpx2.Headers) -> str:
    """Return the strong ETag, else the date of change, else nothing."""
    etag: str = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified", "")


def _range(headers: httpx2.Headers) -> tuple[int | None, int | None]:
    """Return first byte and total of a Content-Range, None for what it does not say."""
    match = _RANGE.fullmatch(headers.get("content-range", "").strip())
    return (_number(match[1]), _number(match[2])) if match else (None, None)


def size_of(response: httpx2.Response) -> int | None:
    """Return the bytes of the whole file, of which the response may be a range; None where it does not say."""
    _, total = _range(response.headers)
    return _number(response.headers.get("content-length")) if response.status_code == 200 else total


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


async def _confirm(session: Session, place: Place, have: int, ended: bool) -> None:
    """Ask for what follows the last byte of a file that nobody has pinned: servers were seen to announce too little.

    Raises:
        IntegrityFailure: there is more, or nothing says that this is all.
    """
    status, start, total = 0, None, None
    with contextlib.suppress(Passing, RemoteFailure):  # no ranges here, then
        async with session.get(place.url, {"Range": f"bytes={have}-"}) as response:
            status, (start, total) = response.status_code, _range(response.headers)
    if (status == 206 and start == have and (total is None or total > have)) or (status == 416 and (total or 0) > have):
        raise IntegrityFailure(
            f"{shown(place.url)} announces {have} bytes for {place.name} and has more. It was not kept."
        )
    if not ended and status != 416:
        raise IntegrityFailure(
            f"{shown(place.url)} gives {place.name} without a length and without ranges: nobody can tell whether "
            f"{have} bytes are all of it. It was not kept."
        )


async def _copy(place: Place, partial: Partial, target: Path, tell: Tell) -> None:
    """Copy from a folder of the same machine or site."""
    source = Path(url2pathname(urlsplit(place.url).path))
    partial.restart()
    try:
        file = source.open("rb")
    except OSError as error:
        raise RemoteFailure(f"{source}: {error.strerror}; expected {place.name} there.") from None
    with file:
        partial.state.total = source.stat().st_size
        room.make(place, partial, target)
        while chunk := file.read(_CHUNK):
            partial.write(chunk)
            tell(partial.state.have, partial.state.total)
            await asyncio.sleep(0)
