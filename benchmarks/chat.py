"""The assistant's stream: what the app adds to the first token, and whether it keeps the model's pace.

The peer is the fake API read by the SDK alone, in the same run; the product is the app's own route in front of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import anthropic as fake_anthropic

RATE = 100
TOKENS = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--rounds", type=int, default=7)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """added_first_token_ms: median over the rounds; tokens_per_second: the median, where the fake sends 100."""
    with fake_anthropic.serve() as fake, _start_app(fake.url) as port:
        alone, through, rates = [], [], []
        for _ in range(options.rounds + 1):
            fake.say(*["word "] * 3)
            alone.append(_measure_directly(fake.url))
            fake.say(*["word "] * 3)
            through.append(_measure_through_app(port)[0])
        for _ in range(3):
            fake.say(*["word "] * TOKENS, tokens_per_second=RATE)
            rates.append(_measure_through_app(port)[1])
    # the first round imports and connects
    return {
        "added_first_token_ms": round(
            1000 * (statistics.median(through[1:]) - statistics.median(alone[1:])), 1
        ),
        "tokens_per_second": round(statistics.median(rates), 1),
    }


@contextmanager
def _start_app(url: str) -> Iterator[int]:
    from app.api.ide import chat as routes_chat
    from app.api.operations import Api
    from services import Services
    from services.ai_service import AIService
    from services.users import SYSTEM, set_current_user

    os.environ["ANTHROPIC_BASE_URL"] = url

    class Nothing:
        def search(self, text: str, limit: int = 40) -> list[str]:
            return []

    server = flask.Flask("benchmark")
    server.before_request(lambda: set_current_user(SYSTEM))
    assistant = AIService(lambda: "key", lambda: True, lambda: None, Nothing(), "model")  # type: ignore[arg-type, return-value]
    services = Services.__new__(Services)
    object.__setattr__(services, "ai", assistant)
    routes_chat.install(Api(server), services)
    serving = make_server("127.0.0.1", 0, server, threaded=True)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield serving.server_port
    finally:
        serving.shutdown()


def _measure_directly(url: str) -> float:
    import anthropic

    client = anthropic.Anthropic(api_key="key", base_url=url)
    started = time.perf_counter()
    with client.messages.stream(
        model="fake", max_tokens=100, messages=[{"role": "user", "content": "hello"}]
    ) as stream:
        for _ in stream.text_stream:
            return time.perf_counter() - started
    raise RuntimeError("the fake sent no text")


def _measure_through_app(port: int) -> tuple[float, float]:
    """Seconds to the first token, and tokens a second after it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"messages": [{"role": "user", "content": "hello"}], "mode": "results"})
    started = time.perf_counter()
    connection.request("POST", "/api/ide/chat", body, {"Content-Type": "application/json"})
    first, count, last = 0.0, 0, started
    for line in connection.getresponse():
        if line.startswith(b'data: {"type": "text"'):
            last = time.perf_counter()
            first = first or last
            count += 1
    connection.close()
    return first - started, (count - 1) / (last - first) if count > 1 else 0.0
