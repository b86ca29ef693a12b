"""The difference between a table and what was staged, and applying it: delete and insert by ctid.

`inventory_diff` holds one row per difference. `kind` is `a` added, `r` removed, `c` changed, `k` kept (missing from the
answer, but its scope was incomplete, so it is not deleted), `f` fill (the same resource, whose new columns are filled
and whose lost ones emptied) or `o` order (the same, whose lists came in another order that means nothing). Of the last
the newest answer is stored, and nothing is recorded; `moved_to` is its key then, where rows are known by their values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.store.copying import STAGE
from inventory_runner.store.names import CHANGED, FIRST_SEEN, SCOPE
from inventory_runner.store.pairing import Plan, compose_pairs, compose_without_order
from inventory_runner.store.sql import (
    NOTHING,
    SQL,
    Composable,
    Composed,
    Identifier,
    compose_columns,
    compose_temporary_name,
    compose_timestamp,
    run,
)

DIFF = "inventory_diff"


@dataclass
class Counts:
    """Rows by kind, of a scope or of all."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    kept: int = 0
    filled: int = 0
    reordered: int = 0


@dataclass(frozen=True)
class Difference:
    scopes: dict[str, Counts] = field(default_factory=dict)

    def total(self, kind: str) -> int:
        return sum(getattr(counts, kind) for counts in self.scopes.values())

    @property
    def any(self) -> bool:
        return any(self.total(kind) for kind in ("added", "removed", "changed"))


_FIELDS = {"a": "added", "r": "removed", "c": "changed", "k": "kept", "f": "filled", "o": "reordered"}


def compute(connection: sa.Connection, plan: Plan) -> Difference:
    """Fill `inventory_diff` and count it."""
    statement = SQL(
        # of the staged rows the planner knows too little to hash them, and would sort both sides by their texts, which
        # takes three times as long
        "DROP TABLE IF EXISTS {diff}; SET LOCAL enable_mergejoin = off;"
        " CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}; SET LOCAL enable_mergejoin = on;"
        # without statistics a table is taken for ten pages: all that is done with the few rows of a usual day would
        # read the whole table and all assets
        "{reorder} ANALYZE {diff} (kind); SELECT scope, kind, count(*) FROM {diff} GROUP BY scope, kind"
    ).format(
        diff=compose_temporary_name(DIFF),
        name=Identifier(DIFF),
        query=compose_pairs(plan),
        reorder=_compose_reordering(plan) if plan.loose and not plan.keys else NOTHING,
    )
    scopes: dict[str, Counts] = {}
    for scope, kind, count in run(connection, statement):
        setattr(scopes.setdefault(scope, Counts()), _FIELDS[kind], count)
    return Difference(scopes)


def _compose_reordering(plan: Plan) -> Composed:
    """Rows without a key whose lists came in another order: a row that went and one that came become one that stays.

    By their values with the lists sorted, computed for the rows of the difference alone; with a column `tags`

        WITH gone AS (SELECT d.live, d.scope, h.hash,
                    row_number() OVER (PARTITION BY d.scope, h.hash ORDER BY d.live) AS n
               FROM pg_temp."inventory_diff" d JOIN "inventory"."volumes" l ON l.ctid = d.live,
                    LATERAL (SELECT md5(ROW(l."id", stackql_app.without_order(l."tags", …))::text) AS hash OFFSET 0) h
              WHERE d.kind IN ('r', 'k')), come AS (…),
             pairs AS (SELECT gone.live, come.stage, come.key FROM gone JOIN come USING (scope, hash, n)),
             merged AS (DELETE FROM pg_temp."inventory_diff" d USING pairs p WHERE d.kind = 'a' AND d.stage = p.stage)
        UPDATE pg_temp."inventory_diff" d SET kind = 'o', stage = p.stage, moved_to = p.key FROM pairs p
         WHERE d.kind IN ('r', 'k') AND d.live = p.live;
    """
    side = (
        "SELECT d.{place}, d.scope, d.key, h.hash,"
        " row_number() OVER (PARTITION BY d.scope, h.hash ORDER BY d.{place}) AS n"
        " FROM {diff} d JOIN {rows} {alias} ON {alias}.ctid = d.{place},"
        " LATERAL (SELECT md5(ROW({values})::text) AS hash OFFSET 0) h WHERE d.kind IN ({kinds})"
    )

    def compose_side(place: str, rows: Composable, alias: str, kinds: str) -> Composed:
        return SQL(side).format(
            place=SQL(place),
            diff=compose_temporary_name(DIFF),
            rows=rows,
            alias=SQL(alias),
            values=SQL(", ").join(compose_without_order(plan, name, alias) for name in plan.compared),
            kinds=SQL(kinds),
        )

    return SQL(
        " WITH gone AS ({gone}), come AS ({come}),"
        " pairs AS (SELECT gone.live, come.stage, come.key FROM gone JOIN come USING (scope, hash, n)),"
        " merged AS (DELETE FROM {diff} d USING pairs p WHERE d.kind = 'a' AND d.stage = p.stage)"
        " UPDATE {diff} d SET kind = 'o', stage = p.stage, moved_to = p.key FROM pairs p"
        " WHERE d.kind IN ('r', 'k') AND d.live = p.live;"
    ).format(
        gone=compose_side("live", plan.live, "l", "'r', 'k'"),
        come=compose_side("stage", compose_temporary_name(STAGE), "s", "'a'"),
        diff=compose_temporary_name(DIFF),
    )


