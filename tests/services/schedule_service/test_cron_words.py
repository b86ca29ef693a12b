"""A cron in words: true of every time at which it fires, and of no other. Oracle: croniter's own times.

The reader below takes the words apart as a person would, and knows nothing of how they were made.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from inventory_runner.times import cron
from services.schedule_service.cron_words import describe_clock_changes, describe_cron, shorten_cron_words

START = datetime(2026, 11, 27, 13, 37, tzinfo=UTC)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 6 * * 1-5", "At 06:00, Monday through Friday"),
        ("0 6 * * *", "At 06:00, every day"),
        ("* * * * *", "Every minute"),
        ("*/10 * * * *", "Every 10 minutes"),
        ("5/20 * * * *", "Every 20 minutes from 00:05"),
        ("0 * * * *", "Every hour"),
        ("30 */2 * * *", "Every 2 hours from 00:30"),
        ("0 */6 * * *", "Every 6 hours"),
        ("0 12 1 * 1-5", "At 12:00, on day 1 of the month and also on Monday through Friday"),
        ("*/40 * * * *", "At minutes 0 and 40 of each hour"),
        ("0 */7 * * *", "At 00:00, 07:00, 14:00 and 21:00, each day"),
        ("0 6 * * 1/2", "At 06:00, on Monday, Wednesday and Friday"),
        ("0 6 */2 * *", ""),
        ("0 6,18 * * *", "At 06:00 and 18:00, each day"),
        ("*/10 9-17 * * *", "At minutes 0, 10, 20, 30, 40 and 50 of hours 9 to 17, each day"),
        ("* 9 * * *", "Each minute of hour 9, each day"),
        ("0 6 1,15 1-6 *", "At 06:00, on days 1 and 15 of the month in January through June"),
        ("0 6 * * 0", "At 06:00, on Sunday"),
        ("0 6 * 3 *", "At 06:00, each day in March"),
        ("1-59/2 * * * *", "Every 2 minutes from 00:01"),
        ("3,5,8,13,17,21,29,34,55 * * * *", ""),
    ],
)
def test_crons_that_people_write(expression: str, words: str) -> None:
    assert describe_cron(cron.check(expression)) == words


@pytest.mark.parametrize(
    ("expression", "zone", "after", "words"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-27", "02:30 is skipped on 29 March: the clocks go past it."),
        (
            "0,30 2 * * *",
            "Europe/Berlin",
            "2026-03-28",
            "02:00 and 02:30 are skipped on 29 March: the clocks go past them.",
        ),
        (
            "* 2 * * *",
            "Europe/Berlin",
            "2026-03-29",
            "02:00 to 02:59 are skipped on 29 March: the clocks go past them.",
        ),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-23",
            "02:30 comes twice on 25 October: it fires once, at 02:30 CET.",
        ),
        (
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00",
            "02:00 and 02:30 come twice on 25 October: each fires once, the second time, in CET.",
        ),
        (
            "0 0 * * 0",
            "America/Santiago",
            "2026-08-24",
            "00:00 is skipped on 6 September: the clocks go past it.",
        ),
        (
            "0 2 29 3 *",
            "Europe/Berlin",
            "2025-11-01",
            "02:00 is skipped on 29 March 2026: the clocks go past it.",
        ),
        ("30 4 * * *", "Europe/Berlin", "2026-03-27", ""),
        ("30 2 * * *", "UTC", "2026-03-27", ""),
    ],
)
def test_changes_of_clocks(expression: str, zone: str, after: str, words: str) -> None:
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert describe_clock_changes(cron.list_wall_times(expression, zone, start), start.date()) == words


def field(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    span = st.tuples(value, value).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.tuples(st.one_of(st.just("*"), span, value.map(str)), st.integers(1, high)).map(
        lambda parts: f"{parts[0]}/{parts[1]}"
    )
    single = st.one_of(value.map(str), span, step)
    return st.one_of(
        st.just("*"), st.just("*"), single, st.lists(single, min_size=2, max_size=3).map(",".join)
    )


CRONS = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)


@given(CRONS)
@example("0 12 1 * 1-5")
@example("*/40 * * * *")
@example("0 */7 * * *")
@example("0 6 * * 1/2")
def test_the_words_are_true_of_every_time_and_of_no_other(expression: str) -> None:
    try:
        text = cron.check(expression)
    except InvalidInput:
        return
    words = describe_cron(text)
    if not words:
        return
    times = cron.list_next_times(text, "UTC", START, 200)
    interval = re.search(r"[Ee]very (?:(\d+) )?(minute|hour|day)", words)
    if interval:
        length = int(interval[1] or 1) * timedelta(**{f"{interval[2]}s": 1})
        assert {later - earlier for earlier, later in pairwise(times)} == {length}
        begin = re.search(r"from (\d\d):(\d\d)|At (\d\d):(\d\d)", words)
        hour, minute = (int(part) for part in (begin.groups() if begin else ()) if part) if begin else (0, 0)
        first = START.replace(hour=hour, minute=minute, second=0)
        assert (times[0] - first) % length == timedelta()
        return
    fires = Reading(words)
    for time in times:
        assert fires.at(time), f"{time} is not in the words {words!r}"
    # between the first times no other is meant
    for earlier, later in pairwise(times[:12]):
        moment, most = earlier + timedelta(minutes=1), min(later, earlier + timedelta(days=40))
        while moment < most:
            if not fires.on(moment):
                moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
                continue
            assert not fires.at(moment), f"{moment} is in the words {words!r}"
            moment += timedelta(minutes=1)


class Reading:
    """What the words say: `at` a minute, and `on` a day."""

    def __init__(self, words: str) -> None:
        words, _, months = words.partition(" in ")
        time, _, days = words.partition(", on ")
        if not days:
            found = re.search(r", (each day|every day|(?:[A-Z]\w+day\b.*))$", words)
            time, days = (words[: found.start()], found[1]) if found else (words, "")
        self.times = set(re.findall(r"\d\d:\d\d", time))
        minutes = re.search(r"minutes? ([\d, toand]+?) of", time)
        hours = re.search(r"hours? ([\d, toand]+)$", time)
        self.minutes = _numbers(minutes[1]) if minutes else set(range(60))
        self.hours = _numbers(hours[1]) if hours else set(range(24))
        self.days: set[int] | None = None
        self.weekdays: set[int] | None = None
        self.months = _names(months, MONTHS) if months else set(range(12))
        for part in days.split(" and also on "):
            if "of the month" in part:
                self.days = _numbers(part.removesuffix(" of the month").partition(" ")[2])
            elif "each day" not in part and part:
                self.weekdays = _names(part, WEEKDAYS)

    def on(self, time: datetime) -> bool:
        if time.month - 1 not in self.months:
            return False
        if self.days is None and self.weekdays is None:
            return True
        return time.day in (self.days or ()) or time.weekday() in (self.weekdays or ())

    def at(self, time: datetime) -> bool:
        if not self.on(time):
            return False
        if self.times:
            return f"{time:%H:%M}" in self.times
        return time.minute in self.minutes and time.hour in self.hours


def _split(text: str) -> list[str]:
    return [part for part in re.split(r", | and ", text) if part]


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    for part in _split(text):
        low, _, high = part.partition(" to ")
        found.update(range(int(low), int(high or low) + 1))
    return found


def _names(text: str, names: list[str]) -> set[int]:
    found: set[int] = set()
    for part in _split(text):
        low, _, high = part.partition(" through ")
        found.update(range(names.index(low), names.index(high or low) + 1))
    return found


@pytest.mark.parametrize(
    ("expression", "short"),
    [
        ("15 */6 * * *", "every 6 h at :15"),
        ("0 */6 * * *", "every 6 h"),
        ("30 2-23/3 * * *", "every 3 h from 02:30"),
        ("0 * * * *", "every hour"),
        ("*/15 * * * *", "every 15 min"),
        ("20 4 * * *", "daily 04:20"),
        ("0 5,17 * * *", "daily 05:00, 17:00"),
        ("0 6 * * 1-5", "Mon–Fri 06:00"),
        ("0 6 * * 1,4", "Mon, Thu 06:00"),
        ("0 6 1 * *", "At 06:00, on day 1 of the month"),
    ],
)
def test_a_list_has_shorter_words(expression: str, short: str) -> None:
    assert shorten_cron_words(describe_cron(expression)) == short
