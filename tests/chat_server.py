"""A real HTTP server in the shape of OpenAI's that misbehaves on demand, and says what it was asked.

In a process of its own: ``python tests/chat_server.py SEED DELAY``, up until its input ends. A seed of 0 or more
misbehaves as ``faulty`` says, -1 does not. ``GET /asked`` gives the number of requests by last user turn.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[str, int], str]


PASSING = (
    "status 429",
    "status 429 0",
    "status 500",
    "status 503",
    "reset",
    "empty",
    "garbage",
    "page",
    "cut",
)
LASTING = ("null", "status 400", "status 422")
RARE = ("long", "hang", "status 429 1")  # 10 MB, no answer, a pause for everyone


def well(question: str, attempt: int) -> str:
    return "ok"


def faulty(question: str, attempt: int, seed: int = 0) -> str:
    """Misbehave on two of three questions, on one of nine for good; ``RARE`` each on one of 400."""
    number = zlib.crc32(f"{seed} {question}".encode())
    if number % 400 < len(RARE):
        return RARE[number % 400] if attempt == 1 else "ok"
    if number % 9 == 0:
        return LASTING[number // 9 % len(LASTING)]
    if number % 3 == 0 or attempt > 1 + number % 2:
        return "ok"
    return PASSING[number // 3 % len(PASSING)]


class ChatServer(ThreadingHTTPServer):
    """Answers ``answer`` to every chat; ``behave(last user turn, attempt from 1)`` names what to do instead of ``ok``.

    ``asked`` counts requests by last user turn; ``bodies`` and ``headers`` are those of every request.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, behave: Behaviour = well, answer: str = "[liver <Organ>]", delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behave, self.answer, self.delay = behave, answer, delay
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> ChatServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that went away: some tests kill them."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        with self.server.lock:
            self._send(200, json.dumps(self.server.asked).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        server = self.server
        with server.lock:
            server.asked[question] += 1
            attempt = server.asked[question]
            server.bodies.append(body)
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            server.paths.append(self.path)
        server.over.wait(server.delay)
        kind, _, detail = server.behave(question, attempt).partition(" ")
        getattr(self, f"_{kind}")(detail)

    def _ok(self, detail: str, content: str | None = None, finish: str = "stop") -> None:
        text = self.server.answer if content is None else content
        chat = self.path.partition("?")[0].endswith("/chat/completions")
        self._send(200, _completion({"role": "assistant", "content": text} if chat else text, finish))

    def _moved(self, detail: str) -> None:
        self._send(307, b"", {"Location": f"{self.server.url}/elsewhere"})

    def _long(self, detail: str) -> None:
        self._ok("", content="x" * 10_000_000)

    def _truncated(self, detail: str) -> None:
        self._ok("", finish="length")

    def _null(self, detail: str) -> None:
        self._send(200, _completion({"role": "assistant", "content": None}, "content_filter"))

    def _status(self, detail: str) -> None:
        """``status CODE [Retry-After]``: an error that quotes the key it was sent."""
        code, _, after = detail.partition(" ")
        error = {"error": {"message": f"no: {self.headers.get('Authorization')}", "code": None}}
        self._send(int(code), json.dumps(error).encode(), {"Retry-After": after} if after else {})

    def _quota(self, detail: str) -> None:
        self._send(429, json.dumps({"error": {"message": "spent", "code": "insufficient_quota"}}).encode())

    def _newer(self, detail: str) -> None:
        error = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        self._send(400, json.dumps({"error": {"message": error, "code": "unsupported_parameter"}}).encode())

    def _toolong(self, detail: str) -> None:
        error = {"error": {"message": "maximum context length is 9 tokens", "code": "context_length_exceeded"}}
        self._send(400, json.dumps(error).encode())

    def _empty(self, detail: str) -> None:
        self._send(200, b"")

    def _garbage(self, detail: str) -> None:
        self._send(200, b'{"choices": [{"mess')

    def _page(self, detail: str) -> None:
        self._send(200, b"<html>please log in</html>", {"Content-Type": "text/html"})

    def _cut(self, detail: str) -> None:
        self._send(200, _completion({"role": "assistant", "content": "half"}, "stop")[:40], length=400)
        self.close_connection = True

    def _reset(self, detail: str) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _hang(self, detail: str) -> None:
        self.server.over.wait(30)
        self.close_connection = True

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def _completion(said: Mapping[str, str | None] | str, finish: str) -> bytes:
    """Return a reply of ``/chat/completions`` with a message, of ``/completions`` with a text."""
    choice = {"index": 0, "text" if isinstance(said, str) else "message": said, "finish_reason": finish}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    completion = {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(completion).encode()


class Elsewhere:
    """A chat server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.url = process.stdout.readline().strip()

    def asked(self) -> Counter[str]:
        with urllib.request.urlopen(f"{self.url}/asked") as reply:
            return Counter(json.load(reply))


@contextlib.contextmanager
def elsewhere(seed: int = -1, delay: float = 0.0) -> Iterator[Elsewhere]:
    command = [sys.executable, __file__, str(seed), str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Elsewhere(process)
        finally:
            process.kill()


def main() -> None:
    seed = int(sys.argv[1])
    with ChatServer(partial(faulty, seed=seed) if seed >= 0 else well, delay=float(sys.argv[2])) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
