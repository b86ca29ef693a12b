"""What the inventory's pages are drawn from: plain values, made by the inventory service.

Counts are rows. A count that no run has told yet is None, never 0. Times are timezone-aware UTC; days are UTC days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypedDict

from inventory_runner.models import INVENTORY_SCHEMA, Change, RunStatus, Scope, TableKind, WriteMode
from services.models.coverage import UNKNOWN, Reading, make_coverage, read_at
from services.models.gaps import Gap
from services.models.inbox import EntryKind
from services.models.numbers import Numbers
from services.models.url_values import Days

# by which the list of all resources can be filtered
ASSET_FILTERS = ("provider", "region", "account", "owner", "state", "type", "service", "table_name")
# beside a row of a scope that was not read: when it was read last
READ_AT = "_read_at"
DAY_CHOICES = (7, 14, 30, 90)
DIMENSIONS = ("region", "state", "account", "owner")


@dataclass(frozen=True)
class InventoryFilter:
    """What the overview is narrowed to; empty means all."""

    provider: str = ""
    region: str = ""
    days: int = 14


@dataclass(frozen=True)
class TableRef:
    """A table's place. The schema is left out of what people read where it is the usual one."""

    schema: str
    name: str

    @property
    def label(self) -> str:
        return self.name if self.schema == INVENTORY_SCHEMA else f"{self.schema}.{self.name}"


class Freshness(StrEnum):
    """FRESH: as promised. LATE: a run was missed. PAUSED, UNMANAGED: nothing is promised. NEVER: no data."""

    FRESH = "fresh"
    LATE = "late"
    PAUSED = "paused"
    UNMANAGED = "unmanaged"
    NEVER = "never"


@dataclass(frozen=True)
class TableSummary:
    """One inventory table, or its part in a region. added, removed, changed: today's; rows: None where not known.

    stale_rows: rows of scopes that the newest run could not read; oldest_at: when the oldest of these were read last.
    unread: the names of the first such scopes. counted: of the rows those that totals count, None where no run has told
    it yet: then all. A resource counts in one table, findings and counts in none.
    """

    ref: TableRef
    provider: str = ""
    service: str = ""
    resource: str = ""
    rows: int | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    scopes_total: int = 0
    scopes_ok: int = 0
    updated_at: datetime | None = None
    complete_at: datetime | None = None
    changed_at: datetime | None = None
    write_mode: WriteMode = WriteMode.REPLACE
    schedule_id: int | None = None
    query_id: int | None = None
    cron: str = ""
    timezone: str = "UTC"
    is_active: bool = False
    last_run_status: RunStatus | None = None
    last_run_at: datetime | None = None
    has_view: bool = False
    freshness: Freshness = Freshness.FRESH
    stale_rows: int = 0
    oldest_at: datetime | None = None
    unread: tuple[str, ...] = ()
    counted: int | None = None
    kind: TableKind = TableKind.INVENTORY

    @property
    def resources(self) -> int:
        """How many of its rows totals count."""
        return (self.rows or 0) if self.counted is None else self.counted

    @property
    def partial(self) -> bool:
        return self.scopes_ok < self.scopes_total

    @property
    def reading(self) -> Reading:
        """What was read of it, and when."""
        moments = [self.updated_at, self.oldest_at] if self.updated_at else []
        return Reading(make_coverage(self.scopes_ok, self.scopes_total), read_at(moments), self.unread)

    @property
    def words(self) -> str:
        """What it holds, as a chart names it: `ec2 instances`, `users`; its name where that is not known."""
        parts = dict.fromkeys(part.replace("_", " ") for part in (self.service, self.resource) if part)
        return " ".join(parts) if self.resource else self.ref.name


@dataclass(frozen=True)
class DayChanges:
    """One day of all tables. scopes_*: of the tables read on that day."""

    day: date
    added: int = 0
    removed: int = 0
    changed: int = 0
    scopes_ok: int = 0
    scopes_total: int = 0


@dataclass(frozen=True)
class Share:
    """A value of a dimension, empty where not known. rows: by provider. tables: of a state, each provider's largest."""

    value: str
    rows: Mapping[str, int]
    tables: Mapping[str, TableRef] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True)
