"""A connection that may read the inventory and nothing else, for one statement of a person's.

psycopg 3 rather than the app's psycopg2: only the extended protocol, which psycopg2 does not speak, has a Parse that
takes one statement, and parameters whose types Postgres finds. Each statement has a connection of its own, which is
closed: nothing that it set can meet another one.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from inventory_runner.contract import CancelToken, QueryCancelled
from inventory_runner.errors import ConfigurationError, DatabaseUnavailable, InventoryError
from inventory_runner.models import APP_SCHEMA
from inventory_runner.platform import database
from inventory_runner.platform.database import DatabaseTarget
from inventory_runner.sql.postgres import SCHEMAS

log = logging.getLogger(__name__)

# made by init_lakebase.sql, or by infra/sql/1_roles.sql where the app may make no roles
ROLE = "inventory_reader"
LOOK_SECONDS = 0.1
# a server that does not even end a statement that was cancelled is given up
GRACE_SECONDS = 15.0
# for a statement's sorts and hash tables, each; what is beyond goes to temporary files
WORK_MEMORY = "16MB"
TEMPORARY_FILES = "1GB"
LOCK_SECONDS = 2

_LIMITS = """
SELECT set_config('search_path', %(path)s, true), set_config('statement_timeout', %(statement)s, true),
       set_config('lock_timeout', %(lock)s, true), set_config('idle_in_transaction_session_timeout', %(idle)s, true),
       set_config('work_mem', %(memory)s, true), set_config('hash_mem_multiplier', '1', true),
       set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true),
       set_config('standard_conforming_strings', 'on', true), set_config('timezone', 'UTC', true),
       set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true),
       CASE WHEN has_parameter_privilege('temp_file_limit', 'SET')
            THEN set_config('temp_file_limit', %(temporary)s, true) END
"""
# what the role must not be or have, whatever somebody granted
_CHECK = """
SELECT r.rolsuper OR coalesce((SELECT bool_or(has_schema_privilege(n.oid, 'USAGE'))
                                 FROM pg_namespace n WHERE n.nspname = %(app)s), false) AS too_much,
       coalesce((SELECT bool_and(has_schema_privilege(n.oid, 'USAGE'))
                   FROM pg_namespace n WHERE n.nspname = ANY(%(schemas)s)), false) AS reads
  FROM pg_roles r WHERE r.rolname = current_user
