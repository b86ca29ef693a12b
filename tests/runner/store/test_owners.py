"""The owner of a resource is what the first rule that fits it gives: as Postgres says it, and as Python does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import sqlalchemy as sa
from fakes.tables import Tables, ok, target
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_runner.models import OwnerRule, RuleSource
from inventory_runner.store import counting, owners
from inventory_runner.store.sql import SQL, Literal, run

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEYS = ("owner", "Team", "a\"b'c", "a.*", "back\\slash", "größe")
VALUES = ("", "web", "Web 50%", "data_1", "a*b", "it's")
ACCOUNTS = (None, "4411", "44_1", "prod")
rules = st.lists(
    st.builds(
        OwnerRule,
        st.sampled_from(RuleSource),
        provider=st.sampled_from(("", "aws", "google")),
        tag=st.sampled_from(KEYS),
        value=st.sampled_from(("", "web*", "*%", "data_1", "4*", "44_1")),
        owner=st.sampled_from(("", "platform", "o'brien@x.example")),
    ),
    max_size=4,
)
assets = st.tuples(
    st.sampled_from(("aws", "google")),
    st.sampled_from(ACCOUNTS),
    st.none()
    | st.dictionaries(st.sampled_from([*KEYS, "OWNER", "unlike"]), st.sampled_from(VALUES), max_size=3),
)


def find_owner(wanted: list[OwnerRule], provider: str, account: str | None, tags: dict[str, str] | None):
    for rule in wanted:
        found = account
        if rule.source is RuleSource.TAG:
            exact = (tags or {}).get(rule.tag.lower())
            alike = [
                value
                for key, value in sorted((tags or {}).items())
                if key.lower() == rule.tag.lower() and value
            ]
            found = exact or (alike[0] if alike else None)
        if found is None or rule.provider not in ("", provider):
            continue
        pattern = rule.value.lower().replace("[", "[[]").replace("?", "[?]")
        if rule.value and not fnmatchcase(found.lower(), pattern):
            continue
        return rule.owner or found
    return None


@settings(max_examples=80)
@given(rules, assets)
def test_the_first_rule_that_fits_gives_the_owner(write_path: sa.Engine, wanted, asset):
    provider, account, tags = asset
    asked = SQL(
        "SELECT {}, {} FROM (SELECT {} AS provider, {}::text AS account, {}::jsonb AS tags) a"
    ).format(
        owners.compose_owner(wanted, "a."),
        owners.compose_place(wanted),
        Literal(provider),
        Literal(account),
        Literal(None if tags is None else json.dumps(tags)),
    )
    with write_path.connect() as connection:
        owner, place = run(connection, asked).one()
    assert owner == find_owner(wanted, *asset)
    assert place == next((n for n, rule in enumerate(wanted, 1) if find_owner([rule], *asset) is not None), 0)


def test_a_merge_keeps_the_owner_and_a_change_of_the_rules_is_applied(tables: Tables):
    into = target("things", "id")

    def row(id: str, **tags: str) -> dict[str, str]:
        return {"id": id, "account": "4411", "tags": json.dumps(tags)}

    def read(sql: str):
        with tables.engine.connect() as connection:
            return connection.exec_driver_sql(sql).all()

    kept = "SELECT id, owner FROM stackql_inventory.assets ORDER BY id"
    divided = (
        "SELECT value, row_count FROM stackql_app.table_breakdowns"
        " WHERE dimension = 'owner' AND is_current AND row_count > 0 ORDER BY 1"
    )
    before = [row("a", owner="web"), row("b", Team="data"), row("c")]
    tables.merge(into, ok(before, json=["tags"]))
    assert read(kept) == [("a", "web"), ("b", "data"), ("c", None)]
    tables.merge(into, ok([*before[:2], row("c", owner="late")], json=["tags"]))
    assert read(kept)[2] == ("c", "late")
    with tables.engine.begin() as connection:
        stored = owners.read_rules(connection, for_update=True)
        try:
            changed = [{"source": "account", "value": "44*", "owner": "payments"}]
            connection.execute(
                sa.text(
                    "UPDATE stackql_app.owner_rules SET rules = CAST(:rules AS jsonb), version = version + 1"
                ),
                {"rules": json.dumps(changed)},
            )
            counting.lock(connection)
            owners.apply_rules(connection, into.schema, into.table)
            assert connection.exec_driver_sql(kept).all() == [(id, "payments") for id in "abc"]
            assert connection.exec_driver_sql(
                "SELECT identity->'assets'->>'owners' FROM stackql_app.inventory_tables"
            ).scalar_one() == str(stored.version + 1)
        finally:
            connection.rollback()
    assert read(divided) == [("data", 1), ("late", 1), ("web", 1)]
