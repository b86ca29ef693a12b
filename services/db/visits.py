"""When people were last here: `stackql_app.visits`, a row a person, who reads and writes nobody's but their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from services.db.base import Records
from services.users import current_user

# who was away for longer comes again
ABSENCE = timedelta(minutes=30)
MOST_FAILED = 1_000

# One statement, so that two pages that a person opens at once make one visit. Finished, for anna at ten:
#   INSERT INTO stackql_app.visits AS v (user_name, seen_at, began_at) VALUES ('anna', '10:00', '10:00')
#   ON CONFLICT (user_name) DO UPDATE SET previous_at = CASE WHEN v.seen_at < '09:30' THEN v.seen_at ELSE … END, …
_NOTE = """
INSERT INTO stackql_app.visits AS v (user_name, seen_at, began_at) VALUES (:user, :now, :now)
ON CONFLICT (user_name) DO UPDATE SET
    previous_at = CASE WHEN v.seen_at < :gone THEN v.seen_at ELSE v.previous_at END,
    began_at = CASE WHEN v.seen_at < :gone THEN EXCLUDED.seen_at ELSE v.began_at END,
    dismissed = v.dismissed AND v.seen_at >= :gone,
    seen_at = greatest(v.seen_at, EXCLUDED.seen_at)
RETURNING previous_at, dismissed
"""
_FAILED = """
SELECT count(*) AS runs, count(DISTINCT (target_schema, target_table)) AS tables
  FROM (SELECT target_schema, target_table FROM stackql_app.runs
         WHERE status IN ('FAILED', 'LOST') AND coalesce(finished_at, started_at) > :since
         ORDER BY coalesce(finished_at, started_at) DESC LIMIT :most) f
"""


@dataclass(frozen=True)
class Visit:
    """previous_at: when the visit before this one ended, None on the first; dismissed: what happened since was read."""

    previous_at: datetime | None
    dismissed: bool = False


class VisitRecords(Records):
    """Notes visits, and counts what failed since one."""

    def note_visit(self, now: datetime) -> Visit:
        """Note that the person is here, and return their visit; who is nobody has none."""
        user = current_user().name
        if not user:
            return Visit(None)
        values = {"user": user, "now": now, "gone": now - ABSENCE}
        with self.transaction() as connection:
            row = connection.execute(sa.text(_NOTE), values).one()
        return Visit(row.previous_at, row.dismissed)

    def dismiss(self) -> None:
        """What happened since the visit before was read; the next visit tells anew."""
        with self.transaction() as connection:
            connection.execute(
                sa.text("UPDATE stackql_app.visits SET dismissed = true WHERE user_name = :user"),
                {"user": current_user().name},
            )

    def count_failed_runs(self, since: datetime) -> tuple[int, int]:
        """(runs that failed or were lost after a moment, tables that they were of); MOST_FAILED stands for more."""
        with self.transaction() as connection:
            row = connection.execute(sa.text(_FAILED), {"since": since, "most": MOST_FAILED}).one()
        return row.runs, row.tables
