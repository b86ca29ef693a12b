"""gunicorn's worker with threads that no slow client holds: a thread gets a request that is there whole.

gthread reads a request's head and body in the thread that answers it, and sends in it too: as many clients as there are
threads, each with half a head, a body that drips or an answer that it does not read, stop everybody else. Here the
worker's one loop takes requests in and sends what clients are slow to read; the health check has a thread of its own.
"""

from __future__ import annotations

import http
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent import futures
from functools import partial
from typing import Any

import orjson
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker
from werkzeug.exceptions import RequestEntityTooLarge

from app.api.errors import ServerBusy, find_status, translate_http_error
from app.arrivals import Arrival
from app.security import DISCARD_SECONDS, SERVER_NAME
from inventory_runner.errors import InventoryError
from services.errors import describe_error

# from a request's beginning to its end
REQUEST_SECONDS = 30
# for what is left of an answer when its thread has gone on
REST_SECONDS = 60
# a second line, for what a thread still waits for: more of a request, and a client that reads nothing
THREAD_READ_SECONDS, THREAD_SEND_SECONDS = 5, 5
# between our end of a connection and the client's
LINGER_SECONDS = 2.0
RECEIVE_BYTES = 1 << 16
# of all answers of this process that clients are slow to read; beyond it the threads wait as gthread's do
MOST_REST_BYTES = 256 << 20
# of one of them: the largest script that pages load
LONGEST_REST_BYTES = 8 << 20
# of all requests of this process that are not here whole
MOST_ARRIVING_BYTES = 128 << 20
# connections that have not sent a whole request; the oldest goes for a new one
MOST_ARRIVING = 500
HEALTH = b"GET /healthz "


class SlowReaderSocket(socket.socket):
    """A connection whose answers wait in memory, within limits, for a client that is slow to read them."""

    _room = MOST_REST_BYTES
    _room_lock = threading.Lock()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._rest = bytearray()

    @property
    def has_rest(self) -> bool:
        return bool(self._rest)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what the client takes at once and keep the rest; where there is no room for it, wait for the client."""
        self.send_rest()
        view = memoryview(data).cast("B")
        if not self._rest:
            view = view[self._send_now(view) :]
        if not view:
            return
        if self._take_room(len(view)):
            self._rest += view
            return
        rest = self._drop_rest()
        super().sendall(rest, flags)
        super().sendall(view, flags)

    def send_rest(self) -> None:
        """Send what the client takes now of what is kept; raises OSError where it has gone."""
        if self._rest:
            sent = self._send_now(memoryview(bytes(self._rest[:RECEIVE_BYTES])))
            while sent:
                del self._rest[:sent]
                self._give_room(sent)
                sent = self._send_now(memoryview(bytes(self._rest[:RECEIVE_BYTES]))) if self._rest else 0

    def close(self) -> None:
        self._drop_rest()
        super().close()

    def _send_now(self, view: memoryview) -> int:
        done = 0
        while done < len(view):
            try:
                done += self.send(view[done:], socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
        return done

    def _take_room(self, size: int) -> bool:
        with SlowReaderSocket._room_lock:
            if size > SlowReaderSocket._room or len(self._rest) + size > LONGEST_REST_BYTES:
                return False
            SlowReaderSocket._room -= size
            return True

    def _give_room(self, size: int) -> None:
        with SlowReaderSocket._room_lock:
            SlowReaderSocket._room += size

    def _drop_rest(self) -> bytes:
        rest = bytes(self._rest)
        self._rest.clear()
        self._give_room(len(rest))
        return rest


class Connection(TConn):
    """arrival: the request that is coming in. keep: whether another may follow on the connection."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.arrival = Arrival()
        self.keep = False


