"""`stackql_app.assets`: every resource of every table under common names, kept in step by the merge.

One row per resource of a table whose columns say what a resource's id is (`rules.derive`), with its owner
(`owners.py`); in append mode those of the newest run. `asset_id` is md5 of schema, table, scope and resource key as a
uuid: rows are found, replaced and removed by it, for the rows of a difference alone; a first load, other rules or other
columns make a table's anew.

To search them use `store.find_assets` (`search.py`): id, name, ARN and tags, by the beginning of a word or any part.
To find one resource compute its asset_id as `_compose_asset_id` does; (target_schema, table_name) is indexed too.
Counts by region, account, owner and state are in `stackql_app.table_breakdowns`. Which row of a resource counts that
several tables hold is `counting.py`'s to say; analysts and pages read those alone, in `stackql_inventory.assets`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.models import OwnerRules, Scope, TableKind
from inventory_runner.store import exposure, rules
from inventory_runner.store.cells import JSONB, TEXT, TIMESTAMP, TIMESTAMPTZ
from inventory_runner.store.copying import STAGE
from inventory_runner.store.difference import DIFF
from inventory_runner.store.model import Target
from inventory_runner.store.names import CHANGED, FIRST_SEEN, SCOPE
from inventory_runner.store.owners import compose_owner
from inventory_runner.store.sql import (
    NOTHING,
    SQL,
    Composable,
    Composed,
    Identifier,
    Literal,
    compose_temporary_name,
    compose_timestamp,
    run,
)
from inventory_runner.store.tags import compose_tag_value

# what a resource is called by that has no name of its own
NAME_TAGS = ("name",)
# of another number than recorded, assets are made anew: how their values follow from the columns has changed
RULES = "4"
_COLUMNS = (
    "asset_id, target_schema, table_name, scope, resource_key, provider, service, type, id, arn, name, region, account,"
    " tags, created_at, first_seen_at, changed_at, state, counted_by, is_public"
)
# sorted, or with an OFFSET, the values are a step of their own: the owner takes what they are, instead of anew
_WRITE = (
    f"INSERT INTO stackql_app.assets ({_COLUMNS}, owner) SELECT v.*, {{owner}}"  # noqa: S608 — ours
    f" FROM (SELECT {{values}} FROM {{source}}) v ({_COLUMNS})"
)

# of what comes or leaves, what `counting.settle` needs
NOTED_COLUMNS = "provider, service, type, id, arn, name, global_key"
_NOTED = (
    "WITH noted AS ({} RETURNING provider, service, type, id, arn, name, global_key)"
    " INSERT INTO pg_temp.inventory_touched SELECT * FROM noted"
)
# the newest names first: where a table has several, the first one counts
# a disk that nothing uses is called otherwise by each cloud; one word, so that they can be counted together
UNATTACHED_STATES = {("aws", "ec2", "volumes"): "available"}
STATE_COLUMNS = ("state", "status", "instance_state", "provisioning_state", "power_state", "lifecycle_state")


NO_RULES = OwnerRules()


@dataclass(frozen=True)
class AssetSource:
    """How a table's rows become assets. columns: field → column, none of them where they do not."""

    target: Target
    columns: Mapping[str, str]
    types: Mapping[str, str]
    scopes: Sequence[Scope]
    tag_columns: tuple[str, ...] = ()
    owners: OwnerRules = NO_RULES

    @classmethod
    def derive(
        cls,
        target: Target,
        types: Mapping[str, str],
        scopes: Sequence[Scope],
        corrections: Mapping[str, str],
        owners: OwnerRules,
    ) -> AssetSource:
        columns = rules.derive(types, target.resource, corrections)
        tags = rules.find_tag_columns(types, columns)
        if "id" not in columns:
            columns, tags = {}, ()
        return cls(target, columns, types, scopes, tags, owners)

    @property
    def identity(self) -> dict[str, str]:
        """What the assets were made by: where it differs from what was recorded, they are made anew."""
        kind = self.target.kind.value
        tags, owners = ",".join(self.tag_columns), str(self.owners.version)
        return {**self.columns, "tags": tags, "rules": RULES, "kind": kind, "owners": owners}


