"""An engine whose answers a test writes down, for what the real ones cannot be told to do at the right moment."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from inventory_runner.contract import CancelToken, Column, Method, QueryResult
from inventory_runner.engines.values import TableBuilder
from inventory_runner.sql.guard import CheckedStatement, require_checked
from inventory_runner.sql.statement import Source

Rows = list[dict[str, Any]]
Answer = Rows | QueryResult | Exception | Callable[["Call"], Rows]


@dataclass(frozen=True)
class Call:
    """What `execute` was asked."""

    sql: str
    credentials: dict[str, str]
    timeout: float
    cancel: CancelToken


@dataclass
class ScriptedEngine:
    """`answers`: patterns of a statement and what it gets, one answer a call; the last one is given again."""

    name: str = "stackql"
    version: str = "scripted 1"
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, match: str, *answers: Answer) -> None:
        self.answers = {match: list(answers), **{k: v for k, v in self.answers.items() if k != match}}

    def execute(
        self,
        statement: CheckedStatement,
        *,
        credentials: Mapping[str, str],
        timeout: float,
        cancel: CancelToken,
        row_limit: int | None = None,
    ) -> QueryResult:
        sql = require_checked(statement, Source.LIVE).text
        call = Call(sql, dict(credentials), timeout, cancel)
        with self._lock:
            self.calls.append(call)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            given = next((values for match, values in self.answers.items() if re.search(match, sql)), [[]])
            answer = given.pop(0) if len(given) > 1 else given[0]
        try:
            if callable(answer):
                answer = answer(call)
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, QueryResult) else result(answer)
        finally:
            with self._lock:
                self.at_once -= 1

    def check(self) -> str:
        return self.version

    def providers(self) -> list[str]:
        return ["aws"]

    def providers_at_hand(self) -> list[str]:
        return self.providers()

    def services(self, provider: str) -> list[str]:
        return ["ec2"]

    def resources(self, provider: str, service: str) -> list[str]:
        return ["vpcs"]

    def describe(self, resource: str) -> list[Column]:
        return []

    def methods(self, resource: str) -> list[Method]:
        return [Method("list", "SELECT")]

    def close(self) -> None:
        pass


def table_of_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[pa.Table, frozenset[str]]:
    """Rows of names and values → the table and the names of its JSON columns."""
    builder = TableBuilder()
    builder.add(rows)
    return builder.table()


def result(rows: Rows, *, complete: bool = True, warnings: tuple[str, ...] = (), **why: bool) -> QueryResult:
    """Rows as an engine returns them. why: limited, doubtful."""
    table, json_columns = table_of_rows(rows)
    return QueryResult(table, complete, warnings, json_columns=json_columns, **why)
