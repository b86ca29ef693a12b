"""The inventory for the pages: overview, list of tables, one table, one resource, search.

Viewers may call everything here but making and refreshing views and correcting rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from inventory_runner.errors import InvalidInput
from inventory_runner.models import RunStatus
from services.cache import Cache
from services.db.assets import ACCOUNT_TABLES
from services.db.coverage import RegionTable
from services.db.inventory_sql import MOST_FAILURES, MOST_UNCOVERED
from services.inventory_service import overview
from services.inventory_service import week as weekly
from services.inventory_service.downloads import Downloads
from services.inventory_service.memo import Memo
from services.inventory_service.records import PageRecords
from services.inventory_service.resource import ResourcePages
from services.models.coverage import Reading, make_coverage, read_at
from services.models.inventory import (
    DAY_CHOICES,
    Causes,
    InventoryFilter,
    Overview,
    TableRef,
    TablesPage,
    TableSummary,
)
from services.models.limits import LONGEST_SEARCH

T = TypeVar("T")

PAGE_TABLES = 20
TREND_DAYS = 14
SORTS = ("rows", "name", "provider", "changes", "coverage", "updated")


class InventoryService(ResourcePages):
    """See the module's docstring.

    clock: the time of all pages, which tests and the making of the sample set. promised_by: when schedules' promises
    are judged, where that is another time.
    """

    def __init__(
        self,
        records: PageRecords,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        catalog: str = "",
        workspace: str = "",
        cache: Cache,
        downloads: Downloads,
        promised_by: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(records, clock, downloads, catalog, workspace)
        self.promised_by = promised_by or clock
        self._memo = Memo(cache, "inventory")

    def version(self) -> str:
        """A word that differs once a run has ended, or a table, a schedule or a view came, went or changed."""
        return self._inventory.read_inventory_version()

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of the records, from memory where they have not changed since, for at most a minute."""
        minute = self.clock().replace(second=0, microsecond=0)
        return self._memo.get((self.version(), minute), key, make)

    def overview(self, wanted: InventoryFilter) -> Overview:
        """Everything that the first page shows, in at most seven statements; raises InvalidInput."""
        if wanted.days not in DAY_CHOICES:
            raise InvalidInput(f"The overview shows {', '.join(map(str, DAY_CHOICES))} days.", field="days")
        now = self.clock()
        today = now.astimezone(UTC).date()
        everything = self._list_everything(now)
        places = self._list_places(wanted)
        tables = _keep_matching(everything, wanted, places)
        days = [today - timedelta(days=age) for age in range(wanted.days - 1, -1, -1)]
        start = days[0] - timedelta(days=1)
        week = today - timedelta(days=7)
        since = min(start, week)
        moves = []
        if wanted.region:
            steps = self._inventory.list_region_steps(since, wanted.provider, wanted.region)
            changes = overview.sum_net_changes(days, steps)
        else:
            rows = self._inventory.list_history_steps(since, week, wanted.provider)
            steps, moves = [row for row in rows if row.day], [row for row in rows if not row.day]
            changes = overview.sum_changes_by_day(days, steps)
        spans = [since + timedelta(days=n) for n in range((today - since).days + 1)]
        known, found = overview.trim_days(spans, overview.compute_levels(tables, steps, spans))
        week_ago = sum(values[known.index(week)] for values in found.values()) if week in known else None
        shown = [day for day in known if day in days]
        unnamed = [place.ref for place in places if not place.named]
        uncovered = self._inventory.list_uncovered(wanted.provider, wanted.region, unnamed)
        words, uncovered_since = overview.describe_uncovered(uncovered)
        failing = [
            table.ref for table in tables if table.last_run_status in (RunStatus.FAILED, RunStatus.LOST)
        ]
        if wanted.region:
            # a scope that names the region and found nothing there was read as well
            scopes_ok, scopes_total = sum(one.ok for one in places), sum(one.total for one in places)
        else:
            scopes_ok, scopes_total = sum(t.scopes_ok for t in tables), sum(t.scopes_total for t in tables)
        signals = []
        if tables and not wanted.region:
            signals = self._inventory.list_signals(now - timedelta(days=7), wanted.provider)
        found_shares = overview.list_shares(self._inventory.list_shares(wanted.provider))
        account_names: dict[str, str] = {}
        if any((table.provider, table.resource) in ACCOUNT_TABLES for table in tables):
            accounts = [share.value for share in found_shares.get("account", ())]
            account_names = self._assets.read_account_names(accounts)
        return Overview(
            filter=wanted,
            at=now,
            tables=tuple(tables),
            days=tuple(shown),
            levels={provider: values[len(known) - len(shown) :] for provider, values in found.items()},
            changes=tuple(day for day in changes if day.day in shown),
            week_ago=week_ago,
            shares=found_shares,
            account_names=account_names,
            attention=overview.list_attention(
                tables,
                uncovered,
                self._inventory.list_failures(failing) if failing else [],
                moves,
                signals,
                now,
            ),
            # of a region only counts are recorded: the figures tell them
            week=()
            if wanted.region
            else weekly.list_news(tables, steps, moves, signals, uncovered, week, now),
            oldest=overview.find_oldest(tables, uncovered),
            scopes_total=scopes_total,
            scopes_ok=scopes_ok,
            uncovered_since=uncovered_since,
            uncovered_words=words,
            unread=overview.name_unread(uncovered),
            providers=tuple(sorted({table.provider for table in everything if table.provider})),
            regions=tuple(
                sorted(
                    share.value
                    for share in found_shares.get("region", ())
                    if share.value not in ("", "other")
                )
            ),
        )

    def causes(self) -> Causes:
        """What needs somebody in all tables, in at most four statements."""
        return self.remember("causes", self._find_causes)

    def _find_causes(self) -> Causes:
        now = self.clock()
        tables = self._list_everything(now)
        uncovered = self._inventory.list_uncovered("", "")
        failing = [
            table.ref for table in tables if table.last_run_status in (RunStatus.FAILED, RunStatus.LOST)
        ]
        failures = self._inventory.list_failures(failing) if failing else []
        moments = [moment for table in tables for moment in (table.updated_at, table.oldest_at)]
        return Causes(
            tuple(overview.list_causes(tables, uncovered, failures, now)),
            {table.ref: table.schedule_id for table in tables},
            Reading(
                make_coverage(sum(t.scopes_ok for t in tables), sum(t.scopes_total for t in tables)),
                read_at(moments),
                overview.name_unread(uncovered),
            ),
            cut=len(uncovered) >= MOST_UNCOVERED or len(failures) >= MOST_FAILURES,
        )

    def _list_everything(self, now: datetime) -> list[TableSummary]:
        """Every table as it is; the overview and the list below it ask for them one after the other."""
        today = now.astimezone(UTC).date()
        return self.remember(
            ("summaries", today),
            lambda: overview.judge_tables(self._inventory.list_table_summaries(today), self.promised_by()),
        )

    def _list_places(self, wanted: InventoryFilter) -> list[RegionTable]:
        """What the tables have in the region that is chosen; nothing where none is."""
        if not wanted.region:
            return []
        places = self._coverage.list_region_tables(wanted.region)
        return [place for place in places if wanted.provider in ("", place.provider)]

    def list_providers(self) -> list[str]:
        """The providers that there are tables of."""
        return sorted({one.provider for one in self._list_everything(self.clock()) if one.provider})

    def tables(
        self,
        wanted: InventoryFilter,
        search: str = "",
        sort: str = "rows",
        page: int = 1,
        among: Sequence[TableSummary] | None = None,
    ) -> TablesPage:
        """A page of the list of tables with their trends. among: tables that were read already."""
        now = self.clock()
        today = now.astimezone(UTC).date()
        if among is None:
            among = _keep_matching(self._list_everything(now), wanted, self._list_places(wanted))
        words = search.strip().lower()[:LONGEST_SEARCH].split()
        kept = [table for table in among if all(word in _format_sort_text(table) for word in words)]
        sort = sort if sort.removeprefix("-") in SORTS else "rows"
        kept.sort(key=lambda table: table.ref.label)
        kept.sort(
            key=lambda table: _order(table, sort.removeprefix("-"), now), reverse=not _is_ascending(sort)
        )
        pages = max(1, math.ceil(len(kept) / PAGE_TABLES))
        page = min(max(1, page), pages)
        shown = kept[(page - 1) * PAGE_TABLES : page * PAGE_TABLES]
        return TablesPage(tuple(shown), len(kept), self._read_trends(shown, today), sort, page, pages)

    def _read_trends(
        self, tables: Sequence[TableSummary], today: date
    ) -> dict[TableRef, tuple[int | None, ...]]:
        if not tables:
            return {}
        days = [today - timedelta(days=age) for age in range(TREND_DAYS - 1, -1, -1)]
        recorded: dict[TableRef, dict[date, int]] = {}
        for row in self._inventory.list_trends([table.ref for table in tables], days[0] - timedelta(days=1)):
            recorded.setdefault(TableRef(row.schema, row.name), {})[row.day] = row.rows
        found = {}
        for ref, by_day in recorded.items():
            level = by_day.get(days[0] - timedelta(days=1))
            values = []
            for day in days:
                level = by_day.get(day, level)
                values.append(level)
            found[ref] = tuple(values)
        return found


