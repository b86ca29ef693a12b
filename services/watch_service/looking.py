"""Looking for what a watch has not told: in the change feed, or by running its statement again.

A watch is looked at when its person's inbox or its counts are read and a merge changed what it watches meanwhile. The
watch's row is locked, its place in each table moves with the event in one transaction: whoever comes at the same time
waits and finds nothing left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from inventory_runner.contract import CancelToken
from inventory_runner.errors import DatabaseUnavailable, InvalidInput, InventoryError
from inventory_runner.models import INVENTORY_SCHEMA, Change
from inventory_runner.sql import guard
from inventory_runner.sql.guard import CheckedInventoryStatement
from inventory_runner.sql.statement import Source, read
from services.db.watch_feed import Seen, add_up, find_changes
from services.db.watches import Behind, Looked, WatchRecords
from services.inventory_sql import InventoryEngine
from services.models.resource_filter import parse_filter
from services.models.watches import MOST_ROWS, MOST_SHOWN, WatchEvent, WatchKind, WatchTarget
from services.models.wording import format_exact_time
from services.watch_service.comparing import Rows, compare

log = logging.getLogger(__name__)

# what one look takes in all, a table's feed or a statement begun in it included once
LOOK_SECONDS = 4.0
STATEMENT_SECONDS = 5
FEED_TIMEOUT = "10s"
BEGUN_ANEW = "Begun anew: a table that it reads was loaded for the first time, or is gone."


class Looker:
    """Looks at a person's watches; clock: monotonic seconds."""

    def __init__(
        self,
        records: WatchRecords,
        engine: InventoryEngine | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._engine = engine
        self._clock = clock

    def look(self, user: str, now: datetime, *, statements: bool) -> None:
        """Tell what there is to tell. statements: whether the person may query the inventory.

        What is left when LOOK_SECONDS are over comes with the next look; a watch that cannot be looked at says why.
        """
        until = self._clock() + LOOK_SECONDS
        for id in self._records.list_due(user):
            self._tell_feed(user, id, now, until)
            if self._clock() > until:
                return
        if not statements:
            return
        for kept in self._records.list_watches(user):
            if kept.watch.target.kind is not WatchKind.QUERY or kept.looked is None:
                continue
            versions = self._records.read_versions(kept.looked.names)
            if versions != kept.looked.versions:
                self._tell_result(user, kept.watch.id, now, Looked(kept.looked.names, versions))
            if self._clock() > until:
                return

    def read_statement(self, text: str) -> tuple[Looked, Rows]:
        """A statement's tables and its result now; raises what keeps it from being watched."""
        checked = _check(text)
        names = tuple((schema or INVENTORY_SCHEMA, name) for schema, name in checked.reading.tables)
        # before it is run: what a merge changes meanwhile is another version, and compared again
        looked = Looked(names, self._records.read_versions(names))
        return looked, self._run(checked)

    # ---- the feed

    def _tell_feed(self, user: str, id: int, now: datetime, until: float) -> None:
        try:
            with self._records.transaction() as connection:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{FEED_TIMEOUT}'")
                kept = self._records.lock(connection, user, id)
                if kept is None:
                    return
                told, seen, notes = self._read_feed(connection, id, kept.watch.target, until)
                if seen:
                    self._records.add_event(connection, id, _make_event(add_up(seen), now))
                self._records.advance(connection, id, told, now, " ".join(dict.fromkeys(notes)))
        except DatabaseUnavailable:
            raise
        except (InventoryError, sa.exc.DBAPIError) as error:
            words = error.full_message if isinstance(error, InventoryError) else "It took too long to look."
            log.warning("watch %d could not be looked at: %s", id, type(error).__name__)
            with self._records.transaction() as connection:
                self._records.note_problem(connection, id, now, words)

    def _read_feed(
        self, connection: sa.Connection, id: int, target: WatchTarget, until: float
    ) -> tuple[list[Behind], list[Seen], list[str]]:
        """The tables that were read, what was found in them, and what there is to say of it."""
        wanted = parse_filter(target.text) if target.kind is WatchKind.VIEW else None
        told: list[Behind] = []
        found: list[Seen] = []
        notes: list[str] = []
        for behind in self._records.list_behind(connection, id):
            try:
                with connection.begin_nested():
                    seen = find_changes(connection, target, wanted, behind)
            except sa.exc.DataError:
                seen = find_changes(connection, target, wanted, behind, as_now=True)
                notes.append(
                    f"Columns of {behind.table.label} changed their types: its resources were judged as they are now."
                )
            if behind.missing:
                notes.append(
                    f"Changes of {behind.table.label} from before {format_exact_time(behind.missing)} are kept no"
                    " longer, and were not told."
                )
            told.append(behind)
            found += [seen] if seen else []
            if self._clock() > until:
                break
        return told, found, notes

    # ---- a statement

    def _tell_result(self, user: str, id: int, now: datetime, looked: Looked) -> None:
        with self._records.transaction() as connection:
            # one statement of a person at a time, whoever asks; the next look has the others
            if not self._records.claim_person(connection, user):
                return
            kept = self._records.lock(connection, user, id)
            if kept is None or kept.looked is None or kept.looked.versions == looked.versions:
                return
            try:
                rows = self._run(_check(kept.watch.target.text))
            except DatabaseUnavailable:
                raise
            except InventoryError as error:
                # until a merge changes the tables again: the same statement would end so again
                self._records.note_query(connection, id, now, looked, problem=error.full_message)
                return
            if set(looked.versions) != set(kept.looked.versions):
                self._records.note_query(connection, id, now, looked, rows.to_json(), note=BEGUN_ANEW)
                return
            at = max((datetime.fromisoformat(one) for one in looked.versions.values() if one), default=now)
            changes = compare(Rows.from_json(kept.result), rows, at)
            if changes:
                counts = {kind: sum(one.kind is kind for one in changes) for kind in Change}
                event = WatchEvent(0, now, at, at, counts, tuple(changes[:MOST_SHOWN]))
                self._records.add_event(connection, id, event)
            self._records.note_query(connection, id, now, looked, rows.to_json())

    def _run(self, checked: CheckedInventoryStatement) -> Rows:
        if self._engine is None:
            raise InvalidInput("The inventory cannot be queried here.")
        result = self._engine.execute(
            checked, credentials={}, timeout=STATEMENT_SECONDS, cancel=CancelToken(), row_limit=MOST_ROWS
        )
        if not result.complete:
            raise InvalidInput(
                f"Its result has more than {MOST_ROWS:,} rows, so that two of them cannot be compared.",
                title="Too many rows to watch",
                hint="Narrow it, or watch a count.",
            )
        return Rows.of(result)


def _check(text: str) -> CheckedInventoryStatement:
    checked = guard.check(read(text), Source.INVENTORY)
    if not isinstance(checked, CheckedInventoryStatement):
        raise InvalidInput("It is no statement over the inventory.")
    if checked.parameters:
        raise InvalidInput(
            "A watched statement has no parameters.", hint="Write their values into the statement."
        )
    return checked


def _make_event(seen: Seen, now: datetime) -> WatchEvent:
    return WatchEvent(0, now, seen.first_at, seen.last_at, seen.counts, seen.entries, seen.whole)
