"""When crons fire, changes of clocks included: facts of Quartz 2.5.2 on Java 17, and a walk over every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory_runner.times import cron

# zones that move their clocks by an hour, by half an hour, at midnight, to winter time and back within spring
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "Africa/Casablanca",
    "Europe/Dublin",
    "America/St_Johns",
    "Asia/Kathmandu",
)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T02:30+01:00", ["2026-03-30T02:30+02:00"]),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T02:30+02:00",
            ["2026-10-25T02:30+01:00", "2026-10-26T02:30+01:00"],
        ),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28T03:00+01:00", ["2026-03-29T03:00+02:00"]),
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-03-29T01:00+01:00",
            ["2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00"],
        ),
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-10-25T01:30+02:00",
            ["2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00"],
        ),
        ("30 2 * * *", "America/New_York", "2027-03-13T02:30-05:00", ["2027-03-15T02:30-04:00"]),
        ("30 1 * * *", "America/New_York", "2027-11-06T01:30-04:00", ["2027-11-07T01:30-05:00"]),
        ("30 2 * * *", "Australia/Sydney", "2026-10-03T02:30+10:00", ["2026-10-05T02:30+11:00"]),
        ("30 2 * * *", "Australia/Sydney", "2027-04-03T02:30+11:00", ["2027-04-04T02:30+10:00"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T02:15+10:30", ["2026-10-05T02:15+11:00"]),
        ("45 2 * * *", "Australia/Lord_Howe", "2026-10-03T02:45+10:30", ["2026-10-04T02:45+11:00"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2027-04-03T01:45+11:00", ["2027-04-04T01:45+10:30"]),
        ("0 0 * * *", "America/Santiago", "2026-09-05T00:00-04:00", ["2026-09-07T00:00-03:00"]),
        ("0 0 * * 0", "America/Santiago", "2026-08-30T00:00-04:00", ["2026-09-13T00:00-03:00"]),
        ("30 23 * * *", "America/Santiago", "2027-04-02T23:30-03:00", ["2027-04-03T23:30-04:00"]),
    ],
)
def test_facts_of_quartz(text: str, zone: str, after: str, expected: list[str]) -> None:
    found = cron.list_next_times(text, zone, datetime.fromisoformat(after), len(expected))
    assert [moment.isoformat(timespec="minutes") for moment in found] == expected


def find_changes(zone: ZoneInfo) -> list[datetime]:
    """The full hours or half hours of 2026 and 2027 at which the zone's clocks change, or one at which they do not."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    halves = [start + n * HOUR / 2 for n in range(2 * 24 * 730)]
    offsets = [moment.astimezone(zone).utcoffset() for moment in halves]
    return [
        moment for moment, before, now in zip(halves[1:], offsets, offsets[1:], strict=False) if before != now
    ] or [start]


CHANGES = {zone: find_changes(ZoneInfo(zone)) for zone in ZONES}
MINUTES = st.sampled_from(["*", "*/5", "*/20", "0", "30", "45", "0,30", "7-59/13", "*,5"])
HOURS = st.sampled_from(["*", "*/2", "*/3", "0", "1", "2", "3", "23", "1-3", "0,2,23"])
DAYS = st.sampled_from(["* * *", "* * 0", "* * 6,7", "1-15 * *", "25-31 3,10 *", "1 * 1"])


def walk(text: str, zone: ZoneInfo, start: datetime, minutes: int) -> list[datetime]:
    """The minutes after the start at which the clocks show a time of the cron, and will not show it again."""
    steps = croniter.expand(text)[0]
    found = []
    for moment in (start + timedelta(minutes=n) for n in range(1, minutes)):
        local = moment.astimezone(zone)
        if all(
            field == ["*"] or value in field
            for field, value in zip(steps, (local.minute, local.hour), strict=False)
        ):
            again = local.fold == 0 and local.utcoffset() != local.replace(fold=1).utcoffset()
            if not again and croniter.match(text, local.replace(tzinfo=None)):
                found.append(moment)
    return found


@settings(max_examples=50)
@given(
    st.tuples(MINUTES, HOURS, DAYS).map(" ".join).map(cron.check),
    st.sampled_from(ZONES).flatmap(lambda zone: st.tuples(st.just(zone), st.sampled_from(CHANGES[zone]))),
)
@example("30 2 * * *", ("Europe/Berlin", CHANGES["Europe/Berlin"][0]))
@example("*/5 * * * *", ("Europe/Berlin", CHANGES["Europe/Berlin"][1]))
def test_next_and_latest_times_agree_with_a_walk_over_minutes(text: str, where: tuple[str, datetime]) -> None:
    zone, change = where
    start = change - 4 * HOUR
    fires = walk(text, ZoneInfo(zone), start, 8 * 60)
    found = [moment.astimezone(UTC) for moment in cron.list_next_times(text, zone, start, len(fires) + 1)]
    assert found[:-1] == fires
    assert found[-1] >= start + 8 * HOUR
    for moment in fires[:: len(fires) // 6 + 1]:
        for later in (timedelta(0), timedelta(seconds=59)):
            latest = cron.find_latest_time(text, zone, moment + later)
            assert latest is not None
            assert latest.astimezone(UTC) == moment
        # a moment of the zone itself, in an hour that comes twice as well
        before = (moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert cron.list_next_times(text, zone, before, 1)[0].astimezone(UTC) == moment


def test_times_that_the_clocks_skip_or_repeat_are_told() -> None:
    spring = cron.list_wall_times("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), 1)
    assert [(one.shown.day, one.fires_at is not None, one.twice) for one in spring] == [
        (29, False, False),
        (30, True, False),
    ]
    autumn = cron.list_wall_times("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert [(one.shown.day, one.fires_at is not None, one.twice) for one in autumn] == [
        (25, True, True),
        (26, True, False),
    ]
