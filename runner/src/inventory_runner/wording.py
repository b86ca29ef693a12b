"""How numbers and times are written for people: the one set of forms of pages, errors, charts and the command line.

    1,204 rows · 91 % · 0.4 s · 2 min 5 s · 4 min ago · 13 Nov · 13 Nov 2025 · 2026-11-13 19:11 UTC

`assets/shared/times.js` says ages in the same words, and a test compares the two. What a table's cell holds is data: it
is written whole, with its seconds. "Today", and every day, is the UTC day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400
# an age is told up to here, then the day
LONGEST_AGE = 7 * DAY
# below this it is now
A_MOMENT = 45
# a day in words, as Python and as the charts' axes write it
DAY_FORMAT = "%-d %b"


def format_count(number: int, noun: str) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def cut_at_word(text: str, most: int) -> str:
    """The text, or its beginning up to a word's end with an ellipsis: never longer than `most` characters."""
    if len(text) <= most:
        return text
    whole = text[:most].rsplit(None, 1)
    # one word that is longer than all of it has no other end
    return (whole[0] if len(whole) == 2 else text[: most - 1]).rstrip(" ,;:") + "…"


def format_percent(part: int, whole: int) -> str:
    """`91 %`, rounded down: 99.9 % is not all of it; and `< 1 %`, for little is not nothing."""
    share = 100 * part // whole if whole else 0
    return "< 1 %" if part and not share else f"{share} %"


def format_duration(seconds: float) -> str:
    """`0.4 s`, `12.0 s`, `2 min 5 s`, `2 h 10 min`."""
    tenths = int(10 * max(seconds, 0) + 0.5)
    if tenths < 10 * MINUTE:
        return f"{tenths / 10:.1f} s"
    whole = tenths // 10
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def format_age(moment: datetime, now: datetime | None = None) -> str:
    """`just now`, `4 min ago`, `3 h ago`, `2 d ago`, `in 33 min`; the day where it is more than a week away."""
    now = now or datetime.now(UTC)
    seconds = (now - moment).total_seconds()
    ahead, seconds = seconds < 0, abs(seconds)
    if seconds > LONGEST_AGE:
        return format_day(moment.astimezone(UTC).date(), now.astimezone(UTC).date())
    if seconds < A_MOMENT:
        return "in a moment" if ahead else "just now"
    size, unit = (DAY, "d") if seconds >= DAY else (HOUR, "h") if seconds >= HOUR else (MINUTE, "min")
    count = max(1, int(seconds // size))
    return f"in {count} {unit}" if ahead else f"{count} {unit} ago"


def format_day(one: date, today: date) -> str:
    """`13 Nov`; `13 Nov 2025`, where it is not this year's."""
    return f"{one:{DAY_FORMAT}}" if one.year == today.year else f"{one:{DAY_FORMAT} %Y}"


def format_minute(moment: datetime) -> str:
    """`2026-11-13 19:11`: what a field takes whose zone is said beside it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def format_exact_time(moment: datetime) -> str:
    """`2026-11-13 19:11 UTC`; in the moment's own zone."""
    return f"{format_minute(moment)} {moment.tzname()}"


def format_clock_time(moment: datetime) -> str:
    """`19:11:05`: a line of a log, whose day is said above it."""
    return f"{moment:%H:%M:%S}"
