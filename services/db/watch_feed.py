"""What the change feed has of a watched thing between two merges: counted by the database, the newest with values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.models import Change, Scope
from inventory_runner.store import AssetSource, Target, catalog, compose_assets_of_changes, owners
from inventory_runner.store.sql import (
    SQL,
    Composable,
    Composed,
    Literal,
    compose_timestamp,
    run,
)
from services.db.asset_filters import compose_conditions
from services.db.changes import CHANGE_COLUMNS, make_entry
from services.db.watches import Behind
from services.models.inventory import ChangeEntry, TableRef
from services.models.resource_filter import ResourceFilter
from services.models.watches import MOST_SHOWN, WatchKind, WatchTarget

# of a filter: changes of a table that are looked through at once, the newest. More are told to be more
MOST_MATCHED = 50_000
_NEWEST = "ORDER BY changed_at DESC, id DESC"
_ANY_VALUE = (
    "lower(concat_ws(E'\\n', provider, service, type, id, arn, name, region, account, owner, state, table_name,"
    " tags::text))"
)
_ASSET_ID = (
    "md5(f.target_schema || '.' || f.table_name || E'\\n' || f.scope || E'\\n' || f.resource_key)::uuid"
)


@dataclass(frozen=True)
class Seen:
    """What was found of a table. entries: the newest MOST_SHOWN. whole: all of the feed's part was looked through."""

    counts: dict[Change, int]
    first_at: datetime
    last_at: datetime
    entries: tuple[ChangeEntry, ...]
    whole: bool = True


def find_changes(
    connection: sa.Connection,
    target: WatchTarget,
    wanted: ResourceFilter | None,
    behind: Behind,
    *,
    as_now: bool = False,
) -> Seen | None:
    """What the watched thing has in a table's part of the feed; None for nothing.

    wanted: of a view. as_now: judge its resources as they are now, where values of then are of other types.

    Of a table, for example:

        WITH told AS NOT MATERIALIZED (SELECT * FROM stackql_inventory.resource_changes WHERE target_schema = …
          AND table_name = … AND changed_at > '…' AND changed_at <= '…')
        SELECT t.*, c.id, … FROM (SELECT count(*) FILTER (WHERE change = 'added') AS added, … FROM told) t
          LEFT JOIN LATERAL (SELECT * FROM told ORDER BY changed_at DESC, id DESC LIMIT 20) c ON true
          ORDER BY c.changed_at DESC, c.id DESC
    """
    if behind.after is None or behind.upto is None or behind.upto <= behind.after:
        return None
    part = _compose_part(behind)
    if target.kind is WatchKind.RESOURCE:
        told = SQL("told AS NOT MATERIALIZED ({})").format(_compose_resource(target, part))
    elif target.kind is WatchKind.VIEW:
        matching = _compose_matching(connection, behind.table, wanted or ResourceFilter(), as_now=as_now)
        if matching is None:
            return None
        told = SQL(
            "recent AS MATERIALIZED ({part} "  # noqa: S608 — ours
            + _NEWEST
            + " LIMIT {most}), matching AS MATERIALIZED ({matching}),"
            " told AS NOT MATERIALIZED (SELECT * FROM recent WHERE id IN (SELECT change_id FROM matching))"
        ).format(part=part, most=Literal(MOST_MATCHED), matching=matching)
    else:
        told = SQL("told AS NOT MATERIALIZED ({})").format(part)
    looked = "(SELECT count(*) FROM recent)" if target.kind is WatchKind.VIEW else "0"
    rows = run(
        connection,
        SQL(
            "WITH {told} SELECT t.*, "  # noqa: S608 — ours
            + looked
            + " AS looked, "
            + CHANGE_COLUMNS
            + " FROM (SELECT count(*) FILTER (WHERE change = 'added') AS added,"
            " count(*) FILTER (WHERE change = 'removed') AS removed,"
            " count(*) FILTER (WHERE change = 'changed') AS changed,"
            " min(changed_at) AS first_at, max(changed_at) AS last_at FROM told) t"
            " LEFT JOIN LATERAL (SELECT * FROM told " + _NEWEST + " LIMIT {shown}) c ON true"
            " ORDER BY c.changed_at DESC, c.id DESC"
        ).format(told=told, shown=Literal(MOST_SHOWN)),
    ).all()
    first = rows[0]
    if first.first_at is None:
        return None
    counts = {Change.ADDED: first.added, Change.REMOVED: first.removed, Change.CHANGED: first.changed}
    return Seen(
        counts,
        first.first_at,
        first.last_at,
        tuple(make_entry(row) for row in rows),
        first.looked < MOST_MATCHED,
    )


