"""Where a dataset folder was built from, remembered in the cache: the folder itself names no place."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import msgspec

from medinst.build import shard
from medinst.schema import UNREADABLE


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dataset folder and the sources folder that it was last built from."""

    data: str
    sources: str


def remember(data: Path, sources: Path | None, cache: Path) -> None:
    """Note the sources folder of a build into ``data``; where the cache cannot be written it is not remembered."""
    if sources is None:
        return
    found = Origin(str(data.resolve()), str(sources.resolve()))
    path = _place(data, cache)
    with contextlib.suppress(OSError):
        shard.put(path, msgspec.json.encode(found), path.parent)


def recall(data: Path, cache: Path) -> Path | None:
    """Return the sources folder that ``data`` was built from, or None where that is not known or it is gone."""
    try:
        found = msgspec.json.decode(_place(data, cache).read_bytes(), type=Origin)
    except (OSError, *UNREADABLE):
        return None
    sources = Path(found.sources)
    return sources if found.data == str(data.resolve()) and sources.is_dir() else None


def _place(data: Path, cache: Path) -> Path:
    return cache / "origins" / f"{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:32]}.json"