class Attention:
    """Something to look at. severity: danger or warning; tab: the tables' tab that shows it.

    tables: one, or all that one cause concerns. cause: its name, where it is not a table's. only: the rows that it is
    about, as an address carries them. kind: of its entry in the inbox, None where it has none; status: of scopes that
    are not read; newest: when the last of them was lost.
    """

    severity: str
    tables: tuple[TableRef, ...]
    text: str
    since: datetime
    tab: str = "rows"
    cause: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    kind: EntryKind | None = None
    status: str = ""
    newest: datetime | None = None


@dataclass(frozen=True)
class Causes:
    """What needs somebody in all tables. schedules: table → its schedule's id; reading: of all tables.

    cut: there are more than were looked through.
    """

    found: tuple[Attention, ...]
    schedules: Mapping[TableRef, int | None]
    reading: Reading
    cut: bool = False


@dataclass(frozen=True)
class News:
    """Something that happened in the last seven days. kind: grew, fell, burst, opened, closed, unread, read, piled.

    table and tab, or region, or provider and day say where to see it; only: the rows, as an address carries them.
    """

    kind: str
    subject: str
    text: str
    table: TableRef | None = None
    tab: str = "changes"
    region: str = ""
    provider: str = ""
    day: date | None = None
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OldestData:
    """The rows that were confirmed longest ago. reason: why, where single scopes are older than their table."""

    table: TableRef
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Overview:
    """The first page. days: the days of the charts, oldest first; levels: provider → rows at each day's end.

    tables: all that match the filter. week_ago: resources seven days before now, None where history is shorter.
    account_names: what the accounts among the shares are called, by id, as far as that is known.
    """

    filter: InventoryFilter
    at: datetime
    tables: tuple[TableSummary, ...] = ()
    days: tuple[date, ...] = ()
    levels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    changes: tuple[DayChanges, ...] = ()
    week_ago: int | None = None
    shares: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)
    account_names: Mapping[str, str] = field(default_factory=dict)
    attention: tuple[Attention, ...] = ()
    week: tuple[News, ...] = ()
    oldest: OldestData | None = None
    scopes_total: int = 0
    scopes_ok: int = 0
    uncovered_since: datetime | None = None
    uncovered_words: str = ""
    unread: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def loaded(self) -> tuple[TableSummary, ...]:
        """The tables that have data."""
        return tuple(table for table in self.tables if table.rows is not None)

    @property
    def resources(self) -> int:
        return sum(table.resources for table in self.tables)

    @property
    def reading(self) -> Reading:
        """What was read of all of it, and when; single scopes may be older than their table."""
        moments = [moment for table in self.loaded for moment in (table.updated_at, table.oldest_at)]
        return Reading(make_coverage(self.scopes_ok, self.scopes_total), read_at(moments), self.unread)


@dataclass(frozen=True)
class TablesPage:
    """Part of the list of tables. trends: the rows of the last days, oldest first, None before the first load."""

    tables: tuple[TableSummary, ...]
    total: int
    trends: Mapping[TableRef, tuple[int | None, ...]] = field(default_factory=dict)
    sort: str = "rows"
    page: int = 1
    pages: int = 1


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a table. kind: text, number, boolean, time or json; type: Postgres's own name of it."""

    name: str
    kind: str
    type: str = ""
    comment: str = ""


@dataclass(frozen=True)
class ScopeState:
    """The newest outcome of a scope. since: it has this status from then on; ok_at: last read whole, None never.

    message: what happened and what to do. details: the provider's own words behind it.
    """

    scope: Scope
    status: str
    rows: int
    message: str
    since: datetime
    ok_at: datetime | None = None
    details: str = ""


@dataclass(frozen=True)
class ViewInfo:
    """A view over an inventory table. definition: its SELECT.

    refreshed_at: when a run, or a person on the table's page, last refreshed it; None where nobody did, or where the
    view keeps no rows of its own. behind: it does not hold the table's newest state, as far as is known.
    """

    name: str
    schema: str
    materialised: bool
    rows: int | None = None
    definition: str = ""
    refreshed_at: datetime | None = None
    behind: bool = False


