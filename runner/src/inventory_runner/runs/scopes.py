"""Reading a run's scopes: some at once, each with its own time limit, throttled ones again after a pause.

One scope never costs the others: whatever happens to it becomes its outcome.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from inventory_runner.contract import (
    AccessDenied,
    CancelToken,
    Engine,
    QueryCancelled,
    QueryResult,
    QueryTimeout,
    Throttled,
)
from inventory_runner.errors import InventoryError
from inventory_runner.models import Scope, ScopeStatus
from inventory_runner.runs.limits import Limits
from inventory_runner.runs.outage import summarise_error
from inventory_runner.sql import parameters
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.store.run_sql import ScopeRecord, clean

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a scope came to; `result` is there where it was read (`store.model.READ`)."""

    record: ScopeRecord
    result: QueryResult | None = None


class ScopeReader:
    """Reads scopes with one engine.

    resolve: gives the credentials, asked for anew for every attempt. report: told when a scope begins and ends,
    from whichever thread reads it.
    """

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        cancel: CancelToken,
        resolve: Callable[[], Mapping[str, str]],
        report: Callable[[ScopeRecord], None],
        tell_time: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._cancel = cancel
        self._resolve = resolve
        self._report = report
        self._tell_time = tell_time
        self._deadline = time.monotonic() + limits.run_timeout

    def read(self, statement: CheckedStatement, scopes: Sequence[Scope]) -> list[Outcome]:
        """Every scope's outcome, in the order given. Each scope's values are bound to the statement in its turn."""
        workers = min(self._limits.concurrency, len(scopes))
        if workers <= 1:
            return [self._read(statement, scope) for scope in scopes]
        with ThreadPoolExecutor(workers, thread_name_prefix="scope") as pool:
            return list(pool.map(lambda scope: self._read(statement, scope), scopes))

    def _read(self, statement: CheckedStatement, scope: Scope) -> Outcome:
        began = time.monotonic()
        record = ScopeRecord(scope, ScopeStatus.RUNNING, started_at=self._tell_time())
        bound: CheckedStatement | None = None
        result: QueryResult | None = None
        attempt = 0
        details = ""
        while True:
            if self._cancel.cancelled:
                status, message = ScopeStatus.CANCELLED, "The run was cancelled before this was read."
                break
            if self._deadline <= time.monotonic():
                minutes = self._limits.run_timeout / 60
                status = ScopeStatus.TIMEOUT
                message = f"The run's time limit of {minutes:.0f} minutes came before this was read."
                break
            attempt += 1
            record = replace(record, attempts=attempt)
            self._report(record)
            details = ""
            try:
                bound = bound or parameters.bind(statement, scope.values)
                result = self._execute(bound)
                status = ScopeStatus.OK if result.complete else ScopeStatus.INCOMPLETE
                # an empty answer may be doubted in words, and be whole for all that is known
                doubted = not result.complete or not result.table.num_rows
                message = " ".join(result.warnings) if doubted else ""
                message = message or ("" if result.complete else "The answer may have been cut.")
                break
            except Throttled as error:
                status, message, details = ScopeStatus.THROTTLED, summarise_error(error), error.details
                if attempt >= self._limits.attempts:
                    break
                self._pause(attempt, record, message)
            except Exception as error:  # noqa: BLE001 - one scope's failure must not cost the others
                status, message = _judge(error)
                details = error.details if isinstance(error, InventoryError) else ""
                break
        record = replace(
            record,
            status=status,
            message=clean(message),
            details=clean(details),
            rows=result.table.num_rows if result else 0,
            duration=time.monotonic() - began,
        )
        self._report(record)
        return Outcome(record, result)

    def _execute(self, statement: CheckedStatement) -> QueryResult:
        left = self._deadline - time.monotonic()
        return self._engine.execute(
            statement,
            credentials=self._resolve(),
            timeout=max(1.0, min(self._limits.scope_timeout, left)),
            cancel=self._cancel,
            row_limit=None,
        )

    def _pause(self, attempt: int, record: ScopeRecord, message: str) -> None:
        """Wait before the next attempt: at random, so that throttled scopes do not come back together."""
        longest = min(self._limits.backoff * 2 ** (attempt - 1), self._limits.backoff_limit)
        seconds = longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
        seconds = min(seconds, max(0.0, self._deadline - time.monotonic()))
        self._report(replace(record, message=f"{message} Trying again in {seconds:.0f} s."))
        self._cancel.wait(seconds)


def _judge(error: Exception) -> tuple[ScopeStatus, str]:
    match error:
        case AccessDenied():
            return ScopeStatus.DENIED, summarise_error(error)
        case QueryTimeout():
            return ScopeStatus.TIMEOUT, summarise_error(error)
        case QueryCancelled():
            return ScopeStatus.CANCELLED, summarise_error(error)
        case InventoryError():
            return ScopeStatus.ERROR, summarise_error(error)
    log.error("a scope failed unexpectedly", exc_info=error)
    return (
        ScopeStatus.ERROR,
        f"A defect of the runner ended this scope ({type(error).__name__}); see its log.",
    )
