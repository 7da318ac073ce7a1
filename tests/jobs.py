"""Jobs for the pool of workers, in a module that its processes can import."""

from __future__ import annotations

import os
import signal
import time


def square(number: int) -> int:
    return number * number


def die_once(number: int, folder: str) -> int:
    """Kill the worker on the first try of job 3."""
    marker = os.path.join(folder, "died")
    if number == 3 and not os.path.exists(marker):
        with open(marker, "w"):
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_always(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def take_time(number: int, folder: str) -> int:
    """Take a moment, and leave word of the process that does."""
    with open(os.path.join(folder, f"{number}.{os.getpid()}"), "w"):
        time.sleep(0.2)
    return number * number
