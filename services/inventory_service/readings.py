"""What was read, and when, of what the inventory's pages show: a table or a part of it, changes, resources, rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from inventory_runner.store.model import SETTLED
from inventory_runner.store.names import SCOPE
from services.db.inventory_rows import convert_for_json
from services.inventory_service.narrowing import RowNarrowing
from services.inventory_service.records import PageRecords
from services.models.coverage import UNKNOWN, NotApplicable, Reading, make_coverage
from services.models.inventory import READ_AT, ScopeState, TableMoment, TableRef, read_scopes
from services.models.url_values import ONLY_REGION, ONLY_STALE, Days


class Readings:
    """Says it of a selection, now or at a past moment. clock: the time."""

    def __init__(self, records: PageRecords, clock: Callable[[], datetime]) -> None:
        self._inventory = records.inventory
        self._coverage = records.coverage
        self._narrowing = RowNarrowing(records.inventory, records.coverage, clock)
        self.clock = clock

    def reading(
        self, ref: TableRef, only: Mapping[str, str] | None = None, as_of: datetime | None = None
    ) -> Reading:
        """What was read of a table, or of its part in a region, and when: now, or by a moment.

        Of rows that are chosen by their values any scope could have more. Raises NotFound.
        """
        return self._read_part(ref, self._narrowing.list_scopes(ref, as_of), only or {}, as_of)

    def _read_part(
        self, ref: TableRef, scopes: list[ScopeState], only: Mapping[str, str], as_of: datetime | None
    ) -> Reading:
        """Of the table's scopes at the moment those that the part comes from."""
        if ONLY_STALE in only:
            scopes = [one for one in scopes if one.status not in SETTLED]
        elif region := only.get(ONLY_REGION):
            # where no scope names the region, any could have rows of it
            scopes = [one for one in scopes if region in one.scope.values.values()] or scopes
        if not scopes and as_of is None:
            return self._inventory.read_table_summary(ref, self.clock().astimezone(UTC).date()).reading
        return read_scopes(scopes)

    def scopes(self, ref: TableRef, at: datetime | None = None) -> list[ScopeState]:
        """How every scope stands, or stood at a moment."""
        return self._narrowing.list_scopes(ref, at)

    def _read_moment(self, ref: TableRef, at: datetime) -> TableMoment:
        return TableMoment(
            at, self._coverage.read_rows_at(ref, at), tuple(self._coverage.list_scopes_at(ref, at))
        )

    def read_changes_reading(
        self,
        ref: TableRef | None = None,
        day: date | Days | None = None,
        provider: str = "",
        region: str = "",
    ) -> Reading:
        """What was read of where the changes come from: on a day, else by the newest runs."""
        if isinstance(day, Days):
            if day.first != day.last:
                return self._read_changes_of_days(day, ref, provider, region)
            day = day.first
        if day is not None:
            read, total = self._coverage.count_scopes_of_day(day, provider, ref)
            when = f"read on {day.isoformat()}" if total else f"nothing was read on {day.isoformat()}"
            # of a day only the tables' own sums are kept: a region may have been read where its table was not
            sure = UNKNOWN if region else make_coverage(read, total)
            return Reading(sure, NotApplicable(when))
        if ref is not None:
            return self.reading(ref)
        return (
            self._coverage.read_region(region, provider)
            if region
            else self._coverage.read_selection(provider)
        )

    def _read_changes_of_days(self, days: Days, ref: TableRef | None, provider: str, region: str) -> Reading:
        """Of several days: how the newest runs read where they end with today; else only that it was some time ago."""
        if days.last >= self.clock().astimezone(UTC).date():
            return self.read_changes_reading(ref, None, provider, region)
        return Reading(
            NotApplicable("several past days: how each was read, is said of a single day"),
            NotApplicable(f"from {days.first.isoformat()} to {days.last.isoformat()}"),
        )

    def read_resources_reading(self, wanted: Mapping[str, str]) -> Reading:
        """What was read of where the resources with these values come from, and when."""
        provider = wanted.get("provider", "")
        if region := wanted.get("region", ""):
            return self._coverage.read_region(region, provider)
        return self._coverage.read_selection(
            provider, wanted.get("service", ""), wanted.get("type", ""), wanted.get("table_name", "")
        )

    def _date_stale_rows(
        self, rows: Sequence[dict[str, Any]], refs: Sequence[TableRef], as_of: datetime | None = None
    ) -> None:
        """Say of the rows whose scope was not read when it was read last. refs: each row's table."""
        places = [(ref, row[SCOPE]) for ref, row in zip(refs, rows, strict=True)]
        if as_of is None:
            stale = self._coverage.find_stale_scopes(places)
        else:
            stale = {
                (ref, one.scope.key): one.ok_at
                for ref in set(refs)
                for one in self._coverage.list_scopes_at(ref, as_of)
                if one.status not in SETTLED
            }
        for row, place in zip(rows, places, strict=True):
            if place in stale:
                row[READ_AT] = convert_for_json(stale[place])
