"""Room on the disk: is there enough for a file, and what to say where there is not."""

from __future__ import annotations

import shutil
from pathlib import Path

from medinst.errors import MedinstError
from medinst.sources.partial import Partial
from medinst.sources.pins import Place


def needed(place: Place, partial: Partial) -> int | None:
    """Return the bytes that are still to come, None where nobody knows."""
    total = partial.state.total if place.size is None else place.size
    return None if total is None else max(0, total - partial.state.have)


def make(place: Place, partial: Partial, target: Path) -> None:
    """Make sure of room for what is still to come.

    Raises:
        MedinstError: there is too little.
    """
    more = needed(place, partial)
    if more is not None and more > shutil.disk_usage(partial.folder).free:
        raise MedinstError(missing(place, target, more, "the disk has too little room"))


def missing(place: Place, target: Path, more: int | None, why: str, had: int = 0) -> str:
    """Return the message for a file that cannot be written, with the bytes needed (``more``) and free.

    ``had``: bytes that had come; where nobody knows how many there are, at least more than these are needed.
    """
    folder = next(parent for parent in target.absolute().parents if parent.exists())
    free = f"{shutil.disk_usage(folder).free:,} bytes are free there"
    needs = f"More than {had:,} bytes are needed" if more is None else f"{more:,} bytes more are needed"
    return (
        f"{place.name} cannot be written to {target.parent}: {why}. {needs}, {free}. Make room, or name a folder on "
        "another disk (MEDINST_CACHE, --to), then run this again."
    )
