"""The assistant's answer as an event stream: POST /api/ide/chat, one JSON object an event.

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

from app.api import schemas
from app.api.operations import EVENTS, Api
from inventory_runner.errors import InvalidInput
from services import Services
from services.ai_service.events import Event, Failure
from services.models import routes

log = logging.getLogger(__name__)

NO_RESULT = "No result is shown below the editor."
PING_SECONDS = 10
MOST_BODY_BYTES = 2_000_000
_END = object()


def install(api: Api, services: Services) -> None:
    """Add the route."""

    @api.operation(
        "POST",
        routes.CHAT,
        "askAssistant",
        body=schemas.Conversation,
        media=(EVENTS,),
        refuses=(404, 422),
        body_bytes=MOST_BODY_BYTES,
    )
    def _chat(body: schemas.Conversation) -> flask.Response:
        """Ask the assistant: its answer comes as server-sent events, a JSON object each, the last of type `end`."""
        about = describe_shown(services, body.result) if body.mode == "results" else ""
        events = services.ai.converse(
            [message.model_dump() for message in body.messages], body.mode, body.provider, about
        )
        return flask.Response(
            _iterate_events(events),
            mimetype=EVENTS,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def describe_shown(services: Services, id: str | None) -> str:
    """What goes with a question about the result below the editor; None: the question has it in itself.

    Raises NotFound where the result is no longer kept.
    """
    if id is None:
        return ""
    try:
        return f"Below the editor: {services.queries.results.describe(id)}" if id else NO_RESULT
    except InvalidInput:
        # it runs, or has failed; the question may be about that
        return NO_RESULT


def _iterate_events(events: Iterator[Event]) -> Iterator[str]:
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
