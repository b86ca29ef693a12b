"""The command line's options: parsed, and refused with the option's name and what to give instead."""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime
from typing import NoReturn

from inventory_runner import __version__, settings
from inventory_runner.errors import InvalidInput
from inventory_runner.settings import Settings

ENGINES = ("sample", "stackql")
# of a result, see `output`, which takes time to import
FORMATS = ("table", "json", "csv")

DESCRIPTION = """\
Run StackQL queries that read clouds, and keep Postgres tables up to date with them.

The database is named by DATABASE_URL, else by LAKEBASE_HOST, LAKEBASE_DATABASE and LAKEBASE_USER. The engine is
INVENTORY_ENGINE: stackql (the default) or sample, a made-up cloud that needs no account."""

EXAMPLES = """\
examples:
  inventory-runner query "SELECT instance_id FROM aws.ec2.instances WHERE region = :region" --param region=us-east-1
  inventory-runner check "SELECT name FROM google.storage.buckets"
  inventory-runner run --schedule-id 3
  inventory-runner quartz "0 6 * * 1-5" --timezone Europe/Berlin --next 3
  inventory-runner COMMAND --help says more about a command

exit codes: 0 fine, 1 failed; 3, 4 and 5 as the command's help says"""

QUERY = """\
examples:
  inventory-runner query "SHOW SERVICES IN aws"
  inventory-runner query "SELECT name FROM google.storage.buckets WHERE project = 'prod'" --format csv > buckets.csv
  inventory-runner query - --format json < query.sql | jq length

The result goes to stdout and nothing else does; messages go to stderr.

exit codes: 0 the whole answer · 3 a part of it, or one that may be no list: the warnings say why · 1 no answer"""

CHECK = """\
exit codes: 0 fine · 1 no such resource, or another error · 3 refused, because it does not only read
            4 required parameters are missing; they are named"""

RUN = """\
examples:
  inventory-runner run --schedule-id 3
  inventory-runner run --query-id 7 --target-schema stackql_inventory --target-table aws_vpcs

A schedule's table belongs to it: --query-id fills only a table that no schedule owns.

exit codes: 0 SUCCESS · 3 PARTIAL, the scopes that were not read whole are named · 1 anything else"""

TEST = """\
The program is found, fetched, verified and started as a run does it, and the provider registry is unpacked.

exit codes: 0 it runs · 1 it does not, and why"""

QUARTZ = """\
example:
  inventory-runner quartz "0 6 * * 1-5" --timezone Europe/Berlin --next 3

exit codes: 0 fine · 1 not a cron expression · 5 Quartz cannot express it"""


# options that stand for variables, since serverless compute has no environment of a job's own
PROGRAM = {
    "stackql-binary": "STACKQL_BINARY, a path on a volume for one",
    "stackql-sha256": "STACKQL_SHA256",
    "stackql-registry": "STACKQL_REGISTRY, a folder or an archive",
    "stackql-registry-sha256": "STACKQL_REGISTRY_SHA256",
}


