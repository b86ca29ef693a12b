"""Whose a resource is: what the first of the owner rules that fits it gives.

The rules are one list, `stackql_app.owner_rules`, which engineers change as a whole. A merge writes each asset's owner
by the rules of that moment, and their version into the table's identity; `apply_rules` does it for a table whose
assets were written by others.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from inventory_runner.models import OwnerRule, OwnerRules, RuleSource
from inventory_runner.store.sql import SQL, Composable, Composed, Identifier, Literal, escape_pattern, run
from inventory_runner.store.tags import compose_tag_value


def read_rules(connection: sa.Connection, *, for_update: bool = False) -> OwnerRules:
    """The rules as they are. for_update: until the transaction ends nobody else changes them."""
    row = connection.execute(
        sa.text(
            "SELECT rules, version, saved_by, saved_at FROM stackql_app.owner_rules"  # noqa: S608 — ours
            + (" FOR UPDATE" if for_update else "")
        )
    ).one_or_none()
    if row is None:
        return OwnerRules()
    rules = tuple(OwnerRule(**{**one, "source": RuleSource(one["source"])}) for one in row.rules)
    return OwnerRules(rules, row.version, row.saved_by, row.saved_at)


def compose_owner(rules: Sequence[OwnerRule], asset: str = "") -> Composed:
    """An asset's owner, NULL where no rule fits. asset: what its columns are called by, if anything.

    Of three rules

        coalesce(coalesce(nullif(v."tags"->>'owner', ''), …),
          CASE WHEN lower(v."account") LIKE '4411%' AND v."provider" = 'aws' THEN 'payments' END,
          CASE WHEN coalesce(v."tags"->>'app' …) IS NOT NULL THEN 'web' END, NULL::text)
    """
    given = [_compose_given(rule, asset) for rule in rules]
    return SQL("coalesce({})").format(SQL(", ").join([*given, SQL("NULL::text")]))


def compose_place(rules: Sequence[OwnerRule]) -> Composed:
    """The place of the first rule that fits an asset, from 1; 0 where none does."""
    cases = [
        SQL("WHEN {} IS NOT NULL THEN {}").format(_compose_given(rule, ""), Literal(place))
        for place, rule in enumerate(rules, 1)
    ]
    return SQL("CASE {} ELSE 0 END").format(SQL(" ").join(cases)) if cases else SQL("0").format()


def apply_rules(connection: sa.Connection, schema: str, table: str) -> None:
    """Bring a table's assets to the rules as they are now. Under `counting.lock`.

    For example:

        UPDATE stackql_app.assets SET owner = coalesce(…) WHERE target_schema = 'inventory'
          AND table_name = 'aws_ec2_instances' AND owner IS DISTINCT FROM coalesce(…);
        UPDATE stackql_app.inventory_tables SET identity = identity || … WHERE …
    """
    known = read_rules(connection)
    run(
        connection,
        SQL(
            "UPDATE stackql_app.assets SET owner = {owner} WHERE target_schema = {schema} AND table_name = {table}"
            " AND owner IS DISTINCT FROM {owner};"
            " UPDATE stackql_app.inventory_tables SET identity = identity || jsonb_build_object('assets',"
            " coalesce(identity->'assets', '{{}}') || jsonb_build_object('owners', {version}::text))"
            " WHERE target_schema = {schema} AND target_table = {table}"
        ).format(
            owner=compose_owner(known.rules),
            schema=Literal(schema),
            table=Literal(table),
            version=Literal(known.version),
        ),
    )


def _compose_given(rule: OwnerRule, asset: str) -> Composed:
    """The owner that one rule gives an asset, NULL where it does not fit."""

    def column(name: str) -> Composed:
        return SQL(f"{asset}{{}}").format(Identifier(name))

    found: Composable = (
        compose_tag_value(column("tags"), [rule.tag.lower()])
        if rule.source is RuleSource.TAG
        else column("account")
    )
    conditions = []
    if rule.provider:
        conditions.append(column("provider") + SQL(" = {}").format(Literal(rule.provider)))
    if rule.value:
        pattern = escape_pattern(rule.value.lower()).replace("*", "%")
        conditions.append(SQL("lower({}) LIKE {}").format(found, Literal(pattern)))
    elif rule.owner:
        conditions.append(SQL("{} IS NOT NULL").format(found))
    if rule.owner:
        found = Literal(rule.owner)
    if not conditions:
        return SQL("{}").format(found)
    return SQL("CASE WHEN {} THEN {} END").format(SQL(" AND ").join(conditions), found)