def add_up(parts: Sequence[Seen]) -> Seen:
    """What was found in several tables as one; there is at least one."""
    entries = sorted((entry for part in parts for entry in part.entries), key=lambda one: (one.at, one.id))
    return Seen(
        {kind: sum(part.counts[kind] for part in parts) for kind in Change},
        min(part.first_at for part in parts),
        max(part.last_at for part in parts),
        tuple(reversed(entries[-MOST_SHOWN:])),
        all(part.whole for part in parts),
    )


def compose_filter(wanted: ResourceFilter) -> Composable:
    """The conditions of a filter on an asset's columns, words included, where they are looked for in any value."""
    conditions: list[Composable] = list(compose_conditions(wanted))
    conditions += [
        SQL("strpos(" + _ANY_VALUE + ", {}) > 0").format(Literal(word.lower())) for word in wanted.words
    ]
    return SQL(" AND ").join(conditions) if conditions else SQL("true")


def _compose_part(behind: Behind) -> Composed:
    """A table's part of the feed, by the index in its order."""
    return SQL(
        "SELECT * FROM stackql_inventory.resource_changes WHERE target_schema = {} AND table_name = {}"
        " AND changed_at > {} AND changed_at <= {}"
    ).format(
        Literal(behind.table.schema),
        Literal(behind.table.name),
        compose_timestamp(behind.after or behind.upto),  # type: ignore[arg-type]
        compose_timestamp(behind.upto or behind.after),  # type: ignore[arg-type]
    )


def _compose_resource(target: WatchTarget, part: Composable) -> Composed:
    """One resource's rows: by the index of keys, which has none of the runs that changed most of a table."""
    return SQL(
        "{part} AND NOT partial AND hashtext(resource_key) = hashtext({key}) AND resource_key = {key}"
        " AND scope = {scope} UNION ALL {part} AND partial AND resource_key = {key} AND scope = {scope}"
    ).format(part=part, key=Literal(target.key), scope=Literal(target.scope))


def _compose_matching(
    connection: sa.Connection, ref: TableRef, wanted: ResourceFilter, *, as_now: bool
) -> Composed | None:
    """The ids of the `recent` changes whose resource fits the filter before or after; None where no resource is there.

    Of a run that changed most of a table the feed has changed values alone: these resources are judged as they are now.
    """
    state = catalog.read_state(connection, ref.schema, ref.name)
    if state.live is None or state.recorded is None:
        return None
    known = state.recorded
    source = AssetSource.derive(
        Target(
            ref.schema,
            ref.name,
            provider=known["provider"],
            service=known["service"],
            resource=known["resource"],
        ),
        {name: kind for name, kind in state.live.types.items() if name in state.columns},
        [Scope.from_key(key) for key in state.scopes],
        known.get("asset_rules") or {},
        owners.read_rules(connection),
    )
    if not source.columns:
        return None
    now = SQL("true") if as_now else SQL("partial")
    sides = SQL(
        "SELECT c.id AS change_id, c.scope, c.resource_key, c.changed_at, s.row FROM recent c"
        " CROSS JOIN LATERAL (VALUES (c.before), (c.after)) s (row) WHERE NOT {} AND s.row IS NOT NULL"
    ).format(now)
    return SQL(
        "SELECT DISTINCT change_id FROM ({described}) a WHERE {fits} UNION SELECT p.change_id FROM"  # noqa: S608 — ours
        " (SELECT f.id AS change_id, a.* FROM recent f JOIN stackql_app.assets a ON a.asset_id = "
        + _ASSET_ID
        + " WHERE {now}) p (change_id) WHERE {fits}"
    ).format(described=compose_assets_of_changes(source, sides), fits=compose_filter(wanted), now=now)
