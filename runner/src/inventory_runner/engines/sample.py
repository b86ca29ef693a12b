"""The sample engine: the sample cloud behind the engine's contract, in worker processes that serve many queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from inventory_runner.contract import CancelToken, Column, Method, QueryResult
from inventory_runner.engines.pool import WorkerPool
from inventory_runner.sql.statement import Source

if TYPE_CHECKING:
    from inventory_runner.sql.guard import CheckedStatement

METADATA_SECONDS = 20
MOST_TAKEN = 500


@functools.lru_cache(maxsize=4)
def _load_cloud(at: str | None) -> Any:
    from inventory_runner.engines.sample_cloud import SampleCloud

    return SampleCloud(datetime.fromisoformat(at) if at else None)


def backend(request: Mapping[str, Any]) -> QueryResult | list[Any]:
    """Runs in the worker."""
    cloud = _load_cloud(request["at"])
    if "metadata" in request:
        name, arguments = request["metadata"]
        found = getattr(cloud, name)(*arguments)
        return [item if isinstance(item, str) else vars(item) for item in found]
    from inventory_runner.engines.values import build_table, number_repeated_names

    answer = cloud.execute(request["sql"])
    limit = request["row_limit"]
    rows = answer.rows if limit is None else answer.rows[:limit]
    values = {
        name: [row[index] for row in rows] for index, name in enumerate(number_repeated_names(answer.columns))
    }
    table, _ = build_table(values)
    complete = len(rows) == len(answer.rows)
    return QueryResult(table, complete, json_columns=frozenset(answer.json_columns) & set(values))


class SampleEngine:
    """at: the day that the estate is seen on; None is now, day after day."""

    name = "sample"
    version = "sample 1"

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at
        self._pool = WorkerPool("inventory_runner.engines.sample:backend")
        # texts that StackQL would take as well; whether it does has nothing to do with the day
        self._taken: set[str] = set()
        self._pool.warm_up()

    def see_at(self, at: datetime | None) -> SampleEngine:
        """The same engine and workers, on another day."""
        other = SampleEngine.__new__(SampleEngine)
        other._at, other._pool, other._taken = at, self._pool, self._taken
        return other

    def execute(
        self,
        statement: CheckedStatement,
        *,
        credentials: Mapping[str, str],
        timeout: float,
        cancel: CancelToken,
        row_limit: int | None = None,
    ) -> QueryResult:
        # not at the top: workers import this module, and have no use for the guard's parser before a query comes
        from inventory_runner.sql.guard import require_checked

        statement = require_checked(statement, Source.LIVE)
        if statement.text not in self._taken:
            self._refuse_what_stackql_refuses(statement)
            if len(self._taken) < MOST_TAKEN:
                self._taken.add(statement.text)
        request = {"sql": statement.plain.text, "row_limit": row_limit, "at": self._format_time()}
        result: QueryResult = self._pool.run(request, timeout=timeout, cancel=cancel, reusable=True)
        return result

    def _refuse_what_stackql_refuses(self, statement: CheckedStatement) -> None:
        """Raise what the real engine would: what runs in the demonstration must run on a cloud."""
        from inventory_runner.engines import conditions
        from inventory_runner.engines.handing import hand_over

        hand_over(statement)
        if statement.query is not None and conditions.has_doubtful_conditions(statement.query):
            columns = [column for name in statement.resources for column in self.describe(name)]
            methods = [method for name in statement.resources for method in self.methods(name)]
            conditions.check(
                statement.query,
                {column.name.lower(): column.type for column in columns},
                {name.lower() for method in methods for name in method.required_parameters},
            )

    def check(self) -> str:
        return self.version

    def providers(self) -> list[str]:
        return self._ask_metadata("providers")

    def providers_at_hand(self) -> list[str]:
        return self.providers()

    def services(self, provider: str) -> list[str]:
        return self._ask_metadata("services", provider)

    def resources(self, provider: str, service: str) -> list[str]:
        return self._ask_metadata("resources", provider, service)

    def describe(self, resource: str) -> list[Column]:
        return [Column(**column) for column in self._ask_metadata("describe", resource)]

    def methods(self, resource: str) -> list[Method]:
        found = self._ask_metadata("methods", resource)
        return [Method(m["name"], m["verb"], tuple(m["required_parameters"])) for m in found]

    @functools.lru_cache(maxsize=2000)  # noqa: B019 - an engine lives as long as its process
    def _ask_metadata(self, name: str, *arguments: str) -> list[Any]:
        request = {"metadata": [name, arguments], "at": None}
        found: list[Any] = self._pool.run(
            request, timeout=METADATA_SECONDS, cancel=CancelToken(), reusable=True
        )
        return found

    def _format_time(self) -> str | None:
        return self._at.isoformat() if self._at else None

    def close(self) -> None:
        self._pool.close()
