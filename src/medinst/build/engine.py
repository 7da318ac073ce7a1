"""Running the jobs of a plan: here, in a pool of processes, or on a Dask cluster; a lost worker loses no job."""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import TypeVar

import medinst
from medinst.errors import MedinstError, RemoteFailure, UsageError

# Opens what runs the jobs, and ends it at once, running jobs included.
Opener = Callable[[], AbstractContextManager[Executor]]

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
_TRIES = 3
_CONNECTING = 10  # seconds for the scheduler to answer
_STOPS = (signal.SIGINT, signal.SIGTERM)
_JOINING = 60  # seconds for a first worker to join the cluster


def run(work: Callable[[_Job], _Result], jobs: Iterable[_Job], executor: Opener | None) -> Iterator[_Result]:
    """Yield the result of every job, in any order; the jobs are begun in the order given.

    Without an ``executor`` they run here. With one, a worker that dies takes only unfinished jobs with it, and these
    go to a new one; after three lost in a row without a job done, the run fails.

    Raises:
        MedinstError: workers die again and again.
    """
    if executor is None:
        yield from map(work, jobs)
        return
    waiting = dict(enumerate(jobs))
    lost = 0
    while waiting:
        before = len(waiting)
        with contextlib.suppress(BrokenProcessPool), executor() as pool:
            with _undisturbed():
                futures = {pool.submit(work, job): at for at, job in waiting.items()}
            for future in as_completed(futures):
                result = future.result()
                del waiting[futures[future]]
                yield result
        lost = 0 if len(waiting) < before else lost + 1
        if lost == _TRIES:
            raise MedinstError(
                f"{_TRIES} pools of workers died without finishing any of {len(waiting)} shards. The machine may be "
                "out of memory; run again with --workers 1 to see the fault itself."
            )


def opener(engine: str, workers: int, scheduler: str = "") -> Opener | None:
    """Return what runs the jobs: None for this process alone, else a pool of processes or a Dask cluster.

    Raises:
        UsageError: an address that is none, or without ``dask``.
    """
    if scheduler and (engine != "dask" or "://" not in scheduler):
        raise UsageError(f"--scheduler {scheduler}: give a Dask scheduler's tcp://HOST:PORT, with --engine dask.")
    if engine == "dask":
        return partial(cluster, scheduler, workers)
    return partial(processes, workers) if workers > 1 else None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off Ctrl-C; processes started meanwhile never get it, and so do not answer it each with a traceback.

    The signal is blocked for the processes, which inherit that. Here another thread may still take it, and Python then
    calls the handler in this one, whatever this one blocks: so the handler is put off as well.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return
    resource_tracker.ensure_running()  # started later, it would let Ctrl-C through again
    came: list[int] = []
    handlers = {number: signal.signal(number, lambda found, frame: came.append(found)) for number in _STOPS}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@contextlib.contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Open a pool of processes that end with the block, or when this process ends in whatever way."""
    # Spawned, not forked: a forked child of a process with Arrow's threads can hang.
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _end_with, (theirs,))
    try:
        yield pool
    finally:
        ours.close()
        pool.shutdown(wait=True, cancel_futures=True)
        theirs.close()


def _end_with(parent: Connection) -> None:
    """Let this process end when its parent closes the pipe or dies; an orphan would go on writing."""

    def watch() -> None:
        with contextlib.suppress(EOFError, OSError):
            parent.recv()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    gc.set_threshold(100_000)  # a row group is made of many small things, none of them in a circle


@contextlib.contextmanager
def cluster(scheduler: str, workers: int) -> Iterator[Executor]:
    """Open the Dask cluster at an address, or without one a cluster of ``workers`` processes on this machine.

    Raises:
        UsageError: Dask is not installed.
        RemoteFailure: the scheduler cannot be reached or was lost, no worker joins it, or its workers lack medinst.
    """
    try:
        from distributed import Client, KilledWorker, LocalCluster
    except ImportError:
        raise UsageError("--engine dask needs dask.distributed. Install it: pip install 'medinst[cluster]'") from None
    where = f"the Dask scheduler at {scheduler}" if scheduler else "the local Dask cluster"
    with contextlib.ExitStack() as stack:
        try:
            local = partial(LocalCluster, n_workers=workers, threads_per_worker=1, dashboard_address=None)
            with _undisturbed():
                at = scheduler or stack.enter_context(local(silence_logs=logging.CRITICAL))
            client = stack.enter_context(Client(at, timeout=_CONNECTING, set_as_default=False))
            client.wait_for_workers(1, timeout=_JOINING)
            _agree(client.run(_versions))
        except (ImportError, OSError, ValueError) as error:
            raise _unusable(where, error) from None
        pool = client.get_executor(pure=False)
        stack.callback(pool.shutdown, wait=False)
        try:
            yield pool
        except KilledWorker as error:
            raise MedinstError(f"{error} They may be out of memory; --workers 1 shows the fault itself.") from None
        except CancelledError as error:
            raise _unusable(where, error) from None


def _unusable(where: str, error: BaseException) -> RemoteFailure:
    why = f"{type(error).__name__}: {error}".rstrip(": ")
    return RemoteFailure(
        f"{where} cannot be used: {why}. What is finished is kept; see that it runs and has workers with this very "
        "medinst on them, then run the same command again."
    )


def _versions() -> tuple[str, str]:
    """Return what a worker's bytes depend on, asked for on the worker."""
    import pyarrow as pa

    return medinst.__version__, pa.__version__


def _agree(found: dict[str, tuple[str, str]]) -> None:
    """Refuse workers with other versions than ours: their files would differ."""
    for worker, versions in found.items():
        if versions != _versions():
            ours, theirs = (", pyarrow ".join(pair) for pair in (_versions(), versions))
            raise ValueError(f"worker {worker} has medinst {theirs}, here it is {ours}")
