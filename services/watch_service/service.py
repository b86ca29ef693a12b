"""What a person watches, what it told, and the inbox's entries of it. Each person has their own.

Who is signed in watches tables, resources and saved views; a statement over the inventory is engineers' to watch, and
one of a person who is an engineer no longer rests and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from inventory_runner import json_text
from inventory_runner.errors import InvalidInput, NotAllowed, NotFound
from inventory_runner.models import INVENTORY_SCHEMA
from services.db.base import refuse_nul
from services.db.saved_views import SavedViewRecords
from services.db.watch_feed import compose_filter
from services.db.watches import Kept, WatchRecords, with_events
from services.inventory_sql import InventoryEngine
from services.models.inbox import ChangeSeen, EntryKind, InboxEntry
from services.models.inventory import ChangeEntry, TableRef
from services.models.limits import LONGEST_TEXT
from services.models.resource_filter import parse_filter
from services.models.watches import (
    LONGEST_WATCH_NAME,
    NAMED_SCOPES,
    Watch,
    WatchedScope,
    WatchEvent,
    WatchKind,
    WatchTarget,
    describe_counts,
    describe_unread,
)
from services.models.wording import cut_at_word, format_count
from services.users import Role, User, current_user, require_engineer, require_known_role
from services.watch_service.looking import Looker

# of a watch, and in all: what the inbox and the list show
MOST_EVENTS_EACH = 10
MOST_EVENTS_SHOWN = 200
LONGEST_KEY = 2_000
PAGE = "/watches"
GONE = "The table is not there: it was deleted, or never loaded. It is watched again when a run writes it."
VIEW_GONE = "The saved view was deleted: its filter is watched on."
ENGINEERS_ONLY = (
    "Only engineers may query the inventory, so that the statement is not run: your role is viewer."
)
ROLE_UNKNOWN = "Your role could not be found out, so that the statement is not run just now."


class WatchService:
    """See the module's docstring; clock: the time."""

    def __init__(
        self,
        records: WatchRecords,
        views: SavedViewRecords,
        engine: InventoryEngine | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records = records
        self._views = views
        self._clock = clock
        self._looker = Looker(records, engine)

    # ---- watching

    def watch(self, target: WatchTarget) -> int:
        """Watch from now on, and return the watch's id; the same again is the same watch.

        Raises InvalidInput, NotFound, NotAllowed, RoleUnknown; of a statement what keeps it from being run.
        """
        user, now = _require_person(), self._clock()
        for field in ("key", "scope", "text"):
            refuse_nul(field, getattr(target, field))
        match target.kind:
            case WatchKind.TABLE | WatchKind.RESOURCE:
                target = self._check_place(target)
                return self._records.add(user.name, target, _name_place(target), now)
            case WatchKind.VIEW:
                view = next((one for one in self._views.list_views() if one.id == target.view), None)
                if view is None:
                    raise NotFound("The view is not there any more.", hint="Somebody may have deleted it.")
                parse_filter(view.text)
                target = WatchTarget(WatchKind.VIEW, text=view.text, view=view.id)
                return self._records.add(user.name, target, view.name, now)
        require_engineer("watch a statement over the inventory")
        text = target.text.strip()
        if len(text) > LONGEST_TEXT:
            raise InvalidInput(f"A statement has {LONGEST_TEXT:,} characters at most.")
        target = WatchTarget(WatchKind.QUERY, text=text)
        if (known := self._records.find(user.name, target)) is not None:
            return known
        looked, rows = self._looker.read_statement(text)
        name = cut_at_word(" ".join(text.split()), LONGEST_WATCH_NAME)
        return self._records.add(user.name, target, name, now, looked, rows.to_json())

    def find(self, target: WatchTarget) -> int | None:
        """The id of the current person's watch on this; None where they have none, or are not signed in."""
        user = current_user()
        return self._records.find(user.name, target) if user.name else None

    def list_targets(self) -> set[WatchTarget]:
        """What the current person watches, for lists that mark it."""
        user = current_user()
        return self._records.list_targets(user.name) if user.name else set()

    def toggle(self, target: WatchTarget) -> bool:
        """Watch what is not watched, and end the watch of what is; returns whether it is watched now."""
        user = _require_person()
        if (known := self._records.find(user.name, target)) is not None:
            self._records.remove(user.name, known)
            return False
        self.watch(target)
        return True

    def remove(self, id: int) -> None:
        """End a watch of one's own; what it told goes with it. Raises NotFound, NotAllowed, RoleUnknown."""
        self._records.remove(_require_person().name, id)

    # ---- reading

    def list_watches(self) -> list[Watch]:
        """The current person's watches, the newest first, with what they told and what they cannot see."""
        user = current_user()
        if not user.name:
            return []
        self._look(user, self._clock())
        kept = self._records.list_watches(user.name)
        events = self._records.list_events(user.name, MOST_EVENTS_EACH, MOST_EVENTS_SHOWN)
        known = {view.id for view in self._views.list_views()}
        gone = self._records.list_gone_tables(
            [one.watch.target.table for one in kept if one.watch.target.table]
        )
        return [self._complete(one, user, events.get(one.watch.id, []), known, gone) for one in kept]

    def list_entries(self, now: datetime) -> list[InboxEntry]:
        """What the current person's watches told, for the inbox, the newest first."""
        user = current_user()
        if not user.name:
            return []
        self._look(user, now)
        events = self._records.list_events(user.name, MOST_EVENTS_EACH, MOST_EVENTS_SHOWN)
        told = [one for one in self._records.list_watches(user.name) if one.watch.id in events]
        found = []
        for one in told:
            unread = self._list_unread(one)
            found += [_make_entry(one.watch, event, unread, user, now) for event in events[one.watch.id]]
        return sorted(found, key=lambda entry: entry.since, reverse=True)

    def count_entries(self) -> int:
        """How many entries `list_entries` would give."""
        user = current_user()
        if not user.name:
            return 0
        self._look(user, self._clock())
        return self._records.count_events(user.name, MOST_EVENTS_EACH, MOST_EVENTS_SHOWN)

    def _look(self, user: User, now: datetime) -> None:
        self._looker.look(user.name, now, statements=user.role is Role.ENGINEER)

    def _complete(
        self,
        kept: Kept,
        user: User,
        events: Sequence[WatchEvent],
        views: set[int],
        gone: set[TableRef],
    ) -> Watch:
        watch = kept.watch
        problem, note = watch.problem, watch.note
        match watch.target.kind:
            case WatchKind.QUERY if user.role is not Role.ENGINEER:
                problem = ROLE_UNKNOWN if user.role is Role.UNKNOWN else ENGINEERS_ONLY
            case WatchKind.VIEW if watch.target.view not in views:
                note = " ".join(filter(None, (VIEW_GONE, note)))
            case WatchKind.TABLE | WatchKind.RESOURCE if watch.target.table in gone:
                problem = GONE
        unread = self._list_unread(kept)
        completed = replace(
            watch, problem=problem, note=note, unread=tuple(unread[:NAMED_SCOPES]), unread_count=len(unread)
        )
        return with_events(completed, events)

    def _list_unread(self, kept: Kept) -> list[WatchedScope]:
        """The scopes of what is watched that could not be read: of these a watch can tell nothing."""
        target = kept.watch.target
        if target.kind is WatchKind.VIEW:
            return self._records.list_unread([], wanted=compose_filter(parse_filter(target.text)))
        if target.kind is WatchKind.QUERY:
            return self._records.list_unread([], list(kept.looked.versions) if kept.looked else [])
        found = self._records.list_unread([target.table] if target.table else [])
        if target.kind is WatchKind.RESOURCE:
            return [one for one in found if one.scope == target.scope]
        return found

    def _check_place(self, target: WatchTarget) -> WatchTarget:
        """The target without what does not belong to its kind; its table is one that a run wrote."""
        ref = target.table
        if ref is None or "\0" in ref.schema + ref.name or self._records.list_gone_tables([ref]):
            raise NotFound("The table is not there, or was never loaded.", hint="Its schedule loads it.")
        if target.kind is WatchKind.TABLE:
            return WatchTarget(WatchKind.TABLE, ref)
        if not target.key or len(target.key) + len(target.scope) > LONGEST_KEY:
            raise InvalidInput(f"A resource's key has 1 to {LONGEST_KEY:,} characters.")
        return WatchTarget(WatchKind.RESOURCE, ref, target.key, target.scope or "{}")


def _require_person() -> User:
    user = require_known_role()
    if not user.name:
        raise NotAllowed("You are not signed in, so that a watch would be nobody's.")
    return user


def _name_place(target: WatchTarget) -> str:
    label = target.table.label if target.table else ""
    if target.kind is WatchKind.TABLE:
        return label
    return f"{target.key[:LONGEST_WATCH_NAME]} of {label}"


def _make_entry(
    watch: Watch, event: WatchEvent, unread: Sequence[WatchedScope], user: User, now: datetime
) -> InboxEntry:
    noun = "row" if watch.target.kind is WatchKind.QUERY else "change"
    words = format_count(event.total, noun)
    text = [f"{describe_counts(event)}.".capitalize(), describe_unread(unread, len(unread), now)]
    return InboxEntry(
        key=f"watch:{watch.id}:{event.id}",
        kind=EntryKind.WATCH,
        since=event.last_at,
        title=f"{watch.name}: {words if event.whole else f'more than {words}'}",
        text=" ".join(filter(None, text)),
        href=f"{PAGE}?{urlencode({'watch': watch.id})}",
        severity="info",
        person=user.name,
        changes=tuple(_make_seen(one) for one in event.changes),
        left_out=event.left_out,
    )


def _make_seen(one: ChangeEntry) -> ChangeSeen:
    return ChangeSeen(
        one.at,
        str(one.kind),
        one.name or one.key,
        _lead_to(one),
        _write_values(one.before, one.columns),
        _write_values(one.after, one.columns),
    )


def _write_values(values: Mapping[str, Any] | None, columns: Sequence[str]) -> dict[str, str | None] | None:
    """The values as texts, of a resource that changed those that did."""
    if values is None:
        return None
    return {
        name: value if value is None or isinstance(value, str) else json_text.dumps(value)
        for name, value in values.items()
        if not columns or name in columns
    }


def _lead_to(one: ChangeEntry) -> str:
    """The resource's page; of a statement's row, which has none, the watches."""
    if not one.table.name:
        return PAGE
    asked = {"key": one.key}
    if one.table.schema != INVENTORY_SCHEMA:
        asked["schema"] = one.table.schema
    if one.scope.key != "{}":
        asked["scope"] = one.scope.key
    return f"/inventory/{quote(one.table.name, safe='')}?{urlencode(asked)}"
