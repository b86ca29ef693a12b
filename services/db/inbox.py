"""What people did about the inbox's entries: `stackql_app.inbox_states`. Who may do what is the service's to check."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.db.base import Records
from services.users import require_person

# of what was done so long ago, to an entry that nobody has touched since, nothing is kept
KEPT_DAYS = 400


@dataclass(frozen=True)
class KeptState:
    """What was done about an entry. since: it holds for causes that began by then; version: 0 where there is no row."""

    key: str
    since: datetime
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted_until: datetime | None = None
    owner: str = ""
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None


# A row is written where it is as it was seen, and version 0 stands for none. Finished, of one seen at version 3:
#   UPDATE stackql_app.inbox_states SET …, owner = 'anna', version = version + 1 WHERE key = 'run:…' AND version = 3
_INSERT = """
INSERT INTO stackql_app.inbox_states
       (key, since, acknowledged_by, acknowledged_at, muted_until, owner, version, changed_by, changed_at)
VALUES (:key, :since, :acknowledged_by, :acknowledged_at, :muted_until, :owner, 1, :changed_by, :changed_at)
ON CONFLICT (key) DO NOTHING RETURNING version
"""
_UPDATE = """
UPDATE stackql_app.inbox_states
   SET since = :since, acknowledged_by = :acknowledged_by, acknowledged_at = :acknowledged_at,
       muted_until = :muted_until, owner = :owner, version = version + 1, changed_by = :changed_by,
       changed_at = :changed_at
 WHERE key = :key AND version = :version RETURNING version
"""
# a table's entries: run:aws.t, stale:aws.t, coverage:denied:aws.t
_OF_TABLE = "regexp_replace(key, '^(run|stale|coverage:[a-z_]+):', '') = :schema || '.' || :table"


class InboxRecords(Records):
    """Reads and writes the states."""

    def list_states(self, keys: Collection[str]) -> Mapping[str, KeptState]:
        """Key → what was done, of those of these keys that anybody did anything about."""
        if not keys:
            return {}
        with self.transaction() as connection:
            rows = connection.execute(
                sa.text("SELECT * FROM stackql_app.inbox_states WHERE key = ANY(:keys)"), {"keys": list(keys)}
            )
            return {row.key: KeptState(**row._mapping) for row in rows}

    def save_state(self, state: KeptState) -> KeptState | None:
        """Write a whole row over the version that it names; None where somebody else wrote another meanwhile."""
        require_person("nobody would have done it")
        values: dict[str, Any] = {**vars(state)}
        with self.transaction() as connection:
            connection.execute(
                sa.text(
                    "DELETE FROM stackql_app.inbox_states WHERE key <> :key"
                    " AND greatest(changed_at, muted_until) < CAST(:now AS timestamptz) - make_interval(days => :days)"
                ),
                {"key": state.key, "now": state.changed_at, "days": KEPT_DAYS},
            )
            written = connection.execute(
                sa.text(_UPDATE if state.version else _INSERT), values
            ).scalar_one_or_none()
        return None if written is None else replace(state, version=written)


def forget_states_of_table(connection: sa.Connection, schema: str, table: str) -> None:
    """Forget what was done about a table's entries, when the table is dropped: they end with it."""
    connection.execute(
        sa.text(f"DELETE FROM stackql_app.inbox_states WHERE {_OF_TABLE}"),  # noqa: S608 — a constant
        {"schema": schema, "table": table},
    )
