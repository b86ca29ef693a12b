"""The one set of forms in which times and numbers are said."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.wording import (
    format_age,
    format_count,
    format_day,
    format_duration,
    format_exact_time,
    format_percent,
)

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNITS = {"min": 60, "h": 3600, "d": 86400}
seconds = st.one_of(st.integers(0, 200), st.integers(0, 8 * 86400), st.integers(0, 800 * 86400))


def told(words: str) -> tuple[int, int]:
    """The least and the most seconds that an age's words stand for, as of NOW."""
    if words == "just now":
        return 0, 45
    if found := re.fullmatch(r"(\d+) (min|h|d) ago", words):
        count, unit = int(found[1]), UNITS[found[2]]
        # the first minute begins before it is whole
        return (45 if (count, unit) == (1, 60) else count * unit), (count + 1) * unit
    found = re.fullmatch(r"(\d{1,2}) ([A-Z][a-z]{2})(?: (\d{4}))?", words)
    assert found, words
    begins = datetime(int(found[3] or NOW.year), MONTHS.index(found[2]) + 1, int(found[1]), tzinfo=UTC)
    ago = int((NOW - begins).total_seconds())
    return ago - 86400, ago


@given(seconds)
def test_an_age_is_true(ago: int) -> None:
    least, most = told(format_age(NOW - timedelta(seconds=ago), NOW))
    assert least <= ago <= most


@given(seconds, seconds)
def test_what_is_older_is_never_said_to_be_younger(one: int, other: int) -> None:
    younger, older = sorted((one, other))
    first, second = (told(format_age(NOW - timedelta(seconds=ago), NOW)) for ago in (younger, older))
    assert first <= second


@given(seconds)
def test_what_is_ahead_has_the_same_words_as_what_is_past(ahead: int) -> None:
    past, future = (
        format_age(NOW - timedelta(seconds=ahead), NOW),
        format_age(NOW + timedelta(seconds=ahead), NOW),
    )
    if past.endswith(" ago"):
        assert future == f"in {past.removesuffix(' ago')}"
    elif past == "just now":
        assert future == ("in a moment" if ahead else "just now")
    else:
        assert told(past) and re.fullmatch(r"\d{1,2} [A-Z][a-z]{2}( \d{4})?", future)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=44), "just now"),
        (timedelta(minutes=4, seconds=59), "4 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(hours=24), "1 d ago"),
        (timedelta(days=7), "7 d ago"),
        (timedelta(days=7, seconds=1), "20 Nov"),
        (timedelta(days=330), "1 Jan"),
        (timedelta(days=331), "31 Dec 2025"),
        (timedelta(minutes=-33), "in 33 min"),
    ],
)
def test_where_an_age_changes_its_unit(ago: timedelta, words: str) -> None:
    assert format_age(NOW - ago, NOW) == words
    # the zone that a time comes in does not matter
    assert format_age((NOW - ago).astimezone(timezone(timedelta(hours=9))), NOW) == words


def test_days_and_exact_times() -> None:
    assert format_day(date(2026, 11, 3), NOW.date()) == "3 Nov"
    assert format_day(date(2025, 11, 13), NOW.date()) == "13 Nov 2025"
    assert format_exact_time(NOW) == "2026-11-27 09:30 UTC"
    assert format_exact_time(NOW.astimezone(timezone(timedelta(hours=1), "CET"))) == "2026-11-27 10:30 CET"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0.0 s"),
        (0.04, "0.0 s"),
        (0.44, "0.4 s"),
        (42, "42.0 s"),
        (59.96, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.96, "1 h 0 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int) -> None:
    words = format_percent(part, whole)
    assert (words == "0 %") == (part == 0)
    assert part >= whole or words != "100 %"


def test_counts() -> None:
    assert [format_count(number, "row") for number in (0, 1, 1204)] == ["0 rows", "1 row", "1,204 rows"]
