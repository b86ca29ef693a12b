"""QueryService: the parts that the IDE, the schedules' previews and the tests of credentials work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from inventory_runner.contract import Engine
from inventory_runner.errors import ConfigurationError
from inventory_runner.sql.statement import Source
from services.db.history import HistoryRecords
from services.db.queries import QueryRecords
from services.inventory_sql import InventoryEngine, Plan
from services.query_service import checking
from services.query_service.folders import Limits, QueryFolders
from services.query_service.reader import ResultReader
from services.query_service.running import Credentials, QueryRunner, bind
from services.query_service.saved import SavedQueries
from services.users import limit_to_engineers

if TYPE_CHECKING:
    from services.inventory_service.downloads import Downloads


class QueryService:
    """See the package's docstring.

    runner: from Run to the end. results: what is read of an answer. saved: the queries that have a name.
    engine, credentials: called when a query needs them, never before. folder: where results lie. downloads: among
    which results are saved. inventory: answers what is asked of the inventory.
    """

    def __init__(
        self,
        queries: QueryRecords,
        history: HistoryRecords,
        engine: Callable[[], Engine],
        *,
        folder: Path,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        credentials: Credentials = lambda _providers: {},
        downloads: Downloads,
        inventory: InventoryEngine | None = None,
    ) -> None:
        self._engine = engine
        self._inventory = inventory
        self._folders = QueryFolders(history, folder, limits)
        self.runner = QueryRunner(self._folders, engine, credentials, inventory)
        self.results = ResultReader(self._folders, downloads)
        self.saved = SavedQueries(queries)
        # for how many days what was run is kept
        self.history_days = limits.history_days

    @limit_to_engineers
    def check(self, sql: str, source: Source = Source.LIVE) -> checking.Check:
        """What is known of a statement before it runs; never raises for what is wrong with it."""
        if source is Source.INVENTORY:
            return checking.check_inventory(sql, self._inventory)
        return checking.check(sql, self._engine())

    @limit_to_engineers
    def explain(self, sql: str, parameter_values: Mapping[str, str]) -> Plan:
        """How Postgres would run a statement over the inventory; it plans, and does not run it.

        Raises StatementRefused, InvalidInput, EngineError, ReaderMissing, DatabaseUnavailable.
        """
        if self._inventory is None:
            raise ConfigurationError("This app has no inventory to query.")
        bound, _values = bind(sql, parameter_values, Source.INVENTORY)
        return self._inventory.explain(bound)
