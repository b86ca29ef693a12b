"""Merging small tables in tests, and reading back what the database then holds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from inventory_runner.contract import QueryResult
from inventory_runner.models import Scope, ScopeStatus
from inventory_runner.store import Judge, MergeResult, ScopeData, Target, merge
from inventory_runner.store.merging import Claim, Record
from inventory_runner.store.sql import SQL, Identifier, run

START = datetime(2026, 3, 1, tzinfo=UTC)
SCHEMA = "stackql_inventory"


def target(table: str = "things", *keys: str, **values: Any) -> Target:
    return Target(SCHEMA, table, key_columns=keys, **values)


def arrow(rows: Sequence[Mapping[str, Any]] | pa.Table) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def ok(
    rows: Sequence[Mapping[str, Any]] | pa.Table,
    *,
    json: Sequence[str] = (),
    types_known: bool = True,
    **scope: str,
) -> ScopeData:
    result = QueryResult(arrow(rows), json_columns=frozenset(json), types_known=types_known)
    return ScopeData(Scope(scope), ScopeStatus.OK, result)


def incomplete(rows: Sequence[Mapping[str, Any]], **scope: str) -> ScopeData:
    return ScopeData(Scope(scope), ScopeStatus.INCOMPLETE, QueryResult(arrow(rows), complete=False))


def failed(status: ScopeStatus = ScopeStatus.DENIED, **scope: str) -> ScopeData:
    return ScopeData(Scope(scope), status, None, "it went wrong")


class Tables:
    """Merges with run ids and times that count up by the hour."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.run_ids = itertools.count(1)
        self.at = START

    def merge(
        self,
        into: Target,
        *scopes: ScopeData,
        at: datetime | None = None,
        judges: Sequence[Judge] = (),
        claim: Claim = lambda _: None,
        record: Record = lambda *_: None,
    ) -> MergeResult:
        self.at = at or self.at + timedelta(hours=1)
        return merge(
            self.engine,
            into,
            scopes,
            run_id=next(self.run_ids),
            at=self.at,
            claim=claim,
            record=record,
            judges=judges,
        )

    def rows(self, table: str = "things", *names: str) -> list[tuple[Any, ...]]:
        """The table's rows: these columns of it, or all; sorted by their text."""
        picked = SQL(", ").join([Identifier(name) for name in names]) if names else SQL("*")
        with self.engine.connect() as connection:
            found = run(connection, SQL("SELECT {} FROM {}").format(picked, Identifier(SCHEMA, table)))
            return sorted((tuple(row) for row in found), key=repr)

    def types(self, table: str = "things") -> dict[str, str]:
        return dict(
            self.query(
                "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
                " WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                table=f'{SCHEMA}."{table}"',
            )
        )

    def changes(self, table: str = "things") -> list[sa.Row[Any]]:
        return self.query(
            "SELECT * FROM stackql_inventory.resource_changes WHERE table_name = :table ORDER BY id",
            table=table,
        )

    def recorded(self, table: str = "things") -> dict[str, Any]:
        (row,) = self.query(
            "SELECT * FROM stackql_app.inventory_tables WHERE target_table = :table", table=table
        )
        return dict(row._mapping)

    def scopes(self, table: str = "things") -> dict[str, tuple[str, int]]:
        found = self.query(
            "SELECT scope, status, rows FROM stackql_app.table_scopes WHERE target_table = :table",
            table=table,
        )
        return {row.scope: (row.status, row.rows) for row in found}

    def assets(self, table: str = "things") -> list[sa.Row[Any]]:
        return self.query(
            "SELECT * FROM stackql_app.assets WHERE table_name = :table ORDER BY resource_key",
            table=table,
        )

    def query(self, statement: str, **values: Any) -> list[sa.Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(statement), values))

    def execute(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)
