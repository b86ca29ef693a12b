"""What the routes share."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import flask
from fakes.waiting import PATIENCE_SECONDS
from werkzeug.serving import make_server

from app.api.answers import send_headers_first


def test_a_downloads_headers_do_not_wait_for_its_first_piece() -> None:
    ready, app = threading.Event(), flask.Flask("downloads")

    def pieces() -> Iterator[bytes]:
        assert ready.wait(2 * PATIENCE_SECONDS), "the headers waited for the file"
        yield b"the file"

    @app.get("/file")
    def _file() -> flask.Response:
        return flask.Response(send_headers_first(pieces()))

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/file")
        answer = connection.getresponse()
        assert answer.status == 200
        ready.set()
        assert answer.read() == b"the file"
    finally:
        ready.set()
        server.shutdown()
        server.server_close()
