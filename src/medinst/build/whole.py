"""A folder that appears whole or not at all: made beside its place, then moved there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from medinst.build import lock, manifest
from medinst.build.dataset import state_of
from medinst.errors import MedinstError, UsageError


@contextlib.contextmanager
def made(out: Path, kind: str) -> Iterator[Path]:
    """Yield an empty folder to fill; when the block ends well, it takes the place of ``out``.

    An earlier folder there is replaced if its manifest's note has the key ``kind`` and nothing was added to it.

    Raises:
        UsageError: ``out`` is or holds something else, or cannot be written.
        MedinstError: another process is making it.
    """
    state = state_of(out)
    fresh, old = state / "next" / out.name, state / "old"
    with contextlib.ExitStack() as stack:
        with _writable(out):
            _check(out, kind)
            stack.callback(_drop, state)
            stack.enter_context(lock.held(state / "lock", f"The {kind} folder {out}"))
        stack.callback(_settle, out, old, fresh.parent)
        _settle(out, old, fresh.parent)
        fresh.mkdir(parents=True)
        with _room(out, fresh):
            yield fresh
        if out.exists():
            out.rename(old)
        fresh.rename(out)


def _settle(out: Path, old: Path, unfinished: Path) -> None:
    """Clear up after a run however it ended, also one that was killed between its last two steps."""
    if old.exists() and not out.exists():
        old.rename(out)
    for folder in (old, unfinished):
        shutil.rmtree(folder, ignore_errors=True)


def _drop(state: Path) -> None:
    with contextlib.suppress(OSError):
        state.rmdir()


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}. Give another folder for --out.") from None


@contextlib.contextmanager
def _room(out: Path, fresh: Path) -> Iterator[None]:
    """Say how much was written and how much is free where the system refuses to write more."""
    try:
        yield
    except OSError as error:
        so_far = sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file())
        free = shutil.disk_usage(fresh).free
        raise MedinstError(
            f"{out} could not be written: {error.strerror or error}, {so_far / 1e9:.2f} GB into it; "
            f"{free / 1e9:.2f} GB free. What was there before is whole. Make room or give another place with --out."
        ) from None


def _check(out: Path, kind: str) -> None:
    """Refuse a place where something would be lost, or that cannot be taken in one step."""
    if not out.exists():
        return
    if out.is_mount():
        raise UsageError(f"{out} is a mount point. Give a folder in it for --out.")
    if out.is_dir() and not any(out.iterdir()):
        return
    if not (out / manifest.NAME).is_file() or kind not in manifest.read(out).note:
        raise UsageError(f"{out} exists and is not of an earlier {kind}. Give a new folder for --out.")
    listed = {manifest.NAME, *(entry.path for entry in manifest.read(out).all_files())}
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    files = [name for name in files if manifest.COMPILED not in name.split("/")]
    if added := [name for name in files if name not in listed]:
        raise UsageError(f"{out} holds {added[0]}, which no {kind} wrote. Move it away or give a new folder for --out.")
