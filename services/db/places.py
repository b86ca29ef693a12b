"""Finding places of the product by their names: tables for everyone, saved queries and schedules for engineers."""

from __future__ import annotations

import sqlalchemy as sa

from services.db.base import Records, make_containing_pattern
from services.models.inventory import TableRef
from services.models.places import Place, PlaceKind
from services.users import Role, current_user

MOST_OF_KIND = 5
MOST_WORDS = 8

# a table is there from its schedule on, loaded or not
_TABLES = """
SELECT 'table' AS kind, coalesce(t.target_table, s.target_table) AS name,
       coalesce(t.target_schema, s.target_schema) AS schema, 0 AS id,
       concat_ws('.', nullif(t.provider, ''), nullif(t.service, ''), nullif(t.resource, '')) AS note
  FROM stackql_app.inventory_tables t
  FULL JOIN stackql_app.schedules s ON s.target_schema = t.target_schema AND s.target_table = t.target_table
"""
_QUERIES = "SELECT 'query', name, '', id, provider FROM stackql_app.queries"
_SCHEDULES = """
SELECT 'schedule', q.name, '', s.id, s.target_table FROM stackql_app.schedules s
  JOIN stackql_app.queries q ON q.id = s.query_id
"""


class PlaceRecords(Records):
    """Reads the names."""

    def find_places(self, text: str) -> list[Place]:
        """Places whose name or note holds every word of the text: of each kind the first five, exact names first.

        Viewers find tables, engineers saved queries and schedules as well. For example:

            SELECT * FROM (
              SELECT p.*, row_number() OVER (PARTITION BY kind ORDER BY lower(name) = :text DESC, …) AS place
                FROM (SELECT 'table' AS kind, … UNION ALL SELECT 'query', …) p
               WHERE concat_ws(' ', name, note) ILIKE :w0) n WHERE place <= 5
        """
        words = text.split()[:MOST_WORDS]
        if not words:
            return []
        kinds = [_TABLES]
        if current_user().role is Role.ENGINEER:
            kinds += [_QUERIES, _SCHEDULES]
        where = " AND ".join(f"concat_ws(' ', p.name, p.note) ILIKE :w{i}" for i in range(len(words)))
        statement = (
            "SELECT * FROM (SELECT p.*, row_number() OVER (PARTITION BY kind ORDER BY lower(name) = :text DESC,"  # noqa: S608
            f" length(name), name, id) AS place FROM ({' UNION ALL '.join(kinds)}) p WHERE {where}) n"
            " WHERE place <= :most ORDER BY place"
        )
        values = {f"w{i}": make_containing_pattern(word) for i, word in enumerate(words)}
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text(statement), {**values, "text": text.strip().lower(), "most": MOST_OF_KIND}
            ).all()
        found = [
            Place(
                PlaceKind(row.kind),
                row.name,
                row.note,
                TableRef(row.schema, row.name) if row.kind == PlaceKind.TABLE else None,
                row.id,
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: list(PlaceKind).index(one.kind))
