"""One resource for its page: what it is now or was last, what happened to it, and what it has to do with others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from inventory_runner.errors import NotFound
from inventory_runner.models import Change, Scope
from inventory_runner.store import rules
from inventory_runner.store.names import CHANGED, FIRST_SEEN, OWN_COLUMNS
from services.db.assets import make_asset
from services.db.changes import MOST_TIMELINE
from services.db.inventory_rows import convert_for_json
from services.inventory_service.downloads import Downloads
from services.inventory_service.live_statement import narrow_to_resource
from services.inventory_service.records import PageRecords
from services.inventory_service.related import RelatedFinder
from services.inventory_service.tables import TablePages
from services.models.consoles import find_console_link
from services.models.gaps import find_gaps
from services.models.inventory import Asset, ChangeEntry, ResourceDetail, TableRef, TableSummary
from services.models.queryable import QueryableTable, write_identifier
from services.models.related import Related


class ResourcePages(TablePages):
    """What the page of a resource needs."""

    def __init__(
        self,
        records: PageRecords,
        clock: Callable[[], datetime],
        downloads: Downloads,
        catalog: str = "",
        workspace: str = "",
    ) -> None:
        super().__init__(records, clock, downloads, catalog, workspace)
        self._related = RelatedFinder(records.related)

    def resource(self, ref: TableRef, key: str, scope: str) -> ResourceDetail:
        """A resource as it is now, or as it was last seen, with its timeline; raises NotFound."""
        scope = scope or "{}"
        if not _is_scope(scope):
            raise NotFound("The address names no valid scope.", hint="Open the resource from its table.")
        if "\0" in key + scope:
            raise NotFound("The address names no resource.", hint="Open the resource from its table.")
        relation = self.relation(ref)
        row = self._rows.find_row_by_key(relation, key, scope)
        timeline = self._changes.read_resource_timeline(ref, key, scope)
        if row is None and not timeline:
            raise NotFound(
                f"There is no resource {key!r} in {ref.label}.",
                hint="It may have been removed before changes were kept.",
            )
        values = (
            None
            if row is None
            else {name: convert_for_json(value) for name, value in row.items() if name not in OWN_COLUMNS}
        )
        last = values or next((entry.before or entry.after or {} for entry in timeline), {})
        summary = self._inventory.read_table_summary(ref, self.clock().astimezone(UTC).date())
        columns = [c for c in self._inventory.list_table_columns(ref) if c.name not in OWN_COLUMNS]
        meaning = self.list_asset_rules(ref)
        meant = {**meaning.derived, **meaning.corrected}
        found = self._assets.find_asset(ref, key, scope)
        asset = make_asset(found) if found is not None else _make_past_asset(summary, key, scope, last, meant)
        tag_columns = rules.find_tag_columns({c.name: c.type for c in columns}, meant)
        tags = (found.tags or {}) if found is not None else self._read_past_tags(last, tag_columns)
        state = next((one for one in self._inventory.list_table_scopes(ref) if one.scope.key == scope), None)
        source = self._inventory.read_table_source(ref)
        outcomes = self._coverage.list_outcomes(ref, scope)
        first_seen = _find_first_seen(row, timeline)
        gone_at = timeline[0].at if row is None else None
        where = {**Scope.from_key(scope).values, "region": asset.region}
        # what the row says goes before its scope; a region is the one that the zone or the ARN was read as
        known = {**where, **{name: value for name, value in last.items() if value is not None}}
        if asset.region:
            known["region"] = asset.region
        kind = ".".join((summary.provider, summary.service, summary.resource))
        return ResourceDetail(
            ref,
            key,
            Scope.from_key(scope),
            values,
            last,
            asset=asset,
            account_name=self._assets.read_account_names([asset.account]).get(asset.account, ""),
            tags=tags,
            first_seen_at=first_seen,
            changed_at=row[CHANGED] if row is not None and CHANGED in row else _find_last_change(timeline),
            confirmed_at=state.ok_at if state else None,
            last_seen_at=max((one.at for one in outcomes if one.read and one.at < gone_at), default=None)
            if gone_at
            else None,
            gone_at=gone_at,
            scope_state=state,
            timeline=tuple(timeline),
            of=summary,
            first_day=source.first_day if source else None,
            columns=tuple(columns),
            # of two, the first that has any gives the tags
            tag_columns=tuple(name for name in tag_columns if last.get(name))[:1] if tags else (),
            gaps=find_gaps(outcomes, first_seen, gone_at),
            cut=len(timeline) == MOST_TIMELINE,
            console=find_console_link(kind, known) if row is not None else "",
            live=narrow_to_resource(
                source.query_text or "", Scope.from_key(scope).values, relation.keys, last
            )
            if source and row is not None
            else "",
            row=_write_row_statement(ref, relation.keys, key, scope, last, gone=row is None),
        )

    def _read_past_tags(self, last: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
        value = next((last[name] for name in columns if last.get(name)), None)
        return self._assets.read_tags(value) if isinstance(value, dict | list) else {}

    def find_related(self, ref: TableRef, key: str, scope: str) -> Related:
        """What a resource names and what names it, one step away, within some seconds; raises NotFound."""
        found = self.resource(ref, key, scope)
        today = self.clock().astimezone(UTC).date()
        readings = {one.ref: one.reading for one in self._inventory.list_table_summaries(today)}
        return self._related.find(found, readings)


def _is_scope(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _find_first_seen(row: Mapping[str, Any] | None, timeline: Sequence[ChangeEntry]) -> datetime | None:
    """When a resource appeared first: as its row has it, else as the feed tells; None where neither does."""
    if row is not None and row.get(FIRST_SEEN) is not None:
        return row[FIRST_SEEN]  # type: ignore[no-any-return]
    told = [entry.first_seen_at for entry in timeline if entry.first_seen_at]
    told += [entry.at for entry in timeline if entry.kind is Change.ADDED]
    return min(told, default=None)


def _find_last_change(timeline: Sequence[ChangeEntry]) -> datetime | None:
    """When a resource that is gone changed last before it vanished."""
    return max((entry.at for entry in timeline if entry.kind is not Change.REMOVED), default=None)


def _make_past_asset(
    of: TableSummary, key: str, scope: str, last: Mapping[str, Any], meant: Mapping[str, str]
) -> Asset:
    """A resource that is gone, or that has no place among all, under common names, by its last values."""
    named = Scope.from_key(scope).values

    def read(field: str) -> str:
        value = last.get(meant.get(field, ""))
        if value in (None, "") and field in rules.SCOPE_NAMES:
            value = named.get(rules.find_scope_parameter(field, named) or "")
        return "" if value is None or isinstance(value, dict | list) else str(value)

    return Asset(
        of.ref,
        scope,
        key,
        of.provider,
        of.service,
        of.resource,
        read("id"),
        read("name"),
        read("region"),
        read("account"),
    )


def _write_row_statement(
    ref: TableRef, keys: Sequence[str], key: str, scope: str, last: Mapping[str, Any], *, gone: bool
) -> str:
    """What reads its row from the inventory; of one that is gone its changes. Empty where the whole row is its key.

    For example:

        SELECT * FROM aws_ec2_instances
        WHERE instance_id = 'i-0a1b'
          AND _scope = '{"region":"us-east-1"}'
    """
    if "\0" in key + scope:
        return ""
    if gone:
        return (
            "SELECT changed_at, change, changed_columns, before, after\nFROM resource_changes\n"
            f"WHERE target_schema = {_quote(ref.schema)}\n  AND table_name = {_quote(ref.name)}\n"
            f"  AND resource_key = {_quote(key)}\n  AND scope = {_quote(scope)}\nORDER BY changed_at DESC"
        )
    if not keys or any(last.get(name) is None or isinstance(last[name], dict | list) for name in keys):
        return ""
    conditions = [f"{write_identifier(name)}::text = {_quote(_write_text(last[name]))}" for name in keys]
    if all(isinstance(last[name], str) for name in keys):
        conditions = [f"{write_identifier(name)} = {_quote(last[name])}" for name in keys]
    conditions.append(f"_scope = {_quote(scope)}")
    table = QueryableTable(ref.schema, ref.name).written
    return f"SELECT *\nFROM {table}\nWHERE " + "\n  AND ".join(conditions)


def _write_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quote(value: str) -> str:
    """A text as a literal that Postgres reads back, whatever it holds."""
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return f"E{quoted}" if "\\" in value else quoted
