"""What a Postgres that answers cannot do just now: no room, no memory, no connections, not ready, read-only.

It says so by a SQLSTATE; where it refuses the connection itself, the driver has its words alone.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from inventory_runner.errors import DatabaseUnavailable


class DatabaseRefusal(DatabaseUnavailable):
    """The database answered that it cannot do this now. transient: another attempt may succeed without anybody's help.

    sentence: what happened, for `message`.
    """

    code = "database_refusal"
    transient = True
    sentence = ""


class DatabaseFull(DatabaseRefusal):
    """Its disk has no room (53100)."""

    code = "database_full"
    title = "The database's disk is full"
    default_hint = "What is there can be read. Make room for the database; nothing has to be started again."
    transient = False
    sentence = "Postgres has no room left on its disk."


class DatabaseOutOfMemory(DatabaseRefusal):
    """It has no memory for a statement (53200)."""

    code = "database_out_of_memory"
    title = "The database is out of memory"
    default_hint = "Try again in a moment. If it comes back, give the database more memory."
    sentence = "Postgres has no memory left for this."


class DatabaseLimitReached(DatabaseRefusal):
    """A limit of its configuration was reached, such as one on temporary files (53400)."""

    code = "database_limit_reached"
    title = "The database has reached a limit"
    default_hint = "Its words are under Details: raise the limit that they name."
    transient = False
    sentence = "A limit that Postgres is configured with was reached."


class DatabaseOverloaded(DatabaseRefusal):
    """It takes no more connections (53300)."""

    code = "database_overloaded"
    title = "The database takes no more connections"
    default_hint = (
        "Try again in a moment. If it comes back, raise max_connections, or lower DATABASE_POOL_SIZE and the runs that"
        " are under way at once."
    )
    sentence = "All connections that Postgres allows are taken."


class DatabaseNotReady(DatabaseRefusal):
    """It starts, recovers, or shuts down (57P03)."""

    code = "database_not_ready"
    title = "The database is not ready yet"
    default_hint = "Wait a moment: this page recovers by itself."
    sentence = "Postgres is starting, recovering or shutting down."


class DatabaseReadOnly(DatabaseRefusal):
    """It takes no writes (25006): a standby, or one that was set so."""

    code = "database_read_only"
    title = "The database can only be read"
    default_hint = (
        "What is there can be read. Let the database take writes again, or name the server that does: a standby does"
        " not."
    )
    transient = False
    sentence = "Postgres takes no writes now."


_BY_CODE: dict[str, type[DatabaseRefusal]] = {
    "53100": DatabaseFull,
    "53200": DatabaseOutOfMemory,
    "53300": DatabaseOverloaded,
    "53400": DatabaseLimitReached,
    "57P03": DatabaseNotReady,
    "25006": DatabaseReadOnly,
}
# of a connection that was refused; a server that speaks another language is said not to answer
_BY_WORDS: tuple[tuple[re.Pattern[str], type[DatabaseRefusal]], ...] = (
    (re.compile(r"too many (?:clients|connections)|connection slots are reserved"), DatabaseOverloaded),
    (
        re.compile(r"the database system is (?:starting|shutting|in recovery|not (?:yet )?accepting)"),
        DatabaseNotReady,
    ),
)


def find_refusal(error: BaseException, consequence: str = "") -> DatabaseRefusal | None:
    """The words for what Postgres refused, or None where the error is of another kind.

    error: SQLAlchemy's or the driver's. consequence: a sentence to add, such as that a table is as it was.
    """
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code, words = getattr(original, "pgcode", None), str(original)
    kind = _BY_CODE.get(code or "")
    if kind is None and code is None and isinstance(error, sa.exc.OperationalError):
        kind = next((one for pattern, one in _BY_WORDS if pattern.search(words)), None)
    if kind is None:
        return None
    return kind(f"{kind.sentence} {consequence}".strip(), details=" ".join(words.split()))
