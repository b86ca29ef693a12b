"""What a person watches: a table, a resource, a filter of all resources, a statement over the inventory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.models.core import Change, Scope
from services.models.inventory import ChangeEntry, TableRef
from services.models.wording import describe_scope_status, format_count, format_day

MOST_WATCHES = 100
# each is run when the tables that it reads changed
MOST_QUERY_WATCHES = 10
# of an event: changes that are kept with their values
MOST_SHOWN = 20
# rows of a statement's result that are kept and compared
MOST_ROWS = 1_000
LONGEST_WATCH_NAME = 120
NAMED_SCOPES = 3


class WatchKind(StrEnum):
    """What is watched."""

    TABLE = "table"
    RESOURCE = "resource"
    VIEW = "view"
    QUERY = "query"


@dataclass(frozen=True)
class WatchTarget:
    """What is watched. table: of a table and a resource; key, scope: of a resource, as in its address.

    text: a saved view's filter, or a statement over the inventory. view: the saved view's id.
    """

    kind: WatchKind
    table: TableRef | None = None
    key: str = ""
    scope: str = ""
    text: str = ""
    view: int = 0

    def to_json(self) -> dict[str, object]:
        """As it is kept and as a button carries it: equal for equal targets."""
        match self.kind:
            case WatchKind.VIEW:
                return {"view": self.view, "text": self.text}
            case WatchKind.QUERY:
                return {"text": self.text}
        place: dict[str, object] = (
            {"schema": self.table.schema, "table": self.table.name} if self.table else {}
        )
        return place | ({"key": self.key, "scope": self.scope} if self.kind is WatchKind.RESOURCE else {})

    @classmethod
    def from_json(cls, kind: WatchKind, kept: Mapping[str, object]) -> WatchTarget:
        """The target that `to_json` wrote."""

        def read(name: str) -> str:
            return str(kept.get(name) or "")

        table = TableRef(read("schema"), read("table")) if "table" in kept else None
        view = kept.get("view")
        return cls(
            kind, table, read("key"), read("scope"), read("text"), view if isinstance(view, int) else 0
        )

    @property
    def spelled(self) -> str:
        """The target as one text, for a button's id."""
        return json.dumps(self.to_json(), sort_keys=True)


@dataclass(frozen=True)
class WatchedScope:
    """A scope of what is watched that the newest run could not read. ok_at: read whole last; None: never."""

    table: TableRef
    scope: str
    status: str
    since: datetime
    ok_at: datetime | None


@dataclass(frozen=True)
class WatchEvent:
    """What a watch saw at one look: how much, and the newest MOST_SHOWN changes. whole: nothing more was there.

    first_at, last_at: when the first and the last of it happened.
    """

    id: int
    told_at: datetime
    first_at: datetime
    last_at: datetime
    counts: Mapping[Change, int]
    changes: tuple[ChangeEntry, ...]
    whole: bool = True

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def left_out(self) -> int:
        """How many changes there are beyond those with their values."""
        return max(0, self.total - len(self.changes))


@dataclass(frozen=True)
class Watch:
    """A watch as its person sees it.

    problem: why it tells nothing, empty where it works; note: what else there is to know. unread: the first of the
    `unread_count` scopes that could not be read, of which it can tell nothing.
    """

    id: int
    target: WatchTarget
    name: str
    created_at: datetime
    looked_at: datetime
    fired_at: datetime | None = None
    problem: str = ""
    note: str = ""
    unread: tuple[WatchedScope, ...] = ()
    unread_count: int = 0
    events: tuple[WatchEvent, ...] = field(default=())


def describe_counts(event: WatchEvent) -> str:
    """`at least 3 added, 1 removed`: what an event has, in words."""
    parts = [f"{event.counts[kind]:,} {kind}" for kind in Change if event.counts.get(kind)]
    return f"{'' if event.whole else 'at least '}{', '.join(parts)}"


def describe_unread(unread: Sequence[WatchedScope], count: int, now: datetime) -> str:
    """`Not read: us-east-1 (denied since 3 Mar), …`: what a watch cannot see; empty where there is nothing.

    unread: the first of `count` scopes.
    """
    if not unread:
        return ""
    several = len({one.table for one in unread}) > 1
    named = [
        f"{Scope.from_key(one.scope).label}{f' of {one.table.label}' * several}"
        f" ({describe_scope_status(one.status)} since {format_day(one.since.date(), now.date())})"
        for one in unread[:NAMED_SCOPES]
    ]
    more = count - len(unread[:NAMED_SCOPES])
    rest = f" and {format_count(more, 'more scope')}" if more > 0 else ""
    return f"Not read: {', '.join(named)}{rest}: nothing can be told of what happens there."
