"""Saved queries: `stackql_app.queries`."""

from __future__ import annotations

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput, InventoryError, NotFound
from inventory_runner.models import Query
from services.db.base import Records, make_containing_pattern, refuse_nul
from services.models.limits import LONGEST_NAME, LONGEST_TEXT
from services.models.wording import format_count
from services.users import current_user, limit_to_engineers

COLUMNS = "id, name, description, query_text, provider, created_by, created_at, updated_at"


class QueryInUse(InventoryError):
    """A saved query cannot go while schedules run it; `tables` names what they keep up to date."""

    code = "query_in_use"
    title = "Schedules use this query"
    default_hint = "Delete these schedules first."

    def __init__(self, name: str, tables: list[str]) -> None:
        super().__init__(
            f"“{name}” keeps {format_count(len(tables), 'table')} up to date: {', '.join(tables)}."
        )
        self.tables = tables


class QueryRecords(Records):
    """Reads and writes saved queries; any engineer may change any of them."""

    @limit_to_engineers
    def get_queries(self, search: str = "") -> list[Query]:
        """All saved queries by name; search: words that name, description, text or author contain.

        For example:

            SELECT … FROM stackql_app.queries
              WHERE concat_ws(' ', name, description, provider, created_by, query_text) ILIKE :w0
              AND concat_ws(' ', name, description, provider, created_by, query_text) ILIKE :w1
              ORDER BY lower(name), id
        """
        words = search.split()
        where = " AND ".join(
            f"concat_ws(' ', name, description, provider, created_by, query_text) ILIKE :w{i}"
            for i in range(len(words))
        )
        statement = (
            f"SELECT {COLUMNS} FROM stackql_app.queries WHERE {where or 'true'} ORDER BY lower(name), id"  # noqa: S608
        )
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(statement), {f"w{i}": make_containing_pattern(word) for i, word in enumerate(words)}
            )
            return [_make_query(row) for row in rows]

    @limit_to_engineers
    def get_query(self, id: int) -> Query | None:
        """The saved query, or None."""
        with self.transaction() as connection:
            row = connection.execute(
                sa.text(f"SELECT {COLUMNS} FROM stackql_app.queries WHERE id = :id"),  # noqa: S608
                {"id": id},
            ).one_or_none()
        return _make_query(row) if row else None

    @limit_to_engineers
    def save_query(self, query: Query) -> int:
        """Insert a query and return its id; raises InvalidInput."""
        _check(query)
        with self.transaction() as connection:
            return int(
                connection.execute(
                    sa.text(
                        "INSERT INTO stackql_app.queries (name, description, query_text, provider, created_by)"
                        " VALUES (:name, :description, :query_text, :provider, :created_by) RETURNING id"
                    ),
                    {**_list_values(query), "created_by": query.created_by or current_user().name},
                ).scalar_one()
            )

    @limit_to_engineers
    def update_query(self, id: int, query: Query) -> None:
        """Change name, description, text and provider; raises InvalidInput, NotFound."""
        _check(query)
        with self.transaction() as connection:
            changed = connection.execute(
                sa.text(
                    "UPDATE stackql_app.queries SET name = :name, description = :description,"
                    " query_text = :query_text, provider = :provider, updated_at = now() WHERE id = :id"
                ),
                {**_list_values(query), "id": id},
            ).rowcount
        if not changed:
            raise make_query_not_found(id)

    @limit_to_engineers
    def delete_query(self, id: int) -> None:
        """Delete a query; raises QueryInUse while schedules run it, NotFound."""
        with self.transaction() as connection:
            name = connection.execute(
                sa.text("SELECT name FROM stackql_app.queries WHERE id = :id FOR UPDATE"), {"id": id}
            ).scalar_one_or_none()
            if name is None:
                raise make_query_not_found(id)
            if tables := _list_tables(connection, id).get(id):
                raise QueryInUse(name, tables)
            connection.execute(sa.text("DELETE FROM stackql_app.queries WHERE id = :id"), {"id": id})

    @limit_to_engineers
    def list_tables_by_query(self, id: int | None = None) -> dict[int, list[str]]:
        """Query id → the tables (`schema.table`) that its schedules keep up to date; of one query or of all."""
        with self.transaction() as connection:
            return _list_tables(connection, id)


def _list_tables(connection: sa.Connection, id: int | None) -> dict[int, list[str]]:
    rows = connection.execute(
        sa.text(
            "SELECT query_id, target_schema || '.' || target_table FROM stackql_app.schedules"
            " WHERE CAST(:id AS int) IS NULL OR query_id = :id ORDER BY 1, 2"
        ),
        {"id": id},
    )
    found: dict[int, list[str]] = {}
    for query_id, table in rows:
        found.setdefault(query_id, []).append(table)
    return found


def _list_values(query: Query) -> dict[str, str]:
    return {
        "name": query.name.strip(),
        "description": query.description.strip(),
        "query_text": query.query_text,
        "provider": query.provider,
    }


def _check(query: Query) -> None:
    name = query.name.strip()
    if not name:
        raise InvalidInput("Give the query a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"The name has {len(name)} characters; {LONGEST_NAME} are the most.", field="name")
    if not query.query_text.strip():
        raise InvalidInput("There is no SQL to save.", field="query_text", hint="Write a query first.")
    if len(query.query_text) > LONGEST_TEXT:
        raise InvalidInput(f"The query is longer than {LONGEST_TEXT:,} characters.", field="query_text")
    for field, value in _list_values(query).items():
        refuse_nul(field, value)


def make_query_not_found(id: int) -> NotFound:
    """Why a query cannot be had."""
    return NotFound(f"There is no saved query {id}.", hint="Someone may have deleted it.")


def _make_query(row: sa.Row[tuple[object, ...]]) -> Query:
    values = dict(row._mapping)
    for name in ("description", "provider", "created_by"):
        values[name] = values[name] or ""
    return Query(**values)
