"""Connecting to Postgres: which server, as whom, and the schema.

The server is named by `DATABASE_URL`, else by `LAKEBASE_*`, else, on Databricks only, by the `PG*` variables of
a bound Lakebase resource; a stray PGHOST elsewhere is ignored. Where no password is given, a token of
`LAKEBASE_ENDPOINT` is asked for when a connection is made (`inventory_runner.platform.tokens`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

import inventory_runner
from inventory_runner import json_text
from inventory_runner.database_errors import find_refusal
from inventory_runner.errors import (
    ConfigurationError,
    DatabaseSilent,
    DatabaseSlow,
    DatabaseUnavailable,
    SchemaMissing,
)
from inventory_runner.platform.silence import ServerSilent, SilenceWatch, make_driver_arguments
from inventory_runner.platform.workspace import Workspace
from inventory_runner.settings import Settings

DRIVER = "postgresql+psycopg2"
CONNECT_TIMEOUT_SECONDS = 5
# after so long without an answer a run asks whether the server lives; and no statement of it takes longer
RUN_PATIENCE_SECONDS = 60.0
RUN_STATEMENT_SECONDS = 3600
QUERY_CANCELLED = "57014"
# the settings that name a database in parts, in the order of `_build_url_of_parts`
LAKEBASE = ("lakebase_host", "lakebase_port", "lakebase_database", "lakebase_user", "lakebase_password")
PLATFORM = ("pghost", "pgport", "pgdatabase", "pguser", "pgpassword")
UNDEFINED_TABLE, UNDEFINED_COLUMN, UNDEFINED_FUNCTION, UNDEFINED_SCHEMA = "42P01", "42703", "42883", "3F000"
# what init_lakebase.sql makes; any other table of stackql_inventory is a schedule's, and may come and go
_OURS = re.compile(r"\bstackql_app\b|\bstackql_inventory(?:\.(?:resource_changes|assets))?(?![.\w])")
# the engine's own note of where it leads
EMBEDDED = "inventory_embedded"


@dataclass(frozen=True)
class DatabaseTarget:
    """A server, a database and a user.

    endpoint, workspace: what tokens are asked for, and of whom, where there is no password. data_dir: local
    development's folder.
    """

    url: URL = field(repr=False)
    endpoint: str = ""
    workspace: Workspace | None = field(default=None, repr=False, compare=False)
    data_dir: Path | None = None

    @property
    def label(self) -> str:
        """For people and logs: never holds a password."""
        return f"{self.url.database} on {self.url.host or self.url.query.get('host', 'a local socket')}"

    @property
    def embedded(self) -> bool:
        """True for local development's embedded server: a Unix socket inside INVENTORY_DATA_DIR."""
        socket = self.url.query.get("host")
        if self.data_dir is None or not isinstance(socket, str):
            return False
        return Path(socket).resolve().is_relative_to(self.data_dir.resolve())


def find_target(settings: Settings) -> DatabaseTarget:
    """The database that the settings name; raises ConfigurationError where they name none."""
    return DatabaseTarget(
        _build_url(settings), settings.lakebase_endpoint, Workspace(settings), settings.inventory_data_dir
    )


def _build_url(settings: Settings) -> URL:
    if settings.database_url:
        try:
            parsed = make_url(settings.database_url)
        except (sa.exc.ArgumentError, ValueError):
            raise ConfigurationError(
                "DATABASE_URL is not a database URL.",
                hint="Write postgresql://user:password@host:5432/database.",
            ) from None
        if not parsed.drivername.startswith("postgres"):
            raise ConfigurationError(f"DATABASE_URL names {parsed.drivername}, not Postgres.")
        return parsed.set(drivername=DRIVER)
    if settings.lakebase_host:
        return _build_url_of_parts(settings, LAKEBASE)
    if settings.on_databricks and settings.pghost:
        return _build_url_of_parts(settings, PLATFORM)
    raise ConfigurationError(
        "No database is configured.",
        hint="Set DATABASE_URL or LAKEBASE_HOST, LAKEBASE_DATABASE and LAKEBASE_USER, or run scripts/dev.py run.",
    )


