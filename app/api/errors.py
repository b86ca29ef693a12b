"""The boundary where an error becomes words: what a page or a route shows, and with which status."""

from __future__ import annotations

import logging
import uuid

from inventory_runner.contract import EngineError
from inventory_runner.errors import (
    DatabaseUnavailable,
    InvalidInput,
    InventoryError,
    NotAllowed,
    NotFound,
    StatementRefused,
)
from services.query_service.slots import TooManyQueries

log = logging.getLogger(__name__)

# the first class that an error is an instance of gives its status; any other error is a 500
STATUS: tuple[tuple[type[InventoryError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (InvalidInput, 400),
    (StatementRefused, 422),
    (EngineError, 422),
    (TooManyQueries, 429),
    (DatabaseUnavailable, 503),
)


def readable(error: Exception) -> InventoryError:
    """The error itself where it is meant for people, else a general one with a reference into the log."""
    if isinstance(error, InventoryError):
        return error
    reference = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", reference, exc_info=error)
    return InventoryError(
        "This is a defect of the app, and it is in the log.", hint=f"Reference {reference}."
    )


def status_of(error: InventoryError) -> int:
    """The HTTP status that an error is answered with."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)
