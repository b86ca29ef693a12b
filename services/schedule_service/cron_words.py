"""A cron in words that are true of every time at which it fires; none where they would be longer than the times.

An interval is named only where it is the one between any two times: `*/40` fires at 0 and 40 minutes past each hour,
and `0 */7` four times a day. Where both day fields are restricted either may match, and the words say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import groupby, pairwise

from inventory_runner.times.cron import WallTime
from services.models.wording import join_words

DAY_MINUTES = 24 * 60
MOST_LISTED_TIMES = 6
MOST_LISTED_VALUES = 8
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def describe_cron(expression: str) -> str:
    """A valid cron expression in words: `At 06:00, Monday through Friday`; empty where there are no short ones."""
    from croniter import croniter

    minutes, hours, days, months, weekdays = croniter.expand(expression)[0]
    all_minutes, all_hours = _list_values(minutes, range(60)), _list_values(hours, range(24))
    moments = [60 * hour + minute for hour in all_hours for minute in all_minutes]
    all_days = days == ["*"] and weekdays == ["*"]
    always = all_days and months == ["*"]
    if always and (step := find_interval(moments)):
        return _describe_interval(step, moments[0])
    if len(moments) <= MOST_LISTED_TIMES:
        when = f"At {join_words([_format_time(one) for one in moments])}"
    else:
        when = _describe_minutes(all_minutes, all_hours)
    on_days = _describe_days(days, weekdays)
    in_months = (
        ""
        if months == ["*"]
        else f" in {join_words(_name_runs([int(str(one)) - 1 for one in months], MONTHS))}"
    )
    if not when or on_days is None:
        return ""
    if always and len(all_hours) == 24:
        return when
    return f"{when}, {on_days or 'each day'}{in_months}"


def shorten_cron_words(words: str) -> str:
    """`describe_cron`'s words as a list has room for: `Mon–Fri 06:00`, `daily 04:20`, `every 6 h at :15`.

    Whatever has no shorter form stays as it is.
    """
    if found := re.fullmatch(r"Every (?:(\d+) )?(hour|minute)s?( from (\d\d)(:\d\d))?", words):
        unit = {"hour": "h", "minute": "min"}[found[2]]
        return (f"every {found[1]} {unit}" if found[1] else f"every {found[2]}") + _shorten_start(found)
    found = re.fullmatch(r"At ([\d:, and]+), (?:(every|each) day|(?:on )?([A-Z][a-z]+day[A-Za-z, ]*))", words)
    if found is None:
        return words
    times = found[1].replace(" and ", ", ")
    if found[2]:
        return f"daily {times}"
    days = found[3].replace(" through ", "–").replace(" and ", ", ")
    short = re.sub("([A-Z][a-z][a-z])[a-z]*day", r"\1", days)
    return f"{short} {times}"


def _shorten_start(found: re.Match[str]) -> str:
    """Hours that begin in the first are named by their minute."""
    start = found[3] or ""
    return f" at {found[5]}" if start and found[4] == "00" and found[2] == "hour" else start


def describe_clock_changes(times: Sequence[WallTime], today: date) -> str:
    """What changes of clocks do to these times, a sentence a day; empty where they do nothing.

    `02:30 is skipped on 29 March: the clocks go past it. 02:30 comes twice on 25 October: it fires once, at 02:30 CET.`
    """
    sentences = []
    affected = (one for one in times if one.twice or one.fires_at is None)
    for day, group in groupby(affected, key=lambda one: one.shown.date()):
        those = list(group)
        several = len(those) > 1
        moments = [_format_time(60 * one.shown.hour + one.shown.minute) for one in those]
        named = join_words(moments) if len(moments) <= MOST_LISTED_TIMES else f"{moments[0]} to {moments[-1]}"
        on_day = f"on {day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if day.year != today.year else "")
        last = those[-1].fires_at
        if last is None:
            verb, them = ("are", "them") if several else ("is", "it")
            sentences.append(f"{named} {verb} skipped {on_day}: the clocks go past {them}.")
        elif several:
            sentences.append(
                f"{named} come twice {on_day}: each fires once, the second time, in {last.tzname()}."
            )
        else:
            sentences.append(f"{named} comes twice {on_day}: it fires once, at {named} {last.tzname()}.")
    return " ".join(sentences)


def find_interval(moments: Sequence[int]) -> int:
    """The minutes between any two times in a row, of times given as minutes of the day; 0 where they differ."""
    steps = {later - earlier for earlier, later in pairwise(moments)}
    steps.add(DAY_MINUTES - moments[-1] + moments[0])
    return steps.pop() if len(steps) == 1 else 0


def _describe_interval(step: int, first: int) -> str:
    """step: minutes. A day's one or two times are named, as they are easier to read than an interval."""
    if step == DAY_MINUTES:
        return f"At {_format_time(first)}, every day"
    if step == DAY_MINUTES // 2:
        return f"At {_format_time(first)} and {_format_time(first + step)}, each day"
    count, unit = (step // 60, "hour") if step % 60 == 0 else (step, "minute")
    words = f"Every {unit}" if count == 1 else f"Every {count} {unit}s"
    return f"{words} from {_format_time(first)}" if first else words


def _describe_minutes(minutes: Sequence[int], hours: Sequence[int]) -> str:
    """`At minutes 0 and 40 of each hour`; empty where too many would have to be named."""
    which, of = "Each minute", "each hour"
    if len(minutes) < 60:
        which = f"At minute{'s' if len(minutes) > 1 else ''} {join_words(_number_runs(minutes))}"
    if len(hours) < 24:
        of = f"hour{'s' if len(hours) > 1 else ''} {join_words(_number_runs(hours))}"
    listed = max(len(_number_runs(values)) for values in (minutes, hours))
    return f"{which} of {of}" if listed <= MOST_LISTED_VALUES else ""


def _describe_days(days: Sequence[object], weekdays: Sequence[object]) -> str | None:
    """`on day 1 of the month and also on Monday`; empty for all days, None where too many would have to be named."""
    parts = []
    if days != ["*"]:
        runs = _number_runs([int(str(one)) for one in days])
        if len(runs) > MOST_LISTED_VALUES:
            return None
        parts.append(f"on day{'s' if len(days) > 1 else ''} {join_words(runs)} of the month")
    if weekdays != ["*"]:
        # cron counts from Sunday, people from Monday
        places = sorted((int(str(one)) - 1) % 7 for one in weekdays)
        runs = _name_runs(places, WEEKDAYS)
        # `At 06:00, Monday through Friday`
        alone = len(runs) == 1 and len(places) > 1 and not parts
        parts.append(join_words(runs) if alone else f"on {join_words(runs)}")
    return " and also ".join(parts)


def _list_values(values: Sequence[object], whole: range) -> list[int]:
    return list(whole) if values == ["*"] else sorted(int(str(one)) for one in values)


def _split_runs(values: Sequence[int]) -> list[list[int]]:
    """Ascending values as runs of neighbours; two neighbours alone are two runs."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return [part for run in runs for part in ([run] if len(run) > 2 else [[value] for value in run])]


def _number_runs(values: Sequence[int]) -> list[str]:
    return [f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in _split_runs(values)]


def _name_runs(places: Sequence[int], names: Sequence[str]) -> list[str]:
    return [
        f"{names[run[0]]} through {names[run[-1]]}" if len(run) > 1 else names[run[0]]
        for run in _split_runs(places)
    ]


def _format_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
