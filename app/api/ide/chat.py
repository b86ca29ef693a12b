"""The assistant's answer as an event stream: POST /api/ide/chat, one JSON object an event.

The service's blocking iterator runs in a thread of its own, so that silence can be filled with comments and a client
that leaves is noticed. Closing the response stops the iterator, and with it the model's request.
"""

from __future__ import annotations

import contextvars
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import flask

from app.api import schemas
from app.api.clients import watch_client
from app.api.operations import EVENTS, Api
from inventory_runner.errors import InvalidInput
from inventory_runner.sql.statement import Source
from services import Services
from services.ai_service.answering import Answer
from services.ai_service.events import Failure
from services.models import routes

log = logging.getLogger(__name__)

NO_RESULT = "No result is shown below the editor."
PING_SECONDS = 10
# how often it is looked whether the client is still there
LOOK_SECONDS = 0.5
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
        refuses=(404, 422, 429),
        body_bytes=MOST_BODY_BYTES,
    )
    def _chat(body: schemas.Conversation) -> flask.Response:
        """Ask the assistant: its answer comes as server-sent events, a JSON object each, the last of type `end`."""
        about = describe_shown(services, body.result) if body.mode == "results" else ""
        events = services.ai.converse(
            [message.model_dump() for message in body.messages],
            body.mode,
            body.provider,
            about,
            Source(body.source),
        )
        reading = _Reading(events)
        response = flask.Response(
            _iterate_events(reading, watch_client()),
            mimetype=EVENTS,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        # also where nobody takes the first piece
        response.call_on_close(reading.stop)
        return response


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


class _Reading:
    """A thread that reads an answer's events into a queue, until the answer ends or is stopped."""

    def __init__(self, events: Answer) -> None:
        self._events = events
        self._stopped = threading.Event()
        self.waiting: queue.Queue[Any] = queue.Queue()
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._read,), daemon=True, name="chat").start()

    def stop(self) -> None:
        """Nobody reads any more; safe to call twice."""
        self._stopped.set()
        self._events.stop()

    def _read(self) -> None:
        try:
            for event in self._events:
                self.waiting.put(event)
                if self._stopped.is_set():
                    break
        except Exception:
            log.exception("the assistant's turn failed")
            self.waiting.put(
                Failure("The assistant failed", "This is a defect of the app, and it is in the log.")
            )
        finally:
            self._events.close()
            self.waiting.put(_END)


def _iterate_events(reading: _Reading, has_left: Callable[[], bool]) -> Iterator[str]:
    """The events as server-sent events, with comments in silence; `end` last. It ends when the client has left."""
    silent = 0.0
    try:
        yield ": start\n\n"
        while not has_left():
            try:
                event = reading.waiting.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                silent += LOOK_SECONDS
                if silent >= PING_SECONDS:
                    silent = 0.0
                    yield ": ping\n\n"
                continue
            silent = 0.0
            if event is _END:
                yield 'data: {"type": "end"}\n\n'
                return
            yield f"data: {json.dumps({'type': type(event).__name__.lower(), **asdict(event)})}\n\n"
    finally:
        reading.stop()
