"""Answers under way: so many of a person's at once, and an end from outside while the model is silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from inventory_runner.errors import InventoryError
from services.ai_service.events import Event
from services.places import Place, Places

# of all people; less than one process has threads, of which each answer holds one
MOST_AT_ONCE = 24


class TooManyAnswers(InventoryError):
    """The assistant already answers as many of the person's questions as it may at once, or of everyone's."""

    code = "too_many_answers"
    title = "The assistant is still answering"
    default_hint = "Wait for the answer, or stop it, and ask again."


class AnswerPlaces:
    """Places of answers in one folder, over every process. per_person: a person's at once."""

    def __init__(self, folder: Path, per_person: int) -> None:
        self._places = Places(folder)
        self._per_person = per_person

    def enter(self) -> Place:
        """The current user's next; raises TooManyAnswers, ConfigurationError."""
        return self._places.enter(self._check)

    def _check(self, own: int, everyone: int) -> None:
        if own >= self._per_person:
            raise TooManyAnswers(f"{own} of your questions are being answered, which is the most.")
        if everyone >= MOST_AT_ONCE:
            raise TooManyAnswers(f"{everyone} questions of all people are being answered, which is the most.")


class Connections:
    """The connections to the model of one answer. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[Any] = []
        self._cut = False

    def watch(self, request: Any) -> None:
        """A hook of the SDK's HTTP client, before each request: the connections that it takes are known here."""
        request.extensions["trace"] = self._note

    def cut(self) -> None:
        """End every wait for the model, now and later: closing a client does not wake a thread that reads from it."""
        with self._lock:
            self._cut = True
            for stream in self._open:
                _shut_down(stream)

    def _note(self, event: str, info: dict[str, Any]) -> None:
        stream = info.get("return_value")
        if event.endswith(("connect_tcp.complete", "start_tls.complete")) and stream is not None:
            with self._lock:
                self._open.append(stream)
                if self._cut:
                    _shut_down(stream)


def _shut_down(stream: Any) -> None:
    connection = stream.get_extra_info("socket")
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            # of TLS too without its goodbye, which another thread may be in the middle of
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


class Answer(Iterator[Event]):
    """The events of one turn. leave: frees its place."""

    def __init__(
        self, events: Iterator[Event], connections: Connections, leave: Callable[[], None] = lambda: None
    ) -> None:
        self._events = events
        self._connections = connections
        self._leave = leave

    def __next__(self) -> Event:
        try:
            return next(self._events)
        except BaseException:
            self._leave()
            raise

    def stop(self) -> None:
        """Let it end at once, from any thread; the thread that reads it sees its last event."""
        self._connections.cut()

    def close(self) -> None:
        """End it and free its place, in the thread that reads it; safe to call twice."""
        self._connections.cut()
        close = getattr(self._events, "close", None)
        if close is not None:
            close()
        self._leave()
