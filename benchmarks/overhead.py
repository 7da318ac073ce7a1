"""What asking costs beside a server that answers at once.

    python benchmarks/overhead.py [--samples N] [--rounds R] [--json]

The server is a process of its own that parses nothing and sends ready bytes. Asked in turn, with as many connections
each: the evaluator as ``medinst eval`` runs it (prompts, retries, every answer written), and a bare httpx2 client in a
loop. Counted is the processor time of the asking process a sample, in milliseconds, HTTP included; the wall time, for
which the server's process competes, stands beside it. Ends with 1 where the evaluator takes 1 ms or more.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2

from medinst.build import parquet
from medinst.evaluate import plan as plans
from medinst.evaluate import run, store
from medinst.models import prompts
from medinst.models.endpoint import Endpoint
from medinst.models.server import Server
from medinst.schema import Sample
from rivals import measure

LIMIT = 1.0
AT_ONCE = 64
ROW = "AnEM"
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "[liver <Organ>]"}, "finish_reason": "stop"}
USAGE = {"prompt_tokens": 120, "completion_tokens": 8, "total_tokens": 128}
ANSWER = json.dumps(
    {"id": "x", "object": "chat.completion", "model": "m", "choices": [CHOICE], "usage": USAGE}
).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)
LENGTH = b"content-length:"
Spent = tuple[float, float]  # milliseconds a sample: processor, wall


class Instant(asyncio.Protocol):
    """Answers each request as soon as its last byte is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with nothing received."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        """Count bytes until a request is whole."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n") + 4) > 3:
            at = self.received[:end].lower().find(LENGTH) + len(LENGTH)
            whole = end + int(self.received[at : self.received.find(b"\r\n", at)])
            if len(self.received) < whole:
                return
            self.received = self.received[whole:]
            self.transport.write(HEAD + ANSWER)


async def serve() -> None:
    """Print the address and answer until the input ends."""
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Give the address of an instant server in a process of its own."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout  # a pipe, as asked for
        yield process.stdout.readline().strip()
        process.kill()


def sample(number: int) -> Sample:
    """Return an invented sample of common length."""
    text = f"In case {number} the liver met the portal vein, and nothing else was seen there. " * 5
    made = f"{ROW}/test/{number:06}/0"
    return Sample(
        made, ROW, "NER", ROW, 0, "anem", str(number), "test", "List the body parts.", text, "[]", [], "{}", "{}"
    )


def evaluator(url: str, folder: Path) -> None:
    """Ask as ``medinst eval`` does."""
    model = Server("m", Endpoint(url), concurrency=AT_ONCE)
    plan = plans.make(folder / "bench", model)
    with store.opened(folder / "run", plan.run) as kept:
        run.ask(plan, model, kept, lambda line: None)
        assert len(kept.done) == len(plan)
    shutil.rmtree(folder / "run")


async def bare(url: str, samples: int) -> None:
    """Ask with nothing but httpx2, and keep nothing."""
    numbers = iter(range(samples))

    async def work(client: httpx2.AsyncClient) -> None:
        for number in numbers:
            body = {"model": "m", "messages": prompts.messages(sample(number)), "max_tokens": 1024}
            (await client.post(f"{url}/chat/completions", json=body)).json()

    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx2.AsyncClient(limits=limits) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))


def spent(ask: Callable[[], None], samples: int) -> Spent:
    """Return the processor and the wall time of this process that asking takes."""
    processor, wall = time.process_time(), time.perf_counter()
    ask()
    each = 1000 / samples
    return (time.process_time() - processor) * each, (time.perf_counter() - wall) * each


def main() -> int:
    """Ask in turn, print what it took, and say whether that is little enough."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the measure as data")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return 0
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder, served() as url:
        place = Path(folder)
        parquet.write(place / "bench" / ROW / "test-00000-of-00001.parquet", map(sample, range(options.samples)))
        for _ in range(options.rounds):
            ours.append(spent(lambda: evaluator(url, place), options.samples))
            theirs.append(spent(lambda: asyncio.run(bare(url, options.samples)), options.samples))
    ours.sort()
    found = [statistics.median(one[at] for one in side) for side in (ours, theirs) for at in (0, 1)]
    note = (
        f"milliseconds of processor time a sample, HTTP included ({found[1]:.2f} by the clock); a bare httpx2 client "
        f"{found[2]:.2f} ({found[3]:.2f}); {options.samples:,} samples at concurrency {AT_ONCE}, {options.rounds} "
        "rounds in turn"
    )
    spread = ours[0][0], found[0], ours[-1][0]
    print(measure("overhead_per_sample", spread, note) if options.json else f"{found[0]:.2f} {note}")
    return 0 if found[0] < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
