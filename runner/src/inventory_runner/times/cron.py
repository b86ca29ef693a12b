"""When a cron expression fires: the one source of truth for the preview, the scheduler and the next times shown.

Five unix fields, read as croniter reads them (Sunday is 0 or 7; where both day fields are restricted, either
may match). Across a change of clocks: a time that the day skips fires when the clocks have moved on; a time
that the day has twice fires once, unless the hour field begins with `*`, which means "every so many hours" and
fires in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
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
    """The expression with single spaces; raises InvalidInput (field `cron_expression`) where it is not one."""
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
    text = " ".join(fields)
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


def list_next_times(cron: str, timezone: str, after: datetime, count: int = 5) -> list[datetime]:
    """The next times after a moment, in the zone; fewer where the expression has no more. Raises InvalidInput."""
    return list(islice(_iterate_times(cron, timezone, after, forward=True), count))


def find_latest_time(cron: str, timezone: str, at: datetime) -> datetime | None:
    """The newest time that is not after a moment, in the zone; None where there was none. Raises InvalidInput."""
    return next(_iterate_times(cron, timezone, at, forward=False), None)


def _iterate_times(cron: str, timezone: str, start: datetime, *, forward: bool) -> Iterator[datetime]:
    text, place = check(cron), read_zone(timezone)
    every_hour = text.split()[1].startswith("*")
    local = start.astimezone(place)
    steps = croniter(text, local)
    if not forward and croniter.match(text, local):
        # get_prev leaves the moment itself out; start just after its minute
        after = (start.astimezone(UTC).timestamp() // 60 + 1) * 60
        steps = croniter(text, datetime.fromtimestamp(after, place))
    try:
        while True:
            found = steps.get_next(datetime) if forward else steps.get_prev(datetime)
            if found.fold and not every_hour and found.replace(fold=0).utcoffset() != found.utcoffset():
                continue
            yield found
    except CroniterBadDateError:
        return
