"""Local development's supervisor, as a process: it seeds, serves, stops on Ctrl-C, and says what is in its way."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.waiting import PATIENCE_SECONDS, wait_until

from app.embedded import CHECKOUT, EmbeddedPostgres
from inventory_runner.platform import database
from inventory_runner.settings import read


@pytest.fixture
def folder() -> Iterator[Path]:
    # short, and readable by the user that Postgres runs as
    made = Path(tempfile.mkdtemp(prefix="local-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_URL", "LAKEBASE_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "app.local", "--days", "1", *arguments],
        cwd=CHECKOUT,
        env={**environment, "INVENTORY_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answers(process: subprocess.Popen[str], port: int) -> bool:
    assert process.poll() is None, process.communicate()[0]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def served(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = start(folder, "--port", str(port))
    try:
        # it makes a database and runs every schedule first
        wait_until(lambda: answers(process, port), seconds=4 * PATIENCE_SECONDS)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)


def test_it_seeds_serves_and_stops_without_leftovers(folder: Path) -> None:
    port = free_port()
    with served(folder, port) as process:
        # a second one on the same files is refused
        second = start(folder, "--port", str(free_port()))
        assert "already running" in second.communicate(timeout=PATIENCE_SECONDS)[0]
        assert second.returncode == 1
    assert process.returncode == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
    assert not (folder / "pg" / "postmaster.pid").exists()
    assert not (folder / "seeding").exists()
    server = EmbeddedPostgres(folder)
    engine = database.create_engine(database.find_target(read(database_url=server.start())), pooled=False)
    with engine.connect() as connection:
        statuses = connection.execute(sa.text("SELECT DISTINCT status FROM stackql_app.runs")).scalars().all()
        tables = connection.execute(sa.text("SELECT count(*) FROM stackql_app.inventory_tables")).scalar_one()
    server.stop()
    assert set(statuses) <= {"SUCCESS", "PARTIAL"}
    assert tables >= 15


def test_a_taken_port_is_said(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        output = start(folder, "--port", str(taken.getsockname()[1])).communicate(timeout=PATIENCE_SECONDS)[0]
    assert "is taken by another program" in output
    assert "--port" in output


def test_a_folder_that_postgres_cannot_use_is_said(folder: Path) -> None:
    spaced = folder / "with a space"
    output = start(spaced, "--port", str(free_port())).communicate(timeout=PATIENCE_SECONDS)[0]
    assert "INVENTORY_DATA_DIR" in output
