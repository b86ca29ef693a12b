"""Faults by name: how each begins and ends, and what is true of it, written before anybody looked.

A fault is a context manager on the deployment. Its truth is a set of errors' titles: whatever else people are told
while it lasts is untrue, as is a connection that ends without an answer where no process of the server was ended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks._deployment import TABLES, Deployment

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes.anthropic import Turn

Begin = Callable[[Deployment], contextlib.AbstractContextManager[None]]
FULL_BYTES = 3_000_000

DATABASE_AWAY = frozenset({"The database cannot be reached"})
DATABASE_SILENT = DATABASE_AWAY | {"The database does not answer", "The database took too long"}
DATABASE_FULL = frozenset({"The database's disk is full"})
NO_MEMORY = frozenset({"The database is out of memory"})
NO_DISK = frozenset({"The disk is full"})
NO_FOLDER = frozenset({"A folder of the app cannot be used"})
WORKSPACE_AWAY = frozenset(
    {
        "The Databricks workspace does not answer",
        "Secrets cannot be read now",
        "Your role could not be found out",
    }
)
SIGNED_OUT = WORKSPACE_AWAY | {"Databricks denied access"}
KEY_REFUSED = frozenset({"The assistant's key is not accepted"})
PROGRAM_MISSING = frozenset({"StackQL is not installed", "Not ready"})


@dataclass(frozen=True)
class Fault:
    """truth: titles that people may be told. cuts: a process of the server ends, and its connections with it.

    seconds: that it lasts at least, where what is true of it takes so long to be said. of_root: only root can do it.
    """

    name: str
    begin: Begin
    truth: frozenset[str] = field(default_factory=frozenset)
    cuts: bool = False
    seconds: float = 0
    of_root: bool = False


# processes of the server


def kill_servers(count: int) -> Begin:
    """kill -9 of so many of the server processes."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        for pid in deployment.app.list_servers()[:count]:
            os.kill(pid, signal.SIGKILL)
        yield

    return begin