def rebuild(
    connection: sa.Connection,
    source: AssetSource,
    key: Composable,
    where: Composable = NOTHING,
    *,
    numbered: bool,
    fresh: bool = False,
    times: tuple[str, str] = (FIRST_SEEN, CHANGED),
) -> None:
    """Make all of a table's assets anew from its live rows `r`.

    key: a row's resource key; with `numbered` a SELECT of the rows' `at` and `key`. where: which rows. fresh: there are
    no assets yet. times: the columns that say when a row was first seen and when it changed.

    For example:

        INSERT INTO stackql_app.assets (asset_id, …, owner) SELECT v.*, coalesce(…, NULL::text) FROM (
          SELECT md5(…)::uuid, 'inventory', 'aws_ec2_instances', r."_scope", coalesce(r."id"::text, 'null'),
          'aws', 'ec2', 'instances', r."id", NULL::text, NULL::text,
          coalesce((r."_scope"::jsonb ->> 'region'), NULL::text), … r."_first_seen_at", r."_changed_at",
          lower(r."state"), NULL::int, NULL::boolean FROM "inventory"."aws_ec2_instances" r ORDER BY 1) v (asset_id, …)
    """
    target = source.target
    steps = []
    if not fresh:
        steps.append(
            # the search makes its words anew, since other columns may be meant while no row changed
            SQL(
                _NOTED.format(  # noqa: S608 — ours
                    "DELETE FROM stackql_app.assets WHERE target_schema = {schema} AND table_name = {table}"
                )
                + "; DELETE FROM stackql_app.asset_search WHERE table_id = (SELECT id FROM stackql_app.inventory_tables"
                " WHERE target_schema = {schema} AND target_table = {table})"
            ).format(schema=Literal(target.schema), table=Literal(target.table))
        )
    written = "{}" if fresh else _NOTED
    if source.columns:
        steps.append(
            # in the order of their ids, which is how an index of random values is filled the quickest
            SQL(written.format(_WRITE)).format(
                owner=compose_owner(source.owners.rules, "v."),
                source=SQL(
                    "{live} r JOIN ({key}) k ON k.at = r.ctid {tags} ORDER BY 1"
                    if numbered
                    else "{live} r {tags} {where} ORDER BY 1"
                ).format(
                    live=Identifier(target.schema, target.table),
                    key=key,
                    tags=_compose_tags_join(source),
                    where=where,
                ),
                values=_compose_values(
                    source,
                    SQL("k.key") if numbered else key,
                    SQL("r.") + Identifier(SCOPE),
                    SQL("r.") + Identifier(times[0]),
                    SQL("r.") + Identifier(times[1]),
                ),
            )
        )
    if steps:
        run(connection, SQL("; ").join(steps))


def maintain(connection: sa.Connection, source: AssetSource, at: datetime) -> None:
    """Replace and remove the assets of the rows in `inventory_diff`; `at`: when they changed.

    For example:

        WITH noted AS (DELETE FROM stackql_app.assets a USING pg_temp."inventory_diff" d
          WHERE (d.kind IN ('r', 'c') OR d.moved_to IS NOT NULL) AND a.asset_id = md5(…)::uuid RETURNING provider, …)
          INSERT INTO pg_temp.inventory_touched SELECT provider, … FROM noted;
        WITH noted AS (INSERT INTO stackql_app.assets (asset_id, …, owner) SELECT v.*, coalesce(…, NULL::text) FROM (
          SELECT md5(…)::uuid, 'inventory', 'aws_ec2_instances', d.scope, coalesce(d.moved_to, d.key),
          'aws', 'ec2', 'instances', r."id", … FROM pg_temp."inventory_diff" d
          JOIN pg_temp."inventory_stage" r ON r.ctid = d.stage
          WHERE d.kind IN ('a', 'c') OR d.moved_to IS NOT NULL OFFSET 0) v (asset_id, …) RETURNING provider, …)
          INSERT INTO pg_temp.inventory_touched SELECT provider, … FROM noted
    """
    if not source.columns:
        return
    run(
        connection,
        SQL(
            _NOTED.format(  # noqa: S608 — ours
                "DELETE FROM stackql_app.assets a USING {diff} d"
                " WHERE (d.kind IN ('r', 'c') OR d.moved_to IS NOT NULL) AND a.asset_id = {id}"
            )
            + "; "
            + _NOTED.format(_WRITE)
        ).format(
            diff=compose_temporary_name(DIFF),
            id=_compose_asset_id(source.target, SQL("d.scope"), SQL("d.key")),
            owner=compose_owner(source.owners.rules, "v."),
            source=SQL(
                "{} d JOIN {} r ON r.ctid = d.stage {}"
                " WHERE d.kind IN ('a', 'c') OR d.moved_to IS NOT NULL OFFSET 0"
            ).format(compose_temporary_name(DIFF), compose_temporary_name(STAGE), _compose_tags_join(source)),
            values=_compose_values(
                source,
                SQL("coalesce(d.moved_to, d.key)"),
                SQL("d.scope"),
                SQL("coalesce(d.first_seen, {})").format(compose_timestamp(at)),
                SQL("CASE d.kind WHEN 'o' THEN d.since ELSE {} END").format(compose_timestamp(at)),
            ),
        ),
    )


