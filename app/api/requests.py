"""Reading requests: bodies, blocks of a grid, searches, moments. Raises InvalidInput, naming the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import flask
import orjson
from werkzeug.exceptions import RequestEntityTooLarge

from inventory_runner.errors import InvalidInput
from services.models.limits import LONGEST_SEARCH
from services.models.url_values import end_of


def json_body() -> Mapping[str, Any]:
    """The request's JSON object; raises InvalidInput where there is none, or one that no answer could quote."""
    try:
        body = flask.request.get_json(silent=True)
    except RequestEntityTooLarge:
        raise InvalidInput("The request is too large.", field="body") from None
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise InvalidInput("The request has to be a JSON object.", field="body")
    try:
        orjson.dumps(body)
    except orjson.JSONEncodeError:
        raise InvalidInput(
            "The request holds half a character, or a number without end.",
            field="body",
            hint="Type it again.",
        ) from None
    return body


def window(body: Any) -> tuple[int, int]:
    """A block's start and end; raises InvalidInput, also where its sort or its filters have not the grid's shape."""
    start, end = body.get("start"), body.get("end")
    sort, filters = body.get("sort") or [], body.get("filters") or {}
    if not isinstance(sort, list) or not all(isinstance(one, dict) for one in sort):
        raise InvalidInput("sort is a list of objects.", field="sort")
    if not isinstance(filters, dict) or not all(isinstance(one, dict) for one in filters.values()):
        raise InvalidInput("filters is an object of objects.", field="filters")
    for model in filters.values():
        conditions = model.get("conditions") or []
        pair = [model.get("condition1") or {}, model.get("condition2") or {}]
        if not isinstance(conditions, list) or not all(isinstance(one, dict) for one in [*conditions, *pair]):
            raise InvalidInput("A filter's conditions are objects.", field="filters")
    if (
        not isinstance(start, int)
        or not isinstance(end, int)
        or isinstance(start, bool)
        or isinstance(end, bool)
    ):
        raise InvalidInput("start and end are whole numbers.", field="start")
    return start, end


def words(body: Any) -> str:
    """The search of a block; raises InvalidInput."""
    search = body.get("search") or ""
    if not isinstance(search, str) or len(search) > LONGEST_SEARCH:
        raise InvalidInput(f"search is a text of at most {LONGEST_SEARCH} characters.", field="search")
    return search


def moment(text: str) -> datetime | None:
    """The end of a UTC day or minute; None for no text. Raises InvalidInput (field `asof`)."""
    at = end_of(text)
    if text and at is None:
        raise InvalidInput(
            f"{text!r} is no time.", field="asof", hint="Write it as 2026-11-21 or 2026-11-21T10:30."
        )
    return at
