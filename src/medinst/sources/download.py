"""Bring one file from one address to its place: whole and verified, or not at all.

It goes on where an earlier try or a killed process stopped, if the server still has the same version (``If-Range``).
The bytes are written apart from the target and moved there in one step when their length, and their digest where it
is known, are right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from medinst.errors import IntegrityFailure, MedinstError
from medinst.sources import room, sniff, transfer
from medinst.sources.http import Session
from medinst.sources.network import shown
from medinst.sources.partial import Partial, take
from medinst.sources.pins import Place

Tell = Callable[[int, int | None], None]


class Got(msgspec.Struct, frozen=True):
    """A file that is in its place: its path, sha256 (hex) and size (bytes)."""

    path: Path
    sha256: str
    size: int


async def download(
    session: Session, place: Place, target: Path, unfinished: Path, tell: Tell = lambda have, total: None
) -> Got:
    """Bring the file at ``place`` (http, https or file) to ``target``, in place of what is there.

    ``unfinished``: a folder on the same disk for bytes on their way. ``tell`` hears of the bytes that are there and,
    where known, of all.

    Raises:
        RemoteFailure: the server has no such file, cannot be reached, or fails in every try. What came is kept aside.
        IntegrityFailure: what came is not what is pinned, or is damaged. Nothing is kept.
        MedinstError: the disk is full or cannot be written; the message says how many bytes are needed and free.
        OSError: ``unfinished`` cannot be made.
    """
    partial = take(unfinished, target, place.url)
    try:
        return await _whole(session, place, partial, target, tell)
    except OSError as error:
        more, had = room.needed(place, partial), partial.state.have
        partial.drop()
        raise MedinstError(room.missing(place, target, more, str(error), had)) from None
    except IntegrityFailure:
        partial.drop()
        raise
    except BaseException:
        partial.leave()
        raise


async def _whole(session: Session, place: Place, partial: Partial, target: Path, tell: Tell) -> Got:
    """Fill ``partial`` until it is the whole file, check it and move it to ``target``."""
    for again in (True, False):
        await transfer.fill(session, place, partial, target, tell)
        partial.checkpoint()
        fault = await _fault(place, partial)
        if not fault:
            break
        if not (again and partial.stitched):  # the piece that lay there may be to blame: once more, from the start
            raise IntegrityFailure(f"{shown(place.url)} gave {place.name}, but it {fault}. It was not kept.")
        partial.restart()
    got = Got(target, partial.sha256(), partial.state.have)
    partial.move(target)
    return got


async def _fault(place: Place, partial: Partial) -> str:
    """Return what is wrong with the finished file, empty where nothing is."""
    have, sha256 = partial.state.have, partial.sha256()
    with partial.path.open("rb") as file:
        fault = sniff.fault_of_start(file.read(sniff.HEAD), place.name)
    if fault:
        return fault
    if place.size not in (None, have) or place.sha256 not in (None, sha256):
        size = "" if place.size is None else f" ({place.size} bytes)"
        return (
            f"has sha256 {sha256} ({have} bytes); expected {place.sha256 or 'another'}{size}. Either it was changed "
            "on its way, or the corpus has a new release"
        )
    return "" if place.sha256 else await asyncio.to_thread(sniff.fault_inside, partial.path, place.name, place.tree)
