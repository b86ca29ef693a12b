"""The difference between a table and what was staged, and applying it: delete and insert by ctid.

`inventory_diff` holds one row per difference. `kind` is `a` added, `r` removed, `c` changed, `k` kept (missing from the
answer, but its scope was incomplete, so it is not deleted) or `f` fill (the same resource, whose new columns are filled
and whose lost ones emptied).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.store.copying import STAGE
from inventory_runner.store.names import CHANGED, FIRST_SEEN, SCOPE
from inventory_runner.store.pairing import Plan, compose_pairs
from inventory_runner.store.sql import (
    SQL,
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


@dataclass(frozen=True)
class Difference:
    scopes: dict[str, Counts] = field(default_factory=dict)

    def total(self, kind: str) -> int:
        return sum(getattr(counts, kind) for counts in self.scopes.values())

    @property
    def any(self) -> bool:
        return any(self.total(kind) for kind in ("added", "removed", "changed"))


_FIELDS = {"a": "added", "r": "removed", "c": "changed", "k": "kept", "f": "filled"}


def compute(connection: sa.Connection, plan: Plan) -> Difference:
    """Fill `inventory_diff` and count it."""
    statement = SQL(
        "DROP TABLE IF EXISTS {diff};"
        " CREATE TEMP TABLE {name} ON COMMIT DROP AS {query};"
        " SELECT scope, kind, count(*) FROM {diff} GROUP BY scope, kind"
    ).format(
        diff=compose_temporary_name(DIFF),
        name=Identifier(DIFF),
        query=compose_pairs(plan),
    )
    scopes: dict[str, Counts] = {}
    for scope, kind, count in run(connection, statement):
        setattr(scopes.setdefault(scope, Counts()), _FIELDS[kind], count)
    return Difference(scopes)


def apply(connection: sa.Connection, plan: Plan, found: Difference, at: datetime) -> None:
    """Make the live table what was staged, in the scopes that were read.

    For example:

        DELETE FROM "inventory"."aws_ec2_instances" l USING pg_temp."inventory_diff" d
          WHERE l.ctid = d.live AND d.kind IN ('r', 'c');
        UPDATE "inventory"."aws_ec2_instances" l SET "zone" = s."zone", "old" = NULL
          FROM pg_temp."inventory_diff" d JOIN pg_temp."inventory_stage" s ON s.ctid = d.stage
          WHERE l.ctid = d.live AND d.kind = 'f';
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
    if found.total("filled"):
        values = [SQL("{0} = s.{0}").format(Identifier(name)) for name in plan.filled]
        values += [SQL("{} = NULL").format(Identifier(name)) for name in plan.fit.lost]
        steps.append(
            SQL(
                "UPDATE {live} l SET {values} FROM {diff} d JOIN {stage} s ON s.ctid = d.stage"
                " WHERE l.ctid = d.live AND d.kind = 'f'"
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