def _keep_matching(
    tables: Sequence[TableSummary], wanted: InventoryFilter, places: Sequence[RegionTable]
) -> list[TableSummary]:
    """The tables that the filter leaves; of a region with what they have there, and how that was read."""
    kept = [table for table in tables if wanted.provider in ("", table.provider)]
    if not wanted.region:
        return kept
    by_ref = {place.ref: place for place in places if place.rows != 0 or place.ok < place.total}
    return [_narrow_table(table, by_ref[table.ref]) for table in kept if table.ref in by_ref]


def _narrow_table(table: TableSummary, place: RegionTable) -> TableSummary:
    """A table's part in a region. What was added and removed there is not recorded."""
    return replace(
        table,
        rows=place.rows,
        counted=place.rows,
        added=0,
        removed=0,
        changed=0,
        scopes_ok=place.ok,
        scopes_total=place.total,
        updated_at=place.newest,
        oldest_at=place.oldest,
        stale_rows=place.stale if place.named else min(place.stale, place.rows or 0),
        unread=place.unread,
    )


def _format_sort_text(table: TableSummary) -> str:
    return f"{table.ref.label} {table.provider} {table.service} {table.resource}".lower()


def _is_ascending(sort: str) -> bool:
    """Words and coverage go up, numbers down; a minus turns it round."""
    return (sort.removeprefix("-") in ("name", "provider", "coverage")) != sort.startswith("-")


def _order(table: TableSummary, sort: str, now: datetime) -> tuple[float | str, ...]:
    if sort == "name":
        return (table.ref.label,)
    if sort == "provider":
        return (table.provider, table.ref.label)
    if sort == "changes":
        return (table.added + table.removed + table.changed,)
    if sort == "coverage":
        return (table.scopes_ok / table.scopes_total if table.scopes_total else 0.0,)
    if sort == "updated":
        return (table.updated_at.timestamp() if table.updated_at else 0.0,)
    return (-1.0 if table.rows is None else float(table.rows),)