@contextmanager
def stop_a_server(deployment: Deployment) -> Iterator[None]:
    """SIGSTOP of one of the server processes: as one that hangs."""
    pid = deployment.app.list_servers()[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


# Postgres


@contextmanager
def kill_postgres(deployment: Deployment) -> Iterator[None]:
    """kill -9, and started again at the end."""
    deployment.database.kill()
    try:
        yield
    finally:
        deployment.database.restart()


@contextmanager
def stop_postgres(deployment: Deployment) -> Iterator[None]:
    """SIGSTOP of all its processes: connections stay, and nothing is said on them."""
    first = int((deployment.database.folder / "pg" / "postmaster.pid").read_text().split()[0])
    # none can be started once the first one has stopped
    os.kill(first, signal.SIGSTOP)
    pids = [first, *(int(pid) for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split())]
    for pid in pids[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def refuse_connections(deployment: Deployment) -> Iterator[None]:
    """The database takes no connections, and those that were there are cut."""
    with _administer(deployment) as cursor:
        cursor.execute(f'ALTER DATABASE "{_name(deployment)}" WITH ALLOW_CONNECTIONS false')
        _cut_all(cursor)
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{_name(deployment)}" WITH ALLOW_CONNECTIONS true')


@contextmanager
def forbid_writes(deployment: Deployment) -> Iterator[None]:
    """Every transaction is read only, as on a standby or while storage is being moved."""
    with _administer(deployment) as cursor:
        cursor.execute(f'ALTER DATABASE "{_name(deployment)}" SET default_transaction_read_only = on')
        _cut_all(cursor)
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{_name(deployment)}" RESET default_transaction_read_only')
            _cut_all(cursor)


def fail_writes(code: str, message: str) -> Begin:
    """Every write of a record or of the inventory fails with Postgres's own error, which a trigger raises."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        tables = [
            f"stackql_app.{name}" for name in ("drafts", "query_history", "queries", "runs", "table_scopes")
        ]
        tables += ["stackql_app.inventory_tables", "stackql_inventory.resource_changes"]
        with deployment.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION public.fail_write() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{code}'; END $$"
            )
            for table in tables:
                connection.exec_driver_sql(
                    f"CREATE TRIGGER fail_write BEFORE INSERT OR UPDATE ON {table}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION public.fail_write()"
                )
        try:
            yield
        finally:
            with deployment.database.engine.begin() as connection:
                connection.exec_driver_sql("DROP FUNCTION public.fail_write() CASCADE")

    return begin


def lock_tables(*tables: str) -> Begin:
    """Somebody holds the tables for themselves alone, in a transaction that stays open."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        with deployment.database.engine.connect() as connection:
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            yield

    return begin


@contextmanager
def _administer(deployment: Deployment) -> Iterator[Any]:
    """A cursor on another database of the server, each statement by itself."""
    url = deployment.database.engine.url
    connection = psycopg2.connect(dbname="template1", user=url.username, host=url.query["host"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _name(deployment: Deployment) -> str:
    return str(deployment.database.engine.url.database)


def _cut_all(cursor: Any) -> None:
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname <> 'template1'")


# the workspace and the model


@contextmanager
def silence_workspace(deployment: Deployment) -> Iterator[None]:
    """It takes every call and answers none."""
    deployment.workspace.hang.set()
    try:
        yield
    finally:
        deployment.workspace.hang.clear()


def fail_workspace(code: str, operation: str = ".*") -> Begin:
    """Every call, or those of one operation, are refused with the platform's error code."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        deployment.workspace.fail(operation, code, f"{code} by the benchmark", times=10**9)
        try:
            yield
        finally:
            deployment.workspace.fail_no_more()

    return begin


@contextmanager
def refuse_database_tokens(deployment: Deployment) -> Iterator[None]:
    """No token for the database is to be had, and no process has one from before."""
    refused = fail_workspace("PERMISSION_DENIED", "POST /api/2.0/postgres/credentials")
    with refused(deployment), kill_servers(2)(deployment):
        yield


@contextmanager
def silence_model(deployment: Deployment) -> Iterator[None]:
    """It takes every question and answers none."""
    deployment.model.silent.set()
    try:
        yield
    finally:
        deployment.model.silent.clear()


def fail_model(status: int, kind: str) -> Begin:
    """Every question is answered with that error of the model's API."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        reply = deployment.model.reply
        deployment.model.reply = lambda _body: Turn(status=status, error_type=kind)
        try:
            yield
        finally:
            deployment.model.reply = reply

    return begin


# StackQL


def change_program(**options: Any) -> Begin:
    """Every answer to a query is another one: `hang`, `kill`, `flood` and the like."""
    return lambda deployment: deployment.program.override("FROM google", **options)


@contextmanager
def remove_program(deployment: Deployment) -> Iterator[None]:
    """The StackQL program is gone; at the end it is there again."""
    binary = deployment.program.binary
    away = binary.with_name("stackql.away")
    binary.rename(away)
    try:
        yield
    finally:
        away.rename(binary)


# folders


def remove_folder(find: Callable[[Deployment], Path]) -> Begin:
    """As a cleaner does: the folder is gone, and nobody makes it again but the app itself."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        shutil.rmtree(find(deployment), ignore_errors=True)
        yield

    return begin


def fill_folder(find: Callable[[Deployment], Path]) -> Begin:
    """A small file system of its own takes the folder's place, and is full; at the end there is room again."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        with _mount(find(deployment)) as folder:
            filling = folder / "filling"
            with contextlib.suppress(OSError), filling.open("wb") as file:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()
            try:
                yield
            finally:
                filling.unlink(missing_ok=True)

    return begin


def protect_folder(find: Callable[[Deployment], Path]) -> Begin:
    """The folder's file system can only be read."""

    @contextmanager
    def begin(deployment: Deployment) -> Iterator[None]:
        with _mount(find(deployment)) as folder:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
            yield

    return begin


@contextmanager
def _mount(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={FULL_BYTES},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        # what is still open there goes with whoever holds it
        subprocess.run(["umount", "--lazy", folder], check=True)


def _results(deployment: Deployment) -> Path:
    return deployment.data / "queries"


def _temporary(deployment: Deployment) -> Path:
    return deployment.temporary


DIED = frozenset({"The query's process died"})
GONE = frozenset({"The result is gone"})
FAULTS = (
    Fault("server-killed", kill_servers(1), DIED | {"Not ready"}, cuts=True),
    Fault("all-servers-killed", kill_servers(2), DIED | {"Not ready"}, cuts=True),
    Fault("server-stopped", stop_a_server, DIED | {"Not ready"}, cuts=True),
    Fault("postgres-killed", kill_postgres, DATABASE_AWAY | {"The database is not ready yet"}),
    Fault("postgres-silent", stop_postgres, DATABASE_SILENT, seconds=20),
    Fault("postgres-refuses-connections", refuse_connections, DATABASE_AWAY),
    Fault(
        "postgres-disk-full",
        fail_writes("53100", "could not extend file: No space left on device"),
        DATABASE_FULL,
    ),
    Fault(
        "postgres-out-of-memory",
        fail_writes("53200", "out of memory"),
        NO_MEMORY,
    ),
    Fault("postgres-read-only", forbid_writes, DATABASE_AWAY | {"The database can only be read"}),
    Fault(
        "tables-locked",
        lock_tables("stackql_app.drafts", f"stackql_inventory.{TABLES[0]}"),
        # whose turn for a connection comes too late is told so
        frozenset({"That took too long", "The database took too long", "The database is busy"}),
        seconds=20,
    ),
    Fault("workspace-silent", silence_workspace, WORKSPACE_AWAY, seconds=15),
    Fault(
        "workspace-fails",
        fail_workspace("INTERNAL_ERROR"),
        WORKSPACE_AWAY | {"Databricks refused the request"},
    ),
    Fault("workspace-throttles", fail_workspace("REQUEST_LIMIT_EXCEEDED"), WORKSPACE_AWAY, seconds=15),
    Fault(
        "workspace-signs-nobody-in",
        fail_workspace("UNAUTHENTICATED"),
        WORKSPACE_AWAY | {"Databricks denied access"},
    ),
    Fault(
        "secret-denied",
        fail_workspace("PERMISSION_DENIED", "GET /api/2.0/secrets/get"),
        frozenset({"Reading a secret was denied"}),
    ),
    Fault(
        "database-token-refused",
        refuse_database_tokens,
        DATABASE_AWAY | DIED | {"Not ready"},
        cuts=True,
        seconds=25,
    ),
    Fault(
        "model-silent",
        silence_model,
        frozenset({"The assistant did not answer in time", "The assistant does not answer"}),
        seconds=45,
    ),
    Fault(
        "model-overloaded", fail_model(529, "overloaded_error"), frozenset({"The assistant is overloaded"})
    ),
    Fault(
        "model-refuses-key",
        fail_model(401, "authentication_error"),
        frozenset({"The assistant's key is not accepted"}),
    ),
    Fault("results-folder-full", fill_folder(_results), NO_DISK | GONE, of_root=True),
    Fault("results-folder-read-only", protect_folder(_results), NO_FOLDER | GONE, of_root=True),
    Fault("results-folder-removed", remove_folder(_results), NO_FOLDER | GONE),
    # the small disk hides the folders of processes that had started before
    Fault("temporary-folder-full", fill_folder(_temporary), NO_DISK | NO_FOLDER, of_root=True),
    Fault("temporary-folder-removed", remove_folder(_temporary), NO_FOLDER | DIED),
    Fault("stackql-hangs", change_program(hang=True), frozenset({"The query took too long"}), seconds=20),
    Fault(
        "stackql-crashes",
        change_program(kill="SIGSEGV"),
        DIED | {"The query needs more memory than it may use"},
    ),
    Fault(
        "stackql-endless-answer",
        change_program(flood="stdout"),
        frozenset({"The query took too long", "The answer is too large"}),
        seconds=20,
    ),
    Fault("stackql-missing", remove_program, PROGRAM_MISSING),
)
