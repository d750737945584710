"""A weights file made up for tests, and a server of this machine that has it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from storybench.files import sha256_bytes
from storybench.weights.known import FID_INCEPTION, WeightsFile

CONTENT = bytes(range(256)) * 4096


@dataclass
class Server:
    """What it serves and how it misbehaves; `asked` holds the Range headers of each request."""

    content: bytes = CONTENT
    cut_after: int | None = None
    has_ranges: bool = True
    says_length: bool = True
    moved_to: str | None = None
    status: int = 200
    asked: list[str | None] = field(default_factory=list)
    url: str = ""

    def file(self, content: bytes = CONTENT) -> WeightsFile:
        """A known file at this server's address, with the hash of `content`."""
        return replace(
            FID_INCEPTION,
            name="toy",
            file="toy.pth",
            size=len(content),
            sha256=sha256_bytes(content),
            url=f"{self.url}/toy.pth",
        )


@pytest.fixture
def server() -> Iterator[Server]:
    """Listens on a free port of 127.0.0.1."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append(wanted)
            start = int(wanted[len("bytes=") : -1]) if wanted and state.has_ranges else 0
            if state.moved_to:
                self.send_response(302)
                self.send_header("Location", state.moved_to)
                self.end_headers()
                return
            if state.status != 200:
                self.send_error(state.status)
                return
            self.send_response(206 if start else 200)
            body = state.content[start:]
            if state.says_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: state.cut_after])

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        state.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        listening.shutdown()
        thread.join()
