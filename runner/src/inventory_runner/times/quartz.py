"""From a unix cron to Quartz, which Databricks Jobs understands, or why not.

Quartz has seconds first, counts SUN as 1, and exactly one of its two day fields must be `?`: unix's "this day of
the month OR this weekday" cannot be said in it, and is refused rather than changed. Values are read by croniter,
as they are for the preview and the local scheduler (`inventory_runner.times.cron`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from inventory_runner.errors import InvalidInput
from inventory_runner.times import cron as unix

WHOLE = (range(60), range(24), range(1, 32), range(1, 13), range(7))
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
NAMES = {3: MONTHS, 4: WEEKDAYS}
DAY_OF_MONTH, DAY_OF_WEEK = 2, 4
# Python lists them, Java 17 does not know them
NOT_IN_JAVA = frozenset({"America/Coyhaique", "Factory", "GMT+0", "GMT-0", "ROC", "localtime", "posixrules"})


class NotExpressible(InvalidInput):
    """A valid unix cron, or time zone, that has no equal in Quartz."""

    code = "time_not_expressible"
    title = "Databricks cannot express this schedule"


def convert_from_unix(cron: str) -> str:
    """The Quartz expression that fires at the same times as five unix fields.

    Raises InvalidInput where the text is no cron, NotExpressible where Quartz has no equal; both name the field.
    """
    fields = unix.check(cron).lower().split()
    for text in fields:
        for part in text.split(","):
            low, dash, high = part.partition("/")[0].partition("-")
            if dash and low == high:
                raise NotExpressible(
                    f"{part!r} starts and ends at the same value, which cron programs read in different ways.",
                    field="cron_expression",
                    hint=f"Write {low} for one value, or * for every value.",
                )
    if fields[DAY_OF_MONTH] != "*" and fields[DAY_OF_WEEK] != "*":
        raise NotExpressible(
            "It names days of the month and days of the week; unix fires on either, and Quartz takes only one of them.",
            field="cron_expression",
            hint="Make one of the two fields *, or make two schedules.",
        )
    minute, hour, day, month, weekday = (
        _format_field(_list_values(position, text), position) for position, text in enumerate(fields)
    )
    # `?` stands for "no matter": exactly one of the day fields has it
    day, weekday = (day, "?") if weekday == "*" else ("?", weekday)
    return f"0 {minute} {hour} {day} {month} {weekday}"


def check_java_zone(name: str) -> str:
    """The time zone's name, which Java knows as well; raises InvalidInput or NotExpressible (field `timezone`)."""
    unix.read_zone(name)
    if name not in _read_java_zones():
        raise NotExpressible(
            f"Databricks does not know the time zone {name[:60]!r}.",
            field="timezone",
            hint="Use a name such as UTC or Europe/Berlin.",
        )
    return name


@cache
def _read_java_zones() -> frozenset[str]:
    return frozenset(available_timezones()) - NOT_IN_JAVA


def _list_values(position: int, text: str) -> list[int]:
    """A field's values as croniter reads them, ascending, with Sunday as 0."""
    from croniter import croniter

    alone = ["*"] * len(WHOLE)
    alone[position] = text
    found = croniter.expand(" ".join(alone))[0][position]
    return list(WHOLE[position]) if found == ["*"] else sorted(int(value) for value in found)


def _format_field(values: Sequence[int], position: int) -> str:
    """Values as a Quartz field: `*`, `0/15`, or a list of values and ranges; months and weekdays by name."""
    whole = WHOLE[position]
    if len(values) == len(whole):
        return "*"
    names = NAMES.get(position)
    words = [names[value - whole[0]] if names else str(value) for value in values]
    if not names and len(values) > 2:
        step = values[1] - values[0]
        if step > 1 and list(values) == list(range(values[0], whole[-1] + 1, step)):
            return f"{values[0]}/{step}"
    parts: list[str] = []
    start = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[index - 1] + 1:
            parts.extend([f"{words[start]}-{words[index - 1]}"] if index - start > 2 else words[start:index])
            start = index
    return ",".join(parts)