class Worker(ThreadWorker):
    """See the module's docstring. Everything here but `handle` runs in the loop's thread, and waits for nobody.

    The connections that the loop reads a request from, or sends an answer to, are in gunicorn's own `pending_conns`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._arriving_bytes = 0
        self._health = futures.ThreadPoolExecutor(1, "health")

    # a request comes in

    def accept(self, listener: Any) -> None:
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        sock = SlowReaderSocket(fileno=client.detach())
        for option, seconds in (
            (socket.SO_RCVTIMEO, THREAD_READ_SECONDS),
            (socket.SO_SNDTIMEO, THREAD_SEND_SECONDS),
        ):
            sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))
        self.nr_conns += 1
        connection = Connection(self.cfg, sock, address, listener.getsockname())
        arriving = [one for one in self.pending_conns if not one.sock.has_rest]
        if len(arriving) >= MOST_ARRIVING:
            self._drop(min(arriving, key=lambda one: one.timeout))
        self._wait(connection, selectors.EVENT_READ, self._receive, REQUEST_SECONDS)

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """A kept connection's next request begins, or its client closes it."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait(conn, selectors.EVENT_READ, self._receive, REQUEST_SECONDS)
        self._receive(conn)

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        self._add(connection, data)
        if self._arriving_bytes > MOST_ARRIVING_BYTES:
            largest = max(self.pending_conns, key=lambda one: len(one.arrival.data))
            self._refuse(largest, ServerBusy("It takes in too much at once."))

    def _add(self, connection: Connection, data: bytes) -> None:
        before = len(connection.arrival.data)
        connection.arrival.add(data)
        self._arriving_bytes += len(connection.arrival.data) - before
        self._hand_over_if_whole(connection)

    def _hand_over_if_whole(self, connection: Connection) -> None:
        """Give the request to a thread once it is whole; refuse one that will be too long."""
        arrival = connection.arrival
        if arrival.is_too_long:
            self._refuse(connection, translate_http_error(RequestEntityTooLarge()))
        elif arrival.is_whole:
            self._forget(connection)
            data = bytes(arrival.data)
            connection.arrival = Arrival()
            connection.data_ready = True
            connection.init()
            connection.parser.unreader.unread(data)
            pool = self._health if data.startswith(HEALTH) else self.tpool
            done = pool.submit(self.handle, connection)
            done.add_done_callback(
                lambda future: self.method_queue.defer(self.finish_request, connection, future)
            )
        elif arrival.take_wish_to_go_on():
            connection.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    # an answer goes out

    def finish_request(self, conn: Connection, fs: futures.Future[Any]) -> None:
        """A thread is done with the request: send what is left of the answer, then keep or close the connection."""
        conn.keep = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
            return
        conn.sock.setblocking(False)
        if conn.sock.has_rest:
            self._wait(conn, selectors.EVENT_WRITE, self._send_rest, REST_SECONDS)
        else:
            self._settle(conn)

    def _send_rest(self, connection: Connection) -> None:
        try:
            connection.sock.send_rest()
        except OSError:
            self._drop(connection)
            return
        if not connection.sock.has_rest:
            self._forget(connection)
            self._settle(connection)

    def _settle(self, connection: Connection) -> None:
        """The answer is sent: wait for the next request, or for the client to close as well."""
        if not connection.keep:
            self._linger(connection)
            return
        ahead = connection.parser.unreader.take_buffered()
        if ahead:
            # the next request, or its beginning, came with the one before
            self._wait(connection, selectors.EVENT_READ, self._receive, REQUEST_SECONDS)
            self._add(connection, ahead)
            return
        connection.set_timeout()
        if not self.alive:
            connection.timeout = min(connection.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.append(connection)
        self.poller.register(
            connection.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, connection)
        )

    def _linger(self, connection: Connection, seconds: float = LINGER_SECONDS) -> None:
        """Close our half and read on for a moment: what is unread at the end would cut the answer (RFC 9112, 9.6)."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            connection.close()
            return
        self._wait(connection, selectors.EVENT_READ, self._discard, seconds)

    def _discard(self, connection: Connection) -> None:
        try:
            if connection.sock.recv(RECEIVE_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(connection)

    def _refuse(self, connection: Connection, error: InventoryError) -> None:
        """Answer before the request is whole, and take the rest of it: else a browser would not show the answer."""
        body = orjson.dumps({"error": describe_error(error)})
        status = http.HTTPStatus(find_status(error))
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\nServer: {SERVER_NAME}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        self._forget(connection)
        connection.arrival = Arrival()
        connection.keep = False
        try:
            connection.sock.sendall(head.encode() + body)
        except OSError:
            self.nr_conns -= 1
            connection.close()
            return
        self._linger(connection, DISCARD_SECONDS)

    # what the loop waits for

    def _wait(
        self, connection: Connection, event: int, then: Callable[[Connection], None], seconds: float
    ) -> None:
        connection.timeout = time.monotonic() + seconds
        self.pending_conns.append(connection)
        self.poller.register(connection.sock, event, lambda _sock: then(connection))

    def _forget(self, connection: Connection) -> None:
        self.poller.unregister(connection.sock)
        self.pending_conns.remove(connection)
        self._arriving_bytes -= len(connection.arrival.data)

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        self.nr_conns -= 1
        connection.close()

    def murder_pending(self) -> None:
        """Drop those whose time is over; once the worker stops, that is soon for those that have asked for nothing."""
        now = time.monotonic()
        for connection in list(self.pending_conns):
            if not self.alive and not connection.arrival.data and not connection.sock.has_rest:
                connection.timeout = min(connection.timeout, now + STOP_KEEPALIVE_LINGER)
            if connection.timeout <= now:
                self._drop(connection)
