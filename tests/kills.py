"""Killing a process at a line of the code under test, for programs that tests run in a process of their own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines(work: Callable[[], object], homes: tuple[str, ...], kill_at: int = 0) -> int:
    """Work, and return how many lines of files below ``homes`` it ran, in every thread; or be killed at one of them."""
    count = 0

    def traced(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(homes):
            return None
        if event == "line":
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return traced

    threading.settrace(traced)
    sys.settrace(traced)
    work()
    sys.settrace(None)
    return count