@dataclass(frozen=True)
class ViewChoice:
    """What people made a table's own views of: the columns that rows are counted by, none for all rows.

    version: 0 where nobody made any yet.
    """

    columns: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class AssetRules:
    """Which columns become a resource's common values.

    derived: field → column by the names; corrected: as engineers said it, "" for none. version: of `corrected`.
    """

    derived: Mapping[str, str]
    corrected: Mapping[str, str]
    version: int = 0


@dataclass(frozen=True)
class TableMoment:
    """A table as it was at a time. rows: None where that was not recorded. scopes: empty where no run tells."""

    at: datetime
    rows: int | None
    scopes: tuple[ScopeState, ...] = ()

    @property
    def reading(self) -> Reading:
        """What had been read of it by then, and when."""
        return read_scopes(self.scopes)


def read_scopes(scopes: Sequence[ScopeState]) -> Reading:
    """What was read of these scopes, and when; of none nothing is known."""
    if not scopes:
        return Reading(UNKNOWN, UNKNOWN)
    unread = [scope for scope in scopes if scope.status != "ok"]
    return Reading(
        make_coverage(len(scopes) - len(unread), len(scopes)),
        read_at(scope.ok_at for scope in scopes),
        tuple(scope.scope.label for scope in unread),
    )


@dataclass(frozen=True)
class TableDetail:
    """A table with where it comes from.

    first_day: the oldest day in its history. moment: where a past one is shown. catalog: where Databricks SQL finds it.
    counted_in: how many of its rows count in other tables, by table; None: in none. workspace: the address of the
    Databricks workspace that the app runs in, empty elsewhere.
    """

    summary: TableSummary
    columns: tuple[ColumnInfo, ...] = ()
    key_columns: tuple[str, ...] = ()
    query_name: str = ""
    query_text: str = ""
    description: str = ""
    schedule_words: str = ""
    first_day: date | None = None
    moment: TableMoment | None = None
    catalog: str = ""
    counted_in: Mapping[TableRef | None, int] = field(default_factory=dict)
    workspace: str = ""

    @property
    def ref(self) -> TableRef:
        return self.summary.ref

    @property
    def reading(self) -> Reading:
        """Of the moment that is shown."""
        return self.moment.reading if self.moment else self.summary.reading


# the columns that say what a resource is called, the first that has a text
NAME_COLUMNS = ("name", "display_name", "function_name", "login", "title")


@dataclass(frozen=True)
class ChangeEntry:
    """A row of the change feed. before, after: all values, or only the changed ones after a large change.

    first_seen_at: of the resource that left or changed, where that was recorded.
    """

    id: int
    table: TableRef
    at: datetime
    kind: Change
    key: str
    scope: Scope
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    columns: tuple[str, ...] = ()
    run_id: int | None = None
    first_seen_at: datetime | None = None

    @property
    def name(self) -> str:
        """What the resource is called where that is another text than its key; else empty."""
        values = self.after or self.before or {}
        for column in NAME_COLUMNS:
            if isinstance(values.get(column), str) and values[column] != self.key:
                return str(values[column])
        return ""


class ChangeNarrowing(TypedDict, total=False):
    """What the change feed is narrowed to, all of it at once; what is left out narrows nothing.

    day: a UTC day, or several. account, owner: of the resources as they are now; empty for those of which it is not
    known. column: one that changed. hidden: changes of these columns alone are left out.
    """

    day: date | Days | None
    provider: str
    region: str
    account: str | None
    owner: str | None
    column: str
    search: str
    hidden: Sequence[Flapping]


@dataclass(frozen=True)
class Flapping:
    """A column that changed in more than half of its table's runs. runs: those in which it did, of `of`."""

    table: TableRef
    column: str
    runs: int
    of: int
    schedule_id: int | None = None


@dataclass(frozen=True)
class ChangesPage:
    """Changes, the newest first. older: the cursor of the next page, empty at the end."""

    entries: tuple[ChangeEntry, ...]
    older: str = ""


@dataclass(frozen=True)
class TableChanges:
    """How many of a table's resources appeared, vanished and changed over some days."""

    table: TableRef
    added: int = 0
    removed: int = 0
    changed: int = 0


