"""The inbox: every entry with what people did about it, and doing it.

Entries are not stored: their sources derive them from what is recorded, so that one whose cause ended is gone. What is
stored is what people did, by key and up to a time: a cause that began later is open again, without owner.

Engineers act on every entry, viewers on what their own watches saw; everybody reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from inventory_runner.errors import InvalidInput, InventoryError, NotAllowed, NotFound, VersionConflict
from services.db.base import refuse_nul
from services.db.inbox import InboxRecords, KeptState
from services.inbox_service.sources import Source, list_nothing, make_cause_source
from services.inventory_service import InventoryService
from services.models import page_links
from services.models.inbox import EntryState, InboxEntry
from services.models.inbox_list import LONGEST_OWNER, MOST_AT_ONCE, Inbox, Outcome, Seen
from services.models.places import Place, PlaceKind
from services.models.wording import cut_at_word, format_exact_time
from services.users import Role, User, require_person

LONGEST_MUTE = timedelta(days=366)
WITHOUT_PERSON = "nobody would have done it"
WATCH_PREFIX = "watch:"
MOST_FOUND = 5
LONGEST_NOTE = 80
UNCHANGED = "Nothing was changed. Look at it again."
_SEVERITIES = ("danger", "warning", "info")


@dataclass(frozen=True)
class _Wish:
    """What somebody wants of a state. fulfilled: whether one is as they want it already, whoever made it so."""

    change: Callable[[KeptState], KeptState]
    fulfilled: Callable[[KeptState], bool]


class InboxService:
    """See the module's docstring. clock: the time, for tests."""

    def __init__(
        self,
        records: InboxRecords,
        inventory: InventoryService,
        watches: Source = list_nothing,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records = records
        self._inventory = inventory
        self._clock = clock
        # the one list of what the inbox holds
        self._sources: tuple[Source, ...] = (make_cause_source(inventory.causes), watches)

    def list_inbox(self) -> Inbox:
        """All entries as they stand now, danger first, then the newest."""
        now = self._clock()
        causes = self._inventory.causes()
        found = [entry for source in self._sources for entry in source(now)]
        states = self._records.list_states([entry.key for entry in found])
        entries = [_apply_state(entry, states.get(entry.key), now) for entry in found]
        entries.sort(key=lambda one: (_SEVERITIES.index(one.severity), -one.since.timestamp(), one.key))
        return Inbox(now, tuple(entries), causes.reading, len(causes.schedules), causes.cut)

    def count_open(self) -> tuple[int, bool]:
        """(open entries, whether there may be more), for the navigation: two small statements between two runs."""
        inbox = self.list_inbox()
        return len(inbox.list_in(EntryState.OPEN)), inbox.cut

    def find_places(self, text: str) -> list[Place]:
        """The first entries that hold every word of a text, as places for the search."""
        words = text.lower().split()
        if not words:
            return []
        entries = self.list_inbox().entries
        found = [one for one in entries if all(word in f"{one.title} {one.text}".lower() for word in words)]
        return [
            Place(
                PlaceKind.ENTRY,
                one.title,
                cut_at_word(one.text, LONGEST_NOTE),
                href=page_links.link_inbox(find=one.title),
            )
            for one in found[:MOST_FOUND]
        ]

    def acknowledge(self, seen: Sequence[Seen]) -> list[Outcome]:
        """Say that somebody knows of these entries; each comes of it by itself. Raises NotAllowed, RoleUnknown."""
        user, now = require_person(WITHOUT_PERSON), self._clock()
        return self._act(
            seen,
            _Wish(
                lambda state: replace(
                    state, acknowledged_by=user.name, acknowledged_at=now, muted_until=None
                ),
                lambda state: bool(state.acknowledged_by),
            ),
        )

    def undo(self, seen: Sequence[Seen]) -> list[Outcome]:
        """Open these entries again; their owners stay. Raises NotAllowed, RoleUnknown."""
        now = self._clock()
        return self._act(
            seen,
            _Wish(
                lambda state: replace(state, acknowledged_by="", acknowledged_at=None, muted_until=None),
                lambda state: not state.acknowledged_by and not _is_muted(state, now),
            ),
        )

    def mute(self, seen: Sequence[Seen], until: datetime) -> list[Outcome]:
        """Keep these entries out of sight until a time, within a year. Raises InvalidInput, NotAllowed, RoleUnknown."""
        require_person(WITHOUT_PERSON)
        now = self._clock()
        if until <= now:
            raise InvalidInput(
                "An entry is muted until a time that is still to come.",
                field="until",
                hint="Choose tomorrow or a later day.",
            )
        if until > now + LONGEST_MUTE:
            raise InvalidInput("An entry is muted for a year at most.", field="until")
        return self._act(
            seen,
            _Wish(
                lambda state: replace(state, acknowledged_by="", acknowledged_at=None, muted_until=until),
                lambda state: state.muted_until == until,
            ),
        )

    def set_owner(self, seen: Sequence[Seen], owner: str) -> list[Outcome]:
        """Say who takes care of these entries; empty for nobody. Raises InvalidInput, NotAllowed, RoleUnknown."""
        require_person(WITHOUT_PERSON)
        refuse_nul("owner", owner)
        name = " ".join(owner.split())
        if len(name) > LONGEST_OWNER:
            raise InvalidInput(f"An owner's name has {LONGEST_OWNER} characters at most.", field="owner")
        return self._act(
            seen, _Wish(lambda state: replace(state, owner=name), lambda state: state.owner == name)
        )

    def _act(self, seen: Sequence[Seen], wish: _Wish) -> list[Outcome]:
        user = require_person(WITHOUT_PERSON)
        if user.role is not Role.ENGINEER and any(not one.key.startswith(WATCH_PREFIX) for one in seen):
            raise NotAllowed(
                "Your role is viewer: what your own watches saw is yours to acknowledge, the rest is the engineers'."
            )
        if len(seen) > MOST_AT_ONCE:
            raise InvalidInput(f"{MOST_AT_ONCE} entries at most are changed at once.", hint="Choose fewer.")
        entries = {entry.key: entry for entry in self.list_inbox().entries}
        states = self._records.list_states([one.key for one in seen])
        return [
            self._act_on(one, entries.get(one.key), states.get(one.key), wish, user)
            for one in dict.fromkeys(seen)
        ]

    def _act_on(
        self, seen: Seen, entry: InboxEntry | None, kept: KeptState | None, wish: _Wish, user: User
    ) -> Outcome:
        title = entry.title if entry else seen.key[:LONGEST_NOTE]
        try:
            return Outcome(title, note=self._change(seen, entry, kept, wish, user))
        except InventoryError as error:
            return Outcome(title, error)

    def _change(
        self, seen: Seen, entry: InboxEntry | None, kept: KeptState | None, wish: _Wish, user: User
    ) -> str:
        """Write what somebody wants; returns what else is to be said. Raises NotFound, NotAllowed, VersionConflict."""
        if entry is None:
            raise NotFound(
                "There is no such entry, or it is over: what it was about is no more.",
                hint="The list shows what lasts.",
            )
        if entry.person not in (None, user.name):
            raise NotAllowed("The entry is another person's.")
        if entry.since > seen.since:
            raise InvalidInput(
                f"{entry.title} has a newer cause than the one you saw, since {format_exact_time(entry.since)}.",
                title="It began anew",
                hint=UNCHANGED,
            )
        now = self._clock()
        if kept is None or kept.since < entry.since:
            # what was done about an earlier cause is over; its row's version counts on
            kept = KeptState(entry.key, entry.since, version=kept.version if kept else 0)
        if kept.version == seen.version:
            wanted = replace(wish.change(kept), since=entry.since, changed_by=user.name, changed_at=now)
            if self._records.save_state(wanted) is not None:
                return ""
            kept = self._records.list_states([entry.key]).get(entry.key, kept)
        if wish.fulfilled(kept):
            return f"{kept.changed_by or 'Somebody'} did so already."
        raise VersionConflict(
            entry.title,
            [kept.version],
            saved_by=kept.changed_by,
            saved_at=kept.changed_at,
            hint=UNCHANGED,
        )


def _is_muted(state: KeptState, now: datetime) -> bool:
    return state.muted_until is not None and state.muted_until > now


def _apply_state(entry: InboxEntry, state: KeptState | None, now: datetime) -> InboxEntry:
    """The entry with what people did about it, as far as that was about this cause."""
    if state is None:
        return entry
    if entry.since > state.since:
        return replace(entry, version=state.version)
    muted = _is_muted(state, now)
    return replace(
        entry,
        state=EntryState.MUTED
        if muted
        else EntryState.ACKNOWLEDGED
        if state.acknowledged_by
        else EntryState.OPEN,
        muted_until=state.muted_until if muted else None,
        owner=state.owner,
        acknowledged_by=state.acknowledged_by,
        version=state.version,
    )
