"""What Postgres refuses, in words: by its own errors, from a real server and from one that only says so."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app.api.errors import find_status, translate_error
from inventory_runner.database_errors import (
    DatabaseFull,
    DatabaseLimitReached,
    DatabaseNotReady,
    DatabaseOutOfMemory,
    DatabaseOverloaded,
    DatabaseReadOnly,
    DatabaseRefusal,
)
from inventory_runner.errors import DatabaseUnavailable
from inventory_runner.platform import database
from inventory_runner.settings import read
from services.db.base import Records

CODES = [
    ("53100", DatabaseFull),
    ("53200", DatabaseOutOfMemory),
    ("53300", DatabaseOverloaded),
    ("53400", DatabaseLimitReached),
    ("57P03", DatabaseNotReady),
    ("25006", DatabaseReadOnly),
]


@contextmanager
def refusing_server(code: str, words: str) -> Iterator[str]:
    """The URL of a server that answers each connection with one error, as Postgres does."""
    listener = socket.create_server(("127.0.0.1", 0))
    fields = f"SFATAL\0VFATAL\0C{code}\0M{words}\0\0".encode()

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(1 << 12)
                client.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"postgresql://anna@127.0.0.1:{listener.getsockname()[1]}/inventory?sslmode=disable"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_what_a_statement_meets_has_its_own_words(
    engine: sa.Engine, code: str, kind: type[DatabaseRefusal]
) -> None:
    statement = sa.text(f"DO $$ BEGIN RAISE EXCEPTION 'its own words' USING ERRCODE = '{code}'; END $$")
    with pytest.raises(kind, match=kind.title) as caught, Records(engine).transaction() as connection:
        connection.execute(statement)
    assert type(caught.value) is kind
    assert (find_status(caught.value), "its own words" in caught.value.details) == (503, True)
    # where nobody translated it, it is no defect either
    with pytest.raises(sa.exc.DBAPIError) as raw, engine.begin() as connection:
        connection.execute(statement)
    assert type(translate_error(raw.value)) is kind


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        ("57P03", "the database system is starting up", DatabaseNotReady),
        ("57P03", "the database system is shutting down", DatabaseNotReady),
        ("57P03", "the database system is in recovery mode", DatabaseNotReady),
        ("57P03", "the database system is not yet accepting connections", DatabaseNotReady),
        ("53300", "sorry, too many clients already", DatabaseOverloaded),
        ("53300", 'too many connections for role "anna"', DatabaseOverloaded),
        (
            "53300",
            "remaining connection slots are reserved for roles with the SUPERUSER attribute",
            DatabaseOverloaded,
        ),
        ("28000", 'role "anna" does not exist', DatabaseUnavailable),
    ],
)
def test_what_a_connection_meets_has_its_own_words(
    code: str, words: str, kind: type[DatabaseUnavailable]
) -> None:
    with refusing_server(code, words) as url:
        refused = database.create_engine(database.find_target(read(database_url=url)), pooled=False)
        with pytest.raises(DatabaseUnavailable) as caught, database.transaction(refused):
            pass
    assert type(caught.value) is kind
    assert words in caught.value.details


def test_a_database_that_is_read_only_is_read_and_says_why_it_is_not_written(engine: sa.Engine) -> None:
    records = Records(engine.execution_options(postgresql_readonly=True))
    with records.transaction() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM stackql_app.runs")).scalar_one() == 0
    with pytest.raises(DatabaseReadOnly, match="takes no writes now"), records.transaction() as connection:
        connection.execute(sa.text("DELETE FROM stackql_app.runs"))
