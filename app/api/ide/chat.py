"""The assistant's answer as an event stream: POST /ide/chat, one JSON object an event.

The service's blocking iterator runs in a thread of its own, so that silence can be filled with comments: a
disconnect is noticed only on a write. Closing the response closes the iterator, and with it the model's request.
"""

from __future__ import annotations

import contextvars
import json
import logging
import queue
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import flask

from app.api.answers import answers_json
from app.api.requests import json_body
from inventory_runner.errors import InvalidInput
from services import Services
from services.ai_service.events import Event, Failure
from services.users import require_engineer

log = logging.getLogger(__name__)

PING_SECONDS = 10
MOST_BODY_BYTES = 2_000_000
_END = object()


def install(server: flask.Flask, services: Services) -> None:
    """Add the route."""

    @server.post("/ide/chat")
    @answers_json
    def _chat() -> flask.Response:
        require_engineer("use the assistant")
        messages, mode, provider = _request_of(flask.request)
        return flask.Response(
            _stream(services.ai.converse(messages, mode, provider)),
            mimetype="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _request_of(request: flask.Request) -> tuple[list[dict[str, Any]], Any, str]:
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise InvalidInput("The conversation is too long.", hint="Clear the chat and ask again.")
    body = json_body()
    if not isinstance(body.get("messages"), list):
        raise InvalidInput("The request holds no messages.", hint="Reload the page.")
    messages = [message for message in body["messages"] if isinstance(message, dict)]
    mode, provider = body.get("mode"), body.get("provider") or ""
    if mode not in ("query", "results"):
        raise InvalidInput('The mode is "query" or "results".', hint="Reload the page.")
    if (
        not isinstance(provider, str)
        or len(provider) > 60
        or not provider.replace("_", "").isalnum() * bool(provider)
    ):
        provider = ""
    return messages, mode, provider


def _stream(events: Iterator[Event]) -> Iterator[str]:
    """The events as server-sent events, with comments in silence; `end` last."""
    waiting: queue.Queue[Any] = queue.Queue()
    stopped = threading.Event()

    def read() -> None:
        try:
            for event in events:
                waiting.put(event)
                if stopped.is_set():
                    break
        except Exception:
            log.exception("the assistant's turn failed")
            waiting.put(Failure("The assistant failed", "This is a defect of the app, and it is in the log."))
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
            waiting.put(_END)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(read,), daemon=True, name="chat").start()
    try:
        yield ": start\n\n"
        while True:
            try:
                event = waiting.get(timeout=PING_SECONDS)
            except queue.Empty:
                yield ": ping\n\n"
                continue
            if event is _END:
                yield 'data: {"type": "end"}\n\n'
                return
            yield f"data: {json.dumps({'type': type(event).__name__.lower(), **asdict(event)})}\n\n"
    finally:
        stopped.set()