def _build_url_of_parts(settings: Settings, names: Sequence[str]) -> URL:
    """names: of the settings that hold the host, the port, the database, the user and the password."""
    host, port, database, user, password = (getattr(settings, name) for name in names)
    missing = [name.upper() for name, value in ((names[2], database), (names[3], user)) if not value]
    if missing:
        raise ConfigurationError(
            f"{names[0].upper()} is set, but {' and '.join(missing)} are not.", hint="Set them as well."
        )
    query = {"sslmode": settings.pgsslmode} if settings.pgsslmode else {}
    return URL.create(
        DRIVER, username=user, password=password or None, host=host, port=port, database=database, query=query
    )


def is_embedded(engine: sa.Engine) -> bool:
    """Whether `create_engine` made it for local development's embedded server."""
    return bool(engine.get_execution_options().get(EMBEDDED))


def create_engine(
    where: DatabaseTarget,
    *,
    pool_size: int = 5,
    pooled: bool = True,
    application_name: str = "inventory",
    password: Callable[[], str] | None = None,
    statement_seconds: int = RUN_STATEMENT_SECONDS,
    patience: float = RUN_PATIENCE_SECONDS,
) -> sa.Engine:
    """A SQLAlchemy engine, whose pool survives cut connections, a server that slept, and one that is silent.

    Numbers in JSON keep their digits (`json_text.read_column`).

    statement_seconds: what the server lets a statement take. patience: seconds without an answer after which the server
    is asked whether it lives (`inventory_runner.platform.silence`).

    password: called for every new connection, for servers that take short-lived tokens; by default the target's
    endpoint is asked for one, where it has an endpoint and no password.
    """
    arguments = {
        **make_driver_arguments(SilenceWatch(patience)),
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": application_name,
        # a server that went away without a word is noticed within a minute
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        # what was sent and is never acknowledged, in milliseconds: the kernel's own limit is 15 minutes
        "tcp_user_timeout": 20_000,
    }
    if password is None:
        password = find_password_source(where)
    if password is not None and where.endpoint and "sslmode" not in where.url.query:
        arguments["sslmode"] = "require"
    if pooled:
        engine = sa.create_engine(
            where.url,
            connect_args=arguments,
            json_deserializer=json_text.read_column,
            pool_pre_ping=True,
            pool_recycle=2700,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
        )
    else:
        engine = sa.create_engine(
            where.url,
            connect_args=arguments,
            json_deserializer=json_text.read_column,
            poolclass=NullPool,
        )
    if password is not None:
        _ask_for_password(engine, password)
    _limit_statements(engine, statement_seconds)
    sa.event.listen(engine, "handle_error", _refuse_missing_schema)
    engine.update_execution_options(**{EMBEDDED: where.embedded})
    return engine


def find_password_source(where: DatabaseTarget) -> Callable[[], str] | None:
    """What gives a password for each new connection: a source of tokens; None where the target has a password, or needs
    none."""
    if not where.endpoint or where.url.password:
        return None
    from inventory_runner.platform.tokens import TokenSource

    if where.workspace is None:
        raise ConfigurationError("Nothing says which workspace gives the database's tokens.")
    return TokenSource(where.endpoint, where.workspace)


def list_connection_arguments(where: DatabaseTarget) -> dict[str, Any]:
    """What libpq is told of the target, by its own names (host, dbname, sslmode, …); a token is not among it."""
    url = where.url
    named = {
        "host": url.host,
        "port": url.port,
        "dbname": url.database,
        "user": url.username,
        "password": url.password,
        **url.query,
    }
    if where.endpoint and not url.password:
        named.setdefault("sslmode", "require")
    return {name: value for name, value in named.items() if value}


