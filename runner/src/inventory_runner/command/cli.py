"""`inventory-runner`: queries, checks, runs, the local scheduler, the schema, and cron expressions.

Results go to stdout, everything else to stderr. An exit code other than 0 is raised as SystemExit, because
Databricks calls `main` as a function and would not look at what it returns.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

import sqlalchemy as sa

from inventory_runner.command import options
from inventory_runner.contract import CancelToken, Engine, QueryCancelled
from inventory_runner.database_errors import find_refusal
from inventory_runner.errors import (
    ConfigurationError,
    DatabaseUnavailable,
    InvalidInput,
    InventoryError,
    StatementRefused,
)
from inventory_runner.models import PARTIAL_EXIT, Run, RunStatus
from inventory_runner.platform import database
from inventory_runner.settings import Settings, load_dotenv
from inventory_runner.wording import format_count

if TYPE_CHECKING:
    from inventory_runner.sql.preflight import Problem

log = logging.getLogger(__name__)

FAILED, REFUSED, MISSING, NOT_EXPRESSIBLE, INTERRUPTED = 1, 3, 4, 5, 130
LONGEST_DETAILS = 2000
# Databricks' words for what started a job's run
TRIGGERS = {"periodic": "schedule", "onetime": "manual", "one_time": "manual", "retry": "schedule"}


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command; argv: without the program's name, by default the process's, which reads `.env` as well."""
    if argv is None:
        load_dotenv()
    chosen = options.make_parser().parse_args(argv)
    long = chosen.command in ("run", "scheduler")
    logging.basicConfig(
        level=logging.INFO if long else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s" if long else "%(levelname)s: %(message)s",
        stream=sys.stderr,
    )
    # it reports statements that are not SQL, SHOW for one, which are fine here
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        code = COMMANDS[chosen.command](chosen)
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read our output has seen enough; the interpreter's own flush must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except InventoryError as error:
        _explain(error)
        code = INTERRUPTED if isinstance(error, QueryCancelled) else FAILED
    except (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.TimeoutError) as error:
        refusal = find_refusal(error)
        if refusal is None and isinstance(error, sa.exc.InternalError):
            raise
        details = str(getattr(error, "orig", None) or error).strip()
        _explain(
            refusal or DatabaseUnavailable("Postgres did not answer.", hint=_DATABASE_HINT, details=details)
        )
        code = FAILED
    if code:
        raise SystemExit(code)


def _run_query(chosen: argparse.Namespace) -> int:
    from inventory_runner.command import output
    from inventory_runner.sql import guard, parameters, preflight
    from inventory_runner.sql.statement import Source, read

    statement = guard.check(read(_read_text(chosen.sql)), Source.LIVE)
    bound = parameters.bind(statement, _parse_values(chosen.param, statement.parameters))
    cancel = CancelToken()
    settings = options.read_settings(chosen)
    with _open_engine(settings) as engine:
        for problem in preflight.check(bound, engine):
            raise _make_error(problem, values=True)
        credentials = _read_credentials(settings, bound.providers)
        with _handle_signals(cancel.cancel):
            result = engine.execute(bound, credentials=credentials, timeout=chosen.timeout, cancel=cancel)
    for warning in (*result.warnings, *result.unread):
        log.warning("%s", warning)
    if not result.complete and not result.warnings:
        log.warning("The answer may have been cut.")
    output.write(result, chosen.format, sys.stdout.buffer)
    return 0 if result.complete else PARTIAL_EXIT


def _check(chosen: argparse.Namespace) -> int:
    from inventory_runner.sql import guard, preflight
    from inventory_runner.sql.statement import Source, read

    text = _read_text(chosen.sql)
    try:
        statement = guard.check(read(text), Source.LIVE)
    except StatementRefused as error:
        _explain(error)
        return REFUSED
    with _open_engine(options.read_settings(chosen)) as engine:
        found = preflight.examine(statement, engine)
    problems = found.problems
    for problem in problems:
        _explain(_make_error(problem))
    if not problems:
        reads = ", ".join(statement.resources)
        says = f"it reads {reads}." if reads else "it only reads."
        _print(" ".join(["It is read:", says, *found.doubts]) if found.doubts else f"Fine: {says}")
        return 0
    return MISSING if all(one.kind == "missing_parameters" for one in problems) else FAILED


