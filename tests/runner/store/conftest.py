"""One database for the tests of the write path, emptied before each: making one per test would take most of the
time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fakes.databases import fresh_engine
from fakes.tables import SCHEMA, Tables


@pytest.fixture(scope="session")
def write_path(postgres: str) -> Iterator[sa.Engine]:
    """An engine on a database of the session's own."""
    with fresh_engine(postgres) as made:
        yield made


@pytest.fixture
def tables(write_path: sa.Engine) -> Tables:
    """Merges into an empty database."""
    with write_path.begin() as connection:
        left = connection.execute(
            sa.text(
                "SELECT c.relname, c.relkind::text FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm')"
                " AND c.relnamespace = to_regnamespace(:schema) AND c.relname NOT IN ('resource_changes', 'assets')"
            ),
            {"schema": SCHEMA},
        ).all()
        kinds = {"r": "TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW"}
        for name, kind in left:
            connection.exec_driver_sql(f'DROP {kinds[kind]} IF EXISTS {SCHEMA}."{name}" CASCADE')
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS reports CASCADE")
        for name in ("inventory_tables", "table_scopes", "table_history", "table_breakdowns", "asset_search"):
            connection.exec_driver_sql(f"DELETE FROM stackql_app.{name}")
        connection.exec_driver_sql(f"DELETE FROM {SCHEMA}.resource_changes; DELETE FROM stackql_app.assets")
    return Tables(write_path)
