"""The inbox as a page shows it, what is asked about its entries, and what happened since a person was last here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.models.core import InventoryError
from services.models.coverage import Reading
from services.models.inbox import EntryState, InboxEntry
from services.models.inventory import TableChanges

# as many entries as one action takes
MOST_AT_ONCE = 200
# characters of a name of who takes care of an entry
LONGEST_OWNER = 100


def count_entries(number: int) -> str:
    """`1 entry`, `1,204 entries`."""
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


@dataclass(frozen=True)
class Inbox:
    """Every entry, those that hurt most first. reading: what was read of all tables. tables: how many there are.

    cut: there may be more, which nobody looked through.
    """

    at: datetime
    entries: tuple[InboxEntry, ...]
    reading: Reading
    tables: int
    cut: bool = False

    def list_in(self, state: EntryState | None) -> tuple[InboxEntry, ...]:
        """The entries in a state; all of them for none."""
        return tuple(one for one in self.entries if state in (None, one.state))


@dataclass(frozen=True)
class Seen:
    """An entry as somebody saw it when they did something about it."""

    key: str
    since: datetime
    version: int


@dataclass(frozen=True)
class Outcome:
    """What came of it. title: the entry's, its key where it is gone. note: what else is to be said."""

    title: str
    error: InventoryError | None = None
    note: str = ""


@dataclass(frozen=True)
class SinceLast:
    """What happened since a person was last here.

    failed_runs, failed_tables: runs that failed or were lost, and of how many tables; failed_cut: there were more.
    lost: scopes that could not be read from some time after then on; watches: what their watches saw.
    moved: the tables with most changes on `day` (UTC), the day of `since`, or later. reading: of all tables, now.
    """

    since: datetime
    at: datetime
    day: date
    failed_runs: int
    failed_tables: int
    failed_cut: bool
    lost: Sequence[InboxEntry]
    watches: Sequence[InboxEntry]
    moved: Sequence[TableChanges]
    reading: Reading

    @property
    def quiet(self) -> bool:
        """Whether nothing is recorded to have happened."""
        return not (self.failed_runs or self.lost or self.watches or self.moved)
