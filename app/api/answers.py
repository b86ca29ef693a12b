"""What the app's own JSON routes share: compact answers, and errors as words with a fitting status."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import flask
import orjson

from app.api.errors import readable, status_of
from services.errors import payload

COMPRESS_FROM_BYTES = 1000


def json_answer(content: Any, status: int = 200) -> flask.Response:
    """The content as JSON; gzipped where that pays and the browser takes it. Dates become ISO text."""
    body = orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS)
    response = flask.Response(body, status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if len(body) >= COMPRESS_FROM_BYTES and "gzip" in flask.request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(body, compresslevel=4, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
    return response


def answers_json(route: Callable[..., Any]) -> Callable[..., flask.Response]:
    """A route that returns a payload, or (payload, status); its errors are answered as {"error": {…}}."""

    @functools.wraps(route)
    def answered(*arguments: Any, **named: Any) -> flask.Response:
        try:
            result = route(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - this is the boundary where an error becomes words
            shown = readable(error)
            return json_answer({"error": payload(shown)}, status_of(shown))
        if isinstance(result, flask.Response):
            return result
        body, status = result if isinstance(result, tuple) else (result, 200)
        return json_answer(body, status)

    return answered


def at_once(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A download whose headers go out before its first piece is made: Databricks' gateway waits a minute for them."""
    yield b""
    yield from pieces
