"""A database that says nothing: noticed here, since a server that is stopped keeps no time limit of its own.

A statement that takes long is slow, or meets silence. Which of the two is asked of the server: every Postgres, and
every proxy before one, answers a request for encryption at once and before anyone signs in. Where that is not answered
either, the sockets of all statements under way are shut, and the next ones fail at once until the server answers.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg2
from psycopg2 import extensions

log = logging.getLogger(__name__)
T = TypeVar("T")

# a busy server that lives answers in less
PROBE_SECONDS = 4.0
LOOK_SECONDS = 0.25
# without statements for so long the thread that looks ends
IDLE_SECONDS = 30.0
# PostgreSQL's SSLRequest: its length, and its code
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class ServerSilent(psycopg2.OperationalError):
    """Postgres says nothing; the connection was given up."""


@dataclass(eq=False)
class _Statement:
    connection: Any
    began: float
    cut: bool = False


class SilenceWatch:
    """The statements under way of one engine. patience: seconds after which the server is asked whether it lives."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._under_way: set[_Statement] = set()
        self._address: tuple[str, int] | None = None
        self._thread: threading.Thread | None = None
        self._silent = False

    def check(self) -> None:
        """Raise ServerSilent while the server is known to say nothing."""
        if self._silent:
            raise ServerSilent("The server says nothing.")

    def learn_address(self, host: str, port: int) -> None:
        """host: a name, or the folder of a Unix socket."""
        self._address = host, port

    def call(self, connection: Any, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """What `work` returns; raises ServerSilent where it was given up meanwhile."""
        self.check()
        statement = _Statement(connection, time.monotonic())
        with self._lock:
            self._under_way.add(statement)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="silence-watch", daemon=True)
                self._thread.start()
        try:
            return work(*arguments, **named)
        except psycopg2.Error as error:
            if statement.cut:
                raise ServerSilent("The server said nothing, and the connection was given up.") from error
            raise
        finally:
            with self._lock:
                self._under_way.discard(statement)

    def _look(self) -> None:
        # one that is slow is asked about again after another while
        needed_at = asked_at = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            with self._lock:
                if self._under_way or self._silent:
                    needed_at = now
                elif now - needed_at > IDLE_SECONDS:
                    self._thread = None
                    return
                late = any(now - one.began > self._patience for one in self._under_way)
            if self._silent or (late and now - asked_at > self._patience):
                self._hear(self._address is None or answers(*self._address))
                asked_at = time.monotonic()

    def _hear(self, answered: bool) -> None:
        if answered == self._silent:
            log.warning("the database %s", "answers again" if answered else "does not answer")
        with self._lock:
            self._silent = not answered
            for statement in () if answered else self._under_way:
                statement.cut = True
                _shut(statement.connection)


def answers(host: str, port: int, seconds: float = PROBE_SECONDS) -> bool:
    """Whether the server says anything to a request for encryption; True where it is away, which connections tell."""
    local = host.startswith("/")
    try:
        with (
            socket.socket(socket.AF_UNIX)
            if local
            else socket.create_connection((host, port), seconds) as probe
        ):
            probe.settimeout(seconds)
            if local:
                probe.connect(f"{host}/.s.PGSQL.{port}")
            probe.sendall(SSL_REQUEST)
            probe.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def _shut(connection: Any) -> None:
    """End both directions of a connection's socket, so that whoever reads from it goes on with an error."""
    with (
        contextlib.suppress(psycopg2.Error, OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as copy,
    ):
        copy.shutdown(socket.SHUT_RDWR)


def make_driver_arguments(watch: SilenceWatch) -> dict[str, Any]:
    """What psycopg2's `connect` takes so that all that a connection asks of the server is watched."""

    class Connection(extensions.connection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            watch.check()
            super().__init__(*arguments, **named)
            if self.info.host:
                watch.learn_address(self.info.host, self.info.port)

        def commit(self) -> None:
            watch.call(self, super().commit)

        def rollback(self) -> None:
            watch.call(self, super().rollback)

    class Cursor(extensions.cursor):
        def execute(self, *arguments: Any, **named: Any) -> None:
            watch.call(self.connection, super().execute, *arguments, **named)

        def executemany(self, *arguments: Any, **named: Any) -> None:
            watch.call(self.connection, super().executemany, *arguments, **named)

        def copy_expert(self, *arguments: Any, **named: Any) -> None:
            watch.call(self.connection, super().copy_expert, *arguments, **named)

        # a cursor with a name asks the server for each block
        def fetchone(self) -> Any:
            return self._fetch(super().fetchone)

        def fetchmany(self, *arguments: Any, **named: Any) -> Any:
            return self._fetch(super().fetchmany, *arguments, **named)

        def fetchall(self) -> Any:
            return self._fetch(super().fetchall)

        def _fetch(self, fetch: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
            if self.name is None:
                return fetch(*arguments, **named)
            return watch.call(self.connection, fetch, *arguments, **named)

    return {"connection_factory": Connection, "cursor_factory": Cursor}