def apply(connection: sa.Connection, plan: Plan, found: Difference, at: datetime) -> None:
    """Make the live table what was staged, in the scopes that were read.

    For example:

        DELETE FROM "inventory"."aws_ec2_instances" l USING pg_temp."inventory_diff" d
          WHERE l.ctid = d.live AND d.kind IN ('r', 'c');
        UPDATE "inventory"."aws_ec2_instances" l SET "zone" = s."zone", "old" = NULL, "tags" = s."tags"
          FROM pg_temp."inventory_diff" d JOIN pg_temp."inventory_stage" s ON s.ctid = d.stage
          WHERE l.ctid = d.live AND d.kind IN ('f', 'o');
        INSERT INTO "inventory"."aws_ec2_instances" ("id", "state", "_scope", "_first_seen_at", "_changed_at")
          SELECT s."id", s."state", s."_scope", coalesce(d.first_seen, …), … FROM pg_temp."inventory_diff" d
          JOIN pg_temp."inventory_stage" s ON s.ctid = d.stage WHERE d.kind IN ('a', 'c')
    """
    names = list(plan.fit.types)
    steps: list[Composed] = []
    if found.total("removed") or found.total("changed"):
        steps.append(
            SQL("DELETE FROM {live} l USING {diff} d WHERE l.ctid = d.live AND d.kind IN ('r', 'c')").format(
                live=plan.live, diff=compose_temporary_name(DIFF)
            )
        )
    if found.total("filled") or found.total("reordered"):
        values = [SQL("{0} = s.{0}").format(Identifier(name)) for name in (*plan.filled, *plan.loose)]
        values += [SQL("{} = NULL").format(Identifier(name)) for name in plan.fit.lost]
        steps.append(
            SQL(
                "UPDATE {live} l SET {values} FROM {diff} d JOIN {stage} s ON s.ctid = d.stage"
                " WHERE l.ctid = d.live AND d.kind IN ('f', 'o')"
            ).format(
                live=plan.live,
                values=SQL(", ").join(values),
                diff=compose_temporary_name(DIFF),
                stage=compose_temporary_name(STAGE),
            )
        )
    if found.total("added") or found.total("changed"):
        steps.append(
            SQL(
                "INSERT INTO {live} ({columns}, {scope}, {first}, {changed})"
                " SELECT {staged}, s.{scope}, coalesce(d.first_seen, {at}), {at}"
                " FROM {diff} d JOIN {stage} s ON s.ctid = d.stage WHERE d.kind IN ('a', 'c')"
            ).format(
                live=plan.live,
                columns=compose_columns(names),
                staged=compose_columns(names, "s"),
                scope=Identifier(SCOPE),
                first=Identifier(FIRST_SEEN),
                changed=Identifier(CHANGED),
                at=compose_timestamp(at),
                diff=compose_temporary_name(DIFF),
                stage=compose_temporary_name(STAGE),
            )
        )
    if steps:
        run(connection, SQL("; ").join(steps))
