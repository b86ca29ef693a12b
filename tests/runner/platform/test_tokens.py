"""Database tokens from the workspace, and a pool that survives their end, refusals and cut connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from fakes.workspace import ENDPOINT, FakeWorkspace, fake_workspace

from inventory_runner.errors import DatabaseUnavailable
from inventory_runner.platform import database
from inventory_runner.platform.database import DatabaseTarget
from inventory_runner.platform.tokens import TokenSource
from inventory_runner.platform.workspace import Workspace
from inventory_runner.settings import read


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with fake_workspace() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


class Clock:
    def __init__(self) -> None:
        import time

        self.moment = time.time()

    def __call__(self) -> float:
        return self.moment


@pytest.mark.parametrize(
    ("endpoint", "operation"),
    [(ENDPOINT, "POST /api/2.0/postgres/credentials"), ("my-instance", "POST /api/2.0/database/credentials")],
)
def test_both_kinds_of_database_are_asked_in_their_own_way(
    workspace: FakeWorkspace, endpoint: str, operation: str
) -> None:
    clock = Clock()
    source = TokenSource(endpoint, Workspace(read()), now=clock)
    assert [source(), source()] == ["database-token-1"] * 2
    clock.moment += 49 * 60
    assert source() == "database-token-1"
    clock.moment += 2 * 60
    assert source() == "database-token-2"
    assert [request.operation for request in workspace.requests] == [operation] * 2


def test_a_short_token_is_renewed_before_its_end(workspace: FakeWorkspace) -> None:
    workspace.token_seconds = 600
    clock = Clock()
    source = TokenSource(ENDPOINT, Workspace(read()), now=clock)
    source()
    clock.moment += 301
    assert source() == "database-token-2"


def test_threads_share_one_token(workspace: FakeWorkspace) -> None:
    source, found = TokenSource(ENDPOINT, Workspace(read())), []
    threads = [threading.Thread(target=lambda: found.append(source())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["database-token-1"] * 8
    assert len(workspace.issued_tokens) == 1


def test_while_the_workspace_is_away_a_good_token_is_kept(workspace: FakeWorkspace) -> None:
    clock = Clock()
    source = TokenSource(ENDPOINT, Workspace(read()), now=clock)
    source()
    workspace.fail("POST .*", "INTERNAL_ERROR", "boom", times=9)
    clock.moment += 56 * 60
    assert source() == "database-token-1"
    clock.moment += 4 * 60
    with pytest.raises(DatabaseUnavailable, match=ENDPOINT):
        source()


def test_a_denied_token_says_whose_permission_is_missing(workspace: FakeWorkspace) -> None:
    workspace.fail("POST .*", "PERMISSION_DENIED", "no CAN_USE on the project")
    with pytest.raises(DatabaseUnavailable) as caught:
        TokenSource(ENDPOINT, Workspace(read()))()
    assert "no CAN_USE" in caught.value.details


def with_endpoint(url: str) -> DatabaseTarget:
    return database.find_target(read(database_url=url, lakebase_endpoint=ENDPOINT))


def test_every_new_connection_has_a_good_token(
    workspace: FakeWorkspace, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    connect = psycopg2.connect
    monkeypatch.setattr(psycopg2, "connect", lambda *a, **k: seen.append(k) or connect(*a, **k))
    engine = database.create_engine(with_endpoint(database_url))
    with engine.connect() as one, engine.connect() as two:
        assert one.scalar(sa.text("SELECT 1")) == two.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()
    assert [parameters["password"] for parameters in seen] == ["database-token-1"] * 2
    assert {parameters["sslmode"] for parameters in seen} == {"require"}


def test_a_token_that_ended_early_is_replaced_at_once(
    workspace: FakeWorkspace, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = psycopg2.connect
    revoked = {"database-token-1"}

    def guarded(*arguments: Any, **parameters: Any) -> Any:
        if parameters.get("password") in revoked:
            raise psycopg2.OperationalError('FATAL: password authentication failed for user "app"')
        return connect(*arguments, **parameters)

    monkeypatch.setattr(psycopg2, "connect", guarded)
    engine = database.create_engine(with_endpoint(database_url))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    assert workspace.issued_tokens == ["database-token-1", "database-token-2"]
    # a server that refuses every token is an error, not a loop
    revoked.update(f"database-token-{number}" for number in range(9))
    engine.dispose()
    with pytest.raises(sa.exc.OperationalError, match="authentication failed"):
        engine.connect()
    engine.dispose()


def test_a_given_password_needs_no_token(workspace: FakeWorkspace, database_url: str) -> None:
    url = database.find_target(read(database_url=database_url)).url.set(password="given")
    engine = database.create_engine(DatabaseTarget(url, ENDPOINT))
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
    engine.dispose()
    assert workspace.requests == []


def test_the_pool_survives_cut_connections(engine: sa.Engine, database_url: str) -> None:
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            connection.execute(sa.text("SELECT 1"))
    admin = database.create_engine(database.find_target(read(database_url=database_url)), pooled=False)
    with admin.connect() as connection:
        cut = connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    assert len(cut) == 2
    for _ in range(3):
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT 1")) == 1