def _limit_statements(engine: sa.Engine, seconds: int) -> None:
    # no startup option: poolers before a server take few of them
    @sa.event.listens_for(engine, "connect")
    def _set(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{seconds}s'")
        connection.commit()


def allow_long_statements(connection: sa.Connection) -> None:
    """Let the transaction's statements take as long as a run's: what works on all rows of a table."""
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{RUN_STATEMENT_SECONDS}s'")


def _refuse_missing_schema(context: sa.engine.ExceptionContext) -> None:
    """Raise SchemaMissing where a statement failed because our own schemas are not there, or an older version's."""
    code = getattr(context.original_exception, "pgcode", None)
    said = str(context.original_exception)
    of_ours = "stackql_app." in (context.statement or "") if code == UNDEFINED_COLUMN else _OURS.search(said)
    if code in (UNDEFINED_TABLE, UNDEFINED_COLUMN, UNDEFINED_FUNCTION, UNDEFINED_SCHEMA) and of_ours:
        raise SchemaMissing(
            "The database has not got this version's schema.", details=" ".join(said.split())
        ) from context.original_exception


def _ask_for_password(engine: sa.Engine, password: Callable[[], str]) -> None:
    forget: Callable[[str], None] | None = getattr(password, "forget", None)

    @sa.event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: object, args: Any, parameters: dict[str, Any]) -> Any:
        parameters["password"] = password()
        try:
            return dialect.connect(*args, **parameters)
        except dialect.loaded_dbapi.OperationalError as error:
            # a token that ended early, or was revoked: once more with a new one
            if forget is None or "authentication failed" not in str(error):
                raise
            forget(parameters["password"])
            parameters["password"] = password()
            return dialect.connect(*args, **parameters)


@contextmanager
def translate_connection_errors() -> Iterator[None]:
    """Turn a connection that was lost, refused or not to be had into DatabaseUnavailable, silence into DatabaseSilent,
    a statement that the server ended at its time limit into DatabaseSlow, and what Postgres cannot do just now into the
    DatabaseRefusal that says so.
    """
    try:
        yield
    except sa.exc.InternalError as error:
        if refusal := find_refusal(error):
            raise refusal from error
        raise
    except sa.exc.TimeoutError as error:
        raise DatabaseUnavailable(
            "All of this process's connections to Postgres are in use.",
            title="The database is busy",
            hint="Try again in a moment.",
        ) from error
    except sa.exc.OperationalError as error:
        details = str(error.orig or error)
        if refusal := find_refusal(error):
            raise refusal from error
        if isinstance(error.orig, ServerSilent) or "timeout expired" in details:
            raise DatabaseSilent("Postgres says nothing.") from error
        if getattr(error.orig, "pgcode", None) == QUERY_CANCELLED:
            raise DatabaseSlow(
                "A statement took longer than it may, and was ended.", details=details
            ) from error
        raise DatabaseUnavailable("Postgres did not answer.", details=details) from error


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A committed transaction; raises DatabaseUnavailable."""
    with translate_connection_errors(), engine.begin() as connection:
        yield connection


def read_schema_sql() -> str:
    """The text of scripts/init_lakebase.sql: from the wheel, which holds a copy, or from the checkout."""
    package = Path(inventory_runner.__file__).parent
    packed, checkout = package / "init_lakebase.sql", package.parents[2] / "scripts" / "init_lakebase.sql"
    return (packed if packed.is_file() else checkout).read_text(encoding="utf-8")


def init_db(engine: sa.Engine) -> None:
    """Create or upgrade both schemas; safe to run again, and at once from several processes."""
    try:
        with engine.begin() as connection:
            # an upgrade of large tables takes as long as it takes
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('stackql_app.init'))"))
            connection.connection.cursor().execute(read_schema_sql())
    except (sa.exc.OperationalError, sa.exc.InternalError) as error:
        if refusal := find_refusal(error):
            raise refusal from error
        if isinstance(error, sa.exc.InternalError):
            raise
        raise DatabaseUnavailable("Connecting to Postgres failed.", details=str(error.orig)) from error


def has_schema(engine: sa.Engine) -> bool:
    """Whether our schemas are there, of whatever version."""
    with transaction(engine) as connection:
        return bool(
            connection.execute(sa.text("SELECT to_regclass('stackql_app.runs') IS NOT NULL")).scalar_one()
        )


def drop_schemas(engine: sa.Engine) -> None:
    """Remove both schemas and all that is in them: for local development's database alone."""
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS stackql_inventory, stackql_app CASCADE"))
