"""Whose a private file or folder is, by its name, and whether that process lives. Machines may share a cache."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from pathlib import Path

NOBODY = "nobody.0"


def owner() -> str:
    """Return this process as ``machine.pid``, to be a part of a name."""
    return f"{_machine()}.{os.getpid()}"


def abandoned(name: str) -> bool:
    """Say whether what ``machine.pid`` made is nobody's any more: a dead process's of this machine, or given up."""
    machine, _, pid = name.partition(".")
    if name == NOBODY:
        return True
    return machine == _machine() and pid.isdecimal() and not _alive(int(pid))


def sync(folder: Path) -> None:
    """Bring a folder's entries to disk, where the system lets a folder be opened."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _machine() -> str:
    """Return the machine, and the container in it where process ids are counted anew."""
    try:
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        space = 0
    return re.sub("[^A-Za-z0-9-]", "-", f"{platform.node()}-{space}")


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
