"""A real HTTP(S) server of files that misbehaves on demand, and says what it was asked and when."""

from __future__ import annotations

import email.utils
import functools
import gzip
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Behaviour = Callable[[str, int], str]


@functools.cache
def certificate() -> Path:
    """Return a fresh key with a certificate for 127.0.0.1, signed by itself and trusted by nobody else."""
    path = Path(tempfile.mkdtemp(), "certificate.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def well(path: str, attempt: int) -> str:
    return "ok"


class FileServer(ThreadingHTTPServer):
    """Gives ``files`` by path; ``behave(path, attempt from 1)`` names what to do instead of ``ok``.

    ``asked``: path, Range and time of every request, in order. ``not_before``: when it wanted to be asked again.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, files: dict[str, bytes], behave: Behaviour = well, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.behave = files, behave
        self.counts: Counter[str] = Counter()
        self.asked: list[tuple[str, str, float]] = []
        self.not_before = 0.0
        self.early = 0
        self.cookie = ""
        self.authorized = False  # whether a request named a user
        self.busy = self.busiest = 0
        self.version = '"1"'
        self.lock = threading.Lock()
        self.over = threading.Event()
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate())
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> FileServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that went away: they are meant to."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        server, path = self.server, self.path.partition("?")[0]
        with server.lock:
            server.counts[path] += 1
            attempt = server.counts[path]
            server.asked.append((path, self.headers.get("Range", ""), time.time()))
            server.early += time.time() < server.not_before
            server.authorized |= "Authorization" in self.headers
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
        kind, _, detail = server.behave(path, attempt).partition(" ")
        try:
            getattr(self, f"_{kind}")(server.files.get(path), detail)
        finally:
            self.close_connection = True
            with server.lock:
                server.busy -= 1

    # What a good server does.

    def _ok(self, data: bytes | None, detail: str, headers: dict[str, str] | None = None) -> None:
        if data is None:
            self._send(404, b"not here")
            return
        start = self._start(data)
        if start is None:
            self._send(200, data, headers)
        elif start >= len(data):
            self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        else:
            end = min(len(data), int(re.sub(r".*-", "", self.headers["Range"]) or len(data)) + 1)
            place = {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"}
            self._send(206, data[start:end], {**place, **(headers or {})})

    def _start(self, data: bytes) -> int | None:
        """Return the first byte asked for, None for all."""
        match = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range", ""))
        held = self.headers.get("If-Range", self.server.version) == self.server.version
        return int(match[1]) if match and held else None

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: str = "") -> None:
        self._head(status, {"Content-Length": length or str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"ETag": self.server.version, "Set-Cookie": self.server.cookie, **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    # What others do.

    def _status(self, data: bytes | None, detail: str) -> None:
        """``status CODE [SECONDS | date SECONDS]``: Retry-After as seconds or as a date."""
        code, _, after = detail.partition(" ")
        headers = {"Retry-After": after}
        if after:
            seconds = float(after.removeprefix("date "))
            until = time.time() + seconds
            if after.startswith("date"):
                until = int(until) + 1
                headers = {"Retry-After": email.utils.formatdate(until, usegmt=True)}
            self.server.not_before = until
        self._send(int(code), b"<html>no</html>", headers)

    def _reset(self, data: bytes | None, detail: str) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _cut(self, data: bytes, detail: str) -> None:
        """``cut N``: reset after N bytes of the body."""
        self._part(data, int(detail))
        self._reset(data, "")

    def _close(self, data: bytes, detail: str) -> None:
        """``close N``: a clean end after N bytes, where more were announced."""
        self._part(data, int(detail))

    def _hang(self, data: bytes | None, detail: str) -> None:
        """``hang``: nothing. ``hang N``: nothing after N bytes of the body."""
        if detail:
            self._part(data or b"", int(detail))
        self.server.over.wait(60)

    def _part(self, data: bytes, count: int) -> None:
        start = self._start(data)
        rest = data[start or 0 :]
        place = {} if start is None else {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        self._head(200 if start is None else 206, {"Content-Length": str(len(rest)), **place})
        self.wfile.write(rest[:count])
        self.wfile.flush()

    def _drip(self, data: bytes, detail: str) -> None:
        """``drip [SECONDS]``: a byte a second."""
        self._part(data, 0)
        for at in range(self._start(data) or 0, len(data)):
            self.wfile.write(data[at : at + 1])
            self.wfile.flush()
            if self.server.over.wait(float(detail or 1)):
                return

    def _dripping_head(self, data: bytes, detail: str) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.over.wait(0.05):
                return

    def _long(self, data: bytes, detail: str) -> None:
        """Announce more than there is."""
        self._send(200, data, length=str(len(data) + 100))

    def _short(self, data: bytes, detail: str) -> None:
        """Announce less than there is; ranges are right."""
        if self.headers.get("Range"):
            self._ok(data, "")
        else:
            self._send(200, data, length=str(len(data) // 2))

    def _loop(self, data: bytes, detail: str) -> None:
        self._send(302, b"", {"Location": f"{self.path.partition('?')[0]}?{time.time()}"})

    def _to(self, data: bytes, detail: str) -> None:
        """``to URL``: a redirect."""
        self._send(302, b"moved", {"Location": detail})

    def _page(self, data: bytes, detail: str) -> None:
        body = b"\n<!-- portal -->\n<!DOCTYPE html>\n<html><form>Please log in</form></html>" + b" " * 2000
        self._send(200, body, {"Content-Type": "text/html"})

    def _norange(self, data: bytes, detail: str) -> None:
        self._send(200, data)

    def _noetag(self, data: bytes, detail: str) -> None:
        """Ranges, but nothing that names the version."""
        self._ok(data, "", {"ETag": ""})

    def _wrongrange(self, data: bytes, detail: str) -> None:
        """Answer a range with another one."""
        start = self._start(data)
        if start is None:
            self._ok(data, "")
        else:
            self._send(206, data[5:], {"Content-Range": f"bytes 5-{len(data) - 1}/{len(data)}"})

    def _lyingrange(self, data: bytes, detail: str) -> None:
        """Answer a range rightly by its header, and with other bytes."""
        start = self._start(data)
        if start is None:
            self._ok(data, "")
        else:
            self._send(206, data[: len(data) - start], {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})

    def _deafrange(self, data: bytes, detail: str) -> None:
        """Answer a range of an old version with one of the new version (If-Range not understood)."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None:
            self._ok(data, "")
        else:
            start = int(match[1])
            self._send(206, data[start:], {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})

    def _packed(self, data: bytes, detail: str) -> None:
        self._send(200, gzip.compress(data), {"Content-Encoding": "gzip"})

    def _nolength(self, data: bytes, detail: str) -> None:
        """The end of the connection is the end of the file, if ``detail`` bytes do not come before."""
        self._head(200, {"Connection": "close"})
        self.wfile.write(data[: int(detail)] if detail else data)

    def _chunked(self, data: bytes, detail: str) -> None:
        """``chunked [N]``: in chunks, of which the last is missing after N bytes."""
        self._head(200, {"Transfer-Encoding": "chunked"})
        body = data[: int(detail)] if detail else data
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body) + (b"" if detail else b"0\r\n\r\n"))

    def _endless(self, data: bytes, detail: str) -> None:
        self._head(200, {"Connection": "close"})
        while not self.server.over.is_set():
            self.wfile.write(b"x" * 65536)

    def _empty(self, data: bytes, detail: str) -> None:
        self._send(200, b"")

    def _garbage(self, data: bytes, detail: str) -> None:
        self.wfile.write(b"\x00\xff SSH-2.0-or-so\r\n\r\n" * 20)


def trusting() -> ssl.SSLContext:
    """Return a context that trusts the tests' certificate and no other."""
    return ssl.create_default_context(cafile=str(certificate()))
