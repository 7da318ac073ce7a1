"""Start Dask workers as Slurm jobs, and build with them: ``python slurm.py --jobs 4 -- build --sources DIR --out OUT``.

Needs ``pip install 'medinst[cluster]' dask-jobqueue``. Run it where ``sbatch`` works and keep it running (a login node
in ``tmux``, or a small job of its own). Sources, cache and OUT must lie where all nodes see them under the same path.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from dask_jobqueue import SLURMCluster


def main() -> int:
    """Start the jobs, run medinst with the scheduler's address, end the jobs; return medinst's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=4, help="Slurm jobs to submit")
    parser.add_argument("--cores", type=int, default=8, help="worker processes a job")
    parser.add_argument("--memory", default="32GB", help="memory a job; a worker wants up to 1.5 GB")
    parser.add_argument("--walltime", default="02:00:00")
    parser.add_argument("--queue", help="Slurm partition")
    parser.add_argument("--interface", help="network interface that the nodes share, e.g. ib0")
    parser.add_argument("--print", action="store_true", help="print the job script and stop")
    parser.add_argument("medinst", nargs="*", help="after --: what medinst is to do")
    asked = parser.parse_args()
    with SLURMCluster(
        cores=asked.cores,
        processes=asked.cores,
        memory=asked.memory,
        walltime=asked.walltime,
        queue=asked.queue,
        interface=asked.interface,
        worker_extra_args=["--no-dashboard"],
        scheduler_options={"dashboard_address": ":0"},
    ) as cluster:
        if asked.print:
            print(cluster.job_script())
            return 0
        cluster.scale(jobs=asked.jobs)
        where = ["--engine", "dask", "--scheduler", cluster.scheduler_address]
        return subprocess.call([sys.executable, "-m", "medinst", *asked.medinst, *where])


if __name__ == "__main__":
    sys.exit(main())
