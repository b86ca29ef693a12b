"""Owner rules, what they give, and the assets that follow them. Viewers may read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa

from inventory_runner.errors import VersionConflict, list_differences
from inventory_runner.models import OwnerRule, OwnerRules
from inventory_runner.store import breakdowns, counting, owners
from inventory_runner.store.sql import SQL, run
from services.db.base import Records
from services.db.inventory_rows import InventoryRowRecords
from services.models.inventory import TableRef
from services.models.owners import AccountShare, OwnerCounts, OwnerShare, Ownership
from services.models.wording import describe_owner_rule
from services.users import current_user, limit_to_engineers

MOST_SHOWN = 100
# of millions of assets
LONGEST_APPLYING = "10min"
# tables whose identity names other rules than those that are kept; what was never loaded has no assets
_BEHIND = """
SELECT target_schema, target_table FROM stackql_app.inventory_tables
 WHERE identity->'assets'->>'owners' IS DISTINCT FROM (SELECT version::text FROM stackql_app.owner_rules)
 ORDER BY row_count, target_schema, target_table
"""
_SHARES = """
SELECT provider, account, owner, grouping(owner) = 0 AS by_owner, count(*) AS rows,
       count(*) FILTER (WHERE owner IS NULL) AS unknown
  FROM stackql_app.assets WHERE counted_by IS NULL
 GROUP BY GROUPING SETS ((owner), (provider, account))
"""


class OwnerRecords(Records):
    """Reads and writes `stackql_app.owner_rules`, and the owners in `stackql_app.assets`."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._rows = InventoryRowRecords(engine)

    def read_rules(self) -> OwnerRules:
        """The rules in order, with the version that a change of them names."""
        with self.transaction() as connection:
            return owners.read_rules(connection)

    @limit_to_engineers
    def save_rules(self, rules: Sequence[OwnerRule], version: int) -> int:
        """Keep the whole list; returns its version. The same rules again are saved already.

        version: that the change began from. Raises VersionConflict.
        """
        with self.transaction() as connection:
            stored = owners.read_rules(connection, for_update=True)
            if stored.rules == tuple(rules):
                return stored.version
            if stored.version != version:
                raise VersionConflict(
                    "The list of owner rules",
                    [stored.version],
                    list_differences(_describe(rules), _describe(stored.rules)),
                    saved_by=stored.saved_by,
                    saved_at=stored.saved_at,
                )
            return int(
                connection.execute(
                    sa.text(
                        "UPDATE stackql_app.owner_rules SET rules = CAST(:rules AS jsonb), version = version + 1,"
                        " saved_by = :who, saved_at = now() RETURNING version"
                    ),
                    {"rules": json.dumps([asdict(rule) for rule in rules]), "who": current_user().name},
                ).scalar_one()
            )

    def count_by_rule(self, rules: Sequence[OwnerRule]) -> OwnerCounts:
        """How many resources each rule would give an owner, and how many none would; raises where it takes too long.

        For example:

            SELECT CASE WHEN … IS NOT NULL THEN 1 … ELSE 0 END AS place, count(*) FROM stackql_app.assets
              WHERE counted_by IS NULL GROUP BY 1
        """
        counted = SQL(
            "SELECT {} AS place, count(*) FROM stackql_app.assets WHERE counted_by IS NULL GROUP BY 1"
        ).format(owners.compose_place(rules))
        with self._rows.open_for_reading() as connection:
            found = {row[0]: row[1] for row in run(connection, counted)}
        return OwnerCounts(tuple(found.get(place, 0) for place in range(len(rules) + 1)))

    def read_ownership(self) -> Ownership:
        """How the resources divide by owner and account."""
        with self._rows.open_for_reading() as connection:
            rows = connection.execute(sa.text(_SHARES)).all()
            behind = len(connection.execute(sa.text(_BEHIND)).all())
        known = [OwnerShare(row.owner, row.rows) for row in rows if row.by_owner and row.owner is not None]
        accounts = [
            AccountShare(row.provider, row.account or "", row.rows, row.unknown)
            for row in rows
            if not row.by_owner
        ]
        return Ownership(
            sum(one.rows for one in accounts),
            sum(one.unknown for one in accounts),
            tuple(sorted(known, key=lambda one: (-one.rows, one.owner))[:MOST_SHOWN]),
            tuple(sorted(accounts, key=lambda one: (-one.unknown, one.provider, one.account))[:MOST_SHOWN]),
            len(known),
            len(accounts),
            behind,
        )

    def list_behind(self) -> list[TableRef]:
        """The tables whose owners follow older rules than those that are kept, the smallest first."""
        with self.transaction() as connection:
            return [TableRef(row[0], row[1]) for row in connection.execute(sa.text(_BEHIND))]

    def apply_rules(self, ref: TableRef) -> None:
        """Bring a table's owners to the rules, with the counts that pages read; merges wait for it, and it for them."""
        with self.transaction() as connection:
            counting.lock(connection)
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{LONGEST_APPLYING}'")
            owners.apply_rules(connection, ref.schema, ref.name)
            # no cloud changed: what the charts show of the days before moves with it
            run(connection, breakdowns.compose_record(ref.schema, ref.name, datetime.now(UTC), past=True))
            # pages that were made before are out of date
            connection.exec_driver_sql("INSERT INTO stackql_app.inventory_edits DEFAULT VALUES")


def _describe(rules: Sequence[OwnerRule]) -> dict[str, str]:
    return {f"Rule {place}": describe_owner_rule(rule) for place, rule in enumerate(rules, 1)}
