"""Where the inbox's entries come from. A new kind is one more source, handed to `InboxService` in `services.build`.

A source tells every cause that lasts now, with a key that stays the same while it lasts and the time since when; it
knows nothing of what people did about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from services.models import page_links
from services.models.inbox import EntryKind, InboxEntry
from services.models.inventory import Attention, Causes, TableRef
from services.users import Role, current_user

Source: TypeAlias = Callable[[datetime], Sequence[InboxEntry]]
NAMED_TABLES = 3
# of an entry's text
LONGEST_TEXT = 300


def list_nothing(_now: datetime) -> Sequence[InboxEntry]:
    """The source that has nothing to tell."""
    return ()


def make_cause_source(find_causes: Callable[[], Causes]) -> Source:
    """The entries of runs, coverage and late tables, which the overview tells as what needs attention."""

    def list_causes(_now: datetime) -> Sequence[InboxEntry]:
        causes = find_causes()
        engineer = current_user().role is Role.ENGINEER
        return [_make_entry(one, causes.schedules, engineer) for one in causes.found if one.kind is not None]

    return list_causes


def _make_entry(one: Attention, schedules: Mapping[TableRef, int | None], engineer: bool) -> InboxEntry:
    ref, kind = min(one.tables, key=lambda ref: (ref.schema, ref.name)), one.kind
    assert kind is not None  # noqa: S101 — the source asks for those that have one
    text = one.text
    if len(one.tables) > 1:
        rest = len(one.tables) - NAMED_TABLES
        named = ", ".join(sorted(table.label for table in one.tables)[:NAMED_TABLES])
        text = f"{text}: {named}{f' and {rest} more' if rest > 0 else ''}"
    return InboxEntry(
        key=_make_key(kind, ref, one.status),
        kind=kind,
        # who acknowledged the scopes that were lost by then has not seen the next one
        since=one.newest or one.since,
        title=one.cause or ref.label,
        text=text[:LONGEST_TEXT],
        href=_link(kind, ref, schedules.get(ref), engineer),
        severity=one.severity,
    )


def _make_key(kind: EntryKind, ref: TableRef, status: str) -> str:
    """`run:schema.table`, `coverage:denied:schema.table`; of scopes of several tables the first of these."""
    return ":".join(part for part in (kind, status, f"{ref.schema}.{ref.name}") if part)


def _link(kind: EntryKind, ref: TableRef, schedule: int | None, engineer: bool) -> str:
    """Where it is mended, or at least seen: the schedule where that is to be looked at, and may be."""
    if kind is EntryKind.COVERAGE or schedule is None or not engineer:
        return page_links.link_table(ref, "coverage")
    return page_links.link_schedule(schedule)
