"""Saved queries, and what they were before: `stackql_app.queries`, `stackql_app.query_revisions`.

Optimistic lock: a save names the version that it began from (`Query.version`), and is refused where another one was
saved since. What it replaces is kept as a revision.
"""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from inventory_runner.errors import (
    InvalidInput,
    InventoryError,
    NotFound,
    VersionConflict,
    list_differences,
)
from inventory_runner.models import Query
from inventory_runner.sql.statement import Source
from services.db.base import Records, make_containing_pattern, refuse_nul
from services.models.core import QueryRevision
from services.models.limits import LONGEST_FOLDER, LONGEST_NAME, LONGEST_TEXT
from services.models.wording import format_count
from services.users import current_user, limit_to_engineers

COLUMNS = (
    "id, name, description, query_text, provider, created_by, created_at, updated_at, version, saved_by,"
    " source, folder"
)
# what a list to choose from holds
MOST_FOLDERS = 200
# of one query, beside the one that stands
MOST_REVISIONS = 100


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
        """All saved queries by name; search: words that folder, name, description, text or author contain.

        For example:

            SELECT … FROM stackql_app.queries
              WHERE concat_ws(' ', folder, name, description, provider, created_by, query_text) ILIKE :w0
              AND concat_ws(' ', folder, name, description, provider, created_by, query_text) ILIKE :w1
              ORDER BY lower(name), id
        """
        words = search.split()
        where = " AND ".join(
            f"concat_ws(' ', folder, name, description, provider, created_by, query_text) ILIKE :w{i}"
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
            return _read_query(connection, "id = :id", id=id)

    @limit_to_engineers
    def save_query(self, query: Query, request: str = "") -> int:
        """Insert a query and return its id; raises InvalidInput.

        request: what the save came from, such as a tab of the editor or an opened dialog. The same content that the
        same person saves from there again is the query that the first save made (idempotency key), unless that was
        changed since.
        """
        _check(query)
        values = _list_values(query)
        who = current_user().name
        key = _make_save_key(who, request, values) if request else None
        with self.transaction() as connection:
            insert = sa.text(
                "INSERT INTO stackql_app.queries"
                " (name, description, folder, query_text, provider, source, created_by, saved_by, save_key)"
                " VALUES (:name, :description, :folder, :query_text, :provider, :source, :created_by, :saved_by,"
                " :save_key)"
                " ON CONFLICT (save_key) DO NOTHING RETURNING id"
            )
            row = {**values, "created_by": query.created_by or who, "saved_by": who, "save_key": key}
            while (id := connection.execute(insert, row).scalar_one_or_none()) is None:
                first = _read_query(connection, "save_key = :key FOR UPDATE", key=key)
                if first is not None and _list_values(first) == values:
                    return first.id or 0
                # what the first save made has become another query, which this save is not: it gives up the key
                connection.execute(
                    sa.text("UPDATE stackql_app.queries SET save_key = NULL WHERE save_key = :key"),
                    {"key": key},
                )
            return int(id)

    @limit_to_engineers
    def update_query(self, id: int, query: Query) -> None:
        """Change name, description, folder, text and provider; raises InvalidInput, NotFound, VersionConflict.

        query.version: the one that the change began from. What was stored becomes a revision. A save that changes
        nothing is done already, whatever it began from.
        """
        _check(query)
        values = _list_values(query)
        with self.transaction() as connection:
            stored = _read_query(connection, "id = :id FOR NO KEY UPDATE", id=id)
            if stored is None:
                raise make_query_not_found(id)
            if _list_values(stored) == values:
                return
            if query.source != stored.source and (tables := _list_tables(connection, id).get(id)):
                raise QueryInUse(stored.name, tables)
            if query.version != stored.version:
                raise VersionConflict(
                    f"“{stored.name}”",
                    [stored.version or 0],
                    list_differences(_describe(query), _describe(stored)),
                    saved_by=stored.saved_by,
                    saved_at=stored.updated_at,
                )
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.query_revisions"
                    " (query_id, version, name, description, query_text, provider, source, folder, saved_by, saved_at)"
                    " SELECT id, version, name, coalesce(description, ''), query_text, coalesce(provider, ''), source,"
                    " folder, coalesce(saved_by, ''), updated_at FROM stackql_app.queries WHERE id = :id"
                ),
                {"id": id},
            )
            version = connection.execute(
                sa.text(
                    "UPDATE stackql_app.queries SET name = :name, description = :description,"
                    " query_text = :query_text, provider = :provider, source = :source, folder = :folder,"
                    " updated_at = now(), saved_by = :saved_by,"
                    " version = version + 1 WHERE id = :id RETURNING version"
                ),
                {**values, "id": id, "saved_by": current_user().name},
            ).scalar_one()
            connection.execute(
                sa.text(
                    "DELETE FROM stackql_app.query_revisions WHERE query_id = :id AND version < :version - :most"
                ),
                {"id": id, "version": version, "most": MOST_REVISIONS},
            )

    @limit_to_engineers
    def list_revisions(self, id: int) -> list[QueryRevision]:
        """What a query was before, the newest first."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT query_id, version, name, description, query_text, provider, saved_by, saved_at, source,"
                    " folder"
                    " FROM stackql_app.query_revisions WHERE query_id = :id ORDER BY version DESC"
                ),
                {"id": id},
            )
            return [QueryRevision(**row._mapping) for row in rows]

    @limit_to_engineers
    def delete_query(self, id: int) -> None:
        """Delete a query with its revisions; raises QueryInUse while schedules run it, NotFound."""
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
    def list_folders(self) -> list[str]:
        """The folders that queries are in, by name."""
        with self.transaction() as connection:
            return list(
                connection.execute(
                    sa.text(
                        "SELECT DISTINCT folder FROM stackql_app.queries WHERE folder <> '' ORDER BY folder LIMIT :most"
                    ),
                    {"most": MOST_FOLDERS},
                ).scalars()
            )

    @limit_to_engineers
    def list_favourites(self) -> set[int]:
        """The ids of the queries that the user has starred."""
        with self.transaction() as connection:
            return set(
                connection.execute(
                    sa.text("SELECT query_id FROM stackql_app.favourite_queries WHERE user_name = :user"),
                    {"user": current_user().name},
                ).scalars()
            )

    @limit_to_engineers
    def set_favourite(self, id: int, favourite: bool) -> None:
        """Star a query for the user, or take the star away; raises NotFound. Doing it twice is doing it once."""
        row = {"user": current_user().name, "id": id}
        with self.transaction() as connection:
            # held, so that nobody deletes it meanwhile
            if _read_query(connection, "id = :id FOR KEY SHARE", id=id) is None:
                raise make_query_not_found(id)
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.favourite_queries (user_name, query_id) VALUES (:user, :id)"
                    " ON CONFLICT DO NOTHING"
                    if favourite
                    else "DELETE FROM stackql_app.favourite_queries WHERE user_name = :user AND query_id = :id"
                ),
                row,
            )

    @limit_to_engineers
    def list_keepers(self, resource: str) -> list[str]:
        """The tables that keep a resource (`provider.service.resource`) as an inventory, those made first before."""
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT target_schema || '.' || target_table AS name FROM stackql_app.inventory_tables"
                    " WHERE provider = :provider AND service = :service AND resource = :resource"
                    " AND kind = 'inventory' ORDER BY id LIMIT 20"
                ),
                dict(zip(("provider", "service", "resource"), resource.split("."), strict=True)),
            )
            return [row.name for row in rows]

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


def _read_query(connection: sa.Connection, where: str, **values: object) -> Query | None:
    """The query that is found, or None.

    For example:

        SELECT id, name, … FROM stackql_app.queries WHERE id = :id FOR NO KEY UPDATE
    """
    row = connection.execute(
        sa.text(f"SELECT {COLUMNS} FROM stackql_app.queries WHERE {where}"),  # noqa: S608
        values,
    ).one_or_none()
    return _make_query(row) if row else None


def _make_save_key(who: str, request: str, values: dict[str, str]) -> str:
    """What tells one save from another: who saves, from where, and what."""
    return hashlib.sha256(json.dumps([who, request, values], sort_keys=True).encode()).hexdigest()


def _describe(query: Query) -> dict[str, str]:
    """The fields that a conflict compares, in the page's words."""
    values = _list_values(query)
    return {
        "Name": values["name"],
        "Description": values["description"],
        "Folder": values["folder"],
        "Provider": values["provider"],
        "Source": Source(values["source"]).words,
        "Text": values["query_text"],
    }


def _list_values(query: Query) -> dict[str, str]:
    return {
        "name": query.name.strip(),
        "description": query.description.strip(),
        "query_text": query.query_text,
        "provider": query.provider,
        "source": query.source,
        "folder": " ".join(query.folder.split()),
    }


def _check(query: Query) -> None:
    name = query.name.strip()
    if not name:
        raise InvalidInput("Give the query a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"The name has {len(name)} characters; {LONGEST_NAME} are the most.", field="name")
    if len(_list_values(query)["folder"]) > LONGEST_FOLDER:
        raise InvalidInput(f"A folder's name has {LONGEST_FOLDER} characters at most.", field="folder")
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
    for name in ("description", "provider", "created_by", "saved_by"):
        values[name] = values[name] or ""
    return Query(**values)
