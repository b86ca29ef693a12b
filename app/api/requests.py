"""Reading what a request holds: its JSON, its moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import flask
import orjson

from app.api.errors import MalformedRequest
from inventory_runner.errors import InvalidInput
from services.models.url_values import end_of


def json_body() -> Mapping[str, Any]:
    """The request's JSON object; raises MalformedRequest where there is none, or one that no answer could quote."""
    try:
        body = flask.request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise MalformedRequest("The request has to be a JSON object.", field="body")
    try:
        orjson.dumps(body)
    except orjson.JSONEncodeError:
        raise MalformedRequest(
            "The request holds half a character, or a number without end.", field="body"
        ) from None
    return body


def moment(text: str) -> datetime | None:
    """The end of a UTC day or minute; None for no text. Raises InvalidInput (field `asof`)."""
    at = end_of(text)
    if text and at is None:
        raise InvalidInput(
            f"{text!r} is no time.", field="asof", hint="Write it as 2026-11-21 or 2026-11-21T10:30."
        )
    return at