def tally(connection: sa.Connection, target: Target) -> dict[str, int]:
    """Kind of difference → how many of its rows have an asset that counts: of `r` before, of `a` and `c` after it."""
    counted = run(
        connection,
        SQL(
            "SELECT d.kind, count(*) FROM {diff} d JOIN stackql_app.assets a ON a.asset_id = {id}"
            " WHERE d.kind IN ('a', 'c', 'r') AND a.counted_by IS NULL GROUP BY 1"
        ).format(
            diff=compose_temporary_name(DIFF), id=_compose_asset_id(target, SQL("d.scope"), SQL("d.key"))
        ),
    )
    return {row[0]: row[1] for row in counted}


def forget(connection: sa.Connection, schema: str, table: str) -> None:
    """Remove the assets of a table that is dropped, and what the search holds of them. Part of `counting.forget`."""
    connection.execute(
        sa.text(
            "WITH gone AS (DELETE FROM stackql_app.assets WHERE target_schema = :schema AND table_name = :table"  # noqa: S608
            f" RETURNING asset_id, {NOTED_COLUMNS}), noted AS (INSERT INTO pg_temp.inventory_touched"
            f" SELECT {NOTED_COLUMNS} FROM gone)"
            " DELETE FROM stackql_app.asset_search s USING gone WHERE s.asset_id = gone.asset_id"
        ),
        {"schema": schema, "table": table},
    )


def compose_row_region(
    target: Target, types: Mapping[str, str], scopes: Sequence[Scope], corrections: Mapping[str, str]
) -> Composed:
    """The region of a row `r` of a table, as its asset has it: of the table now or as it was.

    types: the columns' Postgres types; of a row as it was those that it had. scopes: of the table; corrections: what
    engineers said of its columns.

    For example:

        coalesce(nullif(r."region", ''), (r."_scope"::jsonb ->> 'region'), NULL::text)
    """
    source = AssetSource(target, rules.derive(types, target.resource, corrections), types, scopes)
    arn = _compose_text(source, "arn") or SQL("NULL::text")
    return _compose_region(source, SQL("r.") + Identifier(SCOPE), arn)


def compose_assets_of_changes(source: AssetSource, sides: Composable) -> Composed:
    """What the values of the feed's rows say of their resources, under the names and by the rules of assets.

    sides: a query of `change_id`, `scope`, `resource_key`, `changed_at` and `row`, the values before or after; their
    types are the live table's. The columns are those of `stackql_app.assets`, after `change_id`.

    For example:

        SELECT v.*, coalesce(…, NULL::text) AS owner FROM (SELECT f.change_id, md5(…)::uuid, 'inventory', … r."id", …
          FROM (SELECT …) f CROSS JOIN LATERAL jsonb_populate_record(NULL::"inventory"."aws_ec2_instances", f.row) r
          OFFSET 0) v (change_id, asset_id, …)
    """
    return SQL(
        "SELECT v.*, {owner} AS owner FROM (SELECT f.change_id, {values} FROM ({sides}) f"  # noqa: S608 — ours
        " CROSS JOIN LATERAL jsonb_populate_record(NULL::{live}, f.row) r {tags} OFFSET 0)"
        f" v (change_id, {_COLUMNS})"
    ).format(
        tags=_compose_tags_join(source),
        owner=compose_owner(source.owners.rules, "v."),
        values=_compose_values(
            source, SQL("f.resource_key"), SQL("f.scope"), SQL("f.changed_at"), SQL("f.changed_at")
        ),
        sides=sides,
        live=Identifier(source.target.schema, source.target.table),
    )