class Parser(argparse.ArgumentParser):
    """argparse's, with our exit code."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            1, f"Error: {self.prog}\n  {message.removeprefix('argument ')}\n  {self.prog} --help says more.\n"
        )


def make_parser() -> argparse.ArgumentParser:
    """The whole command line; `command` names the chosen one."""
    top = Parser(prog="inventory-runner", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=_Help)
    top.add_argument("--version", action="version", version=f"inventory-runner {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add_command(name: str, help_: str, epilog: str = "") -> argparse.ArgumentParser:
        text = help_[:1].upper() + help_[1:] + "."
        return commands.add_parser(name, help=help_, description=text, epilog=epilog, formatter_class=_Help)

    query = add_command("query", "run one statement that reads, and print its rows", QUERY)
    query.add_argument("sql", metavar="SQL", help="the statement; - reads it from stdin")
    _add_engine(query)
    query.add_argument(
        "--param",
        action="append",
        default=[],
        type=_parse_assignment,
        metavar="NAME=VALUE",
        help="the value of :NAME in the statement; may be given several times",
    )
    query.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    query.add_argument(
        "--timeout", type=_parse_seconds, default=300.0, metavar="S", help="seconds; default: 300"
    )

    check = add_command("check", "say whether a statement may run, without running it", CHECK)
    check.add_argument("sql", metavar="SQL", help="the statement; - reads it from stdin")
    _add_engine(check)

    run = add_command("run", "fill a table, and record what changed", RUN)
    what = run.add_mutually_exclusive_group(required=True)
    what.add_argument("--schedule-id", type=_parse_id, metavar="N", help="the schedule to run")
    what.add_argument(
        "--query-id", type=_parse_id, metavar="N", help="a saved query to run without a schedule"
    )
    run.add_argument("--target-schema", metavar="S", help="with --query-id; default: stackql_inventory")
    run.add_argument("--target-table", metavar="T", help="with --query-id")
    run.add_argument(
        "--at", type=_parse_time, metavar="TIME", help="the data's time, with the sample engine only"
    )
    _add_engine(run)
    database = run.add_argument_group(
        "database", "as a job passes it, instead of the environment's; never a password"
    )
    database.add_argument("--db-host", metavar="H")
    database.add_argument("--db-port", metavar="P", type=_parse_port)
    database.add_argument("--db-name", metavar="D")
    database.add_argument("--db-user", metavar="U")
    database.add_argument(
        "--db-endpoint", metavar="E", help="the Lakebase endpoint or instance that a token is asked for"
    )
    _add_program(run)
    record = run.add_argument_group("record", "what the run's record says; for whoever starts it")
    record.add_argument(
        "--run-id",
        type=_parse_waiting_run,
        metavar="N",
        help="take up a run that was recorded as waiting; empty: none",
    )
    record.add_argument("--trigger", metavar="WORD", default="manual", help="why it runs; default: manual")
    record.add_argument("--requested-by", metavar="NAME", default="")
    record.add_argument("--job-run-id", metavar="ID", help="the platform's id of this run")
    record.add_argument("--job-run-url", metavar="URL", help="the platform's page of this run")

    add_command("scheduler", "start schedules' runs at their times; for local development, where no job does")
    _add_program(
        add_command("test-program", "say which StackQL program runs queries here, once it has run", TEST)
    )
    add_command("init-db", "create the database's schemas, or upgrade them; safe to run again")

    quartz = add_command("quartz", "turn a unix cron expression into Quartz, which Databricks uses", QUARTZ)
    quartz.add_argument("cron", metavar="CRON", help="five fields: minute, hour, day, month, weekday")
    quartz.add_argument("--timezone", default="UTC", metavar="Z", help="an IANA name; default: UTC")
    quartz.add_argument("--next", type=_count, default=0, metavar="N", help="also print the next N times")
    return top


def _add_program(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(
        "program", "where StackQL is, as a job passes it, instead of the environment's"
    )
    for name, help_ in PROGRAM.items():
        group.add_argument(f"--{name}", metavar="V", help=help_)


def read_settings(options: argparse.Namespace) -> Settings:
    """The environment's settings with what the options say instead; raises InvalidInput, ConfigurationError."""
    given = {
        "inventory_engine": getattr(options, "engine", None),
        **{name: getattr(options, name, None) for name in (one.replace("-", "_") for one in PROGRAM)},
    }
    found = settings.read(**{name: value for name, value in given.items() if value})
    return _replace_database(options, found) if hasattr(options, "db_host") else found


def _replace_database(options: argparse.Namespace, found: Settings) -> Settings:
    """The settings with what `--db-…` says instead of their database."""
    given = {
        "lakebase_host": options.db_host,
        "lakebase_port": options.db_port,
        "lakebase_database": options.db_name,
        "lakebase_user": options.db_user,
    }
    changed = {name: value for name, value in given.items() if value}
    if options.db_endpoint:
        found = settings.change_settings(found, lakebase_endpoint=options.db_endpoint)
    if not changed:
        return found
    if not options.db_host and (found.database_url or not found.lakebase_host):
        raise InvalidInput(
            "--db-port, --db-name and --db-user go with a host.",
            field="db_host",
            hint="Give --db-host as well.",
        )
    found = settings.change_settings(found, database_url="", **changed)
    missing = [
        option
        for option, value in (("--db-name", found.lakebase_database), ("--db-user", found.lakebase_user))
        if not value
    ]
    if missing:
        raise InvalidInput(
            f"The database's {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not known.",
            field="db_host",
            hint=f"Give {' and '.join(missing)} as well.",
        )
    return found


class _Help(argparse.RawDescriptionHelpFormatter):
    pass


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=ENGINES, help="default: INVENTORY_ENGINE, else stackql")


def _parse_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) < 2**31):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not an id; give a whole number such as 3")
    return int(text)


def _parse_waiting_run(text: str) -> int | None:
    # a job that fires by itself has nothing to take up, and passes its empty parameter
    return _parse_id(text) if text else None


def _parse_port(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 65536):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a port; give a number such as 5432")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 1000):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a count; give a number from 0 to 1000")
    return int(text)


def _parse_seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a time limit; give seconds such as 60, up to 86400"
        )
    return value


def _parse_assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    name = name.removeprefix(":")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not NAME=VALUE; write region=us-east-1, for one")
    return name, value


def _parse_time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a time; write 2026-08-01 or 2026-08-01T06:00:00+02:00"
        ) from None
