"""The functions that were promised by name, and what is asked of the database as a whole."""

from __future__ import annotations

import inspect

import pytest
import sqlalchemy as sa

from inventory_runner.errors import DatabaseUnavailable
from services.db import DatabaseService

PROMISED = {
    "get_queries": [], "get_query": ["id"], "save_query": ["query"], "update_query": ["id", "query"],
    "delete_query": ["id"],
    "get_schedules": [], "save_schedule": ["schedule"], "update_schedule": ["id", "schedule"],
    "delete_schedule": ["id"],
    "get_provider_config": [], "save_provider_config": [], "delete_provider_config": ["id"],
    "get_inventory_tables": [], "get_inventory_preview": ["table_name"], "refresh_materialised_view": ["view_name"],
}  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_function_needs_what_was_promised(name: str, engine: sa.Engine) -> None:
    needed = [
        parameter.name
        for parameter in inspect.signature(getattr(DatabaseService(engine), name)).parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL
    ]
    assert needed == PROMISED[name]


def test_a_ping_tells_whether_the_database_answers(engine: sa.Engine) -> None:
    DatabaseService(engine).ping()
    with pytest.raises(DatabaseUnavailable):
        DatabaseService(sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")).ping()
