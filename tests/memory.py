"""How much more memory a piece of code takes at its peak than before it began, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
_FRAME = f"""
import re, sys
from pathlib import Path

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("{STATUS}").read_text())[1]) << 10

path, folder = map(Path, sys.argv[1:])
%s
before = peak()
%s
print(peak() - before)
"""


def growth(first: str, then: str, path: Path, folder: Path) -> int:
    """Return by how many bytes the peak grows while ``then`` runs, after ``first``; both may use path and folder."""
    code = _FRAME % (first, then)
    command = [sys.executable, "-c", code, str(path), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])
