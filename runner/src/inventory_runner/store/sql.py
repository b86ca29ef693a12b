"""Running composed SQL: identifiers and values are quoted by psycopg2.sql, never pasted.

Statements whose columns and tables differ from table to table are composed with `psycopg2.sql` and run without a
parameter collection, so that a `%` or a `:` in a column's name is only a character. Several statements may be
composed into one, which saves round trips: each sees a snapshot of its own, the last one's rows are returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import psycopg2
import sqlalchemy as sa
from psycopg2 import sql
from psycopg2.sql import SQL, Composable, Composed, Identifier, Literal

from inventory_runner.database_errors import find_refusal
from inventory_runner.errors import DatabaseUnavailable, InventoryError
from inventory_runner.store.model import NotPermitted, SchemaConflict, TableBusy, WriteFailed

__all__ = [
    "SQL",
    "Composable",
    "Composed",
    "Identifier",
    "Literal",
    "compose_columns",
    "compose_timestamp",
    "copy_in",
    "escape_pattern",
    "run",
    "translate_write_errors",
]

NOTHING = SQL("")
LOCK_NOT_AVAILABLE, DEADLOCK, NO_PRIVILEGE = "55P03", "40P01", "42501"
DATA_EXCEPTION = "22"
CONNECTION_CLASSES = ("08", "57P")


class Readable(Protocol):
    """What COPY reads from: bytes, an empty answer at the end."""

    def read(self, size: int = -1) -> bytes: ...


def run(connection: sa.Connection, statement: Composable) -> sa.CursorResult[*tuple[Any, ...]]:
    """Execute one composed statement, or several joined by `;`."""
    text = statement.as_string(connection.connection.driver_connection)
    return connection.exec_driver_sql(text, execution_options={"no_parameters": True})


def copy_in(connection: sa.Connection, statement: Composable, source: Readable) -> int:
    """Execute `COPY … FROM STDIN` and return the number of rows."""
    cursor: Any = connection.connection.cursor()
    with cursor:
        cursor.copy_expert(statement.as_string(connection.connection.driver_connection), source, size=1 << 20)
        return int(cursor.rowcount)


def compose_columns(names: Iterable[str], prefix: str = "") -> Composed:
    """`"a", "b"`, or `p."a", p."b"` with a prefix (an alias of ours)."""
    head = SQL(prefix + ".") if prefix else SQL("")
    return SQL(", ").join([head + Identifier(name) for name in names])


@contextmanager
def translate_write_errors(schema: str, table: str) -> Iterator[None]:
    """Turn what Postgres refuses while it writes a table into errors for people."""
    try:
        yield
    except InventoryError:
        raise
    except (sa.exc.DBAPIError, psycopg2.Error) as error:
        raise _translate_error(error, f"{schema}.{table}") from error
    except sa.exc.TimeoutError as error:
        raise DatabaseUnavailable("No connection to Postgres became free.", details=str(error)) from error


def _translate_error(error: Exception, table: str) -> InventoryError:
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code = getattr(original, "pgcode", None) or ""
    details = str(original).strip()
    if refusal := find_refusal(error, f"{table} is as it was."):
        return refusal
    if code in {LOCK_NOT_AVAILABLE, DEADLOCK}:
        return TableBusy(f"Another run, or a long transaction, holds {table}.", details=details)
    if code == NO_PRIVILEGE:
        return NotPermitted(f"The database's user may not write {table}.", details=details)
    if code.startswith(DATA_EXCEPTION):
        return SchemaConflict(f"A value does not fit a column of {table}.", details=details)
    if code.startswith(CONNECTION_CLASSES) or (
        not code and isinstance(original, psycopg2.OperationalError | psycopg2.InterfaceError)
    ):
        return DatabaseUnavailable(
            f"The connection was lost while {table} was written; it is as it was.", details=details
        )
    return WriteFailed(f"Postgres refused to write {table}; it is as it was.", details=details)


def compose_temporary_name(name: str) -> Composed:
    """A temporary table of ours, named so that nothing of the same name can be meant instead."""
    return sql.Composed([SQL("pg_temp."), Identifier(name)])


def escape_pattern(text: str) -> str:
    """The text with LIKE's own signs taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def compose_timestamp(at: datetime) -> Composed:
    """A time with its zone as a value."""
    return SQL("{}::timestamptz").format(Literal(at.isoformat()))
