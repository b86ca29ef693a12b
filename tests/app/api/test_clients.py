"""A route is told when its client has left, by the servers that know it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import flask
import pytest
from fakes.serving import serving
from fakes.waiting import PATIENCE_SECONDS, wait_until

from app.api.clients import watch_client


@pytest.mark.parametrize("more", [b"", b"GET / HTTP/1.1\r\n\r\n"], ids=["nothing more", "another request"])
def test_a_client_that_closes_its_connection_is_noticed(more: bytes) -> None:
    server = flask.Flask("test")
    asked, closed, seen = threading.Event(), threading.Event(), []

    @server.get("/")
    def _wait() -> str:
        has_left = watch_client()
        seen.append(has_left())
        asked.set()
        closed.wait(PATIENCE_SECONDS)
        if not more:
            wait_until(has_left)
        seen.append(has_left())
        return ""

    with serving(server) as address:
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + more)
            assert asked.wait(PATIENCE_SECONDS)
            if more:
                closed.set()
                wait_until(lambda: len(seen) == 2)
        closed.set()
        wait_until(lambda: len(seen) >= 2)
    assert seen[:2] == [False, not more]


def test_a_client_that_reads_nothing_ends_its_answer() -> None:
    server = flask.Flask("test")
    ended = threading.Event()

    @server.get("/")
    def _send() -> flask.Response:
        watch_client(stalled_seconds=0.1)

        def pieces() -> Iterator[bytes]:
            try:
                while True:
                    yield bytes(1 << 20)
            finally:
                ended.set()

        return flask.Response(pieces())

    with serving(server) as address:
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert ended.wait(PATIENCE_SECONDS)


def test_without_a_connection_the_client_is_taken_to_be_there() -> None:
    with flask.Flask("test").test_request_context():
        assert watch_client()() is False
