"""The times in which a resource's scope was not read, between the runs that read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Outcome:
    """How a run read a resource's scope, and when. read: whole, or as whole as its list can be."""

    at: datetime
    read: bool
    status: str = ""


@dataclass(frozen=True)
class Gap:
    """A time in which a resource's scope was not read: whatever happened to it then is not known.

    since: when it was read last before, None where it never was. until: when it was read again, None: not yet. runs:
    that failed meanwhile. status: of the newest of them.
    """

    since: datetime | None
    until: datetime | None
    runs: int
    status: str


def find_gaps(outcomes: Sequence[Outcome], begin: datetime | None, end: datetime | None) -> tuple[Gap, ...]:
    """The times between `begin` and `end` in which no run read the scope, the newest first.

    outcomes: in any order. begin: None: since the first of them; end: None: until now.
    """
    found: list[Gap] = []
    last: datetime | None = None
    failed: list[Outcome] = []
    for one in sorted(outcomes, key=lambda one: one.at):
        if not one.read:
            failed.append(one)
            continue
        if failed:
            found.append(Gap(last, one.at, len(failed), failed[-1].status))
        last, failed = one.at, []
    if failed:
        found.append(Gap(last, None, len(failed), failed[-1].status))
    return tuple(
        gap
        for gap in reversed(found)
        if not (begin and gap.until and gap.until <= begin) and not (end and gap.since and gap.since >= end)
    )
