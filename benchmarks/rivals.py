"""What the comparisons with another program share: its modules from a path, timing in turn, the measure as data."""

from __future__ import annotations

import hashlib
import importlib
import json
import shlex
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

Spread = tuple[float, float, float]
SPREAD = "ratio low {:.2f} median {:.2f} high {:.2f}"


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def imported(path: Path) -> ModuleType:
    """Return the module at a path, which may import what lies beside it relatively."""
    package = ModuleType(f"rival_{digest(path)[:8]}")
    package.__path__ = [str(path.parent)]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.{path.stem}")


def seconds(records: Iterable[object]) -> float:
    """Return the processor time it takes to go through the records."""
    start = time.process_time()
    deque(records, maxlen=0)
    return time.process_time() - start


def timed(theirs: Callable[[], Iterable[object]], ours: Callable[[], Iterable[object]], rounds: int) -> Spread:
    """Return the least, the median and the greatest ratio of their time to ours, taken in turn."""
    ratios = sorted(seconds(theirs()) / seconds(ours()) for _ in range(rounds))
    return ratios[0], statistics.median(ratios), ratios[-1]


def measure(name: str, spread: Spread, note: str) -> str:
    """Return a measure as JSON; of the paths in its command only the ends are kept."""
    low, median, high = (round(value, 2) for value in spread)
    command = shlex.join(["python", *("/".join(Path(word).parts[-2:]) for word in sys.argv)])
    found = {"name": name, "ratio": median, "low": low, "high": high, "command": command, "note": note}
    return json.dumps({"measures": [found]})
