"""Reading what a request holds: its JSON, its moments."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from app.api.errors import MalformedRequest
from inventory_runner.errors import InvalidInput
from services.models.url_values import end_of


def read_json_body() -> Mapping[str, Any]:
    """The request's JSON object; raises MalformedRequest where there is none, or one that no answer could quote, and
    RequestEntityTooLarge."""
    body = None
    # a form of another site can send text without asking first, JSON it cannot
    if flask.request.is_json:
        with suppress(ValueError, RecursionError):
            body = json.loads(_read_body(), parse_float=_parse_number)
    if not isinstance(body, dict):
        raise MalformedRequest("The request has to be a JSON object.", field="body")
    try:
        # what Python reads and JSON cannot say: NaN, Infinity, half of a pair of surrogates
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise MalformedRequest(
            "The request holds half a character, or a number without end.", field="body"
        ) from None
    return body


def _read_body() -> bytes:
    request = flask.request
    body = request.get_data()
    # of a body in chunks Werkzeug gives what fits, without a word
    if request.content_length is None and len(body) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    return body


def _parse_number(text: str) -> float | int:
    """JSON has one kind of number: 5.0 is a whole one."""
    number = float(text)
    return int(number) if number.is_integer() else number


def parse_time(text: str) -> datetime | None:
    """The end of a UTC day or minute; None for no text. Raises InvalidInput (field `asof`)."""
    at = end_of(text)
    if text and at is None:
        raise InvalidInput(
            f"{text!r} is no time.", field="asof", hint="Write it as 2026-11-21 or 2026-11-21T10:30."
        )
    return at
