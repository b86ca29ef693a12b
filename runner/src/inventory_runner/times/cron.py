"""When a cron expression fires: the one source of truth for the preview, the scheduler and the next times shown.

Five unix fields, read as croniter reads them (Sunday is 0 or 7; where both day fields are restricted, either
may match). Across a change of clocks they fire as Quartz does, which fires them on Databricks: a time that the clocks
skip does not fire, and one that they show twice fires the second time alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, croniter

from inventory_runner.errors import InvalidInput

# croniter also takes seconds, years, `@daily`, `L`, `#`, and random `R` and `H`; a schedule has unix's five fields
_FIELD = re.compile(
    r"(?:\*|[0-9]+|[a-z]{3})(?:-(?:[0-9]+|[a-z]{3}))?(?:/[0-9]+)?"
    r"(?:,(?:\*|[0-9]+|[a-z]{3})(?:-(?:[0-9]+|[a-z]{3}))?(?:/[0-9]+)?)*",
    re.IGNORECASE,
)
_FIELDS = ("minute", "hour", "day of month", "month", "day of week")
EXAMPLE = "0 6 * * 1-5 means 06:00 from Monday to Friday."
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class WallTime:
    """A time of a cron on its zone's clocks. shown: what they show, without a zone. fires_at: in the zone; None where
    the clocks skip it. twice: whether they show it twice."""

    shown: datetime
    fires_at: datetime | None
    twice: bool = False


@lru_cache(maxsize=1024)
def read_zone(timezone: str) -> ZoneInfo:
    """The IANA time zone of that name; raises InvalidInput (field `timezone`)."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"{timezone!r} is not a time zone.",
            field="timezone",
            hint="Give an IANA name such as Europe/Berlin or UTC.",
        ) from None


@lru_cache(maxsize=1024)
def check(cron: str) -> str:
    """The expression with single spaces; raises InvalidInput (field `cron_expression`) where it is not one.

    A list that has `*` among its parts is `*`.
    """
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        raise InvalidInput(
            f"A cron expression has five fields, and {cron.strip()!r} has {len(fields)}.",
            field="cron_expression",
            hint=f"Give minute, hour, day of month, month and day of week: {EXAMPLE}",
        )
    for name, field in zip(_FIELDS, fields, strict=True):
        if not _FIELD.fullmatch(field):
            raise InvalidInput(
                f"{field!r} cannot be the {name} of a cron expression.",
                field="cron_expression",
                hint=f"A field holds numbers, *, lists (1,15), ranges (1-5) and steps (*/10): {EXAMPLE}",
            )
    text = " ".join("*" if "*" in field.split(",") else field for field in fields)
    try:
        croniter(text, datetime(2024, 1, 1)).get_next(datetime)
    except CroniterBadDateError:
        raise InvalidInput(
            f"{text!r} never comes: no month has such a day.",
            field="cron_expression",
            hint="Check the day of the month against the month.",
        ) from None
    except (ValueError, KeyError, IndexError, TypeError):
        raise InvalidInput(
            f"{text!r} is not a cron expression: a value is out of its field's range.",
            field="cron_expression",
            hint=f"Minutes 0-59, hours 0-23, days 1-31, months 1-12, days of the week 0-7: {EXAMPLE}",
        ) from None
    return text


def list_wall_times(cron: str, timezone: str, after: datetime, count: int = 5) -> list[WallTime]:
    """The next times up to the one that fires as the `count`-th after a moment, with those that the clocks skip between
    them; fewer where the expression has no more. Raises InvalidInput."""
    text, zone = check(cron), read_zone(timezone)
    # times of one zone are compared by what the clocks show, and those of two by when they are
    moment, local = after.astimezone(UTC), after.astimezone(zone)
    # in an hour that comes twice, its first time: what the clocks showed before will fire as well
    repeated = max(_get_offset(local.replace(fold=0)) - _get_offset(local.replace(fold=1)), timedelta())
    found: list[WallTime] = []
    for shown in _iterate_shown(text, local.replace(tzinfo=None) - repeated, forward=True):
        one = _find_on_clocks(shown, zone)
        if one.fires_at is None or one.fires_at > moment:
            found.append(one)
            count -= one.fires_at is not None
        if count <= 0:
            break
    return found


def list_next_times(cron: str, timezone: str, after: datetime, count: int = 5) -> list[datetime]:
    """The next times after a moment, in the zone; fewer where the expression has no more. Raises InvalidInput."""
    return [one.fires_at for one in list_wall_times(cron, timezone, after, count) if one.fires_at is not None]


def find_latest_time(cron: str, timezone: str, at: datetime) -> datetime | None:
    """The newest time that is not after a moment, in the zone; None where there was none. Raises InvalidInput."""
    text, zone = check(cron), read_zone(timezone)
    moment = at.astimezone(UTC)
    # croniter leaves the moment itself out
    local = at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) + MINUTE
    for shown in _iterate_shown(text, local, forward=False):
        fires_at = _find_on_clocks(shown, zone).fires_at
        if fires_at is not None and fires_at <= moment:
            return fires_at
    return None


def _iterate_shown(text: str, start: datetime, *, forward: bool) -> Iterator[datetime]:
    """The times that clocks without changes would show, after the start or before it."""
    steps = croniter(text, start)
    try:
        while True:
            yield steps.get_next(datetime) if forward else steps.get_prev(datetime)
    except CroniterBadDateError:
        return


def _find_on_clocks(shown: datetime, zone: ZoneInfo) -> WallTime:
    first, second = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if second.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != shown:
        return WallTime(shown, None)
    return WallTime(shown, second, twice=_get_offset(first) != _get_offset(second))


def _get_offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()