@dataclass(frozen=True)
class ColumnProfile:
    """A column of a table or of its sample. top: the most frequent values with their rows.

    nulls, distinct: over values as text, of which the beginning counts. filled: rows whose value is neither missing,
    nor an empty text, list or object. least, most: of numbers and times, as text. quantiles: of numbers, those below
    which 25, 50, 75 and 95 % lie. days: of times, and of texts that all begin
    with a day, on how many they lie.
    """

    column: ColumnInfo
    nulls: int
    distinct: int
    top: tuple[tuple[str | None, int], ...] = ()
    filled: int = 0
    least: str = ""
    most: str = ""
    quantiles: tuple[float, ...] = ()
    days: int = 0


@dataclass(frozen=True)
class Profiles:
    """rows: those that were looked at, of total. problem: why there is none."""

    columns: tuple[ColumnProfile, ...]
    rows: int
    total: int
    problem: str = ""

    @property
    def sampled(self) -> bool:
        return self.rows < self.total


@dataclass(frozen=True)
class PinnedChart:
    """A chart that somebody keeps on a table's page. removable: by the person who asks."""

    id: int
    choice: ChartChoice
    pinned_by: str
    removable: bool


@dataclass(frozen=True)
class TableRun:
    """A run that wrote a table, as its strip shows it. at: the moment whose cloud it read; rows: of the table then."""

    id: int
    at: datetime
    status: str
    scopes_ok: int
    scopes_total: int
    rows: int | None


# kinds along which an order runs, from left to right
ORDERED_KINDS = ("line", "area", "column")
CHART_KINDS = ("bar", "column", "line", "area", "pie", "treemap", "histogram", "filled")


@dataclass(frozen=True)
class ChartChoice:
    """What a table's chart shows. measure: count, sum or avg (of `of`); split: a column for the colours.

    filter: words that a row has. kind: of CHART_KINDS; `histogram` counts the numbers of `by` in steps, `filled` its
    rows with and without a value.
    """

    by: str = ""
    measure: str = "count"
    of: str = ""
    split: str = ""
    kind: str = "bar"
    filter: str = ""


@dataclass(frozen=True)
class ChartData:
    """groups: the values of `by`. series: split value → a number for each group. note: what is left out.

    sql: the statement that makes it, for the editor's source Inventory; empty where that cannot read the table so.
    """

    choice: ChartChoice
    groups: tuple[str, ...] = ()
    series: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    note: str = ""
    sql: str = ""

    @property
    def numbers(self) -> Numbers:
        """A row a group, a column a series."""
        return Numbers(
            [self.choice.by, *(split or self.choice.measure for split in self.series)],
            [[group, *(values[i] for values in self.series.values())] for i, group in enumerate(self.groups)],
            self.groups,
        )


@dataclass(frozen=True)
class Asset:
    """A resource under common names."""

    table: TableRef
    scope: str
    key: str
    provider: str
    service: str
    type: str
    id: str
    name: str
    region: str = ""
    account: str = ""
    matched: str = ""
    owner: str = ""


@dataclass(frozen=True)
class ResourceDetail:
    """One resource. values: as the table has it now, None where it is gone; last: its values when last seen.

    asset: under common names; of one that is gone by its last values, and without an owner. columns: the table's.
    account_name: what its account is called, where a table of accounts tells. tag_columns: those whose tags `tags` are.
    of: the table that it is in. first_day: the oldest day of the table's history, before which nothing is known. gaps:
    times in which its scope was not read. cut: the timeline has more.
    console: its address in the cloud's console. live, row: statements that read it, from the cloud and from the
    inventory. All three are empty where there is none.
    """

    table: TableRef
    key: str
    scope: Scope
    values: Mapping[str, Any] | None
    last: Mapping[str, Any]
    asset: Asset | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    first_seen_at: datetime | None = None
    changed_at: datetime | None = None
    confirmed_at: datetime | None = None
    last_seen_at: datetime | None = None
    gone_at: datetime | None = None
    scope_state: ScopeState | None = None
    timeline: tuple[ChangeEntry, ...] = ()
    of: TableSummary | None = None
    first_day: date | None = None
    columns: tuple[ColumnInfo, ...] = ()
    tag_columns: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    cut: bool = False
    console: str = ""
    live: str = ""
    row: str = ""
    account_name: str = ""

    @property
    def gone(self) -> bool:
        return self.values is None

    @property
    def reading(self) -> Reading:
        """What was read of where it lies, and when."""
        return read_scopes([self.scope_state] if self.scope_state else [])