"""


class ReaderMissing(ConfigurationError):
    """There is no role that may read the inventory and nothing else, so nothing is run."""

    code = "reader_missing"
    title = "The inventory cannot be queried yet"
    default_hint = "An operator runs infra/sql/1_roles.sql, then inventory-runner init-db, which make it."


class InventoryReader:
    """find_target: names the app's database, when it is first needed. url: of a login of its own, which needs no role
    of the app's; empty where there is none."""

    def __init__(self, find_target: Callable[[], DatabaseTarget], url: str = "") -> None:
        self._find_target = find_target
        self._url = url
        self._lock = threading.Lock()
        self._target: DatabaseTarget | None = None
        self._password: Callable[[], str] | None = None

    @contextmanager
    def transaction(self, seconds: float, cancel: CancelToken) -> Iterator[psycopg.Connection[Any]]:
        """A transaction that reads, as the role, for so many seconds at most; cancelling ends what it runs.

        Raises ReaderMissing, DatabaseUnavailable; what the statement does is psycopg's error.
        """
        connection = self._connect()
        watch = _Watch(connection, time.monotonic() + seconds, cancel)
        watch.start()
        try:
            connection.read_only = True
            try:
                self._prepare(connection, seconds)
            except DatabaseUnavailable:
                if cancel.cancelled:
                    raise QueryCancelled("It was cancelled before it ran.") from None
                raise
            yield connection
        finally:
            watch.ended.set()
            # a rollback would wait for a server that is silent
            with suppress(psycopg.Error):
                connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        with self._lock:
            if self._target is None:
                self._target = self._choose_target()
                self._password = database.find_password_source(self._target)
        arguments = database.list_connection_arguments(self._target)
        try:
            if self._password is None:
                return _open(arguments)
            arguments["password"] = self._password()
            try:
                return _open(arguments)
            except psycopg.OperationalError as error:
                # a token that ended early, or was revoked: once more with a new one
                forget = getattr(self._password, "forget", None)
                if forget is None or "authentication failed" not in str(error):
                    raise
                forget(arguments["password"])
                return _open({**arguments, "password": self._password()})
        except psycopg.Error as error:
            words = " ".join(str(error).split())[:500]
            raise DatabaseUnavailable("Postgres did not answer.", details=words) from error

    def _choose_target(self) -> DatabaseTarget:
        if not self._url:
            return self._find_target()
        try:
            return DatabaseTarget(make_url(self._url))
        except Exception:  # noqa: BLE001 - its words may hold the password
            raise ConfigurationError(
                "INVENTORY_READER_URL is not a database URL.",
                hint="Write postgresql://user:password@host:5432/database.",
            ) from None

    def _prepare(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        milliseconds = max(1, round(seconds * 1000))
        limits = {
            # Postgres's own names first, so that no table of the inventory can stand for a type
            "path": f"pg_catalog, {', '.join(SCHEMAS)}, pg_temp",
            "statement": str(milliseconds),
            "lock": str(LOCK_SECONDS * 1000),
            "idle": str(milliseconds + 60_000),
            "memory": WORK_MEMORY,
            "temporary": TEMPORARY_FILES,
        }
        try:
            with psycopg.Cursor(connection) as cursor:
                cursor.execute(_LIMITS, limits)
                if not self._url:
                    cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(ROLE)))
                cursor.execute(_CHECK, {"app": APP_SCHEMA, "schemas": list(SCHEMAS)})
                row = cursor.fetchone()
        except (psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue) as error:
            raise ReaderMissing(f"The database has no role {ROLE}.", details=str(error)) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise ReaderMissing(f"The app may not act as {ROLE}.", details=str(error)) from error
        except psycopg.Error as error:
            raise DatabaseUnavailable("Postgres did not answer.", details=str(error)) from error
        too_much, reads = row or (True, False)
        if too_much:
            raise ReaderMissing(
                "The login that reads the inventory may read the app's records too, so nothing is run with it.",
                hint="An operator takes these rights from it: infra/sql/3_check.sql tells which.",
            )
        if not reads:
            raise ReaderMissing(f"{ROLE} may not read {' and '.join(SCHEMAS)}.")


class _Watch(threading.Thread):
    """Ends the connection's statement when it is cancelled, or its time is over.

    By the protocol's cancel request, which is pg_cancel_backend for a login's own connection: the app's role may not
    call that for a login that is not its own.
    """

    def __init__(self, connection: psycopg.Connection[Any], deadline: float, cancel: CancelToken) -> None:
        super().__init__(name="inventory-sql-watch", daemon=True)
        self._connection = connection
        self._deadline = deadline
        self._cancel = cancel
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            self._cancel.wait(LOOK_SECONDS)
            over = time.monotonic() - self._deadline
            if self.ended.is_set() or not (self._cancel.cancelled or over > 0):
                continue
            if over > GRACE_SECONDS:
                self._cut()
                return
            with suppress(psycopg.Error, InventoryError):
                self._connection.cancel_safe(timeout=5)
            # it may have come between two statements
            self.ended.wait(LOOK_SECONDS)

    def _cut(self) -> None:
        log.warning("a statement over the inventory does not end, and its connection is given up")
        with suppress(OSError, psycopg.Error):
            handle = os.dup(self._connection.fileno())
            with socket.socket(fileno=handle) as shared:
                shared.shutdown(socket.SHUT_RDWR)


def _open(arguments: Mapping[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(
        **arguments,
        connect_timeout=database.CONNECT_TIMEOUT_SECONDS,
        application_name="inventory-sql",
        cursor_factory=psycopg.RawCursor,
        prepare_threshold=None,
    )
