"""A Postgres of the benchmark's own, with the schema, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from inventory_runner.platform import database
from inventory_runner.settings import read

# in processes of their own: the package remembers a server that it started, also after it was killed, and touches its
# folder again when its process ends
_START = (
    "import sys; from pathlib import Path; from app.embedded import EmbeddedPostgres;"
    " server = EmbeddedPostgres(Path(sys.argv[1])); print(server.start())"
)
_STOP = f"{_START}; server.stop()"


@dataclass
class Server:
    """The running server; `engine` is connected to its database."""

    folder: Path
    engine: sa.Engine

    def kill(self) -> None:
        """kill -9 of its first process; its others follow when they notice."""
        pid = int((self.folder / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)
        self.engine.dispose()

    def restart(self) -> None:
        """Start it again after it was killed."""
        deadline = time.monotonic() + 30
        while True:
            # it refuses to start while processes of the killed one are left
            subprocess.run([sys.executable, "-c", _START, str(self.folder)], capture_output=True)
            try:
                self.engine.connect().close()
                return
            except sa.exc.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


@contextmanager
def start_server() -> Iterator[Server]:
    """Start it; child processes find it by the environment."""
    # short, and outside the checkout: a Unix socket's path ends at 107 characters
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    before = dict(os.environ)
    for name in ("DATABASE_URL", "LAKEBASE_HOST", "DATABRICKS_APP_NAME", "DATABRICKS_RUNTIME_VERSION"):
        os.environ.pop(name, None)
    os.environ["INVENTORY_DATA_DIR"] = str(folder)
    try:
        os.environ["DATABASE_URL"] = _run_in_a_process(_START, folder)
        engine = database.create_engine(database.find_target(read()), application_name="benchmark")
        database.init_db(engine)
        yield Server(folder, engine)
        engine.dispose()
    finally:
        _run_in_a_process(_STOP, folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)


def _run_in_a_process(code: str, folder: Path) -> str:
    """Run it on the folder; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def save_schedule(
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
