"""A database whose processes are stopped: within seconds people are told, and it is well again by itself."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.waiting import join, wait_until
from flask.testing import FlaskClient

from app.embedded import EmbeddedPostgres
from app.main import create_app
from app.settings import read_settings
from app.start import build_services
from inventory_runner.errors import DatabaseSilent, DatabaseSlow
from inventory_runner.platform import database, silence
from services import Services


class Server:
    """A Postgres of the test's own, which can be stopped as a whole."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.postmaster = int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0])

    def signal(self, number: int) -> None:
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split()
        for pid in (self.postmaster, *map(int, children)):
            os.kill(pid, number)


@pytest.fixture
def server(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="inv-s-"))
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(folder))
    embedded = EmbeddedPostgres(folder)
    made = Server(folder, embedded.start())
    yield made
    made.signal(signal.SIGCONT)
    embedded.stop()


@pytest.fixture
def services(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr("app.start.PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(silence.answers, "__defaults__", (0.5,))
    settings = read_settings(database_url=server.url, inventory_engine="sample", database_pool_size=2)
    built = build_services(settings)
    database.init_db(built.db.engine)
    yield built
    built.close()
    built.db.engine.dispose()


@pytest.fixture
def client(services: Services, server: Server) -> FlaskClient:
    settings = read_settings(database_url=server.url, inventory_engine="sample")
    return create_app(settings, services).server.test_client()


def test_silence_is_said_within_seconds_and_ends_by_itself(
    client: FlaskClient, services: Services, server: Server
) -> None:
    services.program.start()
    wait_until(lambda: client.get("/readyz").status_code == 200, "the app is ready")
    answers: list[Any] = []

    def ask(path: str) -> None:
        with client.application.test_client() as one:
            answers.append((path, one.get(path)))

    server.signal(signal.SIGSTOP)
    # more than there are connections
    asking = [threading.Thread(target=ask, args=("/readyz",)) for _ in range(8)]
    for thread in asking:
        thread.start()
    assert client.get("/healthz").status_code == 200
    join(*asking)
    for _path, answer in answers:
        assert answer.status_code == 503
        error = answer.get_json()["error"]
        assert (error["code"], error["title"]) == ("database_silent", "The database does not answer")
    # at once from now on, without a place of the pool being held
    assert client.post("/api/inventory/resources", json={"start": 0, "end": 1}).status_code == 503
    with pytest.raises(DatabaseSilent):
        services.db.ping()
    server.signal(signal.SIGCONT)
    wait_until(lambda: client.get("/readyz").status_code == 200, "it answers again")
    # what was under way was thrown away, and holds no place of the pool
    assert services.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_slow_statement_is_ended_with_words_of_its_own(database_url: str) -> None:
    services = build_services(read_settings(database_url=database_url, database_statement_timeout=1))
    with pytest.raises(DatabaseSlow), database.transaction(services.db.engine) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    # it was slow and not silent: the connection is a good one
    services.db.ping()
    services.db.engine.dispose()
