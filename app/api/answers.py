"""What the app's own JSON routes share: compact answers, and errors as words with a fitting status."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import flask
import orjson
from werkzeug.exceptions import HTTPException

from app.api.errors import find_status, translate_error, translate_http_error
from inventory_runner.errors import InventoryError
from services.errors import describe_error
from services.models.column_values import ColumnValues
from services.query_service.export import FORMATS

# the MIME types of the files that rows are saved as
FILES = tuple(kind.mimetype for kind in FORMATS.values())


def answer_with_json(content: Any, status: int = 200) -> flask.Response:
    """The content as JSON; dates become ISO text."""
    body = orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS)
    response = flask.Response(body, status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def describe_values(found: ColumnValues) -> dict[str, Any]:
    """The answer of every route that counts a column's values."""
    return {**asdict(found), "distinct": found.distinct}


def answer_with_error(error: InventoryError) -> flask.Response:
    """The error as {"error": {code, title, message, hint, field, details, …}}, with its status."""
    return answer_with_json({"error": describe_error(error)}, find_status(error))


def answer_errors(route: Callable[..., flask.Response]) -> Callable[..., flask.Response]:
    """The route, with every error as an answer in the API's shape."""

    @functools.wraps(route)
    def answer_call(*arguments: Any, **named: Any) -> flask.Response:
        try:
            return route(*arguments, **named)
        except HTTPException as error:
            return answer_with_error(translate_http_error(error))
        except Exception as error:  # noqa: BLE001 - this is the boundary where an error becomes words
            return answer_with_error(translate_error(error))

    return answer_call


def answer_with_file(pieces: Iterable[bytes], mimetype: str, name: str) -> flask.Response:
    """A file to save, in pieces; characters of its name that a header cannot hold become _."""
    response = flask.Response(send_headers_first(pieces), mimetype=mimetype)
    safe = "".join(c if (c.isalnum() and c.isascii()) or c in "-_." else "_" for c in name)[-120:]
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def send_headers_first(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A download whose headers go out before its first piece is made: Databricks' gateway waits a minute for them."""
    yield b""
    yield from pieces
