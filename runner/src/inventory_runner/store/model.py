"""What goes into a merge and what comes out of it, and the errors of the write path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inventory_runner.contract import QueryResult
from inventory_runner.errors import InventoryError
from inventory_runner.models import Scope, ScopeStatus, WriteMode


class SchemaConflict(InventoryError):
    """A result's values cannot be kept in the table's columns without losing something; the table is untouched."""

    title = "The result does not fit the table"
    default_hint = "Cast the column in the query, or write to a new table."


class TableBusy(InventoryError):
    """The table's lock was not free within the time limit; the table is untouched."""

    title = "The table is busy"
    default_hint = "Wait for the other run to end, then run it again."


class NotPermitted(InventoryError):
    """The database's user lacks a privilege."""

    title = "No permission to write"
    default_hint = "Grant the app's database user CREATE and USAGE on the schema, and ownership of the table."


class WriteFailed(InventoryError):
    """Postgres refused a write for a reason of its own; the table is untouched."""

    title = "The table could not be written"


@dataclass(frozen=True)
class Target:
    """The table that a run writes, and how. Names of columns are the query's own.

    key_columns: empty means that the whole row is its key. ignored_columns: not compared, so a row in which only
    they differ is left as it is. allow_empty: an empty answer may empty a scope. provider, service, resource: where
    the rows come from, for the inventory's pages; empty keeps what is recorded.
    """

    schema: str
    table: str
    write_mode: WriteMode = WriteMode.REPLACE
    key_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    allow_empty: bool = False
    retention_days: int | None = None
    description: str = ""
    schedule_id: int | None = None
    query_id: int | None = None
    provider: str = ""
    service: str = ""
    resource: str = ""


@dataclass(frozen=True)
class ScopeData:
    """How one scope went: `ok` and `incomplete` carry a result, every other status none."""

    scope: Scope
    status: ScopeStatus
    result: QueryResult | None = None
    message: str = ""

    @property
    def read(self) -> bool:
        """True where there is a result to merge."""
        return self.result is not None and self.status in {ScopeStatus.OK, ScopeStatus.INCOMPLETE}


@dataclass(frozen=True)
class MergeResult:
    """What a merge did. Counts are rows.

    scopes: those given, in their order, with their final statuses (`held` may replace `ok`). rows_total: the
    table's rows after the merge (append: those of the newest run); None where there is no table. removed includes
    `retired`, the rows of scopes that the schedule no longer has, so total = total before + added - removed.
    baseline: this was the table's first load, whose rows are not changes, so `added` is 0. Append: `added` is what
    was appended, and nothing goes into the change feed. at: the time that `merge` was given, by which retention counts;
    the rows' own may be later, where the table had newer ones.
    """

    scopes: tuple[ScopeData, ...]
    rows_read: int = 0
    rows_total: int | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    retired: int = 0
    warnings: tuple[str, ...] = ()
    baseline: bool = False
    any_change: bool = False
    at: datetime | None = None
