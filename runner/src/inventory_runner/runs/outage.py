"""A database that goes away in mid-run: which errors are transient, how long to retry, and what to say."""

from __future__ import annotations

import time
from collections.abc import Iterator

import sqlalchemy as sa

from inventory_runner.contract import AccessDenied, Throttled
from inventory_runner.database_errors import DatabaseRefusal, find_refusal
from inventory_runner.errors import DatabaseUnavailable, InventoryError
from inventory_runner.runs.limits import Limits
from inventory_runner.wording import cut_at_word

LONGEST_DETAILS = 300
# the database is away, or has no connection to spare
AWAY = (DatabaseUnavailable, sa.exc.TimeoutError)
# serialization failure, deadlock
TRANSIENT = frozenset({"40001", "40P01"})


def retry_delays(limits: Limits) -> Iterator[None]:
    """Yield at once, then with growing pauses (exponential backoff) until `limits.patience` seconds have passed."""
    deadline, pause = time.monotonic() + limits.patience, 0.2
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(pause * 2, 5.0)
        yield


def is_transient(error: BaseException) -> bool:
    """True for a transient error: a retry may succeed (connection lost, restart, serialization failure, deadlock)."""
    if refusal := find_known_refusal(error):
        return refusal.transient
    if not isinstance(error, sa.exc.DBAPIError):
        return True
    code = getattr(error.orig, "pgcode", None)
    if code is None:
        return error.connection_invalidated or isinstance(
            error, sa.exc.OperationalError | sa.exc.InterfaceError
        )
    return code.startswith(("08", "57P")) or code in TRANSIENT


def find_known_refusal(error: BaseException) -> DatabaseRefusal | None:
    """What the database cannot do just now, where the error tells that."""
    return error if isinstance(error, DatabaseRefusal) else find_refusal(error)


def explain_error(error: BaseException) -> str:
    """An error as a run's message; the raw text of a defect stays in the log."""
    error = find_known_refusal(error) or error
    if isinstance(error, InventoryError):
        raw = " ".join(error.details.split())
        # a run has no place of its own for the words behind its message
        return summarise_error(error) + (f" ({cut_at_word(raw, LONGEST_DETAILS)})" if raw else "")
    if isinstance(error, sa.exc.DBAPIError):
        return f"Postgres refused: {find_details(error)}"
    return f"A defect of the runner ended the run ({type(error).__name__}); see its log."


def find_details(error: BaseException) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())


def summarise_error(error: InventoryError) -> str:
    """What happened and what to do, without the raw words behind it.

    The title goes before it where a scope's status does not say the same.
    """
    return error.full_message if isinstance(error, AccessDenied | Throttled) else str(error)
