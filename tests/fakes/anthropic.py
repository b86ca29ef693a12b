"""A stand-in for Anthropic's Messages API on loopback: it streams what a test scripted, well or badly.

Each request takes the next of `turns`; `requests` keeps the bodies that were sent, `keys` the API keys.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Turn:
    """One answer: text pieces, then tool calls; or an HTTP error; or a stream that breaks after the pieces."""

    pieces: list[str] = field(default_factory=list)
    tools: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    stop_reason: str | None = None
    status: int = 200
    error_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    # after so many pieces nothing more is said
    silent_after: int | None = None
    tokens_per_second: float | None = None
    # the type of an error that the stream brings after the pieces
    error_midway: str = ""
    input_tokens: int = 12
    # held open after the first piece until the test sets it
    hold: threading.Event | None = None


class FakeAnthropic:
    """reply: makes the turn of a body for which none is scripted. silent: while it is set, nothing is answered."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.reply: Callable[[dict[str, Any]], Turn] = lambda _body: Turn(pieces=["nothing was scripted"])
        self.silent = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.disconnected = threading.Event()
        self.url = ""

    def say(self, *pieces: str, **options: Any) -> None:
        self.turns.append(Turn(pieces=list(pieces), **options))

    def use(self, name: str, *pieces: str, **arguments: Any) -> None:
        """The pieces of text, then a call of the tool."""
        self.turns.append(Turn(pieces=list(pieces), tools=[(name, arguments)]))

    def fail(self, status: int, error_type: str, **headers: str) -> None:
        self.turns.append(Turn(status=status, error_type=error_type, headers=headers))


def _events(turn: Turn) -> Iterator[tuple[str, dict[str, Any]]]:
    usage = {"input_tokens": turn.input_tokens, "output_tokens": 1}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "fake",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield "message_start", {"message": message}
    index = 0
    if turn.pieces:
        yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
        for piece in turn.pieces:
            yield "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": piece}}
        if turn.error_midway:
            yield "error", {"error": {"type": turn.error_midway, "message": f"{turn.error_midway} (fake)"}}
            return
        yield "content_block_stop", {"index": 0}
        index = 1
    for name, arguments in turn.tools:
        block = {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}}
        yield "content_block_start", {"index": index, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
        index += 1
    reason = turn.stop_reason or ("tool_use" if turn.tools else "end_turn")
    yield (
        "message_delta",
        {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 30}},
    )
    yield "message_stop", {}


@contextmanager
def serve() -> Iterator[FakeAnthropic]:
    """Run the fake until the block ends."""
    fake = FakeAnthropic()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.requests.append(body)
            fake.keys.append(
                self.headers.get("x-api-key")
                or (self.headers.get("authorization") or "").removeprefix("Bearer ")
            )
            while fake.silent.is_set():
                time.sleep(0.02)
            turn = fake.turns.pop(0) if fake.turns else fake.reply(body)
            if turn.status != 200:
                error = {
                    "type": "error",
                    "error": {"type": turn.error_type, "message": f"{turn.error_type} (fake)"},
                }
                self._send(turn.status, json.dumps(error).encode(), turn.headers)
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            self.close_connection = True
            said = 0
            try:
                for name, data in _events(turn):
                    if said == turn.silent_after:
                        # until the other side has left
                        self.connection.recv(1)
                        return
                    said += name == "content_block_delta"
                    if turn.breaks and name == "content_block_stop":
                        return
                    self.wfile.write(
                        f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
                    )
                    self.wfile.flush()
                    if name == "content_block_delta":
                        if turn.tokens_per_second:
                            time.sleep(1 / turn.tokens_per_second)
                        if turn.hold:
                            self._hold(turn.hold)
            except (BrokenPipeError, ConnectionResetError):
                fake.disconnected.set()

        def _hold(self, released: threading.Event) -> None:
            while not released.wait(0.02):
                self.wfile.write(b": waiting\n\n")
                self.wfile.flush()

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
