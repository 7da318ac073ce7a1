"""A build that is killed at its nth step and then run again: ``python killing.py SOURCES OUT N``.

With N = 0 it is not killed, and its steps are counted. A step is a call that a function of ``medinst.build`` makes or
gets. The killed build runs in a forked process, so that a case costs one start of Python.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from medinst.build import dataset, plan
from medinst.formats import parts
from medinst.sources import cache_folder

PLACE = f"{os.sep}medinst{os.sep}build{os.sep}"


def main() -> None:
    sources, out, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    parts.SIZE = 4000
    made = plan.make([], sources, cache_folder())
    if not last:
        print(counted(made, out, 0))
        return
    child = os.fork()
    if not child:
        counted(made, out, last)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    dataset.build(made, out, None, lambda built: None)


def counted(made: plan.Plan, out: Path, last: int) -> int:
    """Build, and return the number of steps or be killed at the last one."""
    steps = 0

    def step(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        if PLACE in frame.f_code.co_filename:
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(step)
    dataset.build(made, out, None, lambda built: None)
    sys.setprofile(None)
    return steps


if __name__ == "__main__":
    main()