def _compose_asset_id(target: Target, scope: Composable, key: Composable) -> Composed:
    return SQL("md5({} || {} || E'\\n' || {})::uuid").format(
        Literal(f"{target.schema}.{target.table}\n"), scope, key
    )


def _compose_values(
    source: AssetSource, key: Composable, scope: Composable, first_seen: Composable, changed: Composable
) -> Composed:
    target = source.target
    identifier = _compose_text(source, "id") or SQL("NULL::text")
    arn = _compose_text(source, "arn") or SQL("NULL::text")
    tags = SQL("tagged.map") if source.tag_columns else None
    name = _compose_text(source, "name")
    if tags is not None:
        # what has no name of its own is called by its tag
        called = compose_tag_value(tags, NAME_TAGS)
        has_own = name is not None and source.columns["name"] != source.columns["id"]
        name = SQL("coalesce({}, {})").format(
            *([name, called] if has_own else [called, name or SQL("NULL::text")])
        )
    values = [
        _compose_asset_id(target, scope, key),
        Literal(target.schema),
        Literal(target.table),
        scope,
        key,
        Literal(target.provider),
        Literal(target.service),
        Literal(target.resource or target.table),
        identifier,
        arn,
        name or SQL("NULL::text"),
        _compose_region(source, scope, arn),
        _compose_account(source, scope, arn, identifier),
        tags or SQL("NULL::jsonb"),
        _compose_created(source) or SQL("NULL::timestamptz"),
        first_seen,
        changed,
        _compose_state(
            source.types, UNATTACHED_STATES.get((target.provider, target.service, target.resource))
        ),
        # of another kind than an inventory nothing counts
        SQL("NULL::int") if target.kind is TableKind.INVENTORY else SQL("0"),
        exposure.compose_is_public(source.types),
    ]
    return SQL(", ").join(values)


def _compose_state(types: Mapping[str, str], unattached: str | None) -> Composable:
    """What state a row is in; NULL where no column says it. unattached: the state in which nothing uses a disk.

    Of AWS's volumes:

        CASE nullif(lower(r."state"), '') WHEN 'available' THEN 'unattached' ELSE nullif(lower(r."state"), '') END
    """
    state = _compose_own_state(types)
    if unattached is None:
        return state
    return SQL("CASE {0} WHEN {1} THEN 'unattached' ELSE {0} END").format(state, Literal(unattached))


def _compose_own_state(types: Mapping[str, str]) -> Composable:
    for name in STATE_COLUMNS:
        column = SQL("r.") + Identifier(name)
        if types.get(name) == TEXT:
            return SQL("nullif(lower({}), '')").format(column)
        if types.get(name) == JSONB:
            return SQL("lower(coalesce({0}->>'Name', {0}->>'name', {0}->>'state'))").format(column)
    return SQL("NULL::text")


def _compose_column(source: AssetSource, field: str) -> Composed:
    return SQL("r.") + Identifier(source.columns[field])


def _compose_text(source: AssetSource, field: str) -> Composable | None:
    if field not in source.columns:
        return None
    column = _compose_column(source, field)
    kind = source.types[source.columns[field]]
    if kind == JSONB:
        return SQL("({} #>> '{{}}')").format(column)
    return SQL("nullif({}, '')").format(column) if kind == TEXT else SQL("{}::text").format(column)


def _compose_region(source: AssetSource, scope: Composable, arn: Composable) -> Composed:
    """The region's plain name: of a zone the region, of a link its last part; else by the scope or the ARN.

    For example:

        coalesce(CASE WHEN r."region" ~ '/|[0-9][a-z]$|[0-9]-[a-z]$' THEN regexp_replace(…)
          ELSE nullif(r."region", '') END, (d.scope::jsonb ->> 'region'), NULL::text)
    """
    options: list[Composable] = []
    if (region := _compose_text(source, "region")) is not None:
        options.append(
            SQL(
                "CASE WHEN {0} ~ '/|[0-9][a-z]$|[0-9]-[a-z]$' THEN regexp_replace(regexp_replace({0}, '^.*/', ''),"
                " '([0-9])-?[a-z]$', '\\1') ELSE nullif({0}, '') END"
            ).format(region)
        )
    options += _compose_scope_value(source, "region", scope)
    if "arn" in source.columns:
        options.append(SQL("substring({} from '^arn:[^:]*:[^:]*:([a-z0-9-]+):')").format(arn))
    return SQL("coalesce({})").format(SQL(", ").join([*options, SQL("NULL::text")]))


