"""What happened since a person was last here: from what is recorded, in a few bounded statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from services.db.changes import ChangeRecords
from services.db.visits import MOST_FAILED, VisitRecords
from services.inbox_service.service import InboxService
from services.models.inbox import EntryKind
from services.models.inbox_list import SinceLast

MOST_MOVED = 3


class SinceService:
    """Everybody's own visits. clock: the time, for tests."""

    def __init__(
        self,
        visits: VisitRecords,
        changes: ChangeRecords,
        inbox: InboxService,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._visits = visits
        self._changes = changes
        self._inbox = inbox
        self._clock = clock

    def note_visit(self) -> None:
        """Note that the person is on a page."""
        self._visits.note_visit(self._clock())

    def dismiss(self) -> None:
        """Tell nothing more until the person comes again."""
        self._visits.dismiss()

    def find_since_last(self) -> SinceLast | None:
        """What happened since the visit before this one; None on a first visit, and where it was dismissed."""
        now = self._clock()
        visit = self._visits.note_visit(now)
        if visit.previous_at is None or visit.dismissed:
            return None
        since = visit.previous_at
        day = since.astimezone(UTC).date()
        inbox = self._inbox.list_inbox()
        new = [entry for entry in inbox.entries if entry.since > since]
        runs, tables = self._visits.count_failed_runs(since)
        return SinceLast(
            since=since,
            at=now,
            day=day,
            failed_runs=runs,
            failed_tables=tables,
            failed_cut=runs >= MOST_FAILED,
            lost=[entry for entry in new if entry.kind is EntryKind.COVERAGE],
            watches=[entry for entry in new if entry.kind is EntryKind.WATCH],
            moved=self._changes.list_changes_by_table(day, date.max, limit=MOST_MOVED),
            reading=inbox.reading,
        )
