"""What the inbox holds: what needs somebody, one entry per thing, with what people did about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryKind(StrEnum):
    RUN = "run"  # a failed or partial run
    COVERAGE = "coverage"  # a scope that could not be read
    STALE = "stale"  # a table that is older than its schedule promises
    WATCH = "watch"  # what a person's own watch saw


class EntryState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    OVER = "over"  # the cause is gone


@dataclass(frozen=True)
class InboxEntry:
    """key: stable while the cause lasts; since: when the cause began: a new cause of the same key is open again.

    href: where it is mended or seen. owner: who takes care of it; person: only of a watch, whose it is.
    version: of what people did, for a change that must not overwrite another's.
    """

    key: str
    kind: EntryKind
    since: datetime
    title: str
    text: str
    href: str
    state: EntryState = EntryState.OPEN
    severity: str = "warning"  # or "danger", "info"
    muted_until: datetime | None = None
    owner: str = ""
    acknowledged_by: str = ""
    person: str | None = None
    version: int = 0
    changes: tuple[ChangeSeen, ...] = ()
    left_out: int = 0  # changes beyond those shown


@dataclass(frozen=True)
class ChangeSeen:
    """One change of a watched thing, with before and after: column → value, as text; None where there was no row."""

    at: datetime
    kind: str  # added, removed, changed
    name: str
    href: str
    before: dict[str, str | None] | None
    after: dict[str, str | None] | None