def _compose_account(
    source: AssetSource, scope: Composable, arn: Composable, identifier: Composable
) -> Composed:
    """The account's plain name: of a column, else by the scope, the ARN or Azure's id.

    For example:

        coalesce(nullif(r."owner_id", ''), (d.scope::jsonb ->> 'account'),
          substring(r."arn" from '^arn:[^:]*:[^:]*:[^:]*:([0-9]+):'),
          substring(r."arn" from '/projects/([^/]+)'), NULL::text)
    """
    options: list[Composable] = []
    if (account := _compose_text(source, "account")) is not None:
        options.append(SQL("nullif({}, '')").format(account))
    options += _compose_scope_value(source, "account", scope)
    if "arn" in source.columns:
        options.append(
            SQL(
                "substring({0} from '^arn:[^:]*:[^:]*:[^:]*:([0-9]+):'), substring({0} from '/projects/([^/]+)')"
            ).format(arn)
        )
    if source.target.provider == "azure":
        options.append(SQL("substring({} from '(?i)^/subscriptions/([^/]+)')").format(identifier))
    return SQL("coalesce({})").format(SQL(", ").join([*options, SQL("NULL::text")]))


def _compose_scope_value(source: AssetSource, field: str, scope: Composable) -> list[Composable]:
    names = {name for one in source.scopes for name in one.values}
    if (name := rules.find_scope_parameter(field, names)) is None:
        return []
    return [SQL("({}::jsonb ->> {})").format(scope, Literal(name))]


def _compose_tags_join(source: AssetSource) -> Composable:
    """A row's tags as `tagged.map`, made once: its name and owner come from them too. Nothing where it has none."""
    if not source.tag_columns:
        return NOTHING
    return SQL("CROSS JOIN LATERAL (SELECT {} AS map OFFSET 0) tagged").format(_compose_tags(source))


def _compose_tags(source: AssetSource) -> Composed:
    """One map of the first column that has any tags.

    Of a table with two such columns

        coalesce(nullif(stackql_app.tags_map(r."tags"), '{}'), nullif(stackql_app.tags_map(r."labels"), '{}'),
          stackql_app.tags_map(r."tags"))
    """
    maps = [
        SQL("stackql_app.tags_map({})").format(_compose_json(source, name)) for name in source.tag_columns
    ]
    if len(maps) == 1:
        # a map, which is what most are, as it is: a call costs ten times as much
        return SQL(
            "CASE WHEN jsonb_typeof({0}) = 'object' AND NOT {0}::text LIKE '%[%' THEN {0} ELSE {1} END"
        ).format(_compose_json(source, source.tag_columns[0]), maps[0])
    filled = [SQL("nullif({}, '{{}}')").format(one) for one in maps]
    return SQL("coalesce({})").format(SQL(", ").join([*filled, maps[0]]))


def _compose_json(source: AssetSource, name: str) -> Composed:
    column = SQL("r.") + Identifier(name)
    if source.types[name] == JSONB:
        return column
    return SQL("CASE WHEN pg_input_is_valid({0}::text, 'jsonb') THEN {0}::text::jsonb END").format(column)


def _compose_created(source: AssetSource) -> Composable | None:
    if "created_at" not in source.columns:
        return None
    column = _compose_column(source, "created_at")
    kind = source.types[source.columns["created_at"]]
    if kind in {TIMESTAMP, TIMESTAMPTZ, "date"}:
        return SQL("CASE WHEN {0} >= '1970-01-02' THEN {0}::timestamptz END").format(column)
    if kind != TEXT:
        return SQL("stackql_app.read_time({}::text)").format(column)
    # what nearly all are, without the call, which costs ten times as much
    return SQL(
        "CASE WHEN {0} ~ '^2[0-4][0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]+Z$' AND pg_input_is_valid({0}, 'timestamptz')"
        " THEN {0}::timestamptz ELSE stackql_app.read_time({0}) END"
    ).format(column)
