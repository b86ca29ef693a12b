"""Values as URLs carry them: links write them, pages and routes read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

# what rows can be narrowed to beside their columns' values, in the same argument: a region, whichever column or scope
# names it; the rows of scopes that the newest run could not read; the resources that became public in so many days
ONLY_REGION = "_region"
ONLY_STALE = "_stale"
ONLY_OPENED = "_opened"
# of an account and an owner, as the resource has them now; empty for those of which it is not known
ONLY_ACCOUNT = "_account"
ONLY_OWNER = "_owner"
# the words that stand for no column
ONLY_WORDS = (ONLY_REGION, ONLY_STALE, ONLY_OPENED, ONLY_ACCOUNT, ONLY_OWNER)


class Days(NamedTuple):
    """UTC days, both with all their hours."""

    first: date
    last: date

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()}..{'' if self.last == date.max else self.last.isoformat()}"


def parse_days(text: str) -> Days | None:
    """A day or several, written as 2026-11-21, 2026-11-16..2026-11-21, or 2026-11-16.. for since then; else None."""
    begin, dots, end = text.strip().partition("..")
    try:
        first = date.fromisoformat(begin)
        last = date.fromisoformat(end) if end else date.max if dots else first
    except ValueError:
        return None
    return Days(first, last) if first <= last else None


def end_of(text: str) -> datetime | None:
    """The end of a UTC day or minute, written as 2026-11-21 or 2026-11-21 10:30; None for anything else.

    A T may stand for the space.
    """
    try:
        if len(text) == len("2026-11-21"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        if len(text) != len("2026-11-21T10:30"):
            return None
        return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(seconds=59.999999)
    except (ValueError, OverflowError):
        return None


def format_only(only: Mapping[str, str]) -> str:
    """The values as an address carries them; empty for none."""
    return json.dumps(only, ensure_ascii=False, separators=(",", ":")) if only else ""


def parse_only(text: str) -> dict[str, str]:
    """Column → value from an address; what cannot be read counts as none."""
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return (
        {name: value for name, value in read.items() if isinstance(value, str)}
        if isinstance(read, dict)
        else {}
    )
