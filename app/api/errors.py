"""The boundary where an error becomes words: what a page or a route shows, and with which status."""

from __future__ import annotations

import logging
import uuid

from werkzeug.exceptions import HTTPException

from inventory_runner.contract import EngineError
from inventory_runner.database_errors import find_refusal
from inventory_runner.errors import (
    DatabaseSlow,
    DatabaseUnavailable,
    InvalidInput,
    InventoryError,
    NotAllowed,
    NotFound,
    SchemaMissing,
    StatementRefused,
    VersionConflict,
)
from inventory_runner.storage import StorageFull, StorageUnavailable
from services.ai_service.answering import TooManyAnswers
from services.inventory_service.downloads import TooManyDownloads
from services.models import routes
from services.program_check import NotReady
from services.query_service.slots import TooManyQueries
from services.sample_history import SampleIncomplete
from services.turns import TooManySearches
from services.users import RoleUnknown

log = logging.getLogger(__name__)

SEE_DOCUMENT = f"See {routes.DOCUMENT}."


class InternalError(InventoryError):
    """A defect of the app; the hint names its entry in the log."""

    code = "internal_error"


class MalformedRequest(InvalidInput):
    """The request has not the shape that the API's document gives; `field` is where it first differs."""

    code = "malformed_request"
    title = "The request cannot be read"


class RequestTooLarge(InventoryError):
    """The request's body is longer than the operation takes."""

    code = "request_too_large"
    title = "The request is too large"


class ServerBusy(InventoryError):
    """The server takes in more at once than it has room for."""

    code = "server_busy"
    title = "The server is busy"
    default_hint = "Try again in a moment."


class NoSuchAddress(NotFound):
    """Nothing is served at the address."""

    code = "no_such_address"
    title = "Nothing is here"


class WrongMethod(InventoryError):
    """The address is served, with another HTTP method."""

    code = "wrong_method"
    title = "Another method is needed"


# The first class that an error is an instance of gives its status; any other error is a 500. 400: the request has not
# the document's shape. 422: it has, and what it asks for cannot be done.
STATUS: tuple[tuple[type[InventoryError], int], ...] = (
    (RequestTooLarge, 413),
    (ServerBusy, 503),
    (WrongMethod, 405),
    (NotFound, 404),
    (NotAllowed, 403),
    (VersionConflict, 409),
    (SampleIncomplete, 409),
    (MalformedRequest, 400),
    (InvalidInput, 422),
    (StatementRefused, 422),
    (EngineError, 422),
    (TooManyQueries, 429),
    (TooManyDownloads, 429),
    (TooManyAnswers, 429),
    (TooManySearches, 429),
    (SchemaMissing, 503),
    (NotReady, 503),
    (DatabaseUnavailable, 503),
    (DatabaseSlow, 503),
    (RoleUnknown, 503),
    (StorageFull, 507),
    (StorageUnavailable, 503),
)


def translate_error(error: Exception) -> InventoryError:
    """The error itself where it is meant for people, else a general one with a reference into the log."""
    if isinstance(error, InventoryError):
        return error
    if refusal := find_refusal(error):
        return refusal
    reference = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", reference, exc_info=error)
    return InternalError("This is a defect of the app, and it is in the log.", hint=f"Reference {reference}.")


def translate_http_error(error: HTTPException) -> InventoryError:
    """Werkzeug's own refusal (an unknown address, a wrong method, a body too long) in our words."""
    if error.code == 404:
        return NoSuchAddress("The API has nothing at this address.", hint=SEE_DOCUMENT)
    if error.code == 405:
        allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))  # type: ignore[attr-defined]
        return WrongMethod(f"This address takes {allowed}.", hint=SEE_DOCUMENT)
    if error.code == 413:
        return RequestTooLarge(
            "What was sent is longer than can be taken here.",
            hint="Send less: a shorter text, or fewer values.",
        )
    return MalformedRequest(error.description or "The server could not read the request.")


def find_status(error: InventoryError) -> int:
    """The HTTP status that an error is answered with."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)
