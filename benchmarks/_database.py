"""A Postgres of the benchmark's own, with the schema, gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.embedded import EmbeddedPostgres
from inventory_runner import database


@dataclass
class Server:
    """The running server; `engine` is connected to its database."""

    folder: Path
    embedded: EmbeddedPostgres
    engine: sa.Engine

    @property
    def postmaster(self) -> int:
        """Its first process's id."""
        return int((self.folder / "pg" / "postmaster.pid").read_text().split()[0])


@contextmanager
def server() -> Iterator[Server]:
    """Start it; child processes find it by the environment."""
    # short, and outside the checkout: a Unix socket's path ends at 107 characters
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    before = dict(os.environ)
    for name in ("DATABASE_URL", "LAKEBASE_HOST", "DATABRICKS_APP_NAME", "DATABRICKS_RUNTIME_VERSION"):
        os.environ.pop(name, None)
    os.environ["INVENTORY_DATA_DIR"] = str(folder)
    embedded = EmbeddedPostgres(folder)
    try:
        os.environ["DATABASE_URL"] = embedded.start()
        engine = database.create_engine(database.target(), application_name="benchmark")
        database.init_db(engine)
        yield Server(folder, embedded, engine)
        engine.dispose()
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)


def schedule(
    engine: sa.Engine, sql: str, table: str, values: str = "{}", keys: tuple[str, ...] = ("id",)
) -> int:
    """A saved query and its schedule; values: JSON of the parameters' values. Returns the schedule's id."""
    with engine.begin() as connection:
        query = connection.execute(
            sa.text(
                "INSERT INTO stackql_app.queries (name, query_text) VALUES ('benchmark', :sql) RETURNING id"
            ),
            {"sql": sql},
        ).scalar_one()
        return int(
            connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.schedules"
                    " (query_id, cron_expression, target_table, parameter_values, key_columns, is_active)"
                    " VALUES (:query, '0 6 * * *', :table, CAST(:values AS jsonb), :keys, false) RETURNING id"
                ),
                {"query": query, "table": table, "values": values, "keys": list(keys)},
            ).scalar_one()
        )
