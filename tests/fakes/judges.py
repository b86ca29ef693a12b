"""Judges of a merge: one that writes down what it is shown, and those that fail in every way that a judge can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from inventory_runner.store import Changes
from inventory_runner.store.names import OWN_COLUMNS
from inventory_runner.store.sql import SQL, Literal, run

CREATE = (
    "CREATE TABLE IF NOT EXISTS judged (judge text, target_table text, run_id bigint, kind text, scope text, key text,"
    " before jsonb, after jsonb)"
)


class Notes:
    """Writes every difference with both versions of its row into the table `judged`; warns of how many there are."""

    def __init__(self, name: str = "Notes") -> None:
        self.name = name
        self.seen: list[Changes] = []

    def judge(self, connection: sa.Connection, changes: Changes) -> Sequence[str]:
        self.seen.append(changes)
        noted = run(
            connection,
            SQL(
                "INSERT INTO judged SELECT {judge}, {table}, {run_id}, d.kind, d.scope, d.key,"
                " to_jsonb(o.*) - {own}::text[], to_jsonb(n.*) - {own}::text[]"
                " FROM {rows} d LEFT JOIN {old} o ON o.ctid = d.old LEFT JOIN {new} n ON n.ctid = d.new"
            ).format(
                judge=Literal(self.name),
                table=Literal(changes.target.table),
                run_id=Literal(changes.run_id),
                own=Literal(list(OWN_COLUMNS)),
                rows=changes.rows,
                old=changes.old,
                new=changes.new,
            ),
        ).rowcount
        return [f"{self.name} noted {noted}."]


class Fails(Notes):
    """Notes what it is shown, and then does what it is given."""

    def __init__(self, name: str, then: Callable[[sa.Connection], Any]) -> None:
        super().__init__(name)
        self._then = then

    def judge(self, connection: sa.Connection, changes: Changes) -> Any:
        super().judge(connection, changes)
        return self._then(connection)


def _raise(_connection: sa.Connection) -> None:
    raise KeyError("s3cret")


def _divide(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SELECT 1 / 0")


def _hide(connection: sa.Connection) -> list[str]:
    try:
        connection.exec_driver_sql("SELECT 1 / 0")
    except sa.exc.DBAPIError:
        return ["All is well."]
    raise AssertionError("divided by zero")


def _leave_open(connection: sa.Connection) -> None:
    connection.begin_nested()
    connection.exec_driver_sql("SET LOCAL search_path = nowhere; SET LOCAL work_mem = '64kB'")
    connection.exec_driver_sql("SELECT * FROM there_is_no_such_table")


def _driver(connection: sa.Connection) -> None:
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def _nothing(_connection: sa.Connection) -> None:
    """Returns no list of warnings."""


def failing() -> list[Fails]:
    """One judge for every way to fail that leaves the transaction to the merge."""
    ways = {
        "Raising": _raise,
        "Dividing": _divide,
        "Hiding": _hide,
        "Leaving open": _leave_open,
        "Driver": _driver,
        "Nothing": _nothing,
    }
    return [Fails(name, way) for name, way in ways.items()]
