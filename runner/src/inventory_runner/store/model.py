"""What goes into a merge and what comes out of it, who may look at it meanwhile, and the errors of the write path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from psycopg2.sql import Composable

from inventory_runner.contract import QueryResult
from inventory_runner.errors import InventoryError
from inventory_runner.models import Scope, ScopeStatus, TableKind, WriteMode

# a scope with one of these has a result; rows leave in the first alone
READ = (ScopeStatus.OK, ScopeStatus.INCOMPLETE, ScopeStatus.ADDITIVE)
# with every scope so, nothing went wrong
SETTLED = (ScopeStatus.OK, ScopeStatus.ADDITIVE)


class SchemaConflict(InventoryError):
    """A result's values cannot be kept in the table's columns without losing something; the table is untouched."""

    code = "schema_conflict"
    title = "The result does not fit the table"
    default_hint = "Cast the column in the query, or write to a new table."


class TableBusy(InventoryError):
    """The table's lock was not free within the time limit; the table is untouched."""

    code = "table_busy"
    title = "The table is busy"
    default_hint = "Wait for the other run to end, then run it again."


class NotPermitted(InventoryError):
    """The database's user lacks a privilege."""

    code = "database_permission_missing"
    title = "No permission to write"
    default_hint = "Grant the app's database user CREATE and USAGE on the schema, and ownership of the table."


class WriteFailed(InventoryError):
    """Postgres refused a write for a reason of its own; the table is untouched."""

    code = "write_failed"
    title = "The table could not be written"


@dataclass(frozen=True)
class Target:
    """The table that a run writes, and how. Names of columns are the query's own.

    key_columns: empty means that the whole row is its key. ignored_columns: not compared, so a row in which only
    they differ is left as it is. unordered_columns: JSON columns of which no list's order is a change; ordered_columns:
    those of which every list's is; of the others tags and lists of ids have none. allow_empty: an empty answer may
    empty a scope (`holding.py`). adds_only: a list that cannot be read to its end makes its scope `additive`.
    provider, service, resource: where the rows come from, for the inventory's pages; empty keeps what is recorded.
    kind: what the rows are; of another kind than an inventory none is a resource that counts.
    """

    schema: str
    table: str
    write_mode: WriteMode = WriteMode.REPLACE
    key_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    unordered_columns: tuple[str, ...] = ()
    ordered_columns: tuple[str, ...] = ()
    allow_empty: bool = False
    adds_only: bool = False
    retention_days: int | None = None
    description: str = ""
    schedule_id: int | None = None
    query_id: int | None = None
    provider: str = ""
    service: str = ""
    resource: str = ""
    kind: TableKind = TableKind.INVENTORY


@dataclass(frozen=True)
class ScopeData:
    """How one scope went: `ok`, `incomplete` and `additive` carry a result, every other status none."""

    scope: Scope
    status: ScopeStatus
    result: QueryResult | None = None
    message: str = ""
    details: str = ""

    @property
    def read(self) -> bool:
        """True where there is a result to merge."""
        return self.result is not None and self.status in READ


@dataclass(frozen=True)
class MergeResult:
    """What a merge did. Counts are rows.

    scopes: those given, in their order, with their final statuses (`held` replaces those of some empty answers).
    rows_total: the table's rows after the merge (append: those of the newest run); None where there is no table.
    removed includes `retired`, the rows of scopes that the schedule no longer has, so total = total before + added -
    removed.
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


@dataclass(frozen=True)
class Changes:
    """What a merge is about to do to its table, for a judge to query: which rows differ, and their two versions.

    `rows`, `old` and `new` stand in a FROM clause. A row of `rows` is a row of the table that comes, goes or becomes
    another one:

    - kind: `a` added, `r` removed, `c` changed, `f` filled (nothing changed but that columns are new or are no longer
      returned). Without a key in use rows have no identity, so that they are added and removed, never changed.
    - scope, key: whose it is and what it is known by; both as in the change feed.
    - old, new: its version before the merge and after it, as ctids in `old` and in `new`; NULL where there is none.

    Rows that are not in `rows` stay as they are: those of scopes that were not read, and those missing from an
    incomplete answer. Rows of a scope that is not among `scopes` are removed because the schedule has lost it.

        SQL("SELECT d.kind, d.key, o.size, n.size FROM {rows} d LEFT JOIN {old} o ON o.ctid = d.old"
            " LEFT JOIN {new} n ON n.ctid = d.new WHERE d.kind <> 'f'"
            ).format(rows=changes.rows, old=changes.old, new=changes.new)

    is, for a table stackql_inventory.volumes that is replaced:

        SELECT d.kind, d.key, o.size, n.size
        FROM (SELECT kind, scope, key, live AS old, stage AS new
              FROM pg_temp."inventory_diff" WHERE kind NOT IN ('k', 'o')) d
        LEFT JOIN "stackql_inventory"."volumes" o ON o.ctid = d.old
        LEFT JOIN pg_temp."inventory_stage" n ON n.ctid = d.new WHERE d.kind <> 'f'

    A first load (`baseline`) and append mode compare nothing and have written their rows by now: all of them, and of an
    append table only this run's, are added, and `new` is the table itself.

    old_types, new_types: the columns of `old` and `new`, and their types, which a schema drift sets apart; both also
    have `_scope`. scopes: as in MergeResult, with their final statuses. at: the time that the rows are written with.
    The counts are rows by kind; in a first load, and in append mode, `added` is all that was written.
    """

    target: Target
    run_id: int
    at: datetime
    scopes: tuple[ScopeData, ...]
    rows: Composable
    old: Composable
    new: Composable
    old_types: Mapping[str, str]
    new_types: Mapping[str, str]
    added: int = 0
    removed: int = 0
    changed: int = 0
    filled: int = 0
    baseline: bool = False


class Judge(Protocol):
    """Looks at what a merge changes and writes down what it finds, in the merge's own transaction.

    What it writes is committed with the rows or not at all. It fails alone: whatever it raises, its own writes are
    undone, the merge and the other judges go on, and the run has a warning. `judging.STATEMENT_SECONDS` bounds each
    of its statements.
    """

    @property
    def name(self) -> str:
        """For the warning, as in "… could not judge it"."""

    def judge(self, connection: sa.Connection, changes: Changes) -> Sequence[str]:
        """Called once a merge that read something, also where nothing differs; returns warnings for the run.

        The ledger (counts, coverage, assets, change feed) is still that of the run before. `connection` is inside the
        merge's transaction: it may not be committed or rolled back, savepoints may be used, settings are made with SET
        LOCAL and set back, and neither the target nor what `changes` names may be written. A merge whose connection
        was lost is tried again from its start, and so is its judging.
        """
