"""The engine of the inventory: runs a checked statement in Postgres, as the role that may read it.

It keeps the contract of every engine where a query is run (`execute`), so that the IDE's slots, folders, leases and
results know no difference; what there is to query is told by `services.db.queryable`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import RawServerCursor

from inventory_runner.contract import CancelToken, NotChecked, QueryCancelled, QueryResult
from inventory_runner.errors import InventoryError
from inventory_runner.sql.guard import CheckedInventoryStatement, CheckedStatement
from services.inventory_sql.answers import Gatherer
from services.inventory_sql.explaining import Plan, read_plan
from services.inventory_sql.failures import ROW_TOO_LARGE, translate
from services.inventory_sql.reader import InventoryReader

STATEMENT_SECONDS = 120
CHECK_SECONDS = 3
# so many rows come at once, of so many bytes each at most: 250 MB is the worst that a process can be sent
ROWS_AT_ONCE = 500
LARGEST_ROW = 500_000
LARGEST_ANSWER = 256_000_000


class InventoryEngine:
    """See the module's docstring."""

    name = "inventory"

    def __init__(self, reader: InventoryReader, seconds: float = STATEMENT_SECONDS) -> None:
        self._reader = reader
        self._seconds = seconds

    def execute(
        self,
        statement: CheckedStatement,
        *,
        credentials: Mapping[str, str],
        timeout: float,
        cancel: CancelToken,
        row_limit: int | None = None,
    ) -> QueryResult:
        """Run one statement and gather its rows.

        Raises NotChecked, QueryCancelled, QueryTimeout, AnswerTooLarge, other EngineErrors; ReaderMissing,
        DatabaseUnavailable.
        """
        checked = _require(statement)
        seconds, began = min(timeout, self._seconds), time.monotonic()
        with self._reader.transaction(seconds, cancel) as connection:
            try:
                _parse(connection, checked.numbered)
                gathered, complete = _gather(connection, checked, row_limit, cancel)
            except psycopg.Error as error:
                raise translate(error, checked.numbered, cancel, seconds) from error
        most = gathered.rows if row_limit is None else min(row_limit, gathered.rows)
        table, documents = gathered.make_table(most)
        warnings = []
        if gathered.size > LARGEST_ANSWER:
            complete = False
            warnings.append(
                f"The first {most:,} rows are shown: a result may have {LARGEST_ANSWER // 1_000_000} MB."
            )
        return QueryResult(
            table,
            complete=complete,
            warnings=tuple(warnings),
            duration=time.monotonic() - began,
            json_columns=documents,
        )

    def inspect(self, statement: CheckedStatement) -> InventoryError | None:
        """What Postgres says against a statement, which it reads and does not run; None where it would run it."""
        checked, cancel = _require(statement), CancelToken()
        try:
            with self._reader.transaction(CHECK_SECONDS, cancel) as connection:
                try:
                    _parse(connection, checked.numbered)
                except psycopg.Error as error:
                    raise translate(error, checked.numbered, cancel, CHECK_SECONDS) from error
        except InventoryError as error:
            return error
        return None

    def explain(self, statement: CheckedStatement) -> Plan:
        """How Postgres would run a statement whose parameters have values; it plans and does not run it."""
        checked, cancel = _require(statement), CancelToken()
        with self._reader.transaction(CHECK_SECONDS, cancel) as connection:
            try:
                _parse(connection, checked.numbered)
                cursor = connection.cursor()
                cursor.execute(f"EXPLAIN (FORMAT JSON) {checked.numbered}".encode(), checked.values)
                row = cursor.fetchone()
            except psycopg.Error as error:
                raise translate(error, checked.numbered, cancel, CHECK_SECONDS) from error
        return read_plan(row[0] if row else [])


def wrap(numbered: str, row_limit: int | None) -> str:
    """The statement inside another one, which ends at the limit, and before a row that is too large to be sent.

    For example:

        SELECT r_5f.* FROM (SELECT * FROM (
        SELECT name FROM assets
        ) AS answer OFFSET 0) AS r_5f WHERE CASE WHEN pg_catalog.octet_length(r_5f::text) > 500000
        THEN (… || pg_catalog.octet_length(r_5f::text))::int IS NULL ELSE true END LIMIT 10001

    OFFSET 0 keeps the condition behind the statement's own: a row that it leaves out may be as large as it likes.
    """
    # no column of the statement can have this name
    row = f"r_{secrets.token_hex(8)}"
    size = f"pg_catalog.octet_length({row}::text)"
    limit = "" if row_limit is None else f" LIMIT {row_limit + 1}"
    return (
        f"SELECT {row}.* FROM (SELECT * FROM (\n{numbered}\n) AS answer OFFSET 0) AS {row}"  # noqa: S608
        f" WHERE CASE WHEN {size} > {LARGEST_ROW} THEN ('{ROW_TOO_LARGE}' || {size})::int IS NULL ELSE true END{limit}"
    )


def _require(statement: CheckedStatement) -> CheckedInventoryStatement:
    if not isinstance(statement, CheckedInventoryStatement):
        raise NotChecked("It was not checked for the inventory.")
    return statement


def _parse(connection: psycopg.Connection[object], numbered: str) -> None:
    """Let Postgres read the text: one statement, whose tables, columns and functions are there. It runs nothing."""
    result = connection.pgconn.prepare(b"", numbered.encode())
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result, encoding="utf-8")


def _gather(
    connection: psycopg.Connection[object],
    statement: CheckedInventoryStatement,
    row_limit: int | None,
    cancel: CancelToken,
) -> tuple[Gatherer, bool]:
    """The rows, one more than the limit at most, and whether they are all."""
    with RawServerCursor(connection, "answer") as cursor:
        cursor.execute(wrap(statement.numbered, row_limit).encode(), statement.values)
        described = cursor.description or []
        gathered = Gatherer([one.name for one in described], [one.type_code for one in described])
        while True:
            if cancel.cancelled:
                raise QueryCancelled("It was cancelled.")
            rows = _fetch(cursor)
            if rows:
                gathered.add(list(zip(*rows, strict=True)))
            if row_limit is not None and gathered.rows > row_limit:
                return gathered, False
            if len(rows) < ROWS_AT_ONCE:
                return gathered, True
            if gathered.size > LARGEST_ANSWER:
                return gathered, False


def _fetch(cursor: RawServerCursor[object]) -> Sequence[Sequence[bytes | None]]:
    """The next rows as Postgres sends them: texts, whatever their types."""
    cursor.fetchmany(ROWS_AT_ONCE)
    result = cursor.pgresult
    if result is None:
        return ()
    return [
        [result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)
    ]
