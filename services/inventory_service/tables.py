"""One table for its page, the change feed, the search and the exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from inventory_runner.errors import InvalidInput, NotFound
from inventory_runner.models import Change
from inventory_runner.store.names import OWN_COLUMNS
from services.db.column_values import count_values
from services.db.inventory_rows import KEY
from services.inventory_service import overview
from services.inventory_service.downloads import Downloads
from services.inventory_service.records import PageRecords
from services.inventory_service.table_exports import TableExports
from services.models.column_values import ColumnValues
from services.models.inventory import (
    Asset,
    AssetRules,
    ChangeNarrowing,
    ChangesPage,
    Flapping,
    TableChanges,
    TableDetail,
    TableRef,
    TableRun,
    ViewChoice,
    ViewInfo,
)
from services.models.limits import LONGEST_SEARCH
from services.models.resource_filter import FacetCounts, fix, parse_filter
from services.models.url_values import Days
from services.users import current_user, limit_to_engineers

SHORTEST_SEARCH = 2
WEEK_DAYS = 7


class TablePages(TableExports):
    """What the page of a table needs."""

    def __init__(
        self,
        records: PageRecords,
        clock: Callable[[], datetime],
        downloads: Downloads,
        catalog: str = "",
        workspace: str = "",
    ) -> None:
        super().__init__(records, clock, downloads)
        # by this time a table is as new as its schedule promises, or not
        self.promised_by = clock
        self._catalog = catalog
        self._workspace = workspace
        self._changes = records.changes
        self._facets = records.facets

    # a table

    def table(self, ref: TableRef, at: datetime | None = None) -> TableDetail:
        """A table with its columns and where it comes from; raises NotFound.

        One that no run has loaded yet has no columns. at: a past moment, whose rows and scopes are told then.
        """
        now = self.clock()
        summary = overview.judge_tables(
            [self._inventory.read_table_summary(ref, now.astimezone(UTC).date())], self.promised_by()
        )[0]
        source = self._inventory.read_table_source(ref)
        if source is None:
            return TableDetail(summary, catalog=self._catalog)
        try:
            columns = self._inventory.list_table_columns(ref)
        except NotFound:
            # the record is there, and the table was dropped by hand
            columns = []
        return TableDetail(
            summary,
            tuple(columns),
            tuple(source.key_columns),
            query_name=source.query_name or "",
            query_text=source.query_text or "",
            description=source.description or "",
            schedule_words=self._describe_table(summary.cron),
            first_day=source.first_day,
            moment=self._read_moment(ref, at) if at else None,
            catalog=self._catalog,
            workspace=self._workspace,
            counted_in=self._inventory.count_elsewhere(ref)
            if summary.resources < (summary.rows or 0)
            else {},
        )

    @staticmethod
    def _describe_table(cron: str) -> str:
        from services.schedule_service.cron_words import describe_cron

        if not cron:
            return ""
        try:
            return describe_cron(cron)
        except Exception:  # noqa: BLE001 - the words are an extra; a row that another tool wrote shows its cron
            return cron

    def rows(
        self,
        ref: TableRef,
        start: int,
        end: int,
        sort: Sequence[Mapping[str, Any]] = (),
        filters: Mapping[str, Any] | None = None,
        search: str = "",
        as_of: datetime | None = None,
        only: Mapping[str, str] | None = None,
        whole: str = "",
    ) -> dict[str, Any]:
        """{"rows", "total", "cut"} for the grid, as `read_row_block` has them.

        Each row has `_key` and `_scope` as well. Raises NotFound, InvalidInput.

        A row of a scope that the newest run could not read has `_read_at`, when it was read last. only: column → value
        as a chart groups by it, or a word of `url_values`.
        """
        relation = self._narrowing.narrow(ref, self.relation(ref, as_of), only or {}, as_of)
        block = self._rows.read_row_block(relation, start, end, sort, filters, search, whole)
        self._date_stale_rows(block["rows"], [ref] * len(block["rows"]), as_of)
        return block

    def count_values(
        self,
        ref: TableRef,
        column: str,
        filters: Mapping[str, Any],
        search: str = "",
        as_of: datetime | None = None,
        only: Mapping[str, str] | None = None,
    ) -> ColumnValues:
        """How often a column's values occur in the rows that `rows` would give.

        Raises NotFound, InvalidInput, TooSlow.
        """
        relation = self._narrowing.narrow(ref, self.relation(ref, as_of), only or {}, as_of)
        return count_values(self._rows, relation, column, filters, search)

    def count_asset_values(
        self, wanted: Mapping[str, str], column: str, filters: Mapping[str, Any], search: str = ""
    ) -> ColumnValues:
        """How often a column's values occur in the resources that `assets` would give; raises InvalidInput, TooSlow."""
        asked = fix(parse_filter(search), wanted)
        relation = self._assets.relate_assets(asked, None)
        return count_values(self._rows, relation, column, filters, " ".join(asked.words))

    def runs(self, ref: TableRef) -> list[TableRun]:
        """The newest runs that wrote the table, the oldest of them first."""
        return self._coverage.list_table_runs(ref)

    def views(self, ref: TableRef) -> list[ViewInfo]:
        """The views that read the table."""
        return self._inventory.list_table_views(ref)

    def count_owners(self, ref: TableRef, only: Mapping[str, str]) -> list[tuple[str, int]]:
        """(owner, rows) of a table, or of its rows that have these values; empty for an owner that is not known."""
        chosen = self._narrowing.narrow(ref, self.relation(ref), only, None) if only else None
        return self._assets.count_owners(ref, chosen)

    # changes, search

    def changes(
        self,
        ref: TableRef | None = None,
        *,
        kinds: Sequence[Change] = (),
        cursor: str = "",
        **narrowing: Unpack[ChangeNarrowing],
    ) -> ChangesPage:
        """A page of the change feed, of one table or of all."""
        return self._changes.get_changes(ref, kinds=kinds, cursor=cursor, **narrowing)

    def count_changes(
        self,
        ref: TableRef | None = None,
        **narrowing: Unpack[ChangeNarrowing],
    ) -> dict[Change, int] | None:
        """How many of each kind the feed has; None where they are more than are worth counting."""
        return self._changes.count_changes(ref, **narrowing)

    def list_changes_by_table(
        self, days: Days | None = None, provider: str = "", kind: Change | None = None
    ) -> list[TableChanges]:
        """The tables with the most changes, or most of a kind, on these days or in the last seven."""
        today = self.clock().astimezone(UTC).date()
        first, last = days or (today - timedelta(days=WEEK_DAYS - 1), today)
        return self._changes.list_changes_by_table(first, last, provider, kind)

    def list_flapping(self, ref: TableRef | None = None, provider: str = "") -> list[Flapping]:
        """The columns that changed in most runs of the last week, of one table, of a provider's or of all."""
        return self._changes.list_flapping(self.clock() - timedelta(days=WEEK_DAYS), ref, provider)

    def search(self, text: str) -> list[Asset]:
        """Resources by id, name, ARN or tag over all tables; nothing for fewer than two letters."""
        text = text.strip()[:LONGEST_SEARCH]
        return self._assets.search_assets(text) if len(text) >= SHORTEST_SEARCH else []

    def assets(
        self,
        wanted: Mapping[str, str],
        start: int,
        end: int,
        sort: Sequence[Mapping[str, Any]] = (),
        filters: Mapping[str, Any] | None = None,
        search: str = "",
        whole: str = "",
    ) -> dict[str, Any]:
        """{"rows", "total", "cut"} of all resources that have these values and fit the search, in the filter language.

        Raises InvalidInput, TooSlow.
        """
        asked = fix(parse_filter(search), wanted)
        total = None
        if not asked.terms:
            today = self.clock().astimezone(UTC).date()
            total = sum(table.resources for table in self._inventory.list_table_summaries(today))
        elif (kept := self._facets.count_kept(replace(asked, words=()))) is not None:
            total = kept.total
            if not total:
                # a scan would find as much
                return {"rows": [], "total": 0, "cut": []}
        block = self._assets.read_asset_block(asked, total, start, end, sort, filters, whole)
        self._date_stale_rows(block["rows"], [_find_ref_of_asset(row) for row in block["rows"]])
        return block

    def count_facets(self, wanted: Mapping[str, str], search: str = "") -> FacetCounts:
        """How the resources that have these values and fit the search divide; raises InvalidInput, TooSlow.

        What the merges keep is told at once; tags and words are counted, of very many in a sample.
        """
        asked = fix(parse_filter(search), wanted)
        kept = self._facets.count_kept(asked)
        if kept is not None and not (asked.terms and kept.total):
            return kept
        today = self.clock().astimezone(UTC).date()
        rows = sum(table.resources for table in self._inventory.list_table_summaries(today))
        if kept is None:
            return self._facets.count_facets(asked, rows)
        # the facets are known exactly, the tags' keys are not kept for a filter
        tags = self._facets.count_tag_keys(asked, rows, kept.total)
        return replace(
            kept,
            values={**kept.values, **tags.values},
            sizes={**kept.sizes, **tags.sizes},
            tags_estimated=tags.estimated,
        )

    # what engineers may change

    @limit_to_engineers
    def count_view_rows(self, ref: TableRef, group_by: Sequence[str]) -> int | None:
        """How many rows a view would hold that counts by these columns, or all rows for none; None: not known.

        Raises NotFound, InvalidInput for a column that has gone, TooSlow.
        """
        relation = self.relation(ref)
        if not group_by:
            return self._inventory.read_table_summary(ref, self.clock().astimezone(UTC).date()).rows
        return self._rows.count_groups(ref, relation, group_by)

    @limit_to_engineers
    def make_view(self, ref: TableRef, group_by: Sequence[str], version: int) -> tuple[str, str]:
        """Make, or make anew, `{table}_mv` and `{table}_view`: all rows, or their count by columns.

        version: of the views that the person has seen (`view_choice`). Raises NotFound, InvalidInput, VersionConflict.
        """
        from inventory_runner.store import create_view

        self._inventory.list_table_columns(ref)
        return create_view(
            self._inventory.engine,
            ref.schema,
            ref.name,
            group_by=list(group_by) or None,
            version=version,
            saved_by=current_user().name,
        )

    def view_choice(self, ref: TableRef) -> ViewChoice:
        """What people made the table's own views of."""
        return self._inventory.read_view_choice(ref)

    @limit_to_engineers
    def refresh_view(self, ref: TableRef, name: str) -> None:
        """Bring a materialised view over a table up to date; raises NotFound, WriteFailed."""
        self._inventory.refresh_materialised_view(name, ref)

    def list_asset_rules(self, ref: TableRef) -> AssetRules:
        """Which columns become a resource's common values, and what engineers corrected."""
        from inventory_runner.store import rules

        summary = self._inventory.read_table_summary(ref, self.clock().astimezone(UTC).date())
        types = {c.name: c.type for c in self._inventory.list_table_columns(ref) if c.name not in OWN_COLUMNS}
        source = self._inventory.read_table_source(ref)
        derived = rules.derive(types, summary.resource)
        return (
            AssetRules(derived, source.asset_rules, source.rules_version)
            if source
            else AssetRules(derived, {})
        )

    @limit_to_engineers
    def correct_rules(self, ref: TableRef, corrections: Mapping[str, str], version: int) -> int:
        """Keep the corrections; the table's next run makes its resources anew by them. Returns their version.

        version: that the change began from. Raises InvalidInput, NotFound, VersionConflict.
        """
        from inventory_runner.store import rules

        names = {column.name for column in self._inventory.list_table_columns(ref)}
        for field, column in corrections.items():
            if field not in rules.FIELDS or (column and column not in names):
                raise InvalidInput(f"{column!r} is no column that {field} could be taken from.", field=field)
        return self._inventory.save_asset_rules(ref, corrections, version)


def _find_ref_of_asset(row: Mapping[str, Any]) -> TableRef:
    # the key of a list over all tables names the schema first
    return TableRef(json.loads(row[KEY])[0], row["table_name"])
