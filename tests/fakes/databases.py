"""A fresh database with the schema, on the session's Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from inventory_runner.platform import database
from inventory_runner.settings import read

TEMPLATE = "template_inventory"


def with_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return sa.engine.make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def fresh_database(postgres: str) -> Iterator[str]:
    """The URL of a copy of the template, until the block ends."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = database.create_engine(database.find_target(read(database_url=postgres)), pooled=False)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield with_database(postgres, name)
    finally:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def fresh_engine(postgres: str) -> Iterator[sa.Engine]:
    """An engine on such a database, until the block ends."""
    with fresh_database(postgres) as url:
        made = database.create_engine(database.find_target(read(database_url=url)))
        yield made
        made.dispose()
