"""The sample cloud: StackQL statements answered in process, from a SQLite database per day."""

from __future__ import annotations

import difflib
import re
import sqlite3
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import orjson

from inventory_runner.contract import Column, EngineError, Method, QuerySyntaxError
from inventory_runner.engines.sample_cloud import catalogue, estate, functions, reading, statements
from inventory_runner.engines.sample_cloud.catalogue import Resource
from inventory_runner.engines.sample_cloud.reading import Reading
from inventory_runner.engines.sample_cloud.statements import Answer

_DAYS_KEPT = 4
_TYPES = {"integer": "INTEGER", "boolean": "INTEGER", "number": "NUMERIC"}
_MAKES_BYTES = re.compile(r"\bx'|blob|unhex", re.IGNORECASE)


class SampleCloud:
    """A deterministic estate on a day; without `at` it is today's, also in a process that runs for days."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at
        self._days: OrderedDict[int, _Day] = OrderedDict()
        self._lock = threading.RLock()

    def execute(self, sql: str) -> Answer:
        """Run one statement; raises EngineError or StatementRefused."""
        answer = statements.answer(sql)
        if answer is not None:
            return answer
        statement = reading.read(sql)
        with self._lock:
            day = self._today()
            day.load(statement)
            return day.select(statement)

    def providers(self) -> list[str]:
        return list(catalogue.find_versions())

    def services(self, provider: str) -> list[str]:
        return catalogue.list_services(provider)

    def resources(self, provider: str, service: str) -> list[str]:
        """Names without the provider and the service."""
        return catalogue.list_resource_names(provider, service)

    def describe(self, resource: str) -> list[Column]:
        return list(catalogue.find(resource).columns)

    def methods(self, resource: str) -> list[Method]:
        found = catalogue.find(resource)
        return [Method(found.method, "SELECT", found.parameters)]

    def _today(self) -> _Day:
        moment = self._at or datetime.now(UTC)
        # a time without a zone is UTC's
        date = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
        day = self._days.pop(date.toordinal(), None) or _Day(date.toordinal())
        self._days[day.day] = day
        while len(self._days) > _DAYS_KEPT:
            self._days.popitem(last=False)[1].connection.close()
        return day


class _Day:
    """A day's database; a resource's rows are made when a statement first asks for them."""

    def __init__(self, day: int) -> None:
        self.day = day
        self.connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._failures: list[str] = []
        functions.install(self.connection, self._failures)
        # declares SQLite's own table functions while that is still allowed
        self.connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
        self.connection.set_authorizer(_authorise_reads)
        # the calls that were made of a resource, by its name, and the columns that their rows were given
        self._loaded: dict[str, set[tuple[str, ...]]] = {}
        self._filled: dict[str, frozenset[str]] = {}

    def load(self, statement: Reading) -> None:
        """Make the calls of a statement that were not made before."""
        wanted = [
            (source.resource, call)
            for source in statement.sources
            for call in estate.list_calls(source.resource, source.given, self.day)
        ]
        tables = {source.resource.name: source.resource for source in statement.sources}
        lacking = [
            resource
            for name, resource in tables.items()
            if name not in self._filled or not statement.list_columns(resource) <= self._filled[name]
        ]
        if not lacking and all(tuple(call.values()) in self._loaded[found.name] for found, call in wanted):
            return
        self.connection.set_authorizer(None)
        try:
            for resource in lacking:
                self._create(resource, statement.list_columns(resource))
            for resource, call in wanted:
                self._insert(resource, call)
        finally:
            self.connection.set_authorizer(_authorise_reads)

    def _create(self, resource: Resource, wanted: frozenset[str]) -> None:
        """Make its table, anew where statements asked for fewer columns before: hardly one reads half of them."""
        columns = [f'"{column.name}" {_TYPES.get(column.type, "TEXT")}' for column in resource.columns]
        columns += [f'"{name}" TEXT' for name in resource.hidden]
        self.connection.execute(f'DROP TABLE IF EXISTS "{resource.name}"')
        self.connection.execute(f'CREATE TABLE "{resource.name}" ({", ".join(columns)})')
        self._filled[resource.name] = self._filled.get(resource.name, frozenset()) | wanted
        self._loaded[resource.name] = set()

    def _insert(self, resource: Resource, call: dict[str, str]) -> None:
        key = tuple(call.values())
        if key in self._loaded[resource.name]:
            return
        names, rows = estate.build_rows(resource, call, self.day, self._filled[resource.name])
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        self.connection.execute("BEGIN")
        self.connection.executemany(
            f'INSERT INTO "{resource.name}" ({columns}) VALUES ({marks})',  # noqa: S608 - names of the catalogue
            rows,
        )
        self.connection.execute("COMMIT")
        self._loaded[resource.name].add(key)

    def select(self, statement: Reading) -> Answer:
        self._failures.clear()
        try:
            cursor = self.connection.execute(statement.text)
            rows = cursor.fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _explain_error("; ".join(self._failures) or str(error), statement) from None
        if _MAKES_BYTES.search(statement.text):
            # JSON holds no bytes: x'41' is printed as the text that it spells
            rows = [
                tuple(cell.decode(errors="replace") if isinstance(cell, bytes) else cell for cell in row)
                for row in rows
            ]
        columns = _number_repeated([column[0] for column in cursor.description or []])
        json_columns = {name for place, name in enumerate(columns) if _is_json(rows, place)}
        return Answer(columns, rows, json_columns)


def _authorise_reads(action: int, first: str | None, second: str | None, *_: Any) -> int:
    """SQLite's authoriser: queries, their functions, and tables that are not SQLite's own."""
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and not (first or "").lower().startswith(("sqlite_", "pragma_")):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in {
        "load_extension",
        "fts3_tokenizer",
    }:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _number_repeated(names: list[str]) -> list[str]:
    """A name that comes again gets a number, since rows become objects further on."""
    seen: set[str] = set()
    found = []
    for name in names:
        number, unique = 1, name
        while unique.lower() in seen:
            number += 1
            unique = f"{name}_{number}"
        seen.add(unique.lower())
        found.append(unique)
    return found


def _is_json(rows: list[tuple[Any, ...]], place: int) -> bool:
    """Whether a column has values, and each is an object or an array."""
    found = False
    for row in rows:
        value = row[place]
        if value is None:
            continue
        if type(value) is not str or value[:1] not in ("{", "["):
            return False
        try:
            orjson.loads(value)
        except orjson.JSONDecodeError:
            return False
        found = True
    return found


def _explain_error(text: str, statement: Reading) -> EngineError:
    """SQLite's words, with the line and what was probably meant."""
    column = re.search(r"no such column: (?P<name>.+)", text)
    if column:
        name = column["name"].split(".")[-1].strip('"')
        known = [each for source in statement.sources for each in source.resource.column_names]
        near = difflib.get_close_matches(name, dict.fromkeys(known), n=3, cutoff=0.6)
        hint = f"Did you mean {', '.join(near)}?" if near else ""
        return QuerySyntaxError(
            f"There is no column {name}.", line=_find_line(statement.text, name), hint=hint, details=text
        )
    near_token = re.search(r'near "(?P<token>.+)": syntax error', text)
    if near_token:
        return QuerySyntaxError(text, line=_find_line(statement.text, near_token["token"]), details=text)
    if "not authorized" in text or "prohibited" in text:
        return EngineError("The sample cloud only answers questions about its resources.", details=text)
    return QuerySyntaxError(text[:1].upper() + text[1:] + ".", details=text)


def _find_line(text: str, word: str) -> int | None:
    """The line of a word that stands in the text once."""
    places = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    return text.count("\n", 0, places[0]) + 1 if len(places) == 1 else None