def _run(chosen: argparse.Namespace) -> int:
    from inventory_runner.platform import secrets
    from inventory_runner.runs.run import run

    if chosen.query_id is not None and not chosen.target_table:
        raise InvalidInput(
            "A query without a schedule needs a table.", field="target_table", hint="Give it one."
        )
    if chosen.schedule_id is not None and (chosen.target_schema or chosen.target_table):
        raise InvalidInput(
            "A schedule has its own table.",
            field="target_table",
            hint="Leave --target-schema and --target-table out.",
        )
    settings = options.read_settings(chosen)
    cancel = CancelToken()
    with (
        _open_engine(settings, at=chosen.at) as engine,
        _open_database(database.find_target(settings)) as where,
        _handle_signals(cancel.cancel),
    ):
        ended = run(
            where,
            engine,
            schedule_id=chosen.schedule_id,
            query_id=chosen.query_id,
            target_schema=chosen.target_schema,
            target_table=chosen.target_table,
            at=chosen.at,
            trigger=TRIGGERS.get(chosen.trigger, chosen.trigger),
            requested_by=chosen.requested_by,
            resolve_credentials=None if engine.name == "sample" else secrets.make_resolver(where, settings),
            cancel=cancel,
            run_id=chosen.run_id,
            job_run_id=chosen.job_run_id or None,
            job_run_url=chosen.job_run_url or None,
            limits=settings.limits,
        )
    for warning in ended.warnings:
        log.warning("%s", warning)
    _print(_summarise_run(ended))
    return {RunStatus.SUCCESS: 0, RunStatus.PARTIAL: PARTIAL_EXIT}.get(ended.status, FAILED)


def _summarise_run(run: Run) -> str:
    """One line: how a run ended, and what it did."""
    table = f"{run.target_schema}.{run.target_table}"
    if run.status not in (RunStatus.SUCCESS, RunStatus.PARTIAL):
        return f"{run.status} {table}: {run.message}"
    total = "no table" if run.rows_total is None else format_count(run.rows_total, "row")
    line = f"{run.status} {table}: {total}; {run.added:,} added, {run.removed:,} removed, {run.changed:,} changed"
    return f"{line}. {run.message}" if run.message else line


def _run_scheduler(chosen: argparse.Namespace) -> int:
    from inventory_runner.runs.scheduler import Scheduler

    settings = options.read_settings(chosen)
    if settings.on_databricks:
        raise ConfigurationError(
            "The scheduler is for local development; on Databricks each schedule has a job.",
            hint="Pause or resume a schedule on the Schedules page.",
        )
    stop = threading.Event()
    with _open_database(database.find_target(settings)) as where, _handle_signals(stop.set):
        Scheduler(where, parallel=settings.inventory_scheduler_parallel).serve(stop)
    return 0


def _init_db(chosen: argparse.Namespace) -> int:
    target = database.find_target(options.read_settings(chosen))
    with _open_database(target) as where:
        database.init_db(where)
    _print(f"The schemas are ready in {target.label}.")
    return 0


def _test_program(chosen: argparse.Namespace) -> int:
    with _open_engine(options.read_settings(chosen)) as engine:
        _print(f"{engine.name} {engine.check()} runs.")
    return 0


def _print_quartz(chosen: argparse.Namespace) -> int:
    from inventory_runner.times import cron, quartz

    try:
        text = quartz.convert_from_unix(chosen.cron)
        quartz.check_java_zone(chosen.timezone)
    except quartz.NotExpressible as error:
        _explain(error)
        return NOT_EXPRESSIBLE
    _print(text)
    for moment in cron.list_next_times(chosen.cron, chosen.timezone, datetime.now(UTC), chosen.next):
        _print(moment.isoformat())
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "query": _run_query,
    "check": _check,
    "run": _run,
    "scheduler": _run_scheduler,
    "test-program": _test_program,
    "init-db": _init_db,
    "quartz": _print_quartz,
}

