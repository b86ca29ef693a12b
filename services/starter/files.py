"""Reads the starter library's files: one query each, under a header of comments.

    -- name: GitHub: repositories
    -- provider: github
    -- description: Every repository of an organisation.
    -- columns: Column names are those of September 2025.
    -- schedule: 0 7 * * 1-5
    -- table: github_repositories
    -- key: id
    -- parameters: org=*

    SELECT …

The header ends at the first empty line; what follows is the query's text, comments and all. `schedule` is a cron
expression and makes the query one that keeps `table` up to date, by the columns of `key`. Only then there may be
`parameters`, each with its values, separated by spaces, or `*` for all that the sample cloud has; `timezone`, which is
UTC where it is left out; and `ignored`, the columns whose changes do not count. Lists are separated by commas.
`source: inventory` makes it a query of the inventory, in Postgres's SQL: it has no schedule, and needs no provider.
`columns` says how old the names are, where they are not of August 2026, and is shown behind the description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inventory_runner.errors import InventoryError
from inventory_runner.sql.statement import Source
from services.models.core import Query, Schedule

# provider → parameter → the values that it has in the sample cloud
Values = Mapping[str, Mapping[str, Sequence[str]]]

_LINE = re.compile(r"-- (?P<key>\w+): (?P<value>\S.*)")
_REQUIRED = ("name", "provider", "description")
_OPTIONAL = ("columns", "source")
_REQUIRED_BY_SCHEDULE = ("schedule", "table", "key")
_OF_SCHEDULE = (*_REQUIRED_BY_SCHEDULE, "timezone", "parameters", "ignored")
_DESCRIBING = ("description", "columns")
_UNIQUE = ("name", "table")


class StarterFileError(InventoryError):
    """A file of the starter library is not as it must be. file: its path in the library. line: 1-based."""

    code = "starter_file_error"
    title = "A starter query cannot be read"
    default_hint = "services/starter/files.py says what a file looks like."

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}, line {line}: {message}")
        self.file = file
        self.line = line


@dataclass(frozen=True)
class StarterSchedule:
    """A schedule of the sample estate; `query_name` is a query of the library."""

    query_name: str
    target_table: str
    cron_expression: str
    key_columns: tuple[str, ...]
    parameter_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ignored_columns: tuple[str, ...] = ()
    timezone: str = "UTC"

    def schedule(self, query_id: int) -> Schedule:
        """As the database takes it, for the query that was saved under the id."""
        return Schedule(
            query_id=query_id,
            query_name=self.query_name,
            cron_expression=self.cron_expression,
            timezone=self.timezone,
            target_table=self.target_table,
            key_columns=self.key_columns,
            ignored_columns=self.ignored_columns,
            parameter_values=self.parameter_values,
            created_by="starter",
        )


@dataclass(frozen=True)
class Library:
    """Queries and schedules in the order of their files' paths. questions: the queries of the inventory."""

    queries: tuple[Query, ...]
    schedules: tuple[StarterSchedule, ...]
    questions: tuple[Query, ...] = ()


@dataclass(frozen=True)
class _Header:
    """The header of a file: key → value, and key → line. end: the line after the last."""

    file: str
    values: dict[str, str]
    lines: dict[str, int]
    end: int

    def make_error(self, key: str, message: str) -> StarterFileError:
        return StarterFileError(self.file, self.lines.get(key, self.end), message)

    def read_list(self, key: str) -> tuple[str, ...]:
        """The parts of a value; none where the key is left out."""
        if key not in self.values:
            return ()
        parts = tuple(part.strip() for part in self.values[key].split(","))
        if not all(parts):
            raise self.make_error(key, f"A part of “{key}” is empty.")
        return parts


def read_library(folder: Path, values: Values) -> Library:
    """Every .sql file in a folder and its folders. values: what `*` stands for. Raises StarterFileError."""
    queries: dict[Source, list[Query]] = {source: [] for source in Source}
    schedules = []
    first: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("*.sql")):
        file = path.relative_to(folder).as_posix()
        header, text = _split(file, path.read_text(encoding="utf-8"))
        for key in _UNIQUE:
            value = header.values.get(key)
            if value is not None and first.setdefault((key, value), file) != file:
                raise header.make_error(key, f"{first[key, value]} has the {key} {value} already.")
        source = Source(header.values.get("source", Source.LIVE))
        queries[source].append(
            Query(
                name=header.values["name"],
                description=" ".join(header.values[key] for key in _DESCRIBING if key in header.values),
                provider=header.values.get("provider", ""),
                query_text=text,
                source=source,
            )
        )
        if "schedule" in header.values:
            schedules.append(_read_schedule(header, values))
    return Library(tuple(queries[Source.LIVE]), tuple(schedules), tuple(queries[Source.INVENTORY]))


def _split(file: str, content: str) -> tuple[_Header, str]:
    """The checked header, and the query's text without the empty lines around it."""
    head, _, text = content.partition("\n\n")
    lines = head.split("\n")
    header = _Header(file, {}, {}, len(lines) + 1)
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise StarterFileError(
                file, number, "The header's lines are “-- key: value”, up to an empty one."
            )
        key = match["key"]
        if key not in (*_REQUIRED, *_OPTIONAL, *_OF_SCHEDULE):
            raise StarterFileError(file, number, f"There is no key “{key}”.")
        if key in header.values:
            raise StarterFileError(file, number, f"The key “{key}” stands here twice.")
        header.values[key], header.lines[key] = match["value"].rstrip(), number
    with_schedule = [key for key in _OF_SCHEDULE if key in header.values]
    of_inventory = "source" in header.values
    if of_inventory and header.values["source"] != Source.INVENTORY:
        raise header.make_error("source", f"“source” is {Source.INVENTORY}, or left out.")
    if of_inventory and with_schedule:
        raise header.make_error(with_schedule[0], "A query of the inventory has no schedule.")
    required = [key for key in _REQUIRED if key != "provider" or not of_inventory]
    for key in (*required, *(_REQUIRED_BY_SCHEDULE if with_schedule else ())):
        if key not in header.values:
            why = f", which “{with_schedule[0]}” needs" if key not in _REQUIRED else ""
            raise header.make_error(key, f"The header has no “{key}”{why}.")
    if not text.strip():
        raise StarterFileError(file, header.end, "There is no query.")
    return header, text.strip()


def _read_schedule(header: _Header, values: Values) -> StarterSchedule:
    return StarterSchedule(
        query_name=header.values["name"],
        target_table=header.values["table"],
        cron_expression=header.values["schedule"],
        key_columns=header.read_list("key"),
        parameter_values=_read_parameter_values(header, values),
        ignored_columns=header.read_list("ignored"),
        timezone=header.values.get("timezone", "UTC"),
    )


def _read_parameter_values(header: _Header, values: Values) -> dict[str, list[str]]:
    known = values.get(header.values["provider"], {})
    found: dict[str, list[str]] = {}
    for part in header.read_list("parameters"):
        name, equals, given = (each.strip() for each in part.partition("="))
        if not (name and equals and given):
            raise header.make_error("parameters", f"“{part}” is not “parameter=values”.")
        if name in found:
            raise header.make_error("parameters", f"The parameter {name} stands here twice.")
        if given == "*" and name not in known:
            raise header.make_error(
                "parameters", f"The sample cloud has no {name} of {header.values['provider']}."
            )
        found[name] = list(known[name]) if given == "*" else given.split()
    return found
