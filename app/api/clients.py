"""Whether the client of a request is still there, which WSGI itself does not say."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import flask

# a client that reads nothing for so long has gone, or holds a thread of the server's for nothing
STALLED_SECONDS = 60
# where gunicorn, and werkzeug's server of local development, put the connection
SOCKETS = ("gunicorn.socket", "werkzeug.socket")


def watch_client(stalled_seconds: float = STALLED_SECONDS) -> Callable[[], bool]:
    """A function that says whether the current request's client has closed its connection.

    From now on sending ends with an OSError where the client reads nothing for so many seconds. With a server that
    tells nothing of the connection the client is taken to be there.
    """
    found = next((flask.request.environ[name] for name in SOCKETS if name in flask.request.environ), None)
    if not isinstance(found, socket.socket):
        return lambda: False
    # not settimeout, which would also make a look wait
    limit = struct.pack("ll", int(stalled_seconds), int(stalled_seconds % 1 * 1_000_000))
    found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def has_left() -> bool:
        try:
            return found.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    return has_left