_DATABASE_HINT = (
    "Check that Postgres is running and that DATABASE_URL, or LAKEBASE_HOST and its like, are right."
)
# where a field's option is not the field's name with dashes
_OPTIONS = {"cron_expression": "CRON", "sql": "SQL"}


def _read_text(sql: str) -> str:
    text = sys.stdin.read() if sql == "-" else sql
    if not text.strip():
        raise InvalidInput("The statement is empty.", field="sql", hint="Give one, such as: SHOW PROVIDERS")
    return text


def _parse_values(given: Sequence[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """The parameters' values; refuses one too many, one too few, and one given twice."""
    asked = ", ".join(f":{name}" for name in names) or "none"
    values: dict[str, str] = {}
    for name, value in given:
        if name not in names:
            raise InvalidInput(
                f"The statement has no :{name}.", field="param", hint=f"Its parameters: {asked}."
            )
        if name in values:
            raise InvalidInput(f"{name} is given twice.", field="param", hint="Give one value each.")
        values[name] = value
    if missing := [name for name in names if name not in values]:
        raise InvalidInput(
            f"The statement asks for {', '.join(f':{name}' for name in missing)}.",
            field="param",
            hint="Give " + " ".join(f"--param {name}=…" for name in missing),
        )
    return values


def _read_credentials(settings: Settings, providers: Sequence[str]) -> dict[str, str]:
    """For one query at a terminal: the database's mappings where there is one, else the shell's own variables."""
    from inventory_runner.platform import secrets
    from inventory_runner.platform.workspace import Workspace

    if settings.sample or not providers:
        return {}
    try:
        target = database.find_target(settings)
    except ConfigurationError:
        return secrets.read_local_variables(providers, [], os.environ)
    with _open_database(target) as where:
        return secrets.read_credentials(where, providers, settings, Workspace(settings))


def _make_error(problem: Problem, *, values: bool = False) -> InventoryError:
    from inventory_runner.sql import preflight

    error = preflight.make_error(problem)
    if problem.clause:
        given = " ".join(f"--param {name}=…" for name in problem.parameters)
        error.hint = f"Add WHERE {problem.clause}" + (f", and give {given}" if values else "")
    return error


@contextmanager
def _open_engine(settings: Settings, at: datetime | None = None) -> Iterator[Engine]:
    from inventory_runner import engines

    if at is not None and not settings.sample:
        raise InvalidInput(
            "A time can be given to the sample cloud only.", field="at", hint="Leave --at out."
        )
    engine = engines.create(settings, at=at)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _open_database(target: database.DatabaseTarget) -> Iterator[sa.Engine]:
    engine = database.create_engine(target, application_name="inventory-runner")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _handle_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM ask the work to end; a second SIGINT interrupts it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # called as a function, where signals are the caller's
        return

    def handle(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    before = {name: signal.signal(name, handle) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _explain(error: InventoryError) -> None:
    field = getattr(error, "field", "")
    option = _OPTIONS.get(field) or (f"--{field.replace('_', '-')}" if field else "")
    lines = [f"Error: {error.title}", f"  {option + ': ' if option else ''}{error.message}"]
    if error.hint:
        lines.append(f"  {error.hint}")
    if error.details and error.details not in error.message:
        lines += [f"  | {line}" for line in error.details[:LONGEST_DETAILS].splitlines()]
    sys.stderr.write("\n".join(_replace_control_characters(line) for line in lines) + "\n")


def _print(text: str) -> None:
    sys.stdout.write(_replace_control_characters(text) + "\n")


def _replace_control_characters(line: str) -> str:
    """Without control characters: a provider's words must not steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in line)
